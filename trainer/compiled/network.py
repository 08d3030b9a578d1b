"""Whole mini-batch updates and evaluations, many in one call, without the interpreter.

`layers` is a table, one row for each layer l = 0..L, of where things lie: its columns are named below. Parameters,
gradients and averages are the vectors of `trainer.numerics.parameters`, statistics that of `Statistics`; `work` is
memory for everything in between.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from trainer.compiled.compiler import compiled, kept
from trainer.compiled.layers import (
    add_output_bias,
    batch_norm_at_test_time,
    batch_norm_backward,
    batch_norm_forward,
    bias_backward,
    bias_forward,
    cost_and_correct,
    output_bias_backward,
    softmax_cost,
)
from trainer.compiled.matrix_product import PLAIN, TRANSPOSED, product
from trainer.compiled.optimizers import (
    ADAM,
    GD,
    MOMENTUM,
    add_weight_decay,
    sum_of_squares,
    update_running_statistics,
    update_with_adam,
    update_with_gd,
    update_with_momentum,
    update_with_rmsprop,
)

UNITS, STRIDE, WEIGHTS, OFFSET, SCALE, MEAN, ACTIVATIONS, LINEAR, DEVIATION = range(9)
"""Columns of `layers`: n[l]; elements from one row to the next, of examples or, in the output layer, of classes; where
W[l], then beta[l] or b[l], then gamma[l] (-1 where there is no batch norm) begin in θ; where μ begins in the
statistics; where A, Z and 1/√(σ² + ε) begin in `work`. In row 0, LINEAR and DEVIATION are where gradients of
activations lie, of one layer and of the next."""

BATCH_NORM_EPSILON, EWA_DECAY, BETA, BETA2, EPSILON, WEIGHT_DECAY, CLIP_NORM = range(7)
"""Elements of `numbers`."""


@compiled
def gather(X: Any, y: Any, indices: Any, rows: Any, labels: Any) -> None:
    """Examples with these indices into `rows`, their labels into `labels`."""
    n = X.shape[1]
    for i in range(indices.size):
        labels[i] = y[indices[i]]
        rows[i * n : (i + 1) * n] = X[indices[i]]


@compiled
def forward(m: int, layers: Any, theta: Any, statistics: Any, work: Any, activation: int, epsilon: float) -> None:
    """Logits of the m examples in A[0], with the mini-batch's own statistics, which are written."""
    L = layers.shape[0] - 1
    variances = statistics.size // 2
    for l in range(1, L + 1):
        here, before = layers[l], layers[l - 1]
        n, stride = here[UNITS], here[STRIDE]
        A_before, Z, W = work[before[ACTIVATIONS] :], work[here[LINEAR] :], theta[here[WEIGHTS] :]
        if l == L:
            product(PLAIN, TRANSPOSED, n, m, before[UNITS], W, before[UNITS], A_before, before[STRIDE], Z, stride)
            add_output_bias(Z, m, n, stride, theta[here[OFFSET] :])
            return
        product(PLAIN, TRANSPOSED, m, n, before[UNITS], A_before, before[STRIDE], W, before[UNITS], Z, stride)
        A, offset = work[here[ACTIVATIONS] :], theta[here[OFFSET] :]
        if here[SCALE] < 0:
            bias_forward(Z, m, n, stride, activation, offset, A)
        else:
            mean, variance = statistics[here[MEAN] :], statistics[here[MEAN] + variances :]
            scale, deviation = theta[here[SCALE] :], work[here[DEVIATION] :]
            batch_norm_forward(Z, m, n, stride, activation, scale, offset, epsilon, mean, variance, deviation, A)


@compiled
def backward(m: int, layers: Any, theta: Any, dtheta: Any, work: Any, activation: int, weight_decay: float) -> None:
    """dθ, from the gradient of the logits."""
    L = layers.shape[0] - 1
    dZ, dA = work[layers[0, LINEAR] :], work[layers[0, DEVIATION] :]
    for l in range(L, 0, -1):
        here, before = layers[l], layers[l - 1]
        n, stride, n_before = here[UNITS], here[STRIDE], before[UNITS]
        A_before, W = work[before[ACTIVATIONS] :], theta[here[WEIGHTS] :]
        dW = dtheta[here[WEIGHTS] : here[WEIGHTS] + n * n_before]
        doffset = dtheta[here[OFFSET] :]
        if l == L:
            output_bias_backward(dZ, m, n, stride, doffset)
            product(PLAIN, PLAIN, n, n_before, m, dZ, stride, A_before, before[STRIDE], dW, n_before)
            if l > 1:
                product(TRANSPOSED, PLAIN, m, n_before, n, dZ, stride, W, n_before, dA, before[STRIDE])
        else:
            A = work[here[ACTIVATIONS] :]
            if here[SCALE] < 0:
                bias_backward(dZ, m, n, stride, activation, A, doffset)
            else:
                Z_norm, deviation = work[here[LINEAR] :], work[here[DEVIATION] :]
                scale, dscale = theta[here[SCALE] :], dtheta[here[SCALE] :]
                batch_norm_backward(dZ, m, n, stride, activation, A, Z_norm, scale, deviation, dscale, doffset)
            product(TRANSPOSED, PLAIN, n, n_before, m, dZ, stride, A_before, before[STRIDE], dW, n_before)
            if l > 1:
                product(PLAIN, PLAIN, m, n_before, n, dZ, stride, W, n_before, dA, before[STRIDE])
        if weight_decay != 0:
            add_weight_decay(dW, W, weight_decay)
        dZ, dA = dA, dZ


