"""The optimizers: from dθ to the new θ, with every vector read and written once.

The formulas are those of `trainer.numerics.optimizers`. Where an average of gradients decays to denormal numbers, it
becomes 0 instead: processors compute with denormal numbers many times as slowly.
"""

from __future__ import annotations

import math
from typing import Any

from numba import types
from numba.extending import overload

from trainer.compiled.compiler import compiled
from trainer.compiled.lanes import (
    ROWS_AHEAD,
    first,
    fma,
    load,
    magnitude,
    prefetch,
    root,
    spread,
    store,
    total,
    where_above,
    width,
)
from trainer.compiled.structures import Part, Step, UpdateRule
from trainer.numerics.parameters import Vector

GD, MOMENTUM, RMSPROP, ADAM = 0, 1, 2, 3

_SMALLEST = {types.float32: 1.1754944e-38, types.float64: 2.2250738585072014e-308}


def normal(like: Vector, x: Any) -> Any:
    """Lanes x, with 0 in place of denormal numbers."""
    raise NotImplementedError("only within compiled code")


@overload(normal)
def _normal(like: Any, x: Any) -> Any:
    smallest = _SMALLEST[like.dtype]

    def unless_denormal(like: Any, x: Any) -> Any:
        return where_above(spread(like, smallest), magnitude(x), spread(like, 0.0), x)

    return unless_denormal


@compiled
def sum_of_squares(x: Vector) -> float:
    """Σ x² of floats `(n,)`."""
    zero = spread(x, 0.0)
    s0, s1, s2, s3 = zero, zero, zero, zero
    w = width(x)
    every = first(x, w)
    fours = x.size - x.size % (4 * w)
    for i in range(0, fours, 4 * w):
        a, b = load(x, i, every), load(x, i + w, every)
        c, d = load(x, i + 2 * w, every), load(x, i + 3 * w, every)
        s0 = fma(a, a, s0)
        s1 = fma(b, b, s1)
        s2 = fma(c, c, s2)
        s3 = fma(d, d, s3)
    for i in range(fours, x.size, w):
        a = load(x, i, first(x, x.size - i))
        s0 = fma(a, a, s0)
    return total((s0 + s1) + (s2 + s3))


@compiled
def gradient_of_weights(
    dW: Vector, W: Vector, rows: int, stride: int, j: int, columns: int, weight_decay: float
) -> float:
    """Add λ W to `columns` columns of dW, from column j on, and return the sum of their squares.

    dW and W are `(rows, stride)`.
    """
    w = width(dW)
    total_squares = 0.0
    factor = spread(dW, weight_decay)
    for c in range(j, j + columns, w):
        some = first(dW, j + columns - c)
        s0, s1 = spread(dW, 0.0), spread(dW, 0.0)
        for i in range(rows):
            at = i * stride + c
            prefetch(dW, at + ROWS_AHEAD * stride)
            d = load(dW, at, some)
            if weight_decay != 0:
                d = d + load(W, at, some) * factor
                store(dW, at, some, d)
            if i % 2:
                s1 = fma(d, d, s1)
            else:
                s0 = fma(d, d, s0)
        total_squares += total(s0 + s1)
    return total_squares


@compiled
def update_with_gd(part: Part, step: Step) -> None:
    """Gradient descent. θ changes in place, here and below."""
    theta, dtheta = part.theta, part.dtheta
    a, clip = spread(theta, step.alpha), spread(theta, step.shortened)
    for i in range(0, theta.size, width(theta)):
        some = first(theta, theta.size - i)
        store(theta, i, some, load(theta, i, some) - load(dtheta, i, some) * clip * a)


@compiled
def update_with_momentum(part: Part, step: Step, rule: UpdateRule) -> None:
    """Momentum; v changes too."""
    theta, dtheta, v = part.theta, part.dtheta, part.v
    a, clip = spread(theta, step.alpha), spread(theta, step.shortened)
    kept, new = spread(theta, rule.momentum), spread(theta, 1 - rule.momentum)
    for i in range(0, theta.size, width(theta)):
        some = first(theta, theta.size - i)
        average = normal(theta, load(v, i, some) * kept + load(dtheta, i, some) * clip * new)
        store(v, i, some, average)
        store(theta, i, some, load(theta, i, some) - average * a)


@compiled
def update_with_rmsprop(part: Part, step: Step, rule: UpdateRule) -> None:
    """RMSprop; s changes too."""
    theta, dtheta, s = part.theta, part.dtheta, part.s
    a, clip, eps = spread(theta, step.alpha), spread(theta, step.shortened), spread(theta, rule.epsilon)
    kept, new = spread(theta, rule.beta2), spread(theta, 1 - rule.beta2)
    for i in range(0, theta.size, width(theta)):
        some = first(theta, theta.size - i)
        d = load(dtheta, i, some) * clip
        squares = normal(theta, load(s, i, some) * kept + d * d * new)
        store(s, i, some, squares)
        store(theta, i, some, load(theta, i, some) - d / (root(squares) + eps) * a)


@compiled
def update_with_adam(part: Part, step: Step, rule: UpdateRule) -> None:
    """Adam; v and s change too."""
    theta, dtheta, v, s = part
    root_of_weight = math.sqrt(step.s_weight)
    a, eps = spread(theta, step.alpha * root_of_weight / step.v_weight), spread(theta, rule.epsilon * root_of_weight)
    clip = spread(theta, step.shortened)
    v_kept, v_new = spread(theta, rule.momentum), spread(theta, 1 - rule.momentum)
    s_kept, s_new = spread(theta, rule.beta2), spread(theta, 1 - rule.beta2)
    for i in range(0, theta.size, width(theta)):
        some = first(theta, theta.size - i)
        d = load(dtheta, i, some) * clip
        average = normal(theta, load(v, i, some) * v_kept + d * v_new)
        squares = normal(theta, load(s, i, some) * s_kept + d * d * s_new)
        store(v, i, some, average)
        store(s, i, some, squares)
        store(theta, i, some, load(theta, i, some) - average / (root(squares) + eps) * a)


@compiled
def update_running_statistics(running: Vector, of_mini_batch: Vector, ewa_decay: float) -> None:
    """Running statistics become ρ · running + (1 - ρ) · of the mini-batch; floats of equal length."""
    kept, new = spread(running, ewa_decay), spread(running, 1 - ewa_decay)
    for i in range(0, running.size, width(running)):
        some = first(running, running.size - i)
        store(running, i, some, load(running, i, some) * kept + load(of_mini_batch, i, some) * new)
