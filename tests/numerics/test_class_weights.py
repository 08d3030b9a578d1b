"""Class weights: by hand, beside scikit-learn, and the gradient of the cost that has them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_class_weight

from tests.numerics.networks import Network
from trainer.numerics.activations import softmax
from trainer.numerics.cost import balanced_class_weights, compute_cost, compute_weight_penalty
from trainer.numerics.gradient_check import gradient_check
from trainer.numerics.parameters import Activation, Architecture, Parameters
from trainer.numerics.propagation import (
    EVALUATION_BLOCK,
    Statistics,
    backward_propagation,
    evaluate_cost,
    forward_propagation,
    mini_batch_cost,
)


def test_by_hand() -> None:
    y = np.array([0, 0, 0, 1])
    # m = 4, C = 2, m_0 = 3, m_1 = 1: w = (4/6, 4/2)
    weights = balanced_class_weights(y, 2)
    assert weights.tolist() == [pytest.approx(2 / 3, rel=1e-15), 2.0]
    # equal logits: each loss is log 2, and J = (1/4) (3 · 2/3 + 2) log 2 = log 2
    assert compute_cost(np.zeros((2, 4)), y, weights) == pytest.approx(np.log(2), rel=1e-15)
    # logits (1, 0) for all: losses log(1 + e^-1) = 0.313262 of class 0, log(1 + e) = 1.313262 of class 1
    Z = np.tile([[1.0], [0.0]], 4)
    # J = (1/4) (3 · 2/3 · 0.313262 + 2 · 1.313262) = (0.626523 + 2.626523) / 4
    assert compute_cost(Z, y, weights) == pytest.approx(0.813262, abs=1e-6)
    # of the mini-batch (0, 1), with the same w: (1/2) (2/3 · 0.313262 + 2 · 1.313262)
    assert compute_cost(Z[:, :2], y[2:], weights) == pytest.approx(1.417682, abs=1e-6)


@pytest.mark.parametrize("counts", [(5, 5), (97, 3), (1, 2, 4, 8, 16)])
def test_they_are_those_of_scikit_learn(counts: tuple[int, ...]) -> None:
    y = np.repeat(np.arange(len(counts)), counts)
    expected = compute_class_weight("balanced", classes=np.arange(len(counts)), y=y)
    weights = balanced_class_weights(y, len(counts))
    np.testing.assert_allclose(weights, expected, rtol=1e-15)
    assert weights[y].mean() == pytest.approx(1, rel=1e-14)  # so that divisor m is also the sum of the weights
    logits = np.random.Generator(np.random.PCG64(1)).normal(size=(len(counts), len(y)))
    of_them = log_loss(y, softmax(logits.copy()).T, sample_weight=weights[y])
    assert compute_cost(logits, y, weights) == pytest.approx(of_them, rel=1e-12)


def test_the_weight_of_a_class_without_an_example_is_infinite() -> None:
    assert balanced_class_weights(np.array([0, 2]), 3).tolist() == [2 / 3, np.inf, 2 / 3]


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("hidden", [(), (6,), (7, 5)])
def test_numerical_gradient(hidden: tuple[int, ...], batch_norm: bool, activation: Activation) -> None:
    network = Network.random(Architecture((4, *hidden, 3), batch_norm, activation, 0.01), 17, seed=1)
    weights, parameters = np.array([0.2, 3.0, 1.1]), network.parameters
    workspace, gradients = network.workspace(), Parameters(parameters.architecture, np.float64)
    forward_propagation(network.X, parameters, workspace)
    assert mini_batch_cost(network.y, workspace, weights) == pytest.approx(
        compute_cost(workspace.logits, network.y, weights), rel=1e-13
    )
    backward_propagation(network.y, parameters, workspace, gradients, 0.1, weights)

    def cost() -> float:
        return compute_cost(network.logits(), network.y, weights) + compute_weight_penalty(parameters, 0.1)

    assert gradient_check(cost, parameters.vector, gradients.vector) < 1e-7
    backward_propagation(network.y, parameters, workspace, gradients, 0.1)
    assert gradient_check(cost, parameters.vector, gradients.vector) > 1e-3


def test_an_evaluation_in_blocks_weighs_the_cost_and_not_the_accuracy() -> None:
    network = Network.random(Architecture((4, 3)), 2 * EVALUATION_BLOCK + 5, seed=2)
    weights = balanced_class_weights(network.y, 3) * [1, 2, 3]
    statistics = Statistics.initial(network.parameters.architecture, np.float64)
    cost, accuracy = evaluate_cost(network.X, network.y, network.parameters, statistics, weights)
    _, plain = evaluate_cost(network.X, network.y, network.parameters, statistics)
    assert cost == pytest.approx(compute_cost(network.logits(), network.y, weights), rel=1e-12)
    assert accuracy == plain
