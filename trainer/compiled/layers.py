"""Batch norm, activations, biases and the softmax cost: everything of a layer but its matrix product.

An array of a hidden layer is `(m, n)` by rows, one example a row, with `stride` elements from one row to the next; an
array of the output layer is `(C, m)`, one class a row. All arrays of a call have one precision, float32 or float64.
The functions take the units of a layer in groups that fill lanes (`trainer.compiled.lanes`), and all examples of a
group, so that sums over examples stay in registers. Each array is read as few times as possible. The formulas are
those of `trainer.numerics`.
"""

from __future__ import annotations

import math
from typing import Any

from trainer.compiled.compiler import compiled
from trainer.compiled.exponential import exp, sigmoid, tanh
from trainer.compiled.lanes import (
    ROWS_AHEAD,
    first,
    fma,
    larger,
    load,
    prefetch,
    root,
    spread,
    store,
    total,
    where_above,
    width,
)
from trainer.compiled.structures import BatchNorm, Block, Output
from trainer.numerics.parameters import Vector

RELU, TANH, SIGMOID = 0, 1, 2


@compiled
def activated(like: Vector, activation: int, z: Any) -> Any:
    """g(z) of lanes z, in the precision of the array `like`."""
    if activation == RELU:
        return larger(z, spread(like, 0.0))
    if activation == TANH:
        return tanh(like, z)
    return sigmoid(like, z)


@compiled
def through_activation(like: Vector, activation: int, dA: Any, A: Any) -> Any:
    """dZ = dA g'(Z) of lanes dA and A, with g'(Z) computed from A."""
    zero, one = spread(like, 0.0), spread(like, 1.0)
    if activation == RELU:
        return where_above(A, zero, dA, zero)
    if activation == TANH:
        return dA * (one - A * A)
    return dA * ((one - A) * A)


@compiled
def batch_norm_forward(
    Z: Vector, A: Vector, block: Block, activation: int, norm: BatchNorm, inverse_deviation: Vector, epsilon: float
) -> None:
    """Normalise Z, `(m, n)`, by the mini-batch's own statistics: Z becomes z_norm, A becomes g(γ z_norm + β).

    Writes μ and σ² into `norm`, and 1/√(σ² + ε) into `inverse_deviation`, `(n,)`.
    """
    m, n, stride = block
    zero, one = spread(Z, 0.0), spread(Z, 1.0)
    share = one / spread(Z, m)
    fours = m - m % 4
    for j in range(0, n, width(Z)):
        units = first(Z, n - j)
        s0, s1, s2, s3 = zero, zero, zero, zero
        for i in range(0, fours, 4):
            at = i * stride + j
            s0 = s0 + load(Z, at, units)
            s1 = s1 + load(Z, at + stride, units)
            s2 = s2 + load(Z, at + 2 * stride, units)
            s3 = s3 + load(Z, at + 3 * stride, units)
        for i in range(fours, m):
            s0 = s0 + load(Z, i * stride + j, units)
        mu = ((s0 + s1) + (s2 + s3)) * share
        s0, s1, s2, s3 = zero, zero, zero, zero
        for i in range(0, fours, 4):
            at = i * stride + j
            d0 = load(Z, at, units) - mu
            d1 = load(Z, at + stride, units) - mu
            d2 = load(Z, at + 2 * stride, units) - mu
            d3 = load(Z, at + 3 * stride, units) - mu
            s0 = fma(d0, d0, s0)
            s1 = fma(d1, d1, s1)
            s2 = fma(d2, d2, s2)
            s3 = fma(d3, d3, s3)
        for i in range(fours, m):
            d0 = load(Z, i * stride + j, units) - mu
            s0 = fma(d0, d0, s0)
        sigma2 = ((s0 + s1) + (s2 + s3)) * share
        inverse = one / root(sigma2 + spread(Z, epsilon))
        store(norm.mean, j, units, mu)
        store(norm.variance, j, units, sigma2)
        store(inverse_deviation, j, units, inverse)
        scale, shift = load(norm.gamma, j, units), load(norm.beta, j, units)
        for i in range(m):
            at = i * stride + j
            prefetch(A, at + ROWS_AHEAD * stride)
            z_norm = (load(Z, at, units) - mu) * inverse
            store(Z, at, units, z_norm)
            store(A, at, units, activated(Z, activation, fma(scale, z_norm, shift)))


