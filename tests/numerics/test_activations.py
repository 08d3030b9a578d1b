"""Activations, softmax, hardmax and log-sum-exp: by hand, at the extremes, and as properties."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given

from tests.numerics.strategies import DTYPES, PROPERTY, DType, Matrix, finite, matrices
from trainer.numerics.activations import activate, activate_backward, hardmax, log_sum_exp, softmax
from trainer.numerics.gradient_check import gradient_check
from trainer.numerics.parameters import Activation, Vector

ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)


def column(*values: float, dtype: DType = DTYPES[1]) -> Vector:
    return np.array(values, dtype).reshape(-1, 1)


def backward(activation: Activation, dA: Vector, A: Vector) -> Vector:
    return activate_backward(activation, dA, A, np.empty_like(A), np.empty(A.shape, np.bool_))


def test_softmax_of_the_course() -> None:
    # e^5 = 148.413, e^2 = 7.389, e^-1 = 0.368, e^3 = 20.086; they add up to 176.256
    # 148.413 / 176.256 = 0.842,  7.389 / 176.256 = 0.042,  0.368 / 176.256 = 0.002,  20.086 / 176.256 = 0.114
    a = softmax(column(5, 2, -1, 3))
    assert a.ravel().round(3).tolist() == [0.842, 0.042, 0.002, 0.114]


def test_each_column_is_an_example_of_its_own() -> None:
    # equal logits share equally; log 3 against 0 is 3 : 1
    a = softmax(np.array([[7.0, np.log(3)], [7.0, 0.0]]))
    np.testing.assert_allclose(a, [[0.5, 0.75], [0.5, 0.25]], rtol=1e-15)


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("relu", [0, 0, 2]),
        # (e^-1 - e^1) / (e^-1 + e^1) = -2.350402 / 3.086161 = -0.761594; (e^2 - e^-2) / (e^2 + e^-2) = 0.964028
        ("tanh", [-0.761594, 0, 0.964028]),
        # 1 / (1 + e^1) = 1 / 3.718282 = 0.268941; 1/2; 1 / (1 + e^-2) = 1 / 1.135335 = 0.880797
        ("sigmoid", [0.268941, 0.5, 0.880797]),
    ],
)
def test_activation_by_hand(activation: Activation, expected: list[float]) -> None:
    np.testing.assert_allclose(activate(activation, column(-1, 0, 2)), column(*expected), atol=5e-7)


@pytest.mark.parametrize(
    ("activation", "A", "expected"),
    [
        ("relu", [0, 0, 2], [0, 0, 30]),  # 10·0 (z < 0), 20·0 (z = 0), 30·1
        ("tanh", [0, 0.5, -0.5], [10, 15, 22.5]),  # 10·(1 - 0), 20·(1 - 0.25), 30·(1 - 0.25)
        ("sigmoid", [0.5, 0.25, 1], [2.5, 3.75, 0]),  # 10·0.5·0.5, 20·0.25·0.75, 30·1·0
    ],
)
def test_derivative_by_hand(activation: Activation, A: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(backward(activation, column(10, 20, 30), column(*A)), column(*expected), rtol=1e-15)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_derivative_is_the_measured_slope(activation: Activation) -> None:
    generator = np.random.Generator(np.random.PCG64(1))
    Z, weights = generator.normal(size=(2, 4, 5))
    Z[np.abs(Z) < 1e-3] = 0.5  # a difference quotient across the kink of ReLU measures neither side
    dZ = backward(activation, weights.copy(), activate(activation, Z))
    # J = Σ weights * g(Z), so dJ/dA = weights
    assert gradient_check(lambda: float((weights * activate(activation, Z)).sum()), Z.ravel(), dZ.ravel()) < 1e-8


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_in_place_and_dtype(activation: Activation, dtype: DType) -> None:
    Z = column(-1, 0.5, 2, dtype=dtype)
    expected = activate(activation, Z.copy())
    assert activate(activation, Z, out=Z) is Z
    assert Z.dtype == expected.dtype == dtype
    np.testing.assert_array_equal(Z, expected)
    assert backward(activation, np.ones_like(Z), Z).dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_in_place_and_dtype(dtype: DType) -> None:
    Z = column(5, 2, -1, 3, dtype=dtype)
    expected = softmax(Z.copy())
    assert softmax(Z, out=Z) is Z
    assert Z.dtype == log_sum_exp(Z).dtype == hardmax(Z).dtype == dtype
    np.testing.assert_array_equal(Z, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_extreme_logits(dtype: DType) -> None:
    """e^10000 overflows every float; a warning would fail this test."""
    Z = np.array([[1e4, -1e4, 1e4], [-1e4, -1e4, 1e4], [0, -1e4, 9999]], dtype)
    # third column: 1, 1, e^-1 = 0.367879 add up to 2.367879
    expected = [[1, 1 / 3, 0.422319], [0, 1 / 3, 0.422319], [0, 1 / 3, 0.155362]]
    np.testing.assert_allclose(softmax(Z), expected, atol=1e-6)
    # 1e4 + log 1; -1e4 + log 3; 1e4 + log 2.367879
    rtol = 4 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(log_sum_exp(Z), [1e4, -1e4 + np.log(3), 1e4 + np.log(2 + np.exp(-1))], rtol=rtol)
    np.testing.assert_array_equal(activate("sigmoid", Z[:, 0]), [1, 0, 0.5])
    np.testing.assert_array_equal(activate("tanh", Z[:, 0]), [1, -1, 0])


def test_hardmax_puts_one_at_the_largest_and_the_first_of_equals() -> None:
    np.testing.assert_array_equal(hardmax(column(5, 2, -1, 3)), column(1, 0, 0, 0))
    np.testing.assert_array_equal(hardmax(np.array([[1.0, 4.0], [3.0, 4.0], [3.0, 0.0]])), [[0, 1], [1, 0], [0, 0]])


@PROPERTY
@given(matrices(1e4))
def test_softmax_is_a_distribution_in_the_order_of_the_logits(Z: Matrix) -> None:
    a = softmax(Z)
    np.testing.assert_allclose(a.sum(axis=0), 1, rtol=1e-14)
    assert (a >= 0).all()
    np.testing.assert_array_equal((a * hardmax(Z)).sum(axis=0), a.max(axis=0))


@PROPERTY
@given(matrices(), finite(1000))
def test_softmax_ignores_shifts_and_log_sum_exp_follows_them(Z: Matrix, shift: float) -> None:
    np.testing.assert_allclose(softmax(Z + shift), softmax(Z), rtol=1e-11, atol=1e-300)
    np.testing.assert_allclose(log_sum_exp(Z + shift), log_sum_exp(Z) + shift, rtol=1e-12, atol=1e-11)


@PROPERTY
@given(finite(300), finite(300))
def test_two_classes_are_logistic_regression(z1: float, z2: float) -> None:
    # e^z2 / (e^z1 + e^z2) = 1 / (1 + e^-(z2 - z1))
    sigmoid = activate("sigmoid", np.array([[z2 - z1]]))[0, 0]
    assert softmax(column(z1, z2))[1, 0] == pytest.approx(sigmoid, rel=1e-12, abs=1e-15)


@PROPERTY
@given(matrices())
def test_log_sum_exp_is_the_log_of_the_sum(Z: Matrix) -> None:
    np.testing.assert_allclose(log_sum_exp(Z), np.log(np.exp(Z).sum(axis=0)), rtol=1e-12, atol=1e-13)
