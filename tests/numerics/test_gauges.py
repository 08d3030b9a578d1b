"""Gauges against the same numbers by hand, in float64; and what is left out where it has no meaning."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.numerics.gauges_by_hand import drift_by_hand, gauges_by_hand, passed
from tests.numerics.networks import Network as Drawn
from trainer.numerics.cost import Labels
from trainer.numerics.gauges import measure_gauges, measure_population_drift
from trainer.numerics.parameters import Architecture, Vector
from trainer.numerics.updates import Network, Optimizer, ReferenceUpdates, Rule

ALPHA = 0.02
OPTIMIZERS: tuple[Optimizer, ...] = ("gd", "momentum", "rmsprop", "adam")
DTYPES = (np.float32, np.float64)
RULE = Rule("momentum", 0.9, 0.99, 1e-8, 0.0, 0.0)


def trained(
    architecture: Architecture, rule: Rule, dtype: type, m: int = 32, updates: int = 5
) -> tuple[Network, Vector, Labels]:
    """A network some updates after its beginning, and its next mini-batch."""
    drawn = Drawn.random(architecture, m * (updates + 1), 3, dtype)
    network = Network.of(drawn.parameters)
    bounds = np.arange(updates + 1) * m
    every = np.arange(m * updates)
    ReferenceUpdates(network, 0.9).train(
        drawn.X.T, drawn.y, every, bounds, m, rule, np.full(updates, ALPHA), *np.empty((2, updates))
    )
    return network, drawn.X[:, -m:], drawn.y[-m:]


def check(network: Network, rule: Rule, X: Vector, y: Labels, weights: NDArray[np.float64] | None = None) -> None:
    """All gauges are those by hand, and no others, to 1e-4 in float32."""
    dtype = network.parameters.vector.dtype
    ones = np.ones(network.parameters.architecture.layer_dims[-1])
    found = measure_gauges(network, rule, ALPHA, X, y, None if weights is None else weights.astype(dtype))
    wanted = gauges_by_hand(network, rule, ALPHA, X.astype(np.float64), y, ones if weights is None else weights)
    assert set(found) == set(wanted)
    rel = 1e-4 if dtype == np.float32 else 1e-9
    assert found == pytest.approx(wanted, rel=rel, abs=rel / 100)


@pytest.mark.parametrize(
    ("optimizer", "dtype", "batch_norm"), list(itertools.product(OPTIMIZERS, DTYPES, (True, False)))
)
def test_gauges_are_those_by_hand(optimizer: Optimizer, dtype: type, batch_norm: bool) -> None:
    rule = replace_rule(optimizer=optimizer, weight_decay=0.01, clip_norm=0.5 if batch_norm else 0.0)
    network, X, y = trained(Architecture((6, 9, 7, 3), batch_norm), rule, dtype)
    check(network, rule, X, y)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_gauges_of_other_activations(activation: str) -> None:
    network, X, y = trained(Architecture((6, 9, 3), True, activation), RULE, np.float32)  # type: ignore[arg-type]
    check(network, RULE, X, y)
    assert not any(name.startswith("dead_units") for name in measure_gauges(network, RULE, ALPHA, X, y))


def test_gauges_with_class_weights_and_an_odd_mini_batch() -> None:
    network, X, y = trained(Architecture((6, 9, 3)), RULE, np.float32, m=33)
    check(network, RULE, X, y, np.array([0.2, 1.0, 5.0]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_regression_has_no_gauges_of_hidden_layers(dtype: type) -> None:
    network, X, y = trained(Architecture((6, 3)), RULE, dtype)
    check(network, RULE, X, y)
    found = measure_gauges(network, RULE, ALPHA, X, y)
    assert {name for name in found if name.endswith("]")} == {
        "gradient_norm[1]",
        "update_ratio[1]",
        "z_mean[1]",
        "z_std[1]",
    }


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch_norm", [True, False])
def test_gauges_of_100_hidden_layers(dtype: type, batch_norm: bool) -> None:
    """With a large ε: by a small one 100 layers of batch norm make rounding grow a hundred million times."""
    architecture = Architecture((6, *(8,) * 100, 3), batch_norm, batch_norm_epsilon=1.0)
    network, X, y = trained(architecture, RULE, dtype, updates=1)
    check(network, RULE, X, y)
    assert measure_gauges(network, RULE, ALPHA, X, y)["gradient_norm[101]"] > 0


def test_there_is_no_cosine_before_there_is_a_velocity_nor_noise_of_too_few_examples() -> None:
    network, X, y = trained(Architecture((6, 9, 3)), RULE, np.float32, updates=0)
    assert "gradient_momentum_cosine" not in measure_gauges(network, RULE, ALPHA, X, y)
    few = measure_gauges(network, RULE, ALPHA, X[:, :3], y[:3])
    assert "gradient_noise" not in few
    assert few["gradient_norm"] > 0
    check(network, RULE, X, y)


def test_single_examples_and_a_thousand_classes() -> None:
    network, X, y = trained(Architecture((6, 9, 1000), batch_norm=False), RULE, np.float32, m=1)
    check(network, RULE, X, y)
    assert "gradient_noise" not in measure_gauges(network, RULE, ALPHA, X, y)


def test_a_step_that_rounding_would_hide_is_measured() -> None:
    rule = replace_rule(optimizer="gd")
    network, X, y = trained(Architecture((6, 9, 3)), rule, np.float32)
    large = measure_gauges(network, rule, 1e-2, X, y)
    small = measure_gauges(network, rule, 1e-12, X, y)
    for l in (1, 2):
        assert small[f"update_ratio[{l}]"] == pytest.approx(1e-10 * large[f"update_ratio[{l}]"], rel=1e-4)


def test_dead_units_are_counted() -> None:
    network, X, y = trained(Architecture((6, 8, 3), batch_norm=False), RULE, np.float32)
    network.parameters["b[1]"][:2] = -1e3
    network.parameters["b[1]"][2:] = 1e3
    assert measure_gauges(network, RULE, ALPHA, X, y)["dead_units[1]"] == 2 / 8


def test_what_is_not_finite_is_no_error() -> None:
    network, X, y = trained(Architecture((6, 8, 3)), RULE, np.float32)
    network.parameters["W[1]"][0, 0] = np.inf
    found = measure_gauges(network, RULE, ALPHA, X, y)
    assert not any(math.isnan(value) for value in found.values())


def test_measuring_changes_nothing() -> None:
    rule = replace_rule(optimizer="adam", clip_norm=0.1)
    network, X, y = trained(Architecture((6, 8, 3)), rule, np.float32)
    parts = [of.vector for of in (network.parameters, network.v, network.s, network.running)]
    before = [part.copy() for part in (*parts, network.weights, X, y)]
    measure_gauges(network, rule, ALPHA, X, y)
    measure_population_drift(network, X)
    for part, then in zip((*parts, network.weights, X, y), before, strict=True):
        assert part.tobytes() == then.tobytes()


def test_population_drift_is_against_all_these_examples() -> None:
    network, X, y = trained(Architecture((6, 8, 7, 3)), RULE, np.float32, m=300)
    made = passed(network, X.astype(np.float64), y, 0.0, np.ones(3))
    wanted = {f"population_drift[{l}]": drift_by_hand(network, l, made.Z[l], made.Z_norm[l]) for l in (1, 2)}
    assert measure_population_drift(network, X) == pytest.approx(wanted, rel=1e-4)
    without, X, _ = trained(Architecture((6, 8, 3), batch_norm=False), RULE, np.float32)
    assert measure_population_drift(without, X) == {}


def replace_rule(**changes: object) -> Rule:
    return RULE._replace(**changes)  # type: ignore[arg-type]
