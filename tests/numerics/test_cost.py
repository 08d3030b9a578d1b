"""The cost: cross-entropy by hand, at extreme logits, the weight penalty, the accuracy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.numerics.strategies import DTYPES, PROPERTY, DType, Matrix, finite, matrices
from trainer.numerics.activations import softmax
from trainer.numerics.cost import Labels, accuracy, compute_cost, compute_weight_penalty
from trainer.numerics.parameters import Architecture, Parameters


def test_cost_by_hand() -> None:
    Z = np.array([[5.0, 0.0], [2.0, 0.0], [-1.0, 0.0], [3.0, 0.0]])
    # first example, label 1: log(e^3 + e^0 + e^-3 + e^1) = log(20.085537 + 1 + 0.049787 + 2.718282) = 3.171935
    # second example: four equal logits, -log(1/4) = 1.386294
    assert compute_cost(Z[:, :1], np.array([1])) == pytest.approx(3.171935, abs=1e-6)
    assert compute_cost(Z[:, 1:], np.array([3])) == pytest.approx(1.386294, abs=1e-6)
    # J = (3.171935 + 1.386294) / 2
    assert compute_cost(Z, np.array([1, 3])) == pytest.approx(2.279115, abs=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("logits", "label", "expected"),
    [
        ([1e4, -1e4], 0, 0.0),  # -log 1
        ([1e4, -1e4], 1, 2e4),  # log Σ = 1e4, minus -1e4
        ([1e4, 1e4], 0, math.log(2)),  # far from 0, and still every digit of log 2
        ([-1e4, -1e4], 1, math.log(2)),
        ([1e4, 9999, -1e4], 1, 1 + math.log(1 + math.exp(-1))),  # 1 + log 1.367879 = 1.313262
    ],
)
def test_extreme_logits_keep_their_digits(dtype: DType, logits: list[float], label: int, expected: float) -> None:
    cost = compute_cost(np.array(logits, dtype).reshape(-1, 1), np.array([label]))
    assert cost == pytest.approx(expected, rel=4 * float(np.finfo(dtype).eps), abs=0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_confident_right_answer_costs_little_but_not_nothing(dtype: DType) -> None:
    # log(1 + e^-9) = 1.234e-4: the logits are of size 9, so float32 has an absolute error of about 1e-7
    cost = compute_cost(np.array([[9], [0]], dtype), np.array([0]))
    assert cost == pytest.approx(math.log1p(math.exp(-9)), abs=2 * float(np.finfo(dtype).eps))


def test_non_finite_logits_are_not_hidden() -> None:
    assert math.isnan(compute_cost(np.array([[np.nan], [0.0]]), np.array([1])))


def test_weight_penalty_by_hand_on_weights_only() -> None:
    parameters = Parameters(Architecture((2, 2, 2), batch_norm=True), np.float64)
    parameters.vector[:] = 100
    parameters["W[1]"][:] = [[1, 2], [3, 4]]
    parameters["W[2]"][:] = [[0, -2], [0, 0]]
    # 0.1/2 · (1 + 4 + 9 + 16 + 4) = 1.7; gamma[1], beta[1] and b[2] are 100 and do not count
    assert compute_weight_penalty(parameters, 0.1) == pytest.approx(1.7, rel=1e-15)
    assert compute_weight_penalty(parameters, 0.0) == 0


def test_accuracy_is_the_share_of_right_answers() -> None:
    Z = np.array([[3.0, 0.0, 1.0, 1.0], [1.0, 2.0, 5.0, 1.0]])
    # largest: 0, 1, 1, and 0 as the first of two equals
    assert accuracy(Z, np.array([0, 1, 0, 0])) == 0.75
    assert accuracy(Z, np.array([1, 0, 0, 1])) == 0


@PROPERTY
@given(matrices(30, rows=2), finite(1000), st.integers(0, 99))
def test_cost_is_minus_log_softmax_and_ignores_shifts(Z: Matrix, shift: float, seed: int) -> None:
    C, m = Z.shape
    y: Labels = np.random.Generator(np.random.PCG64(seed)).integers(C, size=(m,))
    cost = compute_cost(Z, y)
    assert cost == pytest.approx(-np.log(softmax(Z)[y, np.arange(m)]).mean(), rel=1e-12, abs=1e-14)
    assert cost == pytest.approx(compute_cost(Z + shift, y), rel=1e-11, abs=1e-12)
    assert cost >= 0


@PROPERTY
@given(finite(30), st.integers(0, 1))
def test_two_classes_cost_as_in_logistic_regression(z: float, label: int) -> None:
    # L = -(y log a + (1 - y) log(1 - a)) with a = 1 / (1 + e^-z): log(1 + e^-z) where y is 1, log(1 + e^z) where 0
    expected = math.log1p(math.exp(-z if label else z))
    assert compute_cost(np.array([[0.0], [z]]), np.array([label])) == pytest.approx(expected, rel=1e-12, abs=1e-15)
