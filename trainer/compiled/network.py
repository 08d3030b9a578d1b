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
from trainer.compiled.matrix_product import PLAIN, TRANSPOSED, product, worth_sharing
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
from trainer.compiled.panels import panel

UNITS, STRIDE, WEIGHTS, OFFSET, SCALE, MEAN, ACTIVATIONS, LINEAR, DEVIATION = range(9)
"""Columns of `layers`: n[l]; elements from one row to the next, of examples or, in the output layer, of classes; where
W[l], then beta[l] or b[l], then gamma[l] (-1 where there is no batch norm) begin in θ; where μ begins in the
statistics; where A, Z and 1/√(σ² + ε) begin in `work`. In row 0, LINEAR and DEVIATION are where gradients of
activations lie, of one layer and of the next, and SCRATCH is where a panel of a product has room."""
SCRATCH = WEIGHTS

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
def linear(
    A_is: int,
    B_is: int,
    M: int,
    N: int,
    K: int,
    A: Any,
    A_stride: int,
    B: Any,
    B_stride: int,
    C: Any,
    C_stride: int,
    scratch: Any,
) -> None:
    """C = A B, `(M, K)` by `(K, N)`, by rows; A and B are as they lie there or TRANSPOSED."""
    if worth_sharing(M, N, K):
        product(A_is, B_is, M, N, K, A, A_stride, B, B_stride, C, C_stride)
        return
    j = 0
    while j < N:
        j += panel(A_is, B_is, M, N, K, A, A_stride, B, B_stride, C, C_stride, j, scratch)


