"""Optimizers: from the gradient dθ to the new parameters θ, in place on flat vectors.

Course 2, week 2. Every update receives the hyperparameters and nothing here stores them, so that a change takes
effect in the very next iteration. All vectors are `(size,)`; `scratch` is overwritten.

The averages v and s start at zero, so at first they are too small. Their weight is the same average of the constant 1.
It is `1 - β^t` as long as β stays the same, and stays right when β is changed while training:

    weight = β weight + (1 - β)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import numpy as np

from trainer.numerics.parameters import Vector

P = ParamSpec("P")

BLOCK = 65536
"""Elements that are updated at a time, so that they stay in the processor's cache from one operation to the next."""


def _in_blocks(update: Callable[Concatenate[Vector, P], None]) -> Callable[Concatenate[Vector, P], None]:
    """The same update, one block of all vectors after the other; it is element by element, so no bit changes."""

    @wraps(update)
    def block_by_block(theta: Vector, /, *others: P.args, **named: P.kwargs) -> None:
        if theta.size <= BLOCK:
            update(theta, *others, **named)
            return
        for start in range(0, theta.size, BLOCK):
            block = slice(start, start + BLOCK)
            parts = [other[block] if isinstance(other, np.ndarray) else other for other in others]
            update(theta[block], *parts, **named)  # type: ignore[arg-type]

    return block_by_block


def update_average_weight(weight: float, beta: float) -> float:
    """The weight of an exponentially weighted average after one more term (Kingma and Ba 2015, section 3).

    >>> weight = update_average_weight(update_average_weight(0.0, 0.9), 0.9)
    >>> round(weight, 12) == round(1 - 0.9**2, 12)
    True
    """
    return beta * weight + (1 - beta)


@_in_blocks
def update_parameters_with_gd(theta: Vector, dtheta: Vector, learning_rate: float, scratch: Vector) -> None:
    """Gradient descent: `θ = θ - α dθ`."""
    np.multiply(dtheta, learning_rate, out=scratch)
    theta -= scratch


@_in_blocks
def update_parameters_with_momentum(
    theta: Vector, dtheta: Vector, v: Vector, learning_rate: float, beta: float, scratch: Vector
) -> None:
    """Momentum as the course writes it, α outside of v:

    v = β v + (1 - β) dθ
    θ = θ - α v
    """
    _average(v, dtheta, beta, scratch)
    np.multiply(v, learning_rate, out=scratch)
    theta -= scratch


@_in_blocks
def update_parameters_with_rmsprop(
    theta: Vector, dtheta: Vector, s: Vector, learning_rate: float, beta2: float, epsilon: float, scratch: Vector
) -> None:
    """RMSprop:

    s = β₂ s + (1 - β₂) dθ²
    θ = θ - α dθ / (√s + ε)
    """
    _average_of_squares(s, dtheta, beta2, scratch)
    np.sqrt(s, out=scratch)
    scratch += epsilon
    np.divide(dtheta, scratch, out=scratch)
    scratch *= learning_rate
    theta -= scratch


@_in_blocks
def update_parameters_with_adam(
    theta: Vector,
    dtheta: Vector,
    v: Vector,
    s: Vector,
    v_weight: float,
    s_weight: float,
    learning_rate: float,
    beta: float,
    beta2: float,
    epsilon: float,
    scratch: Vector,
) -> None:
    """Adam (Kingma and Ba 2015), both averages bias-corrected by their weights, `1 - β^t` and `1 - β₂^t`:

    v = β v + (1 - β) dθ               v̂ = v / v_weight
    s = β₂ s + (1 - β₂) dθ²            ŝ = s / s_weight
    θ = θ - α v̂ / (√ŝ + ε) = θ - (α √s_weight / v_weight) v / (√s + ε √s_weight)
    """
    _average(v, dtheta, beta, scratch)
    _average_of_squares(s, dtheta, beta2, scratch)
    np.sqrt(s, out=scratch)
    scratch += epsilon * math.sqrt(s_weight)
    np.divide(v, scratch, out=scratch)
    scratch *= learning_rate * math.sqrt(s_weight) / v_weight
    theta -= scratch


def clip_by_global_norm(dtheta: Vector, norm: float, clip_norm: float) -> None:
    """Shorten dθ to length `clip_norm` where it is longer, keeping its direction (Pascanu et al. 2013), in place.

    dθ = dθ · clip_norm / ‖dθ‖    if ‖dθ‖ > clip_norm
    """
    if norm > clip_norm:
        dtheta *= clip_norm / norm


def _average(average: Vector, term: Vector, beta: float, scratch: Vector) -> None:
    np.multiply(term, 1 - beta, out=scratch)
    average *= beta
    average += scratch


def _average_of_squares(average: Vector, term: Vector, beta: float, scratch: Vector) -> None:
    np.multiply(term, term, out=scratch)
    scratch *= 1 - beta
    average *= beta
    average += scratch
