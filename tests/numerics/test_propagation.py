"""Forward and backward through whole networks: by hand, every slope measured, at test time, at the extremes."""

from __future__ import annotations

import tracemalloc
from typing import get_args

import numpy as np
import pytest

from tests.numerics.networks import Network
from tests.numerics.strategies import DTYPES, DType
from trainer.numerics.activations import activate, softmax
from trainer.numerics.cost import accuracy, compute_cost
from trainer.numerics.gradient_check import gradient_check
from trainer.numerics.parameters import Activation, Architecture, Parameters, initialize_parameters
from trainer.numerics.propagation import (
    EVALUATION_BLOCK,
    Statistics,
    Workspace,
    backward_propagation,
    evaluate_cost,
    forward_propagation,
    mini_batch_cost,
    population_statistics,
    predict_logits,
)

HIDDEN = [(), (4,), (5, 4, 3), (3, 3, 3, 3, 3)]


def test_softmax_regression_by_hand() -> None:
    parameters = Parameters(Architecture((2, 2)), np.float64)
    parameters["W[1]"][:] = [[1, 0], [0, np.log(3)]]
    parameters["b[1]"][:] = [[0], [1]]
    network = Network(parameters, X=np.array([[0.0, 1.0], [1.0, 0.0]]), y=np.array([0, 1]))
    # z = W x + b:  example 1: (0, log 3 + 1), example 2: (1, 1)
    np.testing.assert_allclose(network.logits(), [[0.0, 1.0], [np.log(3) + 1, 1.0]], rtol=1e-15)
    gradients = network.gradients(weight_decay=0.5)
    # ŷ of example 1: e^(log 3 + 1) = 3e = 8.154845, (1, 8.154845) / 9.154845 = (0.109232, 0.890768); of 2: (½, ½)
    # dZ = (Ŷ - Y) / 2:  ((0.109232 - 1) / 2, 0.890768 / 2) = (-0.445384, 0.445384);  (0.25, -0.25)
    # db = Σ dZ = (-0.195384, 0.195384)
    np.testing.assert_allclose(gradients["b[1]"], [[-0.195384], [0.195384]], atol=5e-7)
    # dW = dZ X^T + 0.5 W: X^T = [[0, 1], [1, 0]] swaps the columns of dZ
    #    [[0.25 + 0.5, -0.445384], [-0.25, 0.445384 + 0.549306]]
    np.testing.assert_allclose(gradients["W[1]"], [[0.75, -0.445384], [-0.25, 0.994690]], atol=5e-7)


def test_hidden_layer_without_batch_norm_by_hand() -> None:
    parameters = Parameters(Architecture((1, 2, 2), batch_norm=False), np.float64)
    parameters["W[1]"][:] = [[2], [-1]]
    parameters["b[1]"][:] = [[1], [0]]
    parameters["W[2]"][:] = [[1, 5], [0, 5]]
    network = Network(parameters, X=np.ones((1, 1)), y=np.array([1]))
    # x = 1: z[1] = (2 + 1, -1), a[1] = (3, 0), z[2] = (3, 0)
    np.testing.assert_array_equal(network.logits(), [[3], [0]])
    gradients = network.gradients()
    # ŷ = (e³, 1) / (e³ + 1) = (0.952574, 0.047426);  dz[2] = ŷ - y = (0.952574, -0.952574)
    # dW[2] = dz[2] a[1]^T = 3 · 0.952574 in the first column, 0 in the second
    np.testing.assert_allclose(gradients["W[2]"], [[2.857722, 0.0], [-2.857722, 0.0]], atol=5e-7)
    # da[1] = W[2]^T dz[2] = (1 · 0.952574, 5 · 0.952574 - 5 · 0.952574) = (0.952574, 0);  dz[1] = (0.952574, 0)
    np.testing.assert_allclose(gradients["b[1]"], [[0.952574], [0.0]], atol=5e-7)
    np.testing.assert_allclose(gradients["W[1]"], [[0.952574], [0.0]], atol=5e-7)