@compiled
def activate(
    m: int, j: int, n: int, layer: Any, theta: Any, statistics: Any, work: Any, activation: int, epsilon: float
) -> None:
    """A of n units of a layer from number j on, from their Z, with the mini-batch's own statistics."""
    Z, A, stride = work[layer[LINEAR] + j :], work[layer[ACTIVATIONS] + j :], layer[STRIDE]
    offset = theta[layer[OFFSET] + j :]
    if layer[SCALE] < 0:
        bias_forward(Z, m, n, stride, activation, offset, A)
    else:
        at = layer[MEAN] + j
        mean, variance = statistics[at:], statistics[at + statistics.size // 2 :]
        scale, deviation = theta[layer[SCALE] + j :], work[layer[DEVIATION] + j :]
        batch_norm_forward(Z, m, n, stride, activation, scale, offset, epsilon, mean, variance, deviation, A)


@compiled
def forward(m: int, layers: Any, theta: Any, statistics: Any, work: Any, activation: int, epsilon: float) -> None:
    """Logits of the m examples in A[0], with the mini-batch's own statistics, which are written."""
    L = layers.shape[0] - 1
    scratch = work[layers[0, SCRATCH] :]
    for l in range(1, L + 1):
        here, before = layers[l], layers[l - 1]
        n, stride, n_before, stride_before = here[UNITS], here[STRIDE], before[UNITS], before[STRIDE]
        A_before, Z, W = work[before[ACTIVATIONS] :], work[here[LINEAR] :], theta[here[WEIGHTS] :]
        if l == L:
            linear(PLAIN, TRANSPOSED, n, m, n_before, W, n_before, A_before, stride_before, Z, stride, scratch)
            add_output_bias(Z, m, n, stride, theta[here[OFFSET] :])
        elif worth_sharing(m, n, n_before):
            product(PLAIN, TRANSPOSED, m, n, n_before, A_before, stride_before, W, n_before, Z, stride)
            activate(m, 0, n, here, theta, statistics, work, activation, epsilon)
        else:
            j = 0
            while j < n:  # what was computed a moment ago is still at hand
                columns = panel(
                    PLAIN, TRANSPOSED, m, n, n_before, A_before, stride_before, W, n_before, Z, stride, j, scratch
                )
                activate(m, j, columns, here, theta, statistics, work, activation, epsilon)
                j += columns


@compiled
def through_units(
    dA: Any, m: int, j: int, n: int, layer: Any, theta: Any, dtheta: Any, work: Any, activation: int
) -> None:
    """Of n units of a layer from number j on: dA becomes dZ; and the gradients of their offsets and scales."""
    stride, doffset = layer[STRIDE], dtheta[layer[OFFSET] + j :]
    A = work[layer[ACTIVATIONS] + j :]
    if layer[SCALE] < 0:
        bias_backward(dA[j:], m, n, stride, activation, A, doffset)
    else:
        Z_norm, deviation = work[layer[LINEAR] + j :], work[layer[DEVIATION] + j :]
        scale, dscale = theta[layer[SCALE] + j :], dtheta[layer[SCALE] + j :]
        batch_norm_backward(dA[j:], m, n, stride, activation, A, Z_norm, scale, deviation, dscale, doffset)


@compiled
def backward(m: int, layers: Any, theta: Any, dtheta: Any, work: Any, activation: int, weight_decay: float) -> float:
    """dθ, from the gradient of the logits; the sum of its squares."""
    L = layers.shape[0] - 1
    scratch = work[layers[0, SCRATCH] :]
    dZ, dA = work[layers[0, LINEAR] :], work[layers[0, DEVIATION] :]
    dZ_is, dZ_turned = PLAIN, TRANSPOSED  # examples are columns in the output layer, and rows in the others
    output_bias_backward(dZ, m, layers[L, UNITS], layers[L, STRIDE], dtheta[layers[L, OFFSET] :])
    end = dtheta.size
    squares = 0.0
    for l in range(L, 0, -1):
        here, before = layers[l], layers[l - 1]
        n, stride, n_before, stride_before = here[UNITS], here[STRIDE], before[UNITS], before[STRIDE]
        A_before, W = work[before[ACTIVATIONS] :], theta[here[WEIGHTS] :]
        dW = dtheta[here[WEIGHTS] : here[WEIGHTS] + n * n_before]
        linear(dZ_is, PLAIN, n, n_before, m, dZ, stride, A_before, stride_before, dW, n_before, scratch)
        if weight_decay != 0:
            add_weight_decay(dW, W, weight_decay)
        squares += sum_of_squares(dtheta[here[WEIGHTS] : end])
        end = here[WEIGHTS]
        if l == 1:
            break
        if worth_sharing(m, n_before, n):
            product(dZ_turned, PLAIN, m, n_before, n, dZ, stride, W, n_before, dA, stride_before)
            through_units(dA, m, 0, n_before, before, theta, dtheta, work, activation)
        else:
            j = 0
            while j < n_before:
                columns = panel(
                    dZ_turned, PLAIN, m, n_before, n, dZ, stride, W, n_before, dA, stride_before, j, scratch
                )
                through_units(dA, m, j, columns, before, theta, dtheta, work, activation)
                j += columns
        dZ, dA = dA, dZ
        dZ_is, dZ_turned = TRANSPOSED, PLAIN
    return squares


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
        norms[t] = math.sqrt(backward(m, layers, theta, dtheta, work, activation, numbers[WEIGHT_DECAY]))
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
    scratch = work[layers[0, SCRATCH] :]
    cost, correct = 0.0, 0
    for start in range(0, m, block):
        stop = min(start + block, m)
        some = stop - start
        rows = work[layers[0, ACTIVATIONS] :]
        for i in range(some):
            rows[i * n0 : (i + 1) * n0] = X[start + i]
        for l in range(1, L + 1):
            here, before = layers[l], layers[l - 1]
            n, stride, n_before = here[UNITS], here[STRIDE], before[UNITS]
            A, Z, W = work[before[ACTIVATIONS] :], work[here[ACTIVATIONS] :], theta[here[WEIGHTS] :]
            offset = theta[here[OFFSET] :]
            if l == L:
                Z = work[here[LINEAR] :]
                linear(PLAIN, TRANSPOSED, n, some, n_before, W, n_before, A, before[STRIDE], Z, stride, scratch)
                add_output_bias(Z, some, n, stride, offset)
                losses, right = cost_and_correct(
                    Z, some, n, stride, y[start:stop], work[here[ACTIVATIONS] :], work[here[DEVIATION] :]
                )
                cost += losses
                correct += right
                break
            linear(PLAIN, TRANSPOSED, some, n, n_before, A, before[STRIDE], W, n_before, Z, stride, scratch)
            if here[SCALE] < 0:
                bias_forward(Z, some, n, stride, activation, offset, Z)
            else:
                mean, variance = running[here[MEAN] :], running[here[MEAN] + variances :]
                scale = theta[here[SCALE] :]
                batch_norm_at_test_time(Z, some, n, stride, activation, scale, offset, epsilon, mean, variance)
    return cost / m, np.float64(correct) / m