@compiled
def update(
    theta: Any,
    dtheta: Any,
    v: Any,
    s: Any,
    weights: Any,
    optimizer: int,
    norm: float,
    alpha: float,
    numbers: Any,
) -> None:
    """θ and the averages, of which `weights` has the weights; dθ counts as clipped."""
    shortened, limit = 1.0, numbers[CLIP_NORM]
    if limit > 0 and norm > limit:
        shortened = limit / norm
    beta, beta2, epsilon = numbers[BETA], numbers[BETA2], numbers[EPSILON]
    if optimizer == GD:
        update_with_gd(theta, dtheta, shortened, alpha)
    elif optimizer == MOMENTUM:
        update_with_momentum(theta, dtheta, shortened, v, alpha, beta)
    elif optimizer == ADAM:
        weights[0] = beta * weights[0] + (1 - beta)
        weights[1] = beta2 * weights[1] + (1 - beta2)
        update_with_adam(theta, dtheta, shortened, v, s, weights[0], weights[1], alpha, beta, beta2, epsilon)
    else:
        update_with_rmsprop(theta, dtheta, shortened, s, alpha, beta2, epsilon)


@kept
def train(
    X: Any,
    y: Any,
    indices: Any,
    bounds: Any,
    layers: Any,
    theta: Any,
    dtheta: Any,
    v: Any,
    s: Any,
    weights: Any,
    running: Any,
    statistics: Any,
    work: Any,
    labels: Any,
    activation: int,
    optimizer: int,
    numbers: Any,
    alphas: Any,
    costs: Any,
    norms: Any,
) -> int:
    """One update for each mini-batch; how many were made before one whose cost or gradient is not finite.

    Mini-batch t is of the examples `indices[bounds[t] : bounds[t + 1]]`.

    Costs and norms of the gradient are written, those of the update that was not made too.
    """
    L = layers.shape[0] - 1
    dZ, Z = work[layers[0, LINEAR] :], work[layers[L, LINEAR] :]
    C, stride = layers[L, UNITS], layers[L, STRIDE]
    largest, sums = work[layers[L, ACTIVATIONS] :], work[layers[L, DEVIATION] :]
    for t in range(alphas.size):
        m = bounds[t + 1] - bounds[t]
        gather(X, y, indices[bounds[t] : bounds[t + 1]], work[layers[0, ACTIVATIONS] :], labels)
        forward(m, layers, theta, statistics, work, activation, numbers[BATCH_NORM_EPSILON])
        costs[t] = softmax_cost(Z, m, C, stride, labels, dZ, largest, sums)
        backward(m, layers, theta, dtheta, work, activation, numbers[WEIGHT_DECAY])
        norms[t] = math.sqrt(sum_of_squares(dtheta))
        if not (math.isfinite(costs[t]) and math.isfinite(norms[t])):
            return t
        update(theta, dtheta, v, s, weights, optimizer, norms[t], alphas[t], numbers)
        update_running_statistics(running, statistics, numbers[EWA_DECAY])
    return alphas.size


@kept
def evaluate(
    X: Any, y: Any, block: int, layers: Any, theta: Any, running: Any, work: Any, activation: int, epsilon: float
) -> tuple[float, float]:
    """Cost and accuracy over all examples, batch norm with given statistics; so many examples at a time."""
    L = layers.shape[0] - 1
    m = y.size
    n0 = X.shape[1]
    variances = running.size // 2
    cost, correct = 0.0, 0
    for start in range(0, m, block):
        stop = min(start + block, m)
        some = stop - start
        rows = work[layers[0, ACTIVATIONS] :]
        for i in range(some):
            rows[i * n0 : (i + 1) * n0] = X[start + i]
        for l in range(1, L + 1):
            here, before = layers[l], layers[l - 1]
            n, stride = here[UNITS], here[STRIDE]
            A, Z, W = work[before[ACTIVATIONS] :], work[here[ACTIVATIONS] :], theta[here[WEIGHTS] :]
            offset = theta[here[OFFSET] :]
            if l == L:
                Z = work[here[LINEAR] :]
                product(PLAIN, TRANSPOSED, n, some, before[UNITS], W, before[UNITS], A, before[STRIDE], Z, stride)
                add_output_bias(Z, some, n, stride, offset)
                losses, right = cost_and_correct(
                    Z, some, n, stride, y[start:stop], work[here[ACTIVATIONS] :], work[here[DEVIATION] :]
                )
                cost += losses
                correct += right
                break
            product(PLAIN, TRANSPOSED, some, n, before[UNITS], A, before[STRIDE], W, before[UNITS], Z, stride)
            if here[SCALE] < 0:
                bias_forward(Z, some, n, stride, activation, offset, Z)
            else:
                mean, variance = running[here[MEAN] :], running[here[MEAN] + variances :]
                scale = theta[here[SCALE] :]
                batch_norm_at_test_time(Z, some, n, stride, activation, scale, offset, epsilon, mean, variance)
    return cost / m, np.float64(correct) / m
