"""ReferenceUpdates: mini-batch updates by the functions of this floor, which other engines are tested against."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainer.numerics import optimizers
from trainer.numerics.batch_norm import update_running_statistics
from trainer.numerics.cost import Labels
from trainer.numerics.parameters import Architecture, Parameters, Vector, initialize_parameters
from trainer.numerics.propagation import (
    Statistics,
    Workspace,
    backward_propagation,
    evaluate_cost,
    forward_propagation,
    mini_batch_cost,
)

Floats = NDArray[np.float64]
Optimizer = Literal["gd", "momentum", "rmsprop", "adam"]


class Rule(NamedTuple):
    """How an update is made of a gradient; α is separate, as it may change with every update.

    Attributes
    ----------
    momentum, beta2, epsilon : of the optimizer
    weight_decay : λ of the L2 penalty on W; 0 is off
    clip_norm : longest gradient, by global norm; 0 is off
    """

    optimizer: Optimizer
    momentum: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_norm: float


@dataclass(frozen=True)
class Network:
    """All numbers that an update changes and that the next update depends on.

    Attributes
    ----------
    parameters : θ
    running : batch norm's running statistics, for test time
    v, s : the optimizer's averages
    weights : `(2,)`, the weights of v and s for bias correction
    """

    parameters: Parameters
    running: Statistics
    v: Parameters
    s: Parameters
    weights: Floats

    @classmethod
    def initial(cls, architecture: Architecture, seed: int, dtype: type | np.dtype[np.floating]) -> Network:
        """A network before its first update, with seeded random parameters."""
        return cls.of(initialize_parameters(architecture, seed, dtype))

    @classmethod
    def of(cls, parameters: Parameters) -> Network:
        """A network with these parameters, and averages at zero."""
        architecture, dtype = parameters.architecture, parameters.vector.dtype
        return cls(
            parameters,
            Statistics.initial(architecture, dtype),
            Parameters(architecture, dtype),
            Parameters(architecture, dtype),
            np.zeros(2),
        )


class ReferenceUpdates:
    """Updates of one network by numpy, formula by formula.

    Parameters
    ----------
    network : what is trained; its arrays are changed in place
    ewa_decay : ρ of batch norm's running statistics
    class_weights : w of `compute_cost`, `(C,)`, in training and evaluation; None is 1 for each class
    """

    def __init__(self, network: Network, ewa_decay: float, class_weights: Floats | None = None) -> None:
        architecture, dtype = network.parameters.architecture, network.parameters.vector.dtype
        self._class_weights: Vector | None = None if class_weights is None else class_weights.astype(dtype)
        self._network, self._ewa_decay = network, ewa_decay
        self._gradients = Parameters(architecture, dtype)
        self._scratch = np.empty_like(network.parameters.vector)
        self._workspaces: dict[int, tuple[Workspace, Vector]] = {}

    def train(
        self,
        X: Vector,
        y: Labels,
        indices: Labels,
        bounds: Labels,
        largest: int,
        rule: Rule,
        alphas: Floats,
        costs: Floats,
        norms: Floats,
    ) -> int:
        """Make one update for each α; return the number of updates made.

        It is smaller where a cost or a gradient is not a finite number: that update changes nothing, and is the last.

        Parameters
        ----------
        X, y : all examples, `(·, n[0])`, and their labels
        indices, bounds : mini-batch t is of the examples `indices[bounds[t] : bounds[t + 1]]`
        largest : no mini-batch has more examples
        costs, norms : written: J of each mini-batch before its update, and ‖dθ‖; also those of the update that failed
        """
        parameters = self._network.parameters
        with np.errstate(all="ignore"):
            for t, alpha in enumerate(alphas.tolist()):
                batch = indices[bounds[t] : bounds[t + 1]]
                workspace, rows = self._workspace(len(batch))
                X.take(batch, axis=0, out=rows, mode="clip")
                labels = y[batch]
                forward_propagation(rows.T, parameters, workspace)
                cost = mini_batch_cost(labels, workspace, self._class_weights)
                gradient = backward_propagation(
                    labels, parameters, workspace, self._gradients, rule.weight_decay, self._class_weights
                )
                norm = math.sqrt(np.vdot(gradient, gradient))
                costs[t], norms[t] = cost, norm
                if not (math.isfinite(cost) and math.isfinite(norm)):
                    return t
                v, s, weights = self._network.v.vector, self._network.s.vector, self._network.weights
                make_update(parameters.vector, gradient, v, s, weights, rule, alpha, norm, self._scratch)
                update_running_statistics(self._network.running.vector, workspace.statistics.vector, self._ewa_decay)
        return len(alphas)

    def evaluate(self, X: Vector, y: Labels) -> tuple[float, float]:
        """Cost and accuracy at test time over examples `(·, n[0])`, batch norm with its running statistics."""
        with np.errstate(all="ignore"):
            return evaluate_cost(X.T, y, self._network.parameters, self._network.running, self._class_weights)

    def _workspace(self, m: int) -> tuple[Workspace, Vector]:
        """Memory for mini-batches of m examples, kept for the two sizes of mini-batches that an epoch has."""
        found = self._workspaces.get(m)
        if found is None:
            parameters = self._network.parameters
            architecture, dtype = parameters.architecture, parameters.vector.dtype
            if len(self._workspaces) == 2:
                self._workspaces.clear()
            rows = np.empty((m, architecture.layer_dims[0]), dtype)
            found = self._workspaces[m] = (Workspace(architecture, m, dtype), rows)
        return found


def make_update(
    theta: Vector,
    dtheta: Vector,
    v: Vector,
    s: Vector,
    weights: Floats,
    rule: Rule,
    alpha: float,
    norm: float,
    scratch: Vector,
) -> None:
    """One update of the parameters by a rule, in place on flat vectors: θ, the averages v and s, and their weights.

    Parameters
    ----------
    dtheta : the gradient; it is shortened where the rule clips
    weights : as of `Network`
    norm : ‖dθ‖
    scratch : overwritten
    """
    if rule.clip_norm:
        optimizers.clip_by_global_norm(dtheta, norm, rule.clip_norm)
    match rule.optimizer:
        case "gd":
            optimizers.update_parameters_with_gd(theta, dtheta, alpha, scratch)
        case "momentum":
            optimizers.update_parameters_with_momentum(theta, dtheta, v, alpha, rule.momentum, scratch)
        case "rmsprop":
            optimizers.update_parameters_with_rmsprop(theta, dtheta, s, alpha, rule.beta2, rule.epsilon, scratch)
        case "adam":
            weights[0] = optimizers.update_average_weight(float(weights[0]), rule.momentum)
            weights[1] = optimizers.update_average_weight(float(weights[1]), rule.beta2)
            v_weight, s_weight = weights.tolist()
            optimizers.update_parameters_with_adam(
                theta,
                dtheta,
                v,
                s,
                v_weight,
                s_weight,
                alpha,
                rule.momentum,
                rule.beta2,
                rule.epsilon,
                scratch,
            )