@compiled
def batch_norm_backward(
    dA: Vector,
    A: Vector,
    Z_norm: Vector,
    block: Block,
    activation: int,
    gamma: Vector,
    inverse_deviation: Vector,
    dgamma: Vector,
    dbeta: Vector,
) -> None:
    """Write dγ and dβ, `(n,)`; dA, `(m, n)`, becomes dZ. `gamma` and `inverse_deviation` are `(n,)`."""
    m, n, stride = block
    zero = spread(dA, 0.0)
    share = spread(dA, 1.0) / spread(dA, m)
    twos = m - m % 2
    for j in range(0, n, width(dA)):
        units = first(dA, n - j)
        b0, b1, g0, g1 = zero, zero, zero, zero
        for i in range(0, twos, 2):
            at = i * stride + j
            below = at + stride
            prefetch(A, at + ROWS_AHEAD * stride)
            prefetch(A, below + ROWS_AHEAD * stride)
            prefetch(Z_norm, at + ROWS_AHEAD * stride)
            prefetch(Z_norm, below + ROWS_AHEAD * stride)
            d0 = through_activation(dA, activation, load(dA, at, units), load(A, at, units))
            d1 = through_activation(dA, activation, load(dA, below, units), load(A, below, units))
            store(dA, at, units, d0)
            store(dA, below, units, d1)
            b0 = b0 + d0
            b1 = b1 + d1
            g0 = fma(d0, load(Z_norm, at, units), g0)
            g1 = fma(d1, load(Z_norm, below, units), g1)
        for i in range(twos, m):
            at = i * stride + j
            d0 = through_activation(dA, activation, load(dA, at, units), load(A, at, units))
            store(dA, at, units, d0)
            b0 = b0 + d0
            g0 = fma(d0, load(Z_norm, at, units), g0)
        db, dg = b0 + b1, g0 + g1
        store(dbeta, j, units, db)
        store(dgamma, j, units, dg)
        # dz = γ / √(σ² + ε) · (dz~ - dβ/m - z_norm dγ/m)
        scale = load(gamma, j, units) * load(inverse_deviation, j, units)
        db, dg = db * share, dg * share
        for i in range(m):
            at = i * stride + j
            store(dA, at, units, scale * ((load(dA, at, units) - db) - load(Z_norm, at, units) * dg))


@compiled
def batch_norm_at_test_time(Z: Vector, block: Block, activation: int, norm: BatchNorm, epsilon: float) -> None:
    """Z, `(m, n)`, becomes A = g(γ (z - μ) / √(σ² + ε) + β), with the statistics in `norm`."""
    m, n, stride = block
    for j in range(0, n, width(Z)):
        units = first(Z, n - j)
        mu, shift = load(norm.mean, j, units), load(norm.beta, j, units)
        scale = load(norm.gamma, j, units) / root(load(norm.variance, j, units) + spread(Z, epsilon))
        for i in range(m):
            at = i * stride + j
            store(Z, at, units, activated(Z, activation, fma(load(Z, at, units) - mu, scale, shift)))


@compiled
def bias_forward(Z: Vector, A: Vector, block: Block, activation: int, b: Vector) -> None:
    """A = g(Z + b), `(m, n)`, with biases b `(n,)`; A may be Z."""
    m, n, stride = block
    for j in range(0, n, width(Z)):
        units = first(Z, n - j)
        shift = load(b, j, units)
        for i in range(m):
            at = i * stride + j
            store(A, at, units, activated(Z, activation, load(Z, at, units) + shift))


