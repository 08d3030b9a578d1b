"""What a guess costs, and what diverges by that: which network has lost what it had learnt."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.examples import make_loop
from tests.experiments.test_speed_limit import led
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.experiments.candidates import typed_candidates
from trainer.experiments.clones import Boundary
from trainer.experiments.guess import cost_of_guess, diverges
from trainer.experiments.look_ahead import look_ahead
from trainer.recorder.averages import NOTHING_YET, SoFar, so_far

DIGITS = RunConfig(data="digits", batch_norm=False)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (0.2, 0.9, False),  # a spike, or a larger α on its way
        (0.2, 0.92, True),  # nearly a guess: all that was learnt is lost
        (0.49, 0.95, True),
        (0.51, 0.95, False),  # it had hardly begun
        (0.51, 1.09, False),
        (0.51, 1.11, True),
        (1.5, 1.6, False),
        (1.5, 1.7, True),
        (0.001, 0.5, False),
        (0.2, math.nan, True),
    ],
)
def test_what_diverges_where_a_guess_costs_1(before: float, after: float, told: bool) -> None:
    costs = np.full(50, after)
    costs[:25] = 100.0  # that it was high for a while is of no account
    assert diverges(SoFar(500, (math.nan, before, math.nan)), costs, (0.9, 1.0), 1.0) == told
    costs[:25] = before
    assert diverges(NOTHING_YET, costs, (0.9, 1.0), 1.0) == told
    assert not diverges(NOTHING_YET, costs, (0.9, 0.9), 1.0)  # a few examples cost more than all others


def test_what_is_no_network_diverges_where_its_cost_goes_on_rising() -> None:
    def told(before: float, *costs: float) -> bool:
        return diverges(SoFar(9, (before,) * 3), np.array(costs), (0.0, 0.0), math.inf)

    assert told(1.0, 2.0, 4.0, 8.0, 16.0)
    assert not told(1.0, 4.0, 4.0, 4.0, 4.1)  # a larger step goes to and fro further from the minimum
    assert not told(5.0, 2.0, 3.0, 4.0, 5.0)
    assert not told(-5.0, -5.0, -5.0, -5.0, -5.0)
    assert not told(1.0, 1.2, 1.2)


def test_an_arm_that_comes_to_the_cost_of_a_guess_diverges_though_that_is_no_number_too_large() -> None:
    """Of a network that had learnt: with α = 10 each class becomes as likely as any other."""
    trained = led(DIGITS, 300)
    found = look_ahead(trained, typed_candidates(["1,10,100"]))
    guess = cost_of_guess(trained)
    lost = found.arms[1]
    assert lost.dev_cost == pytest.approx(guess, rel=0.05)
    assert [arm.diverges for arm in found.arms] == [False, True, True]
    assert found.sentence.endswith("; α 10, α 100 diverge")


@pytest.mark.parametrize("at", [0, 10, 30])
@pytest.mark.parametrize("data", ["digits", "wine", "moons"])
def test_a_larger_alpha_early_in_training_does_not_diverge_where_it_helps(data: str, at: int) -> None:
    """Its cost is high for a few iterations."""
    config = RunConfig(data=data, layers=(16,))
    loop = make_loop(config, Hyperparameters(learning_rate=0.03))
    costs = np.empty(at)
    loop.train(costs)
    boundary = Boundary("r1", config, loop.dataset, loop.state(), so_far=so_far(costs))
    found = look_ahead(boundary, iterations=50)
    helps = [arm.dev_cost is not None and arm.dev_cost < found.dev_cost for arm in found.arms]
    assert all(helps[:4])  # up to ×3
    assert not any(arm.diverges for arm, it_helps in zip(found.arms, helps, strict=True) if it_helps)
