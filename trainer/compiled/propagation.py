"""Forward and back propagation of a mini-batch.

`layers` is a table, one row for each layer l = 0..L, of where things lie: its columns are named below. Parameters,
gradients and averages are the vectors of `trainer.numerics.parameters`, statistics that of `Statistics`; `work` is
memory for everything in between.

All members of a team (`trainer.compiled.team`) run these functions at the same time with the same arguments, but for
`scratch`, where each has room for itself. Which of them computes what makes no difference to any bit.
"""

from __future__ import annotations

from typing import Any

from trainer.compiled.compiler import compiled
from trainer.compiled.lanes import first, load, prefetch, store, width
from trainer.compiled.layers import (
    add_output_bias,
    batch_norm_at_test_time,
    batch_norm_backward,
    batch_norm_forward,
    bias_backward,
    bias_forward,
    output_bias_backward,
    softmax_cost,
)
from trainer.compiled.optimizers import gradient_of_weights, sum_of_squares
from trainer.compiled.panels import PACKED, PLAIN, TRANSPOSED, pack_tiles, panel, panel_width
from trainer.compiled.team import meet, share, take

UNITS, STRIDE, WEIGHTS, OFFSET, SCALE, MEAN, ACTIVATIONS, LINEAR, DEVIATION = range(9)
"""Columns of `layers`: n[l]; elements from one row to the next, of examples or, in the output layer, of classes; where
W[l], then beta[l] or b[l], then gamma[l] (-1 where there is no batch norm) begin in θ; where μ begins in the
statistics; where A, Z and 1/√(σ² + ε) begin in `work`."""
GRADIENT, NEXT_GRADIENT, FACTOR, NEXT_FACTOR = range(9, 13)
"""Of row 0 alone: where dZ of one layer and of the one before it begin in `work`; the same as factors of products."""
LARGEST, EXPONENTIALS = range(13, 15)
"""Of row L alone: where each example's largest logit, and the sum of its exponentials, begin in `work`."""
COLUMNS = 15


@compiled
def pieces(n: int, array: Any) -> int:
    """How many panels n columns are."""
    return (n + panel_width(array) - 1) // panel_width(array)


@compiled
def gather(X: Any, y: Any, indices: Any, rows: Any, labels: Any, team: Any, member: int) -> None:
    """A member's share of the examples with these indices into `rows`, of their labels into `labels`."""
    begin, end = share(team, member, indices.size)
    for i in range(begin, end):
        labels[i] = y[indices[i]]
        copy_example(X, indices[i], indices[min(i + 2, end - 1)], rows, i)