@compiled
def bias_backward(dA: Vector, A: Vector, block: Block, activation: int, db: Vector) -> None:
    """Write db, `(n,)`; dA, `(m, n)`, becomes dZ."""
    m, n, stride = block
    for j in range(0, n, width(dA)):
        units = first(dA, n - j)
        b0 = spread(dA, 0.0)
        for i in range(m):
            at = i * stride + j
            d0 = through_activation(dA, activation, load(dA, at, units), load(A, at, units))
            store(dA, at, units, d0)
            b0 = b0 + d0
        store(db, j, units, b0)


@compiled
def add_output_bias(Z: Vector, m: int, C: int, stride: int, b: Vector) -> None:
    """Add b[L], `(C,)`, to Z[L], `(C, m)`, in place."""
    for c in range(C):
        shift = spread(Z, b[c])
        for i in range(0, m, width(Z)):
            examples = first(Z, m - i)
            store(Z, c * stride + i, examples, load(Z, c * stride + i, examples) + shift)


@compiled
def output_bias_backward(dZ: Vector, m: int, C: int, stride: int, db: Vector) -> None:
    """db[L] = Σ dZ[L] over the examples, `(C,)` from `(C, m)`."""
    for c in range(C):
        b0 = spread(dZ, 0.0)
        for i in range(0, m, width(dZ)):
            b0 = b0 + load(dZ, c * stride + i, first(dZ, m - i))
        db[c] = total(b0)


@compiled
def softmax_cost(output: Output, m: int, n: int, dZ: Vector) -> float:
    """Sum of w_y L, in nats, of n of the m examples of a mini-batch; writes dZ = w_y (Ŷ - Y) / m, `(C, n)`.

    L is the loss of an example, w_y its weight. `output` holds the n examples; their `largest` and `exponentials` are
    written.
    """
    Z, y, weights, C, stride, largest, sums = output
    one = spread(Z, 1.0)
    share = one / spread(Z, m)
    for i in range(0, n, width(Z)):
        examples = first(Z, n - i)
        top = load(Z, i, examples)
        for c in range(1, C):
            top = larger(load(Z, c * stride + i, examples), top)
        s = spread(Z, 0.0)
        for c in range(C):
            e = exp(Z, load(Z, c * stride + i, examples) - top)
            s = s + e
            store(dZ, c * stride + i, examples, e)
        store(largest, i, examples, top)
        store(sums, i, examples, s)
        scale = share / s * load(weights, i, examples)
        for c in range(C):
            store(dZ, c * stride + i, examples, load(dZ, c * stride + i, examples) * scale)
    one_of_m = Z.dtype.type(1) / Z.dtype.type(m)
    losses = 0.0
    for i in range(n):
        # L = (max z - z_y) + log Σ_j e^(z_j - max z)
        losses += weights[i] * ((largest[i] - Z[y[i] * stride + i]) + math.log(sums[i]))
        dZ[y[i] * stride + i] -= weights[i] * one_of_m
    return losses


@compiled
def cost_and_correct(output: Output, m: int) -> tuple[float, int]:
    """Sum of w_y L, in nats, of m examples, and how many of them the network classifies correctly.

    L is the loss of an example, w_y its weight. The class of an example is that of its largest logit, the first of
    equal ones.
    """
    Z, y, weights, C, stride, largest, sums = output
    for i in range(0, m, width(Z)):
        examples = first(Z, m - i)
        top = load(Z, i, examples)
        for c in range(1, C):
            top = larger(load(Z, c * stride + i, examples), top)
        s = spread(Z, 0.0)
        for c in range(C):
            s = s + exp(Z, load(Z, c * stride + i, examples) - top)
        store(largest, i, examples, top)
        store(sums, i, examples, s)
    losses = 0.0
    correct = 0
    for i in range(m):
        losses += weights[i] * ((largest[i] - Z[y[i] * stride + i]) + math.log(sums[i]))
        c = 0
        while c < C - 1 and Z[c * stride + i] != largest[i]:
            c += 1
        correct += c == y[i]
    return losses, correct
