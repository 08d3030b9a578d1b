"""Forward and backward propagation through the whole network, and forward at test time.

    A[0] = X
    Z[l] = W[l] A[l-1] (+ b[l])       linear
    Z~[l] = batch norm of Z[l]        hidden layers, where batch norm is on; b[l] would cancel and is left out
    A[l] = g(Z~[l])                   hidden layers
    Ŷ    = softmax(Z[L])              output layer

Arrays are `(n[l], m)`, examples are columns (course 2, week 3, "Adding batch norm to a network").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trainer.numerics.activations import activate, activate_backward, softmax
from trainer.numerics.batch_norm import batch_norm_at_test_time, batch_norm_backward, batch_norm_forward
from trainer.numerics.cost import Labels, accuracy, compute_cost
from trainer.numerics.parameters import Architecture, Parameters, Vector

EVALUATION_BLOCK = 1024
"""Examples per forward pass at test time; always the same number, so that sums are added up in one order."""


@dataclass(frozen=True)
class Statistics:
    """Mean and variance of z[l] for each layer l, `(n[l], 1)`; empty where a layer has no batch norm.

    All are views into one vector, so that one operation averages all of them.
    """

    vector: Vector
    mean: list[Vector]
    variance: list[Vector]

    @classmethod
    def initial(cls, architecture: Architecture, dtype: type | np.dtype[np.floating]) -> Statistics:
        """Where running statistics start: mean 0, variance 1."""
        sizes = [n if architecture.normalised(l) else 0 for l, n in enumerate(architecture.layer_dims)]
        total = sum(sizes)
        vector: Vector = np.repeat(np.array([0, 1], dtype), total)
        stops = np.cumsum(sizes)[:-1]
        mean, variance = (np.split(part[:, np.newaxis], stops) for part in (vector[:total], vector[total:]))
        return cls(vector, mean, variance)


class Workspace:
    """The arrays that one forward and backward pass over m examples writes, allocated once.

    Attributes, lists over l
    ------------------------
    A : activations; A[0] is set to X by each forward pass, A[L] is Ŷ
    logits : z[L], `(C, m)`
    largest, total : of each column of the logits, max z and Σ e^(z - max z), `(1, m)`
    Z_norm : normalised z, for layers with batch norm
    inverse_deviation : 1/√(σ² + ε), `(n[l], 1)`
    statistics : μ and σ² of this mini-batch
    dA : gradients of the activations, overwritten in place by those of z~ and z
    """

    def __init__(self, architecture: Architecture, m: int, dtype: type | np.dtype[np.floating]) -> None:
        dims, L = architecture.layer_dims, architecture.L
        self.m = m
        self.A: list[Vector] = [np.empty((0, m), dtype)] + [np.empty((n, m), dtype) for n in dims[1:]]
        self.dA = [np.empty_like(A) for A in self.A]
        self.scratch = [np.empty_like(A) for A in self.A]
        zeros = np.zeros(max(dims[1:]) * m, dtype)
        self.zeros = [zeros[: A.size].reshape(A.shape) for A in self.A]
        self.masks = [np.empty(A.shape, np.bool_) for A in self.A]
        self.logits: Vector = np.empty((dims[L], m), dtype)
        self.largest, self.total = np.empty((2, 1, m), dtype)
        self.columns = np.arange(m)
        self.ones = np.ones((m, 1), dtype)
        self.normalised = [architecture.normalised(l) for l in range(L + 1)]
        self.statistics = Statistics.initial(architecture, dtype)
        self.Z_norm = [np.empty((len(mean), m), dtype) for mean in self.statistics.mean]
        self.inverse_deviation = [np.empty_like(mean) for mean in self.statistics.mean]


def forward_propagation(X: Vector, parameters: Parameters, workspace: Workspace) -> Vector:
    """Logits z[L] `(C, m)` of a mini-batch, with its own batch-norm statistics; fills the workspace for the way back.

    Parameters
    ----------
    X : `(n[0], m)`
    """
    architecture = parameters.architecture
    L = architecture.L
    workspace.A[0] = X
    for l in range(1, L + 1):
        Z = workspace.logits if l == L else workspace.A[l]
        np.dot(parameters.W[l], workspace.A[l - 1], out=Z)
        if workspace.normalised[l]:
            batch_norm_forward(
                Z,
                parameters.gamma[l],
                parameters.beta[l],
                architecture.batch_norm_epsilon,
                workspace.statistics.mean[l],
                workspace.statistics.variance[l],
                workspace.inverse_deviation[l],
                workspace.Z_norm[l],
                out=Z,
            )
        else:
            Z += parameters.b[l]
        if l < L:
            activate(architecture.activation, Z, out=Z, zeros=workspace.zeros[l])
    softmax(workspace.logits, workspace.A[L], workspace.largest, workspace.total)
    return workspace.logits


def mini_batch_cost(y: Labels, workspace: Workspace, class_weights: Vector | None = None) -> float:
    """J of the mini-batch that was just propagated forward: as `compute_cost` of its logits, without a second e^z.

        L = -log softmax(z)_y = (max z - z_y) + log Σ_j e^(z_j - max z)

    Parameters
    ----------
    y : labels 0..C-1, `(m,)`
    class_weights : w of `compute_cost`, `(C,)`; None is 1 for each class
    """
    losses: Vector = workspace.largest[0] - workspace.logits[y, workspace.columns]
    losses += np.log(workspace.total[0])
    if class_weights is not None:
        losses *= class_weights[y]
    return float(np.add.reduce(losses, dtype=np.float64)) / workspace.m


def backward_propagation(
    y: Labels,
    parameters: Parameters,
    workspace: Workspace,
    gradients: Parameters,
    weight_decay: float = 0.0,
    class_weights: Vector | None = None,
) -> Vector:
    """dθ of the cost of the mini-batch that was just propagated forward, into `gradients`; returns its vector.

        dZ[L] = (Ŷ - Y) / m                      softmax and cross-entropy together;
                                                 with class weights, the column of example i times w_{y_i}
        dW[l] = dZ[l] A[l-1]^T + λ W[l]          db[l] = Σ dZ[l]
        dA[l-1] = W[l]^T dZ[l]
        dZ~[l] = dA[l] * g'(Z~[l])               then batch norm backward gives dZ[l], dγ[l], dβ[l]

    Parameters
    ----------
    y : labels 0..C-1, `(m,)`
    weight_decay : λ of the L2 penalty (λ/2) Σ ‖W‖²
    class_weights : w of `compute_cost`, `(C,)`; None is 1 for each class
    """
    architecture = parameters.architecture
    L = architecture.L
    # dZ[L] = (Ŷ - Y) / m, where Y is 1 at the label of each column
    dZ = workspace.dA[L]
    np.copyto(dZ, workspace.A[L])
    dZ[y, workspace.columns] -= 1
    dZ *= 1 / workspace.m
    if class_weights is not None:
        dZ *= class_weights[y]
    for l in range(L, 0, -1):
        if l < L:
            dZ = activate_backward(
                architecture.activation, workspace.dA[l], workspace.A[l], workspace.scratch[l], workspace.masks[l]
            )
            if workspace.normalised[l]:
                batch_norm_backward(
                    dZ,
                    workspace.Z_norm[l],
                    parameters.gamma[l],
                    workspace.inverse_deviation[l],
                    gradients.gamma[l],
                    gradients.beta[l],
                    workspace.scratch[l],
                )
        np.dot(dZ, workspace.A[l - 1].T, out=gradients.W[l])
        if weight_decay:
            gradients.W[l] += weight_decay * parameters.W[l]
        if not workspace.normalised[l]:
            np.dot(dZ, workspace.ones, out=gradients.b[l])
        if l > 1:
            np.dot(parameters.W[l].T, dZ, out=workspace.dA[l - 1])
    return gradients.vector


def activations_at_test_time(X: Vector, parameters: Parameters, statistics: Statistics) -> Iterator[Vector]:
    """A[1], …, A[L-1] and then the logits z[L], each `(n[l], m)`, of one example or many `(n[0], m)`.

    Batch norm uses the given statistics. Each array is the caller's until the next one is asked for, which reads it.
    """
    architecture = parameters.architecture
    A = X
    for l in range(1, architecture.L + 1):
        Z: Vector = np.matmul(parameters.W[l], A)
        if architecture.normalised(l):
            Z = batch_norm_at_test_time(
                Z,
                parameters.gamma[l],
                parameters.beta[l],
                architecture.batch_norm_epsilon,
                statistics.mean[l],
                statistics.variance[l],
            )
        else:
            Z += parameters.b[l]
        A = Z if l == architecture.L else activate(architecture.activation, Z, out=Z)
        yield A


def predict_logits(X: Vector, parameters: Parameters, statistics: Statistics) -> Vector:
    """Logits `(C, m)` at test time, of one example or many: batch norm uses the given statistics."""
    A = X
    for of_a_layer in activations_at_test_time(X, parameters, statistics):
        A = of_a_layer  # the one before is let go: two at most are in memory
    return A


def evaluate_cost(
    X: Vector, y: Labels, parameters: Parameters, statistics: Statistics, class_weights: Vector | None = None
) -> tuple[float, float]:
    """Cost and accuracy at test time over a whole set `(n[0], m)`, in blocks so that memory does not grow with m.

    The cost takes the class weights of `compute_cost`; the accuracy counts every example alike.
    """
    m = y.size
    cost = correct = 0.0
    for start in range(0, m, EVALUATION_BLOCK):
        block = slice(start, min(start + EVALUATION_BLOCK, m))
        logits = predict_logits(X[:, block], parameters, statistics)
        share = (block.stop - block.start) / m
        cost += compute_cost(logits, y[block], class_weights) * share
        correct += accuracy(logits, y[block]) * share
    return cost, correct


def population_statistics(X: Vector, parameters: Parameters) -> Statistics:
    """The other estimate for test time: μ and σ² of z[l] over the whole training set, in one pass.

    Course 2, week 3, "Batch norm at test time", names it as the alternative to running averages. The training set
    goes through the network as one mini-batch.

    Parameters
    ----------
    X : `(n[0], m)`, all training examples; needs memory for every layer's activations of all of them
    """
    workspace = Workspace(parameters.architecture, X.shape[1], X.dtype)
    forward_propagation(X, parameters, workspace)
    return workspace.statistics