@compiled
def copy_example(X: Any, i: int, soon: int, rows: Any, to: int) -> None:
    """X[i] becomes row `to` of `rows`; X[soon] is needed soon."""
    n = X.shape[1]
    for k in range(0, n, width(rows)):
        prefetch(X, soon * n + k)
        some = first(rows, n - k)
        store(rows, to * n + k, some, load(X, i * n + k, some))


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
def activate_at_test_time(
    m: int, j: int, n: int, layer: Any, theta: Any, running: Any, work: Any, activation: int, epsilon: float
) -> None:
    """As `activate`, in place, with given statistics."""
    A, stride = work[layer[ACTIVATIONS] + j :], layer[STRIDE]
    offset = theta[layer[OFFSET] + j :]
    if layer[SCALE] < 0:
        bias_forward(A, m, n, stride, activation, offset, A)
    else:
        at = layer[MEAN] + j
        mean, variance, scale = running[at:], running[at + running.size // 2 :], theta[layer[SCALE] + j :]
        batch_norm_at_test_time(A, m, n, stride, activation, scale, offset, epsilon, mean, variance)


@compiled
def forward(
    m: int,
    layers: Any,
    theta: Any,
    statistics: Any,
    work: Any,
    labels: Any,
    activation: int,
    epsilon: float,
    team: Any,
    member: int,
    scratch: Any,
    sums: Any,
) -> float:
    """J of the m examples in A[0], with the mini-batch's own statistics, which are written; and dZ[L]."""
    L = layers.shape[0] - 1
    wide = panel_width(work)
    for l in range(1, L):
        here, before = layers[l], layers[l - 1]
        n, stride, n_before, stride_before = here[UNITS], here[STRIDE], before[UNITS], before[STRIDE]
        A_before, Z, W = work[before[ACTIVATIONS] :], work[here[LINEAR] :], theta[here[WEIGHTS] :]
        of_units = pieces(n, work)
        piece = take(team, member, of_units)
        while piece < of_units:  # what was computed a moment ago is still at hand
            j = piece * wide
            units = panel(
                PLAIN, TRANSPOSED, m, n, n_before, A_before, stride_before, W, n_before, Z, stride, j, scratch
            )
            activate(m, j, units, here, theta, statistics, work, activation, epsilon)
            piece = take(team, member, of_units)
        meet(team)
    last = layers[L]
    C, stride, largest, exponentials = last[UNITS], last[STRIDE], last[LARGEST], last[EXPONENTIALS]
    of_examples = pieces(m, work)
    piece = take(team, member, of_examples)
    while piece < of_examples:
        i = piece * wide
        examples = logits(m, i, layers, theta, work, scratch)
        sums[piece] = softmax_cost(
            work[last[LINEAR] + i :],
            m,
            examples,
            C,
            stride,
            labels[i:],
            work[layers[0, GRADIENT] + i :],
            work[largest + i :],
            work[exponentials + i :],
        )
        piece = take(team, member, of_examples)
    meet(team)
    return sums[:of_examples].sum() / m


@compiled
def logits(m: int, i: int, layers: Any, theta: Any, work: Any, scratch: Any) -> int:
    """Z[L] of a panel of the m examples, from number i on, from their A[L-1]; how many they are."""
    here, before = layers[-1], layers[-2]
    C, stride, n_before, stride_before = here[UNITS], here[STRIDE], before[UNITS], before[STRIDE]
    A_before, Z, W = work[before[ACTIVATIONS] :], work[here[LINEAR] :], theta[here[WEIGHTS] :]
    examples = panel(PLAIN, TRANSPOSED, C, m, n_before, W, n_before, A_before, stride_before, Z, stride, i, scratch)
    add_output_bias(Z[i:], examples, C, stride, theta[here[OFFSET] :])
    return examples


@compiled
def through_units(
    dA: Any, m: int, j: int, n: int, layer: Any, theta: Any, dtheta: Any, work: Any, activation: int
) -> float:
    """Of n units of a layer from number j on: dA becomes dZ; and the gradients of their offsets and scales.

    Returns the sum of the squares of these gradients.
    """
    stride, doffset = layer[STRIDE], dtheta[layer[OFFSET] + j : layer[OFFSET] + j + n]
    A = work[layer[ACTIVATIONS] + j :]
    if layer[SCALE] < 0:
        bias_backward(dA[j:], m, n, stride, activation, A, doffset)
        return sum_of_squares(doffset)
    Z_norm, deviation = work[layer[LINEAR] + j :], work[layer[DEVIATION] + j :]
    scale, dscale = theta[layer[SCALE] + j :], dtheta[layer[SCALE] + j : layer[SCALE] + j + n]
    batch_norm_backward(dA[j:], m, n, stride, activation, A, Z_norm, scale, deviation, dscale, doffset)
    return sum_of_squares(doffset) + sum_of_squares(dscale)


@compiled
def backward(
    m: int,
    layers: Any,
    theta: Any,
    dtheta: Any,
    work: Any,
    activation: int,
    weight_decay: float,
    team: Any,
    member: int,
    scratch: Any,
    sums: Any,
) -> float:
    """dθ, from the gradient of the logits; the sum of its squares."""
    L = layers.shape[0] - 1
    wide = panel_width(work)
    dZ, dA = work[layers[0, GRADIENT] :], work[layers[0, NEXT_GRADIENT] :]
    factor, next_factor = work[layers[0, FACTOR] :], work[layers[0, NEXT_FACTOR] :]
    dZ_is = TRANSPOSED  # examples are columns in the output layer, and rows in the others
    begin = pieces(m, work)  # what is before may be read still, as parts of the cost
    done = begin
    for l in range(L, 0, -1):
        here, before = layers[l], layers[l - 1]
        n, stride, n_before, stride_before = here[UNITS], here[STRIDE], before[UNITS], before[STRIDE]
        A_before, W = work[before[ACTIVATIONS] :], theta[here[WEIGHTS] :]
        dW = dtheta[here[WEIGHTS] :]
        of_weights = pieces(n_before, work)
        of_units = of_weights if l > 1 else 0
        of_bias = 1 if l == L else 0
        all_pieces = of_units + of_weights + of_bias
        # dA and dW of the same units one after the other, so that each member has both
        kinds = 2 if l > 1 else 1
        piece = take(team, member, all_pieces)
        while piece < all_pieces:
            j = piece // kinds * wide
            if piece < 2 * of_units and piece % 2 == 0:
                units = panel(dZ_is, PLAIN, m, n_before, n, dZ, stride, W, n_before, dA, stride_before, j, scratch)
                squares = through_units(dA, m, j, units, before, theta, dtheta, work, activation)
                pack_tiles(dA, stride_before, m, j, units, next_factor)
            elif piece < of_units + of_weights:
                if l == L:
                    columns = panel(
                        PLAIN, PLAIN, n, n_before, m, dZ, stride, A_before, stride_before, dW, n_before, j, scratch
                    )
                else:
                    columns = panel(
                        PACKED, PLAIN, n, n_before, m, factor, 0, A_before, stride_before, dW, n_before, j, scratch
                    )
                squares = gradient_of_weights(dW, W, n, n_before, j, columns, weight_decay)
            else:
                db = dtheta[here[OFFSET] : here[OFFSET] + n]
                output_bias_backward(dZ, m, n, stride, db)
                squares = sum_of_squares(db)
            sums[done + piece] = squares
            piece = take(team, member, all_pieces)
        meet(team)
        done += all_pieces
        dZ, dA = dA, dZ
        factor, next_factor = next_factor, factor
        dZ_is = PLAIN
    return sums[begin:done].sum()
