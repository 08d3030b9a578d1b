"""Histograms against numpy's, of numbers that come by hand in float64; what a layer has none of; ranges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.numerics.gauges_by_hand import passed
from tests.numerics.test_gauges import RULE, trained
from trainer.numerics.histograms import BINS, QUANTITIES, common_edges, layer_values, shares
from trainer.numerics.parameters import Architecture

DECAY = 0.01


def by_hand(network: Any, X: NDArray[Any], y: NDArray[Any], weights: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Every quantity of every layer, by name and layer."""
    made = passed(network, X.astype(np.float64), y, DECAY, weights)
    L = network.parameters.architecture.L
    return {
        **{f"W{l}": network.parameters.W[l].astype(np.float64) for l in range(1, L + 1)},
        **{f"z{l}": Z for l, Z in made.Z.items()},
        **{f"z_tilde{l}": Z for l, Z in made.Z_tilde.items()},
        **{f"a{l}": A for l, A in made.A.items() if l},
        **{f"dW{l}": made.gradient[f"W[{l}]"] for l in range(1, L + 1)},
    }


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "architecture",
    [
        Architecture((6, 9, 7, 3)),
        Architecture((6, 9, 7, 3), batch_norm=False, activation="tanh"),
        Architecture((6, 3)),
        Architecture((6, 5, 1000)),
    ],
    ids=["batch norm", "without", "softmax regression", "1,000 classes"],
)
def test_histograms_are_numpys_of_the_numbers_by_hand(architecture: Architecture, dtype: type) -> None:
    network, X, y = trained(architecture, RULE, dtype)
    C = architecture.layer_dims[-1]
    weights = np.linspace(0.5, 2, C)
    wanted = by_hand(network, X, y, weights)
    for l in range(1, architecture.L + 1):
        for quantity in QUANTITIES:
            values = layer_values(quantity, l, network.parameters, X, y, DECAY, weights.astype(dtype))
            numbers = wanted.get(f"{quantity}{l}")
            assert (values is None) == (numbers is None), (quantity, l)
            if values is None or numbers is None:
                continue
            np.testing.assert_allclose(values, numbers.ravel(), rtol=1e-3, atol=1e-5)
            edges = common_edges([values])
            assert edges is not None
            counts = np.histogram(numbers, bins=BINS, range=(edges[0], edges[-1]))[0]
            exact = dtype == np.float64
            assert np.abs(shares(values, edges) * values.size - counts).sum() <= (1e-6 if exact else 0.02 * values.size)


def test_only_hidden_layers_with_batch_norm_have_z_tilde() -> None:
    network, X, y = trained(Architecture((6, 9, 3)), RULE, np.float32)
    assert layer_values("z_tilde", 1, network.parameters, X, y) is not None
    assert layer_values("z_tilde", 2, network.parameters, X, y) is None


def test_the_range_leaves_out_tails_and_one_moment_in_ten() -> None:
    rng = np.random.default_rng(1)
    ordinary = [rng.normal(0, 1, 10_000) for _ in range(19)]
    edges = common_edges([1000 * ordinary[0], *ordinary])
    assert edges is not None
    assert len(edges) == BINS + 1
    assert -3 < edges[0] < -2.3
    assert 2.3 < edges[-1] < 3
    assert shares(1000 * ordinary[0], edges).sum() < 0.01
    assert 0.98 < shares(ordinary[0], edges).sum() < 1
    few = common_edges([1000 * ordinary[0], ordinary[1]])
    assert few is not None
    assert few[-1] > 2000


def test_numbers_that_are_all_the_same_have_a_range_around_them() -> None:
    for number, low, high in ((0.0, -0.5, 0.5), (3.0, 1.5, 4.5), (-1e-30, -1.5e-30, -0.5e-30)):
        edges = common_edges([np.full(5, number, np.float32)])
        assert edges is not None
        assert (edges[0], edges[-1]) == pytest.approx((low, high))
        assert shares(np.full(5, number, np.float32), edges).sum() == 1


def test_what_is_not_finite_is_in_no_bin() -> None:
    values = np.array([0, 1, np.inf, np.nan])
    edges = common_edges([values])
    assert edges is not None
    assert np.isfinite(edges).all()
    assert shares(np.array([0.5, 0.5, np.inf, np.nan]), edges).sum() == 0.5
    assert common_edges([np.array([np.nan, np.inf])]) is None
    assert common_edges([]) is None
