"""The speed limit: against exact eigenvalues, and against where training really begins to diverge."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.engine.quadratic import Quadratic
from tests.examples import make_loop
from tests.numerics.networks import Network
from trainer.data.loading import load_dataset
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.trainable import TRAINABLES
from trainer.errors import InvalidInput, JobFailed, NonFinite
from trainer.experiments.clones import Boundary, Clone
from trainer.experiments.speed_limit import FEWEST, largest_curvature, speed_limit
from trainer.numerics.curvature import hessian_vector_product
from trainer.numerics.parameters import Architecture
from trainer.numerics.updates import Floats, Optimizer


def led(config: RunConfig, at: int, **h: Any) -> Boundary:
    loop = make_loop(config, Hyperparameters(**h))
    loop.train(np.empty(at))
    return Boundary("r1", config, loop.dataset, loop.state())


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("layers", [(5, 3), (8, 12, 4), (20, 30, 10)])
@pytest.mark.parametrize("preconditioned", [True, False])
def test_within_1_percent_of_the_exact_eigenvalue(
    batch_norm: bool, layers: tuple[int, ...], preconditioned: bool
) -> None:
    for seed in range(3 if sum(layers) < 50 else 1):
        network = Network.random(Architecture(layers, batch_norm, "tanh"), 40, seed=seed)
        theta = np.array(network.parameters.vector, np.float64)

        def gradient(at: Floats, network: Network = network) -> Floats:
            network.parameters.vector[:] = at
            return np.array(network.gradients(0.01).vector, np.float64)

        P = np.abs(gradient(theta)) + 1e-3 if preconditioned else None
        scale = np.ones_like(theta) if P is None else P**-0.5
        H = np.stack([scale * hessian_vector_product(gradient, theta, scale * unit) for unit in np.eye(theta.size)])
        exact = np.linalg.eigvalsh((H + H.T) / 2)[-1]
        assert largest_curvature(gradient, theta, P) == pytest.approx(exact, rel=0.001)


@pytest.mark.parametrize(("optimizer", "limit"), [("gd", 1.0), ("momentum", 19.0)])
def test_the_limit_of_the_parabola_of_the_course_is_1(
    optimizer: Optimizer, limit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """w² - 10w + 25 has second derivative 2, so 2/2; and momentum with β = 0.9 is (1 + β)/(1 - β) = 19 times as far."""
    monkeypatch.setitem(TRAINABLES, "quadratic", Quadratic)
    config = RunConfig(data="iris", trainable="quadratic")
    h = Hyperparameters(optimizer=optimizer, learning_rate=0.2)
    loop = Quadratic(config, load_dataset("iris"), h)
    loop.train(np.empty(3))
    found = speed_limit(Boundary("r1", config, loop.dataset, loop.state()))
    assert found.curvature == pytest.approx(2.0)
    assert found.learning_rate == pytest.approx(limit)
    for factor, diverges in ((0.98, False), (1.02, True)):
        loop = Quadratic(config, load_dataset("iris"), replace(h, learning_rate=factor * limit))
        costs = np.empty(1000)
        loop.train(costs)
        assert (costs[-1] > 1e6) == diverges
    assert found.text.startswith(f"{'gradient descent' if optimizer == 'gd' else optimizer} is stable up to about α = ")


def test_softmax_regression_with_weight_decay_diverges_at_the_limit() -> None:
    """The penalty (λ/2) ‖W‖² is a parabola of curvature λ, which where λ is large is all that counts."""
    config = RunConfig(data="iris", layers=(), dtype="float64")
    for optimizer in ("gd", "momentum"):
        boundary = led(config, 5, optimizer=optimizer, learning_rate=1e-6, mini_batch_size=120, weight_decay=500.0)
        limit = speed_limit(boundary).learning_rate
        for factor, diverges in ((0.98, False), (1.02, True)):
            loop = make_loop(config, replace(boundary.state.hyperparameters, learning_rate=factor * limit))
            costs = np.empty(1500)
            loop.train(costs)
            assert (costs[-1] > 10) == diverges


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "rmsprop", "adam"])
def test_of_a_network_of_each_optimizer(optimizer: Optimizer) -> None:
    boundary = led(RunConfig(data="digits", layers=(16,), class_weights="balanced"), 100, optimizer=optimizer)
    digest = boundary.state.digest()
    found = speed_limit(boundary)
    assert found.optimizer == optimizer
    assert 960 < found.examples <= 1024
    assert 0 < found.learning_rate < math.inf
    assert speed_limit(boundary) == found
    assert boundary.state.digest() == digest
    averaging = 19 if optimizer in ("momentum", "adam") else 1
    assert found.learning_rate == pytest.approx(2 * averaging / found.curvature)
    told = rf".*\(an estimate: largest .* over {found.examples:,} of the coming examples, in mini-batches of 64\)"
    assert re.fullmatch(told, found.text)


@pytest.mark.parametrize("batch_norm", [True, False])
def test_of_rmsprop_it_holds_while_its_average_fills(batch_norm: bool) -> None:
    """Over full batches the cost rises above the limit and not below it, though √s is still a tenth of the gradient."""
    config = RunConfig(data="digits", layers=(32,), activation="tanh", batch_norm=batch_norm)
    for at in (FEWEST, 20, 50):
        boundary = led(config, at, optimizer="rmsprop", learning_rate=0.0003, mini_batch_size=1437)
        limit = speed_limit(boundary).learning_rate
        for factor, rises in ((0.7, False), (4.0, True)):
            clone = Clone(boundary)
            clone.loop.intervene({"learning_rate": factor * limit})
            costs = np.empty(40)
            clone.loop.train(costs)
            assert bool((costs > 1.02 * costs[0]).any()) == rises


@pytest.mark.parametrize(("optimizer", "name"), [("rmsprop", "RMSprop"), ("adam", "Adam")])
def test_an_average_of_few_gradients_tells_none(optimizer: Optimizer, name: str) -> None:
    config = RunConfig(data="wine", layers=(8,))
    h: dict[str, Any] = {"optimizer": optimizer, "learning_rate": 0.001, "mini_batch_size": 32}
    for at in (0, FEWEST - 1):
        sentence = f"{name} divides by an average of squared gradients, of {at} until now: it takes {FEWEST}"
        with pytest.raises(InvalidInput, match=sentence):
            speed_limit(led(config, at, **h))
    with pytest.raises(InvalidInput, match="of 0 until now"):
        speed_limit(led(config, 0, beta2=0.0, **h))
    assert 0 < speed_limit(led(config, FEWEST, **h)).learning_rate < math.inf


def test_an_average_that_began_anew_tells_none() -> None:
    boundary = led(RunConfig(data="wine", layers=(8,)), 100, mini_batch_size=32)
    clone = Clone(boundary)
    clone.loop.intervene({"optimizer": "adam", "learning_rate": 0.001})
    clone.loop.train(np.empty(3))
    with pytest.raises(InvalidInput, match="of 3 until now"):
        speed_limit(replace(boundary, state=clone.loop.state()))


def test_it_is_that_of_the_inputs_that_the_network_sees() -> None:
    """The cost of a softmax curves about 100 times as much along the weights of inputs that are ten times as large."""
    config = RunConfig(data="iris", layers=(), batch_norm=False)
    plain = speed_limit(led(config, 0, mini_batch_size=120))
    scaled = speed_limit(led(config, 0, mini_batch_size=120, input_scale=10.0))
    assert scaled.curvature > 20 * plain.curvature


def test_a_network_that_is_not_finite_has_none() -> None:
    boundary = led(RunConfig(data="iris", layers=(5,)), 5, mini_batch_size=16)
    tensors = {**boundary.state.tensors, "W[1]": boundary.state.tensors["W[1]"] * np.float32(np.inf)}
    with pytest.raises(NonFinite, match="the gradient at iteration 5 is not a finite number"):
        speed_limit(replace(boundary, state=replace(boundary.state, tensors=tensors)))


def test_it_can_be_given_up_between_two_gradients() -> None:
    boundary = led(RunConfig(data="iris", layers=(5,)), 5, mini_batch_size=16)
    asked = iter([False] * 4 + [True])
    with pytest.raises(JobFailed, match="the curvature at iteration 5 was given up"):
        speed_limit(boundary, lambda: next(asked))
    assert list(asked) == []