def test_hidden_layer_with_batch_norm_by_hand() -> None:
    parameters = Parameters(Architecture((1, 1, 2), batch_norm_epsilon=2.0), np.float64)
    parameters["W[1]"][:] = 1
    parameters["gamma[1]"][:] = 2
    parameters["beta[1]"][:] = 0.5
    parameters["W[2]"][:] = [[1], [-1]]
    network = Network(parameters, X=np.array([[1.0, 1.0, 4.0]]), y=np.array([0, 0, 1]))
    # z = 1, 1, 4: μ = 2, σ² = 2, √(2 + 2) = 2, z~ = 2 (-½, -½, 1) + ½ = -½, -½, 2½;  a = 0, 0, 2½
    np.testing.assert_allclose(network.logits(), [[0.0, 0.0, 2.5], [0.0, 0.0, -2.5]], atol=1e-15)
    gradients = network.gradients()
    # ŷ_1 = ½, ½, 1 / (1 + e^-5) = 0.993307;  dz[2]_1 = (ŷ_1 - y_1) / 3 = (-0.166667, -0.166667, 0.331102) = -dz[2]_2
    # da[1] = W[2]^T dz[2] = 2 dz[2]_1 = (-0.333333, -0.333333, 0.662205);  ReLU lets the last one through
    # dβ = 0.662205, dγ = 0.662205 · z_norm = 0.662205 · 1
    np.testing.assert_allclose(gradients["beta[1]"], [[0.662205]], atol=5e-7)
    np.testing.assert_allclose(gradients["gamma[1]"], [[0.662205]], atol=5e-7)
    # dz[1] = 2/2 · ((0, 0, 1) - 1/3 - (-½, -½, 1) · 1/3) · 0.662205 = (-1/6, -1/6, 1/3) · 0.662205
    # dW[1] = dz[1] x^T = (-1/6 - 1/6 + 4/3) · 0.662205 = 0.662205
    np.testing.assert_allclose(gradients["W[1]"], [[0.662205]], atol=5e-7)


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("m", [2, 7])
@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("hidden", HIDDEN)
def test_gradients_are_the_measured_slopes(
    hidden: tuple[int, ...], activation: Activation, batch_norm: bool, m: int, weight_decay: float
) -> None:
    """Below 1e-7 over θ and for every W, b, gamma, beta of every layer by itself."""
    # ε = 0.1: with 1e-5, z_norm of a mini-batch of two is ±1 whatever W is, and dW nothing but rounding.
    # With seed 24 no z lies so near the kink of ReLU that the difference quotient would step across it.
    network = Network.random(Architecture((3, *hidden, 4), batch_norm, activation, 0.1), m, seed=24)
    if activation == "sigmoid":  # its slope is at most 1/4: otherwise the gradients of the first layers vanish
        network.parameters.vector *= 3
    gradients = network.gradients(weight_decay)

    def difference(name: str) -> float:
        # a step of about the cube root of the rounding error is best for a two-sided quotient
        return gradient_check(lambda: network.cost(weight_decay), *pairs[name], 1e-5)

    pairs = {name: (view.reshape(-1), gradients[name].ravel()) for name, view in network.parameters.views.items()}
    pairs["theta"] = network.parameters.vector, gradients.vector
    for name, (_, dtheta) in pairs.items():
        assert np.linalg.norm(dtheta) > 1e-4, f"d{name} is too small for a relative error to mean anything"
        assert difference(name) < 1e-7, name


def test_a_broken_gradient_would_be_seen() -> None:
    network = Network.random(Architecture((3, 4, 4)), 7, seed=1)
    gradients = network.gradients()
    dgamma = gradients["gamma[1]"].ravel()
    dgamma[np.abs(dgamma).argmax()] *= 1.001
    assert gradient_check(network.cost, network.parameters["gamma[1]"].reshape(-1), dgamma) > 1e-4


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch_norm", [True, False])
def test_dtype_is_kept_everywhere(batch_norm: bool, dtype: DType) -> None:
    network = Network.random(Architecture((3, 4, 4, 2), batch_norm), 5, 1, dtype)
    workspace, gradients = network.workspace(), network.gradients(0.1)
    logits = forward_propagation(network.X, network.parameters, workspace)
    statistics = population_statistics(network.X, network.parameters)
    arrays = [logits, *workspace.A, *workspace.dA, gradients.vector, *statistics.mean, *statistics.variance]
    arrays.append(predict_logits(network.X, network.parameters, statistics))
    assert {array.dtype for array in arrays} == {dtype}


