"""Batch norm: two units over three examples by hand, its slope measured, its properties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.numerics.strategies import DTYPES, PROPERTY, DType, Matrix, finite, matrices
from trainer.numerics.batch_norm import (
    batch_norm_at_test_time,
    batch_norm_backward,
    batch_norm_forward,
    update_running_statistics,
)
from trainer.numerics.gradient_check import gradient_check
from trainer.numerics.parameters import Vector

# Two units, three examples, ε = 2 so that the roots come out whole.
Z = np.array([[1.0, 1.0, 4.0], [-4.0, 2.0, 5.0]])
GAMMA = np.array([[2.0], [4.0]])
BETA = np.array([[1.0], [-1.0]])
EPSILON = 2.0


@dataclass
class Forward:
    Z_tilde: Vector
    mean: Vector
    variance: Vector
    inverse_deviation: Vector
    Z_norm: Vector


def forward(Z: Vector, gamma: Vector, beta: Vector, epsilon: float) -> Forward:
    mean, variance, inverse_deviation = (np.empty((Z.shape[0], 1), Z.dtype) for _ in range(3))
    Z_norm, out = np.empty_like(Z), np.empty_like(Z)
    batch_norm_forward(Z, gamma, beta, epsilon, mean, variance, inverse_deviation, Z_norm, out)
    return Forward(out, mean, variance, inverse_deviation, Z_norm)


def backward(dZ_tilde: Vector, gamma: Vector, passed: Forward) -> tuple[Vector, Vector, Vector]:
    dgamma, dbeta, dZ = np.empty_like(gamma), np.empty_like(gamma), dZ_tilde.copy()
    batch_norm_backward(dZ, passed.Z_norm, gamma, passed.inverse_deviation, dgamma, dbeta, np.empty_like(dZ))
    return dZ, dgamma, dbeta


def test_forward_by_hand() -> None:
    passed = forward(Z, GAMMA, BETA, EPSILON)
    # unit 1: μ = (1 + 1 + 4) / 3 = 2;   z - μ = -1, -1, 2;   σ² = (1 + 1 + 4) / 3 = 2
    # unit 2: μ = (-4 + 2 + 5) / 3 = 1;  z - μ = -5, 1, 4;    σ² = (25 + 1 + 16) / 3 = 14
    np.testing.assert_allclose(passed.mean, [[2], [1]], rtol=1e-15)
    np.testing.assert_allclose(passed.variance, [[2], [14]], rtol=1e-15)
    # √(2 + 2) = 2, √(14 + 2) = 4
    np.testing.assert_allclose(passed.inverse_deviation, [[1 / 2], [1 / 4]], rtol=1e-15)
    np.testing.assert_allclose(passed.Z_norm, [[-0.5, -0.5, 1], [-1.25, 0.25, 1]], rtol=1e-15)
    # unit 1: 2 z_norm + 1;  unit 2: 4 z_norm - 1
    np.testing.assert_allclose(passed.Z_tilde, [[0, 0, 3], [-6, 0, 3]], atol=1e-15)


def test_backward_by_hand() -> None:
    dZ, dgamma, dbeta = backward(np.array([[1.0, 0.0, 0.0], [0.0, 3.0, 0.0]]), GAMMA, forward(Z, GAMMA, BETA, EPSILON))
    np.testing.assert_allclose(dbeta, [[1], [3]], rtol=1e-15)
    # 1 · -0.5;  3 · 0.25
    np.testing.assert_allclose(dgamma, [[-0.5], [0.75]], rtol=1e-15)
    # unit 1: γ/√ = 1;  dz~ - dβ/m - z_norm dγ/m = [1, 0, 0] - 1/3 - [-0.5, -0.5, 1] · (-0.5)/3
    #         = [1 - 4/12 - 1/12, -4/12 - 1/12, -4/12 + 2/12] = [7, -5, -2] / 12
    # unit 2: γ/√ = 1;  [0, 3, 0] - 3/3 - [-1.25, 0.25, 1] · 0.75/3
    #         = [-1 + 0.3125, 2 - 0.0625, -1 - 0.25] = [-0.6875, 1.9375, -1.25]
    np.testing.assert_allclose(dZ, [[7 / 12, -5 / 12, -2 / 12], [-0.6875, 1.9375, -1.25]], rtol=1e-14)


def test_running_statistics_by_hand() -> None:
    mean, variance = np.zeros((1, 1)), np.ones((1, 1))
    for of_mini_batch in (2.0, 4.0):
        update_running_statistics(mean, np.full((1, 1), of_mini_batch), 0.9)
        update_running_statistics(variance, np.full((1, 1), of_mini_batch), 0.9)
    # μ: 0.9 · 0 + 0.1 · 2 = 0.2;  0.9 · 0.2 + 0.1 · 4 = 0.58
    # σ²: 0.9 · 1 + 0.1 · 2 = 1.1;  0.9 · 1.1 + 0.1 · 4 = 1.39
    assert mean[0, 0] == pytest.approx(0.58, rel=1e-15)
    assert variance[0, 0] == pytest.approx(1.39, rel=1e-15)


def test_ewa_decay_zero_keeps_the_last_mini_batch_only() -> None:
    running = np.array([[123.0]])
    update_running_statistics(running, np.array([[4.0]]), 0.0)
    assert running[0, 0] == 4


def test_test_time_by_hand_for_one_example() -> None:
    # 2 (4 - 2) / √(2 + 2) + 1 = 3;  4 (5 - 1) / √(14 + 2) - 1 = 3
    z_tilde = batch_norm_at_test_time(
        np.array([[4.0], [5.0]]), GAMMA, BETA, EPSILON, np.array([[2.0], [1.0]]), np.array([[2.0], [14.0]])
    )
    np.testing.assert_allclose(z_tilde, [[3], [3]], rtol=1e-15)


def test_test_time_with_the_mini_batch_s_own_statistics_is_training_time() -> None:
    passed = forward(Z, GAMMA, BETA, EPSILON)
    at_test_time = batch_norm_at_test_time(Z, GAMMA, BETA, EPSILON, passed.mean, passed.variance)
    np.testing.assert_allclose(at_test_time, passed.Z_tilde, atol=1e-15)
    for i in range(3):
        one = batch_norm_at_test_time(Z[:, i : i + 1], GAMMA, BETA, EPSILON, passed.mean, passed.variance)
        np.testing.assert_array_equal(one, at_test_time[:, i : i + 1])


def test_arguments_are_not_written_to() -> None:
    kept = Z.copy(), GAMMA.copy(), BETA.copy()
    passed = forward(Z, GAMMA, BETA, EPSILON)
    batch_norm_at_test_time(Z, GAMMA, BETA, EPSILON, passed.mean, passed.variance)
    backward(np.ones_like(Z), GAMMA, passed)
    for array, copy in zip((Z, GAMMA, BETA), kept, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("m", [2, 3, 64])
@pytest.mark.parametrize("argument", ["Z", "gamma", "beta"])
def test_backward_is_the_measured_slope(argument: str, m: int) -> None:
    generator = np.random.Generator(np.random.PCG64(m))
    Z, weights = generator.normal(size=(2, 4, m)) * 3
    gamma, beta = generator.normal(size=(2, 4, 1)) + 1
    # with ε = 0.1 the slope of a mini-batch of two does not vanish: z_norm would be ±1 whatever z is
    dZ, dgamma, dbeta = backward(weights, gamma, forward(Z, gamma, beta, 0.1))
    theta, dtheta = {"Z": (Z, dZ), "gamma": (gamma, dgamma), "beta": (beta, dbeta)}[argument]
    difference = gradient_check(
        lambda: float((weights * forward(Z, gamma, beta, 0.1).Z_tilde).sum()), theta.ravel(), dtheta.ravel()
    )
    assert difference < 1e-8


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtype_is_kept(dtype: DType) -> None:
    z, gamma, beta = Z.astype(dtype), GAMMA.astype(dtype), BETA.astype(dtype)
    passed = forward(z, gamma, beta, 1e-5)
    arrays = [passed.Z_tilde, passed.mean, *backward(z, gamma, passed)]
    arrays.append(batch_norm_at_test_time(z, gamma, beta, 1e-5, passed.mean, passed.variance))
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_unit_that_never_changes_gives_its_beta(dtype: DType) -> None:
    """σ² = 0: ε keeps the quotient finite, forward and backward, at the smallest ε allowed."""
    constant = np.full((1, 8), 3, dtype)
    gamma, beta = np.full((1, 1), 2, dtype), np.full((1, 1), 0.5, dtype)
    passed = forward(constant, gamma, beta, 1e-8)
    np.testing.assert_array_equal(passed.Z_tilde, np.full((1, 8), 0.5))
    assert np.isfinite(backward(np.ones_like(constant), gamma, passed)[0]).all()


def spread(Z: Matrix) -> Matrix:
    assume((Z.std(axis=1) > 1e-2).all())
    return Z


@PROPERTY
@given(matrices(columns=2), st.data())
def test_output_has_mean_beta_and_deviation_gamma(Z: Matrix, data: st.DataObject) -> None:
    n = len(spread(Z))
    gamma = np.array(data.draw(st.lists(finite(10), min_size=n, max_size=n))).reshape(n, 1)
    beta = np.array(data.draw(st.lists(finite(10), min_size=n, max_size=n))).reshape(n, 1)
    # ε = 1e-12 is 1e-8 of the smallest variance here, so the deviation is γ but for 1e-8
    Z_tilde = forward(Z, gamma, beta, 1e-12).Z_tilde
    np.testing.assert_allclose(Z_tilde.mean(axis=1, keepdims=True), beta, atol=1e-9)
    np.testing.assert_allclose(Z_tilde.std(axis=1, keepdims=True), np.abs(gamma), rtol=1e-7, atol=1e-9)


@PROPERTY
@given(matrices(columns=2), st.floats(1e-8, 1))
def test_gamma_the_deviation_and_beta_the_mean_is_the_identity(Z: Matrix, epsilon: float) -> None:
    gamma = np.sqrt(Z.var(axis=1, keepdims=True) + epsilon)
    beta = Z.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(forward(Z, gamma, beta, epsilon).Z_tilde, Z, rtol=1e-12, atol=1e-11)


@PROPERTY
@given(matrices(columns=2), finite(100))
def test_a_bias_before_batch_norm_cancels(Z: Matrix, b: float) -> None:
    gamma, beta = np.ones((2, len(Z), 1))
    np.testing.assert_allclose(
        forward(spread(Z) + b, gamma, beta, 1e-5).Z_tilde, forward(Z, gamma, beta, 1e-5).Z_tilde, atol=1e-9
    )


@PROPERTY
@given(matrices(columns=2), st.data())
def test_gradient_of_z_has_no_part_along_a_shift_of_z(Z: Matrix, data: st.DataObject) -> None:
    """Because a shift of z changes nothing, dz of a unit adds up to 0 over the mini-batch."""
    gamma = np.ones((len(Z), 1))
    weights = np.random.Generator(np.random.PCG64(data.draw(st.integers(0, 99)))).normal(size=Z.shape)
    dZ = backward(weights, gamma, forward(spread(Z), gamma, gamma, 1e-5))[0]
    assert np.abs(dZ.sum(axis=1)).max() <= 1e-12 * (1 + np.abs(weights).sum() / Z.std(axis=1).min())
