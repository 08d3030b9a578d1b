"""Compiled updates are those of the reference, to rounding, whatever the network, the optimizer and the mini-batch."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import astuple, dataclass

import numpy as np
import pytest

from trainer.compiled.updates import CompiledUpdates
from trainer.engine.hyperparameters import ACTIVATIONS, OPTIMIZERS
from trainer.numerics.cost import Labels
from trainer.numerics.parameters import Activation, Architecture, Vector
from trainer.numerics.updates import Floats, Network, Optimizer, ReferenceUpdates, Rule

UPDATES = 12
EWA_DECAY = 0.9


@dataclass(frozen=True, eq=False)
class Made:
    """What came of some updates."""

    costs: Floats
    norms: Floats
    theta: Vector
    running: Vector
    v: Vector
    s: Vector
    weights: Floats
    evaluation: Floats


def data(m: int, inputs: int, classes: int, dtype: str, seed: int = 1) -> tuple[Vector, Labels]:
    chance = np.random.default_rng(seed)
    return chance.standard_normal((m, inputs)).astype(dtype), chance.integers(0, classes, m)


def make(
    updates: type[ReferenceUpdates | CompiledUpdates],
    architecture: Architecture,
    rule: Rule,
    m: int,
    dtype: str,
    alpha: float = 0.01,
    scale: float = 1.0,
    class_weights: Floats | None = None,
) -> Made:
    network = Network.initial(architecture, 3, np.dtype(dtype))
    network.parameters.vector[:] *= scale
    X, y = data(m * UPDATES, architecture.layer_dims[0], architecture.layer_dims[-1], dtype)
    order = np.random.default_rng(2).permutation(len(y))
    costs, norms = np.empty(UPDATES), np.empty(UPDATES)
    engine = updates(network, EWA_DECAY, class_weights)
    alphas = np.linspace(alpha, alpha / 2, UPDATES)
    assert engine.train(X, y, order, np.arange(UPDATES + 1) * m, m, rule, alphas, costs, norms) == UPDATES
    return Made(
        costs,
        norms,
        network.parameters.vector,
        network.running.vector,
        network.v.vector,
        network.s.vector,
        network.weights,
        np.array(engine.evaluate(X, y)),
    )


def assert_close(made: Made, wanted: Made, rtol: float) -> None:
    for new, old in zip(astuple(made), astuple(wanted), strict=True):
        np.testing.assert_allclose(new, old, rtol, rtol * max(1e-3, float(np.abs(old).max(initial=0))))


SHAPES = ((5, 3), (1, 2, 2), (2, 16, 16, 4), (7, 33, 18, 5), (64, 128, 64, 10))
CASES = list(itertools.product(SHAPES, ACTIVATIONS, (True, False), OPTIMIZERS))


@pytest.mark.parametrize(("dims", "activation", "batch_norm", "optimizer"), CASES)
def test_as_the_reference_in_double_precision(
    dims: tuple[int, ...], activation: Activation, batch_norm: bool, optimizer: Optimizer
) -> None:
    architecture = Architecture(dims, batch_norm, activation)
    number = sum(dims) + OPTIMIZERS.index(optimizer) + 4 * batch_norm
    m = (2, 3, 8, 17, 31, 64)[number % 6]
    rule = Rule(optimizer, 0.8, 0.99, 1e-6, (0.0, 0.01)[number % 2], (0.0, 0.1)[number // 2 % 2])
    made, wanted = (make(updates, architecture, rule, m, "float64") for updates in (CompiledUpdates, ReferenceUpdates))
    assert_close(made, wanted, 1e-7 if m == 2 else 1e-9)


@pytest.mark.parametrize("m", [2, 3, 31, 64])
@pytest.mark.parametrize("dims", SHAPES)
def test_class_weights_as_the_reference(dims: tuple[int, ...], m: int) -> None:
    weights = np.linspace(0.1, 3, dims[-1])
    rule = Rule("momentum", 0.8, 0.99, 1e-6, 0.01, 0.0)
    made, wanted = (
        make(updates, Architecture(dims), rule, m, "float64", class_weights=weights)
        for updates in (CompiledUpdates, ReferenceUpdates)
    )
    assert_close(made, wanted, 1e-7 if m == 2 else 1e-9)
    assert abs(made.costs - make(CompiledUpdates, Architecture(dims), rule, m, "float64").costs).max() > 1e-3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_class_weights_of_one_have_the_same_bits_as_none(dtype: str) -> None:
    rule = Rule("adam", 0.9, 0.999, 1e-8, 0.01, 0.5)
    for updates in (CompiledUpdates, ReferenceUpdates):
        none, ones = (
            make(updates, Architecture((7, 33, 5)), rule, 24, dtype, class_weights=weights)
            for weights in (None, np.ones(5))
        )
        for one, other in zip(astuple(none), astuple(ones), strict=True):
            assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("m", [2, 16, 37])
def test_as_close_to_the_truth_in_single_precision_as_the_reference(
    activation: Activation, batch_norm: bool, m: int
) -> None:
    architecture = Architecture((7, 33, 18, 5), batch_norm, activation)
    rule = Rule("momentum", 0.9, 0.999, 1e-8, 0.01, 1.0)
    made = make(CompiledUpdates, architecture, rule, m, "float32")
    reference = make(ReferenceUpdates, architecture, rule, m, "float32")
    truth = make(ReferenceUpdates, architecture, rule, m, "float64")
    theirs, ours = (float(np.abs(one.costs - truth.costs).max()) for one in (reference, made))
    assert ours <= 3 * theirs + 1e-6
    theirs, ours = (float(np.abs(one.theta - truth.theta).max()) for one in (reference, made))
    assert ours <= 3 * theirs + 1e-6


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_same_bits_every_time_wherever_memory_lies(optimizer: Optimizer, dtype: str) -> None:
    architecture = Architecture((7, 33, 18, 5))
    rule = Rule(optimizer, 0.9, 0.999, 1e-8, 0.0, 0.0)
    made = make(CompiledUpdates, architecture, rule, 24, dtype)
    elsewhere = [np.empty(size) for size in (3, 77, 1001)]  # moves what is allocated next
    again = make(CompiledUpdates, architecture, rule, 24, dtype)
    assert len(elsewhere) == 3
    for one, other in zip(astuple(made), astuple(again), strict=True):
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("updates", [CompiledUpdates, ReferenceUpdates])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("unit", [0, 4])
def test_nothing_is_changed_by_what_is_not_finite(
    updates: type[ReferenceUpdates | CompiledUpdates], dtype: str, bad: float, unit: int
) -> None:
    architecture = Architecture((5, 20, 5))
    network = Network.initial(architecture, 3, np.dtype(dtype))
    network.parameters.b[2][unit] = bad
    before = network.parameters.vector.tobytes()
    X, y = data(32, 5, 5, dtype)
    costs, norms = np.zeros(2), np.zeros(2)
    rule = Rule("adam", 0.9, 0.999, 1e-8, 0.0, 0.0)
    assert (
        updates(network, EWA_DECAY).train(
            X, y, np.arange(32), np.array([0, 16, 32]), 16, rule, np.full(2, 0.1), costs, norms
        )
        == 0
    )
    assert not (np.isfinite(costs[0]) and np.isfinite(norms[0]))
    assert network.parameters.vector.tobytes() == before
    assert not network.v.vector.any()
    assert network.weights.tolist() == [0, 0]
    assert network.running.vector.tolist() == [0] * 20 + [1] * 20


@pytest.mark.parametrize("scale", [1e4, 1e-4])
def test_large_and_small_logits(scale: float) -> None:
    architecture = Architecture((6, 4))
    rule = Rule("gd", 0.0, 0.0, 1e-8, 0.0, 0.0)
    made, wanted = (
        make(updates, architecture, rule, 16, "float64", alpha=1e-3, scale=scale)
        for updates in (CompiledUpdates, ReferenceUpdates)
    )
    assert_close(made, wanted, 1e-10)


def test_averages_die_away_to_nothing_instead_of_denormal_numbers() -> None:
    architecture = Architecture((3, 2))
    network = Network.initial(architecture, 3, np.dtype("float32"))
    network.v.vector[:] = 1e-37
    network.s.vector[:] = 1e-37
    X, y = np.zeros((4, 3), np.float32), np.array([0, 1, 0, 1])
    costs, norms = np.zeros(1), np.zeros(1)
    rule = Rule("adam", 0.1, 0.1, 1e-8, 0.0, 0.0)
    CompiledUpdates(network, EWA_DECAY).train(
        X, y, np.arange(4), np.array([0, 4]), 4, rule, np.full(1, 0.1), costs, norms
    )
    assert not network.v["W[1]"].any()
    assert not network.s["W[1]"].any()


def test_equal_logits_count_for_the_first_class() -> None:
    architecture = Architecture((2, 3))
    for updates in (CompiledUpdates, ReferenceUpdates):
        network = Network.initial(architecture, 3, np.dtype("float64"))
        network.parameters.vector[:] = 0
        X, y = np.ones((300, 2)), np.arange(300) % 3
        cost, accuracy = updates(network, EWA_DECAY).evaluate(X, y)
        assert cost == pytest.approx(np.log(3), rel=1e-14)
        assert accuracy == pytest.approx(1 / 3, rel=1e-14)


@pytest.mark.parametrize(
    "lay",
    [
        np.asfortranarray,
        lambda X: np.repeat(X, 2, axis=1)[:, ::2],
        lambda X: X.astype("float64"),
        lambda X: X.astype(">f4"),
    ],
)
def test_it_makes_no_difference_how_examples_lie_in_memory(lay: Callable[[Vector], Vector]) -> None:
    X, y = data(20, 6, 3, "float32")
    made = []
    for examples in (X, lay(X)):
        network = Network.initial(Architecture((6, 4, 3)), 1, np.dtype("float32"))
        updates, rule, costs = CompiledUpdates(network, EWA_DECAY), Rule("gd", 0.0, 0.0, 1e-8, 0.0, 0.0), np.empty(2)
        updates.train(examples, y, np.arange(20), np.array([0, 10, 20]), 10, rule, np.ones(2), costs, np.empty(2))
        made.append((costs.tolist(), network.parameters.vector.tobytes(), updates.evaluate(examples, y)))
    assert made[0] == made[1]