def test_neither_parameters_nor_data_are_written_to() -> None:
    network = Network.random(Architecture((3, 4, 4, 2)), 5, 1)
    kept = network.parameters.vector.copy(), network.X.copy(), network.y.copy()
    network.gradients(0.1)
    predict_logits(network.X, network.parameters, population_statistics(network.X, network.parameters))
    for array, copy in zip((network.parameters.vector, network.X, network.y), kept, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("batch_norm", [True, False])
def test_a_used_workspace_gives_the_bits_of_a_new_one(batch_norm: bool, hidden: tuple[int, ...]) -> None:
    network = Network.random(Architecture((3, *hidden, 4), batch_norm), 6, 1)
    other = Network.random(network.parameters.architecture, 6, 2)
    workspace, gradients = network.workspace(), Parameters(network.parameters.architecture, np.float64)
    forward_propagation(other.X, other.parameters, workspace)
    backward_propagation(other.y, other.parameters, workspace, gradients)
    logits = forward_propagation(network.X, network.parameters, workspace).copy()
    backward_propagation(network.y, network.parameters, workspace, gradients)
    np.testing.assert_array_equal(logits, network.logits())
    np.testing.assert_array_equal(gradients.vector, network.gradients().vector)


@pytest.mark.parametrize("shift", [0.0, 1e4, -1e4])
def test_cost_on_the_way_forward_is_the_cost_of_the_logits(shift: float) -> None:
    network = Network.random(Architecture((3, 5, 4)), 9, 1)
    network.parameters["b[2]"][:2] += shift
    workspace = network.workspace()
    logits = forward_propagation(network.X, network.parameters, workspace)
    assert mini_batch_cost(network.y, workspace) == pytest.approx(compute_cost(logits, network.y), rel=1e-14)
    np.testing.assert_array_equal(workspace.A[2], softmax(logits))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch_norm", [True, False])
def test_logits_of_ten_thousand(batch_norm: bool, dtype: DType) -> None:
    """Cost and every gradient stay finite, without a warning, when one class is certain, wrongly or rightly."""
    network = Network.random(Architecture((3, 4, 3), batch_norm, "tanh"), 4, 1, dtype)
    network.parameters["W[2]"][:] = 0
    network.parameters["b[2]"][:] = [[1e4], [-1e4], [0.0]]
    network.y[:] = [0, 1, 0, 2]
    # (0 + 2e4 + 0 + 1e4) / 4
    assert network.cost() == pytest.approx(7500, rel=1e-6)
    gradients = network.gradients()
    assert np.isfinite(gradients.vector).all()
    # ŷ = (1, 0, 0) for each example: db = Σ (ŷ - y) / 4 = (4 - 2, -1, -1) / 4
    np.testing.assert_allclose(gradients["b[2]"], [[0.5], [-0.25], [-0.25]], rtol=1e-6)


def test_one_example_at_test_time_is_the_same_column_of_many() -> None:
    network = Network.random(Architecture((3, 5, 4, 2)), 9, 1)
    statistics = population_statistics(network.X, network.parameters)
    many = predict_logits(network.X, network.parameters, statistics)
    for i in range(9):
        one = predict_logits(network.X[:, i : i + 1], network.parameters, statistics)
        np.testing.assert_allclose(one, many[:, i : i + 1], rtol=1e-13)


def test_test_time_with_the_statistics_of_the_mini_batch_is_training_time() -> None:
    network = Network.random(Architecture((3, 5, 4, 2)), 9, 1)
    statistics = population_statistics(network.X, network.parameters)
    np.testing.assert_allclose(predict_logits(network.X, network.parameters, statistics), network.logits(), rtol=1e-12)


def test_population_statistics_are_mean_and_variance_of_z_over_all_examples() -> None:
    network = Network.random(Architecture((3, 5, 4, 2)), 200, 1)
    statistics = population_statistics(network.X, network.parameters)
    views = network.parameters.views
    A = network.X
    for l in (1, 2):
        Z = views[f"W[{l}]"] @ A
        mean, variance = statistics.mean[l], statistics.variance[l]
        np.testing.assert_allclose(mean, Z.mean(axis=1, keepdims=True), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(variance, Z.var(axis=1, keepdims=True), rtol=1e-12)
        Z_norm = (Z - mean) / np.sqrt(variance + network.parameters.architecture.batch_norm_epsilon)
        A = activate("relu", views[f"gamma[{l}]"] * Z_norm + views[f"beta[{l}]"])
    assert [mean.size for mean in statistics.mean] == [0, 5, 4, 0]


def test_running_statistics_start_at_mean_0_and_variance_1() -> None:
    statistics = Statistics.initial(Architecture((3, 5, 2)), np.float32)
    assert [mean.size for mean in statistics.mean] == [0, 5, 0]
    np.testing.assert_array_equal(statistics.mean[1], np.zeros((5, 1)))
    np.testing.assert_array_equal(statistics.variance[1], np.ones((5, 1)))
    without = Statistics.initial(Architecture((3, 5, 2), batch_norm=False), np.float32)
    assert [array.size for array in without.mean + without.variance] == [0] * 6


@pytest.mark.parametrize("m", [1, EVALUATION_BLOCK, EVALUATION_BLOCK + 1, 2 * EVALUATION_BLOCK + 476])
def test_evaluation_in_blocks_is_evaluation_at_once(m: int) -> None:
    network = Network.random(Architecture((3, 5, 2)), m, 1)
    statistics = Statistics.initial(network.parameters.architecture, np.float64)
    logits = predict_logits(network.X, network.parameters, statistics)
    cost, share = evaluate_cost(network.X, network.y, network.parameters, statistics)
    assert cost == pytest.approx(compute_cost(logits, network.y), rel=1e-12)
    assert share == pytest.approx(accuracy(logits, network.y), rel=1e-12)


def test_two_classes_train_as_logistic_regression() -> None:
    """ŷ_2 = sigmoid(z_2 - z_1), so w = W_2 - W_1 follows logistic regression with twice the α: dW_1 = -dW_2."""
    network = Network.random(Architecture((3, 2)), 40, 1)
    W, b = network.parameters["W[1]"], network.parameters["b[1]"]
    w, c = (W[1] - W[0]).copy(), float(b[1, 0] - b[0, 0])
    for _ in range(50):
        network.parameters.vector -= 0.1 * network.gradients().vector
        # logistic regression: a = sigmoid(w x + c), dz = a - y, dw = x dz^T / m, dc = Σ dz / m
        dz = activate("sigmoid", w @ network.X + c) - network.y
        w, c = w - 0.2 * network.X @ dz / 40, c - 0.2 * float(dz.mean())
    np.testing.assert_allclose(W[1] - W[0], w, rtol=1e-12)
    assert b[1, 0] - b[0, 0] == pytest.approx(c, rel=1e-12)
    a = activate("sigmoid", w @ network.X + c)
    np.testing.assert_allclose(softmax(network.logits())[1], a, rtol=1e-12)


def test_batch_norm_that_gives_z_back_leaves_the_network_as_it_was_without() -> None:
    """γ = √(σ² + ε), β = μ in every layer: the identity (course 2, week 3, "Normalizing activations")."""
    plain = Network.random(Architecture((3, 5, 4, 2), batch_norm=False), 30, 1)
    normalised = Network(Parameters(Architecture((3, 5, 4, 2), batch_norm=True), np.float64), plain.X, plain.y)
    for name, view in normalised.parameters.views.items():
        if name in plain.parameters.views:
            view[:] = plain.parameters[name]
    for l in (1, 2):
        plain.parameters[f"b[{l}]"][:] = 0
    A = plain.X
    for l in (1, 2):
        Z = plain.parameters[f"W[{l}]"] @ A
        normalised.parameters[f"gamma[{l}]"][:] = np.sqrt(Z.var(axis=1, keepdims=True) + 1e-5)
        normalised.parameters[f"beta[{l}]"][:] = Z.mean(axis=1, keepdims=True)
        A = activate("relu", Z)
    np.testing.assert_allclose(normalised.logits(), plain.logits(), rtol=1e-10)


def test_initial_weights_keep_the_scale_of_z_through_a_deep_network() -> None:
    dims = (64, *[64] * 10, 4)
    parameters = initialize_parameters(Architecture(dims, batch_norm=False), 1, np.float64)
    workspace = Workspace(parameters.architecture, 500, np.float64)
    forward_propagation(np.random.Generator(np.random.PCG64(1)).normal(size=(64, 500)), parameters, workspace)
    # without He's factor of 2, E[a²] would halve with each ReLU: 2^-10 after ten of them
    assert 0.2 < float((workspace.A[10] ** 2).mean() / (workspace.A[1] ** 2).mean()) < 5


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("activation", get_args(Activation))
def test_forward_and_backward_allocate_nothing_that_grows_with_the_mini_batch(
    activation: Activation, batch_norm: bool
) -> None:
    def peak(m: int) -> int:
        network = Network.random(Architecture((64, 256, 128, 10), batch_norm, activation), m, 1, np.float32)
        workspace, gradients = network.workspace(), Parameters(network.parameters.architecture, np.float32)
        peaks = []
        for _ in range(5):  # the first time things are set up; another thread of the process may allocate meanwhile
            tracemalloc.start()
            forward_propagation(network.X, network.parameters, workspace)
            backward_propagation(network.y, network.parameters, workspace, gradients)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        return min(peaks)

    # numpy's own buffers hold up to 8,192 numbers, 32 kB, whatever the size; A[1] alone grows from 66 kB to 1 MB
    assert peak(1024) < peak(64) + 40_000
