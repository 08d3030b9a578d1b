"""Forward and back propagation of a mini-batch by a team of threads.

All members of the team (`trainer.compiled.team`) run these functions at the same time, with the same structures
(`trainer.compiled.structures`); only their `Member` differs. Each takes panels of work until none is left. Which member
computes which panel changes no bit of the result.

`Workspace.layers` is a table with one row for each layer l = 0..L. Its columns, named below, hold where the layer's
arrays begin: in θ, in the statistics, or in the workspace's memory.
"""

from __future__ import annotations

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
from trainer.compiled.structures import (
    BatchNorm,
    Block,
    Examples,
    Integers,
    Matrix,
    Member,
    Output,
    UpdateRule,
    Vectors,
    Workspace,
)
from trainer.compiled.team import meet, share, take
from trainer.numerics.cost import Labels
from trainer.numerics.parameters import Vector

UNITS, STRIDE, WEIGHTS, OFFSET, SCALE, MEAN, ACTIVATIONS, LINEAR, DEVIATION = range(9)
"""Columns of `layers`. UNITS: n[l]. STRIDE: elements from one row to the next, of examples or, in the output layer, of
classes. WEIGHTS, OFFSET, SCALE: where W[l], beta[l] or b[l], and gamma[l] begin in θ; SCALE is -1 without batch norm.
MEAN: where μ begins in the statistics. ACTIVATIONS, LINEAR, DEVIATION: where A, Z and 1/√(σ² + ε) begin in memory."""
GRADIENT, NEXT_GRADIENT, FACTOR, NEXT_FACTOR = range(9, 13)
"""Columns of row 0 alone: where dZ of one layer and of the layer before it begin in memory; and where the same two
begin as PACKED factors of products."""
LARGEST, EXPONENTIALS = range(13, 15)
"""Columns of row L alone: where each example's largest logit, and the sum of its exponentials, begin in memory."""
COLUMNS = 15
"""Number of columns of `layers`."""


@compiled
def pieces(n: int, array: Vector) -> int:
    """Number of panels of a matrix with n columns, in the precision of `array`."""
    return (n + panel_width(array) - 1) // panel_width(array)


@compiled
def gather(examples: Examples, indices: Labels, rows: Vector, workspace: Workspace, member: Member) -> None:
    """Copy a member's share of the examples with these `indices`, `(m,)`, into `rows`, their labels and weights."""
    begin, end = share(member.team, member.number, indices.size)
    labels, weights = workspace.labels, workspace.weights
    for i in range(begin, end):
        labels[i] = examples.y[indices[i]]
        weights[i] = examples.class_weights[labels[i]]
        copy_example(examples.X, indices[i], indices[min(i + 2, end - 1)], rows, i)


@compiled
def copy_example(X: Vector, i: int, soon: int, rows: Vector, to: int) -> None:
    """Copy X[i] into row `to` of `rows`, and ask for X[soon], which is copied two calls later."""
    n = X.shape[1]
    for k in range(0, n, width(rows)):
        prefetch(X, soon * n + k)
        some = first(rows, n - k)
        store(rows, to * n + k, some, load(X, i * n + k, some))


@compiled
def weighted(m: int, l: int, Z: Vector, j: int, vectors: Vectors, workspace: Workspace, scratch: Vector) -> int:
    """Write one panel of Z = A[l - 1] W[l].T, `(m, n[l])`, from unit j on; return how many units it has."""
    here, before = workspace.layers[l], workspace.layers[l - 1]
    n, n_before = here[UNITS], before[UNITS]
    A_before, W = workspace.memory[before[ACTIVATIONS] :], vectors.theta[here[WEIGHTS] :]
    return panel(
        Matrix(A_before, before[STRIDE], PLAIN),
        Matrix(W, n_before, TRANSPOSED),
        Matrix(Z, here[STRIDE], PLAIN),
        m,
        n,
        n_before,
        j,
        scratch,
    )


