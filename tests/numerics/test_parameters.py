"""Parameters: what a network is made of, how it lies in one vector, how it starts."""

from __future__ import annotations

import numpy as np
import pytest

from tests.numerics.strategies import DTYPES, DType
from trainer.numerics.parameters import Architecture, Parameters, initialize_parameters


def test_names_and_shapes_with_batch_norm() -> None:
    architecture = Architecture((2, 3, 4, 5), batch_norm=True)
    assert architecture.L == 3
    assert list(architecture.shapes.items()) == [
        ("W[1]", (3, 2)),
        ("gamma[1]", (3, 1)),
        ("beta[1]", (3, 1)),
        ("W[2]", (4, 3)),
        ("gamma[2]", (4, 1)),
        ("beta[2]", (4, 1)),
        ("W[3]", (5, 4)),
        ("b[3]", (5, 1)),
    ]
    # 6 + 3 + 3, 12 + 4 + 4, 20 + 5
    assert architecture.size == 12 + 20 + 25


def test_names_and_shapes_without_batch_norm_and_without_hidden_layers() -> None:
    assert list(Architecture((2, 3, 4), batch_norm=False).shapes) == ["W[1]", "b[1]", "W[2]", "b[2]"]
    assert Architecture((4, 3), batch_norm=True).shapes == {"W[1]": (3, 4), "b[1]": (3, 1)}


@pytest.mark.parametrize("dtype", DTYPES)
def test_views_are_the_vector(dtype: DType) -> None:
    parameters = Parameters(Architecture((2, 3, 2)), dtype)
    assert parameters.vector.dtype == dtype
    assert parameters.vector.flags.c_contiguous
    parameters.vector[:] = np.arange(parameters.vector.size)
    # W[1] takes 0..5, gamma[1] 6..8, beta[1] 9..11, W[2] 12..17, b[2] 18..19
    np.testing.assert_array_equal(parameters["W[1]"], [[0, 1], [2, 3], [4, 5]])
    np.testing.assert_array_equal(parameters["gamma[1]"], [[6], [7], [8]])
    np.testing.assert_array_equal(parameters["W[2]"], [[12, 13, 14], [15, 16, 17]])
    parameters["b[2]"][:] = -1
    np.testing.assert_array_equal(parameters.vector[18:], [-1, -1])
    assert parameters.W[2] is parameters["W[2]"]
    assert parameters.gamma[1] is parameters["gamma[1]"]
    assert parameters.beta[1] is parameters["beta[1]"]
    # what a layer does not have is empty
    assert [parameters.b[1].size, parameters.gamma[2].size, parameters.beta[2].size, parameters.W[0].size] == [0] * 4


@pytest.mark.parametrize(
    ("activation", "layer", "variance"),
    [
        ("relu", 1, 2 / 400),  # He
        ("tanh", 1, 1 / 400),  # Xavier
        ("sigmoid", 1, 1 / 400),
        ("relu", 2, 1 / 300),  # the softmax layer: Xavier
    ],
)
def test_variance_of_the_initial_weights(activation: str, layer: int, variance: float) -> None:
    parameters = initialize_parameters(Architecture((400, 300, 200), activation=activation), 1, np.float64)  # type: ignore[arg-type]
    W = parameters[f"W[{layer}]"]
    # the variance of n draws is itself uncertain by √(2/n): 0.6 % of 60,000 draws; 3 % is five times as much
    assert W.var() == pytest.approx(variance, rel=0.03)
    assert abs(W.mean()) < 5 * np.sqrt(variance / W.size)


@pytest.mark.parametrize("batch_norm", [True, False])
def test_biases_start_at_0_and_batch_norm_at_scale_1_and_shift_0(batch_norm: bool) -> None:
    parameters = initialize_parameters(Architecture((4, 3, 2), batch_norm), 1)
    for name, view in parameters.views.items():
        if not name.startswith("W"):
            np.testing.assert_array_equal(view, 1 if name.startswith("gamma") else 0)


def test_initial_parameters_are_a_function_of_the_seed() -> None:
    architecture = Architecture((4, 3, 2))
    again = initialize_parameters(architecture, 7).vector
    np.testing.assert_array_equal(initialize_parameters(architecture, 7).vector, again)
    assert not np.array_equal(initialize_parameters(architecture, 8).vector, again)
    assert not np.array_equal(again[:6], again[-8:-2])  # layers do not share their draws


def test_float32_starts_where_float64_does_but_for_rounding() -> None:
    architecture = Architecture((4, 3, 2))
    in_double = initialize_parameters(architecture, 7, np.float64).vector
    in_single = initialize_parameters(architecture, 7, np.float32).vector
    assert [in_single.dtype, in_double.dtype] == DTYPES
    np.testing.assert_array_equal(in_single, in_double.astype(np.float32))
