"""Gradient checking: compare the gradient from backward propagation with the measured slope of the cost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trainer.numerics.parameters import Vector


def gradient_check(cost: Callable[[], float], theta: Vector, dtheta: Vector, epsilon: float = 1e-6) -> float:
    """How far dθ is from the two-sided difference quotient (course 2, week 1, "Gradient checking").

        dθ_approx[i] = (J(θ + ε e_i) - J(θ - ε e_i)) / 2ε
        difference   = ‖dθ - dθ_approx‖₂ / (‖dθ‖₂ + ‖dθ_approx‖₂)

    Below 1e-7 the gradient is right; above 1e-3 it has a mistake. Needs float64.

    Parameters
    ----------
    cost : J of the present contents of theta
    theta : `(size,)` float64, moved by ±ε element by element and put back
    dtheta : `(size,)`, the gradient to check
    """
    approx = np.empty_like(dtheta)
    for i in range(theta.size):
        original = theta[i]
        theta[i] = original + epsilon
        above = cost()
        theta[i] = original - epsilon
        below = cost()
        theta[i] = original
        approx[i] = (above - below) / (2 * epsilon)
    total = np.linalg.norm(dtheta) + np.linalg.norm(approx)
    return float(np.linalg.norm(dtheta - approx) / total) if total else 0.0