@compiled
def batch_norm_of(layer: Integers, j: int, theta: Vector, statistics: Vector) -> BatchNorm:
    """Batch norm of the units of a layer from number j on."""
    at = layer[MEAN] + j
    mean, variance = statistics[at:], statistics[at + statistics.size // 2 :]
    return BatchNorm(theta[layer[SCALE] + j :], theta[layer[OFFSET] + j :], mean, variance)


@compiled
def activate(m: int, l: int, j: int, n: int, vectors: Vectors, workspace: Workspace, rule: UpdateRule) -> None:
    """Compute A of n units of layer l, from unit j on, from their Z, and the mini-batch's own statistics of them."""
    layer, memory = workspace.layers[l], workspace.memory
    Z, A, block = memory[layer[LINEAR] + j :], memory[layer[ACTIVATIONS] + j :], Block(m, n, layer[STRIDE])
    if layer[SCALE] < 0:
        bias_forward(Z, A, block, rule.activation, vectors.theta[layer[OFFSET] + j :])
    else:
        norm = batch_norm_of(layer, j, vectors.theta, vectors.statistics)
        deviation = memory[layer[DEVIATION] + j :]
        batch_norm_forward(Z, A, block, rule.activation, norm, deviation, rule.batch_norm_epsilon)


@compiled
def activate_at_test_time(
    m: int, l: int, j: int, n: int, vectors: Vectors, workspace: Workspace, rule: UpdateRule
) -> None:
    """As `activate`, but in place of Z, and with the running statistics."""
    layer = workspace.layers[l]
    A, block = workspace.memory[layer[ACTIVATIONS] + j :], Block(m, n, layer[STRIDE])
    if layer[SCALE] < 0:
        bias_forward(A, A, block, rule.activation, vectors.theta[layer[OFFSET] + j :])
    else:
        norm = batch_norm_of(layer, j, vectors.theta, vectors.running)
        batch_norm_at_test_time(A, block, rule.activation, norm, rule.batch_norm_epsilon)


@compiled
def forward(m: int, vectors: Vectors, workspace: Workspace, rule: UpdateRule, member: Member) -> float:
    """Cost J of the m examples in A[0], in nats; writes the mini-batch's own statistics, and dZ[L]."""
    layers, memory, sums, team = workspace.layers, workspace.memory, workspace.sums, member.team
    L = layers.shape[0] - 1
    wide = panel_width(memory)
    for l in range(1, L):
        Z = memory[layers[l, LINEAR] :]
        of_units = pieces(layers[l, UNITS], memory)
        piece = take(team, member.number, of_units)
        while piece < of_units:  # the cache still holds what was just computed
            j = piece * wide
            units = weighted(m, l, Z, j, vectors, workspace, member.scratch)
            activate(m, l, j, units, vectors, workspace, rule)
            piece = take(team, member.number, of_units)
        meet(team)
    of_examples = pieces(m, memory)
    piece = take(team, member.number, of_examples)
    while piece < of_examples:
        i = piece * wide
        examples = logits(m, i, vectors, workspace, member.scratch)
        dZ = memory[layers[0, GRADIENT] + i :]
        sums[piece] = softmax_cost(output_of(i, workspace.labels[i:], workspace), m, examples, dZ)
        piece = take(team, member.number, of_examples)
    meet(team)
    return sums[:of_examples].sum() / m


@compiled
def logits(m: int, i: int, vectors: Vectors, workspace: Workspace, scratch: Vector) -> int:
    """Write one panel of Z[L], `(C, m)`, from example i on, from A[L - 1]; return how many examples it has."""
    here, before = workspace.layers[-1], workspace.layers[-2]
    C, stride, n_before = here[UNITS], here[STRIDE], before[UNITS]
    A_before, Z = workspace.memory[before[ACTIVATIONS] :], workspace.memory[here[LINEAR] :]
    examples = panel(
        Matrix(vectors.theta[here[WEIGHTS] :], n_before, PLAIN),
        Matrix(A_before, before[STRIDE], TRANSPOSED),
        Matrix(Z, stride, PLAIN),
        C,
        m,
        n_before,
        i,
        scratch,
    )
    add_output_bias(Z[i:], examples, C, stride, vectors.theta[here[OFFSET] :])
    return examples


@compiled
def output_of(i: int, y: Labels, workspace: Workspace) -> Output:
    """The output layer of the examples from number i on, whose labels y begin with that of example i."""
    layer, memory = workspace.layers[-1], workspace.memory
    largest, exponentials = memory[layer[LARGEST] + i :], memory[layer[EXPONENTIALS] + i :]
    Z, weights = memory[layer[LINEAR] + i :], workspace.weights[i:]
    return Output(Z, y, weights, layer[UNITS], layer[STRIDE], largest, exponentials)


@compiled
def through_units(
    dA: Vector, m: int, l: int, j: int, n: int, vectors: Vectors, workspace: Workspace, rule: UpdateRule
) -> float:
    """Back through n units of layer l, from unit j on: dA becomes dZ; writes the gradients of beta or b, and of gamma.

    Returns the sum of the squares of these gradients.
    """
    layer, memory, theta, dtheta = workspace.layers[l], workspace.memory, vectors.theta, vectors.dtheta
    block, doffset = Block(m, n, layer[STRIDE]), dtheta[layer[OFFSET] + j : layer[OFFSET] + j + n]
    A = memory[layer[ACTIVATIONS] + j :]
    if layer[SCALE] < 0:
        bias_backward(dA[j:], A, block, rule.activation, doffset)
        return sum_of_squares(doffset)
    Z_norm, deviation = memory[layer[LINEAR] + j :], memory[layer[DEVIATION] + j :]
    scale, dscale = theta[layer[SCALE] + j :], dtheta[layer[SCALE] + j : layer[SCALE] + j + n]
    batch_norm_backward(dA[j:], A, Z_norm, block, rule.activation, scale, deviation, dscale, doffset)
    return sum_of_squares(doffset) + sum_of_squares(dscale)


@compiled
def backward(m: int, vectors: Vectors, workspace: Workspace, rule: UpdateRule, member: Member) -> float:
    """Compute dθ from dZ[L]; return the sum of its squares."""
    layers, memory, sums, team = workspace.layers, workspace.memory, workspace.sums, member.team
    theta, dtheta, scratch = vectors.theta, vectors.dtheta, member.scratch
    L = layers.shape[0] - 1
    wide = panel_width(memory)
    dZ, dA = memory[layers[0, GRADIENT] :], memory[layers[0, NEXT_GRADIENT] :]
    factor, next_factor = memory[layers[0, FACTOR] :], memory[layers[0, NEXT_FACTOR] :]
    dZ_lies = TRANSPOSED  # examples are columns in the output layer, and rows in the others
    begin = pieces(m, memory)  # other members may still read the sums before it, which are parts of the cost
    done = begin
    for l in range(L, 0, -1):
        here, before = layers[l], layers[l - 1]
        n, n_before = here[UNITS], before[UNITS]
        of_weights = pieces(n_before, memory)
        of_units = of_weights if l > 1 else 0
        of_bias = 1 if l == L else 0
        all_pieces = of_units + of_weights + of_bias
        dW, W = dtheta[here[WEIGHTS] :], theta[here[WEIGHTS] :]
        # dA and dW of the same units one after the other, so that a member has both in its cache
        kinds = 2 if l > 1 else 1
        piece = take(team, member.number, all_pieces)
        while piece < all_pieces:
            j = piece // kinds * wide
            if piece < 2 * of_units and piece % 2 == 0:
                units = panel(
                    Matrix(dZ, here[STRIDE], dZ_lies),
                    Matrix(W, n_before, PLAIN),
                    Matrix(dA, before[STRIDE], PLAIN),
                    m,
                    n_before,
                    n,
                    j,
                    scratch,
                )
                squares = through_units(dA, m, l - 1, j, units, vectors, workspace, rule)
                pack_tiles(dA, before[STRIDE], m, j, units, next_factor)
            elif piece < of_units + of_weights:
                dZ_transposed = Matrix(dZ, here[STRIDE], PLAIN) if l == L else Matrix(factor, 0, PACKED)
                A_before = Matrix(memory[before[ACTIVATIONS] :], before[STRIDE], PLAIN)
                columns = panel(dZ_transposed, A_before, Matrix(dW, n_before, PLAIN), n, n_before, m, j, scratch)
                squares = gradient_of_weights(dW, W, n, n_before, j, columns, rule.weight_decay)
            else:
                db = dtheta[here[OFFSET] : here[OFFSET] + n]
                output_bias_backward(dZ, m, n, here[STRIDE], db)
                squares = sum_of_squares(db)
            sums[done + piece] = squares
            piece = take(team, member.number, all_pieces)
        meet(team)
        done += all_pieces
        dZ, dA = dA, dZ
        factor, next_factor = next_factor, factor
        dZ_lies = PLAIN
    return sums[begin:done].sum()
