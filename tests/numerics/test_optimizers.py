"""The optimizers: two updates of each by hand, the weights of their averages, clipping."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.numerics.strategies import DTYPES, PROPERTY, DType, Matrix, finite, matrices
from trainer.engine.hyperparameters import SCALES
from trainer.numerics.optimizers import (
    clip_by_global_norm,
    update_average_weight,
    update_parameters_with_adam,
    update_parameters_with_gd,
    update_parameters_with_momentum,
    update_parameters_with_rmsprop,
)
from trainer.numerics.parameters import Vector


def scalar(value: float) -> Vector:
    return np.array([value], np.float64)


def test_gradient_descent_by_hand() -> None:
    theta = np.array([1.0, -2.0])
    # 1 - 0.1 · 5 = 0.5;  -2 - 0.1 · (-10) = -1
    update_parameters_with_gd(theta, np.array([5.0, -10.0]), 0.1, np.empty(2))
    np.testing.assert_allclose(theta, [0.5, -1], rtol=1e-15)
    # 0.5 - 0.01 · 10 = 0.4;  -1 - 0.01 · 0 = -1
    update_parameters_with_gd(theta, np.array([10.0, 0.0]), 0.01, np.empty(2))
    np.testing.assert_allclose(theta, [0.4, -1], rtol=1e-15)


def test_momentum_by_hand() -> None:
    theta, v = scalar(1), scalar(0)
    # v = 0.9 · 0 + 0.1 · 1 = 0.1;     θ = 1 - 0.1 · 0.1 = 0.99
    update_parameters_with_momentum(theta, scalar(1), v, 0.1, 0.9, np.empty(1))
    np.testing.assert_allclose([v[0], theta[0]], [0.1, 0.99], rtol=1e-15)
    # v = 0.9 · 0.1 + 0.1 · 2 = 0.29;  θ = 0.99 - 0.1 · 0.29 = 0.961
    update_parameters_with_momentum(theta, scalar(2), v, 0.1, 0.9, np.empty(1))
    np.testing.assert_allclose([v[0], theta[0]], [0.29, 0.961], rtol=1e-15)


def test_a_nudge_of_alpha_bites_in_one_update_of_momentum() -> None:
    theta, v = scalar(1), scalar(0.5)
    # α stays outside v: v = 0.9 · 0.5 + 0.1 · 0.5 = 0.5, and the whole velocity is taken at the new α
    update_parameters_with_momentum(theta, scalar(0.5), v, 1e-4, 0.9, np.empty(1))
    assert theta[0] == pytest.approx(1 - 1e-4 * 0.5, rel=1e-15)


def test_rmsprop_by_hand() -> None:
    theta, s = scalar(1), scalar(0)
    # s = 0.75 · 0 + 0.25 · 2² = 1;  θ = 1 - 0.1 · 2 / (√1 + 1) = 0.9      (ε = 1 stands outside the root)
    update_parameters_with_rmsprop(theta, scalar(2), s, 0.1, 0.75, 1.0, np.empty(1))
    np.testing.assert_allclose([s[0], theta[0]], [1, 0.9], rtol=1e-15)
    # s = 0.75 · 1 + 0.25 · 5² = 7;  θ = 0.9 - 0.1 · 5 / (√7 + 1) = 0.9 - 0.5 / 3.6457513 = 0.7628541
    update_parameters_with_rmsprop(theta, scalar(5), s, 0.1, 0.75, 1.0, np.empty(1))
    np.testing.assert_allclose([s[0], theta[0]], [7, 0.7628541], rtol=1e-7)


def test_adam_by_hand() -> None:
    theta, v, s = scalar(1), scalar(0), scalar(0)
    # v = 0.9 · 0 + 0.1 · 3 = 0.3        v̂ = 0.3 / (1 - 0.9) = 3
    # s = 0.75 · 0 + 0.25 · 3² = 2.25    ŝ = 2.25 / (1 - 0.75) = 9
    # θ = 1 - 0.1 · 3 / (√9 + 1) = 0.925
    update_parameters_with_adam(theta, scalar(3), v, s, 0.1, 0.25, 0.1, 0.9, 0.75, 1.0, np.empty(1))
    np.testing.assert_allclose([v[0], s[0], theta[0]], [0.3, 2.25, 0.925], rtol=1e-15)
    # v = 0.9 · 0.3 + 0.1 · 1 = 0.37           v̂ = 0.37 / (1 - 0.81) = 1.9473684
    # s = 0.75 · 2.25 + 0.25 · 1² = 1.9375     ŝ = 1.9375 / (1 - 0.5625) = 4.4285714, √ŝ = 2.1044171
    # θ = 0.925 - 0.1 · 1.9473684 / 3.1044171 = 0.925 - 0.0627289 = 0.8622711
    update_parameters_with_adam(theta, scalar(1), v, s, 0.19, 0.4375, 0.1, 0.9, 0.75, 1.0, np.empty(1))
    np.testing.assert_allclose([v[0], s[0], theta[0]], [0.37, 1.9375, 0.8622711], rtol=1e-7)


def test_adam_finds_the_minimum_of_the_course_s_parabola() -> None:
    """J(w) = w² - 10 w + 25 = (w - 5)², dJ/dw = 2 w - 10, α = 0.1."""
    w, v, s, scratch = scalar(0), scalar(0), scalar(0), np.empty(1)
    v_weight = s_weight = 0.0
    for _ in range(1000):
        v_weight, s_weight = update_average_weight(v_weight, 0.9), update_average_weight(s_weight, 0.999)
        update_parameters_with_adam(w, 2 * w - 10, v, s, v_weight, s_weight, 0.1, 0.9, 0.999, 1e-8, scratch)
    assert w[0] == pytest.approx(5, abs=1e-3)


@pytest.mark.parametrize("beta", [0.0, 0.9, 0.999])
def test_average_weight_is_one_minus_beta_to_the_t(beta: float) -> None:
    weight = 0.0
    for t in range(1, 200):
        weight = update_average_weight(weight, beta)
        assert weight == pytest.approx(1 - beta**t, rel=1e-12)


@PROPERTY
@given(st.lists(st.floats(0, 0.9999), min_size=1, max_size=20), finite(100))
def test_average_weight_stays_right_when_beta_changes(betas: list[float], constant: float) -> None:
    """An average of a constant, divided by its weight, is the constant, whatever was done to β on the way."""
    average = weight = 0.0
    for beta in betas:
        average, weight = beta * average + (1 - beta) * constant, update_average_weight(weight, beta)
    assert average / weight == pytest.approx(constant, rel=1e-9)


@PROPERTY
@given(st.lists(st.floats(0, 0.999), min_size=1, max_size=10), st.floats(0.01, 100))
def test_adam_s_step_under_a_constant_gradient_is_alpha(betas: list[float], gradient: float) -> None:
    """v̂ = dθ and ŝ = dθ² from the first update on and through every change of β, so each step is α."""
    theta, v, s = scalar(0), scalar(0), scalar(0)
    v_weight = s_weight = 0.0
    for beta in betas:
        v_weight, s_weight = update_average_weight(v_weight, beta), update_average_weight(s_weight, beta)
        update_parameters_with_adam(
            theta, scalar(gradient), v, s, v_weight, s_weight, 0.1, beta, beta, 1e-30, np.empty(1)
        )
    assert theta[0] == pytest.approx(-0.1 * len(betas), rel=1e-9)


@PROPERTY
@given(matrices(1e3, rows=2), st.floats(1e-6, 10))
def test_momentum_without_beta_is_gradient_descent(gradients: Matrix, learning_rate: float) -> None:
    n = gradients.shape[1]
    with_gd, with_momentum, v = np.ones(n), np.ones(n), np.zeros(n)
    for dtheta in gradients:
        update_parameters_with_gd(with_gd, dtheta, learning_rate, np.empty(n))
        update_parameters_with_momentum(with_momentum, dtheta, v, learning_rate, 0.0, np.empty(n))
    np.testing.assert_array_equal(with_momentum, with_gd)


@PROPERTY
@given(st.floats(1e-6, 1), st.floats(0, 0.999))
def test_beta_alone_does_not_change_the_size_of_a_steady_step(learning_rate: float, beta: float) -> None:
    theta, v = scalar(0), scalar(3)  # the average of a gradient that has been 3 for long
    update_parameters_with_momentum(theta, scalar(3), v, learning_rate, beta, np.empty(1))
    assert theta[0] == pytest.approx(-3 * learning_rate, rel=1e-12)


def test_clipping_by_hand() -> None:
    # ‖(3, 4, 0, 12)‖ = √(9 + 16 + 144) = 13; clipped to 6.5 every element is halved
    dtheta = np.array([3.0, 4.0, 0.0, 12.0])
    clip_by_global_norm(dtheta, 13.0, 6.5)
    np.testing.assert_allclose(dtheta, [1.5, 2, 0, 6], rtol=1e-15)


@PROPERTY
@given(matrices(1e3), st.floats(1e-3, 1e3))
def test_clipping_keeps_the_direction_and_leaves_the_short_alone(gradients: Matrix, clip_norm: float) -> None:
    dtheta = gradients.ravel().copy()
    norm = float(np.linalg.norm(dtheta))
    clip_by_global_norm(dtheta, norm, clip_norm)
    if norm <= clip_norm:
        np.testing.assert_array_equal(dtheta, gradients.ravel())
    else:
        assert np.linalg.norm(dtheta) == pytest.approx(clip_norm, rel=1e-12)
        np.testing.assert_allclose(dtheta * (norm / clip_norm), gradients.ravel(), rtol=1e-12)


@pytest.mark.parametrize("dtype", DTYPES)
def test_in_place_in_the_same_dtype_and_the_gradient_untouched(dtype: DType) -> None:
    dtheta, scratch = np.array([1, -2, 0], dtype), np.empty(3, dtype)
    kept = dtheta.copy()
    theta, v, s = (np.ones(3, dtype) for _ in range(3))
    update_parameters_with_gd(theta, dtheta, 0.1, scratch)
    update_parameters_with_momentum(theta, dtheta, v, 0.1, 0.9, scratch)
    update_parameters_with_rmsprop(theta, dtheta, s, 0.1, 0.999, 1e-8, scratch)
    update_parameters_with_adam(theta, dtheta, v, s, 0.1, 0.001, 0.1, 0.9, 0.999, 1e-8, scratch)
    np.testing.assert_array_equal(dtheta, kept)
    assert {a.dtype for a in (theta, v, s, scratch)} == {np.dtype(dtype)}
    assert np.isfinite(theta).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_smallest_epsilon_allowed_still_keeps_a_gradient_of_zero_harmless(dtype: DType) -> None:
    """A unit that is never active has gradient 0 and s = 0; were ε rounded to 0, the quotient would be 0/0."""
    epsilon = SCALES["epsilon"].valid.low
    assert epsilon in SCALES["epsilon"].valid
    dtheta, scratch = np.zeros(1, dtype), np.empty(1, dtype)
    theta, v, s = np.ones(1, dtype), np.zeros(1, dtype), np.zeros(1, dtype)
    update_parameters_with_rmsprop(theta, dtheta, s, 0.1, 0.999, epsilon, scratch)
    update_parameters_with_adam(theta, dtheta, v, s, 0.1, 0.001, 0.1, 0.9, 0.999, epsilon, scratch)
    assert theta[0] == 1
