"""The gradient check itself: right for a right gradient, loud for a wrong one, and it leaves θ as it was."""

from __future__ import annotations

import numpy as np
import pytest

from trainer.numerics.gradient_check import gradient_check


def test_right_gradient() -> None:
    theta = np.array([3.0, -1.0, 0.5])
    # J = Σ θ³, dJ/dθ = 3 θ²; the two-sided quotient is off by ε² = 1e-12 and by rounding, 1e-16 · 27 / 1e-6
    assert gradient_check(lambda: float((theta**3).sum()), theta, 3 * theta**2) < 1e-9


def test_wrong_gradient_by_hand() -> None:
    theta = np.array([3.0])
    # J = θ², dJ/dθ = 6. Given 12: |12 - 6| / (12 + 6) = 1/3. Given -6: 12 / 12 = 1
    assert gradient_check(lambda: float(theta[0] ** 2), theta, np.array([12.0])) == pytest.approx(1 / 3, rel=1e-8)
    assert gradient_check(lambda: float(theta[0] ** 2), theta, np.array([-6.0])) == pytest.approx(1, rel=1e-8)


def test_one_wrong_element_of_many_is_seen() -> None:
    theta = np.linspace(1, 2, 50)
    dtheta = 2 * theta
    dtheta[17] *= 1.001
    assert gradient_check(lambda: float((theta**2).sum()), theta, dtheta) > 1e-5


def test_theta_is_put_back_exactly() -> None:
    theta = np.array([0.1, 1 / 3, 1e-9])
    kept = theta.copy()
    gradient_check(lambda: float(theta.sum()), theta, np.ones(3))
    np.testing.assert_array_equal(theta, kept)


def test_a_flat_cost_has_gradient_zero() -> None:
    assert gradient_check(lambda: 1.0, np.ones(3), np.zeros(3)) == 0
