"""Curvature: products with the Hessian of the cost, and the largest learning rate that it leaves stable.

Near a point the cost falls and rises along a direction as a parabola with second derivative λ. An update that steps too
far for it comes out higher on the other side than where it began, so that the oscillation grows:

    gradient descent   θ - α dθ                                α < 2 / λ
    momentum           v = β v + (1 - β) dθ;  θ - α v          α < 2 (1 + β) / ((1 - β) λ)
    RMSprop            θ - α P⁻¹ dθ                            α < 2 / λ_P
    Adam               v as momentum;  θ - α P⁻¹ v             α < 2 (1 + β) / ((1 - β) λ_P)

where λ is the largest eigenvalue of the Hessian H, and λ_P that of P^(-1/2) H P^(-1/2), P being the diagonal by which
the optimizer divides. J. Cohen, S. Kaur, Y. Li, J. Z. Kolter, A. Talwalkar, "Gradient descent on neural networks
typically occurs at the edge of stability", ICLR 2021 (which writes momentum as v = βv + dθ, without the factor 1 - β);
J. Cohen et al., "Adaptive gradient methods at the edge of stability", 2022 (38/α for β₁ = 0.9).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from trainer.numerics.optimizers import update_average_weight
from trainer.numerics.parameters import Vector
from trainer.numerics.updates import Floats, Optimizer, Rule

Gradient = Callable[[Floats], Floats]
"""dθ `(size,)` at θ `(size,)`, both float64."""

STEP = 1e-5
"""Of the central difference, relative to 1 + ‖θ‖: rounding moves a product by about 1e-11 ‖dθ‖, which takes float64."""


def hessian_vector_product(gradient: Gradient, theta: Floats, direction: Floats) -> Floats:
    """H d by the central difference of the gradient along d, `(size,)`.

        H d ≈ ‖d‖ (dθ(θ + r u) - dθ(θ - r u)) / 2r        u = d / ‖d‖

    It is exact where the cost is quadratic, and off by a multiple of r² else.

    >>> product = hessian_vector_product(lambda w: 2 * w - 10, np.array([3.0]), np.array([4.0]))
    >>> round(float(product[0]), 9)
    8.0
    """
    length = float(np.linalg.norm(direction))
    if length == 0:
        return np.zeros_like(theta)
    r = STEP * (1 + float(np.linalg.norm(theta)))
    step = direction * (r / length)
    difference: Floats = gradient(theta + step) - gradient(theta - step)
    difference *= length / (2 * r)
    return difference


def preconditioner(rule: Rule, dtheta: Floats, s: Floats, v_weight: float, s_weight: float) -> Floats:
    """The diagonal P by which RMSprop or Adam divides, `(size,)`.

    It is infinite for an element of which every gradient so far was 0, such as the weight of a pixel that is always
    black: it does not move.

        s = β₂ s + (1 - β₂) dθ²
        RMSprop   P = √(s / s_weight) + ε
        Adam      P = v_weight (√(s / s_weight) + ε)      with the weights of bias correction after that update

    That is what the next update of Adam divides by. That of RMSprop divides by √s + ε, without a correction, which is
    far less in the first iterations; but there s grows by the iteration, and the limits below are those of a P that
    changes slowly. So s is taken as it will be when it has filled: over full batches of digits the cost then begins to
    rise at 1 to 3 times the limit 10 to 50 iterations from the start, and at 7 to 26 times without the correction.

    Parameters
    ----------
    dtheta : the gradient of the next mini-batch
    s, v_weight, s_weight : of the optimizer, before that update; the weight of s is 1 - β₂^t after t of them
    """
    s = rule.beta2 * s + (1 - rule.beta2) * dtheta * dtheta
    P = np.sqrt(s / update_average_weight(s_weight, rule.beta2)) + rule.epsilon
    if rule.optimizer == "adam":
        P *= update_average_weight(v_weight, rule.momentum)
    P[s == 0] = np.inf
    return P


def largest_stable_learning_rate(optimizer: Optimizer, curvature: float, beta: float) -> float:
    """The α above which the updates leave a parabola; infinite where the cost curves upwards nowhere.

    Parameters
    ----------
    curvature : λ, or λ_P of the preconditioned Hessian for RMSprop and Adam
    beta : β of the velocity, of momentum and Adam

    >>> largest_stable_learning_rate("gd", 2.0, 0.9)  # J(w) = w² - 10w + 25
    1.0
    >>> round(largest_stable_learning_rate("adam", 1.0, 0.9), 12)
    38.0
    """
    if not curvature > 0:
        return math.inf
    averaging = (1 + beta) / (1 - beta) if optimizer in ("momentum", "adam") else 1.0
    return 2 * averaging / curvature


def flat(tensors: list[Vector]) -> Floats:
    """Tensors as one vector in float64."""
    return np.concatenate([np.ravel(tensor).astype(np.float64) for tensor in tensors])
