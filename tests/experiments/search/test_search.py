"""A search: the same trials whatever computes them; none is repeated where it goes on."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.experiments.search.searching import (
    CONFIG,
    DATASET,
    HYPERPARAMETERS,
    PLANS,
    Kept,
    PoolHere,
    again,
    begun,
    edited,
    plan,
    same,
    searched,
)
from trainer.engine.loop import TrainingLoop
from trainer.errors import InvalidInput
from trainer.experiments.search import trial as trial_module
from trainer.experiments.search.box import Box
from trainer.experiments.search.pools import LocalPool
from trainer.experiments.search.record import read_so_far
from trainer.experiments.search.search import Search
from trainer.experiments.search.trial import Leg, LegResult, run_leg


@pytest.mark.parametrize("name", PLANS)
def test_the_length_of_a_leg_changes_no_bits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = searched(plan(**PLANS[name]))
    assert [trial.index for trial in usual.trials] == list(range(PLANS[name].get("trials", 12)))
    monkeypatch.setattr(trial_module, "LEG_SECONDS", 0.0)  # a leg ends at its first chance
    assert same(searched(plan(**PLANS[name])).trials) == same(usual.trials)
    monkeypatch.setattr(trial_module, "LEG_SECONDS", 1e9)
    assert same(searched(plan(**PLANS[name])).trials) == same(usual.trials)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_trials_on_one_and_on_two_processes(workers: int) -> None:
    with closing(LocalPool(workers)) as processes:
        pool = Kept(processes)
        for each in PLANS.values():
            here = searched(plan(**each))
            assert same(searched(plan(**each), pool).trials) == same(here.trials)
            assert same(edited(plan(**each), here, pool)) == same(edited(plan(**each), here))


def test_a_trial_computed_alone_has_the_recorded_digest(tmp_path: Path) -> None:
    path = tmp_path / "x.panda-search"
    begun(path, plan(**PLANS["wide"])).run()
    states = set()
    for trial in read_so_far(path).trials:
        loop = TrainingLoop(trial.config, DATASET, trial.hyperparameters)
        costs = [loop.step() for _ in range(trial.done)]
        assert loop.state().digest() == trial.digest
        assert costs[-1] == trial.cost
        states.add(trial.state)
    assert states == {"finished", "stopped", "diverged"}


def test_trials_that_begin_with_a_state_are_interventions_there() -> None:
    loop = TrainingLoop(CONFIG, DATASET, HYPERPARAMETERS)
    for _ in range(17):
        loop.step()
    start = loop.state()
    view = searched(plan(trials=3, epochs=None, iterations=10), start=start)
    for trial in view.trials:
        after = TrainingLoop(CONFIG, DATASET, state=start)
        after.intervene(trial.values)
        for _ in range(10):
            after.step()
        assert (trial.done, trial.digest) == (10, after.state().digest())
        assert trial.dev_cost == after.evaluate().dev_cost
        assert trial.curve[-1][0] == 10
    with pytest.raises(InvalidInput, match="batch_norm is fixed when a run is born"):
        Search(plan(box=Box.of({"batch_norm": ["on", "off"]})), DATASET, PoolHere(), start=start)


class _Cancelling(PoolHere):
    """A pool in whose leg of a number the search is cancelled."""

    search: Search

    def __init__(self, legs: int) -> None:
        super().__init__()
        self.legs = legs

    def submit(self, leg: Leg) -> Future[LegResult]:
        self.legs -= 1
        if not self.legs:
            self.search.cancel()
        return super().submit(leg)


@pytest.mark.parametrize("name", ["random", "coarse-to-fine", "halving", "tpe"])
def test_a_search_that_is_cancelled_anywhere_goes_on_to_the_same_trials(name: str, tmp_path: Path) -> None:
    undisturbed = same(searched(plan(**PLANS[name])).trials)
    for legs in (1, 4, 7, 11):
        path = tmp_path / f"{legs}.panda-search"
        pool = _Cancelling(legs)
        pool.search = begun(path, plan(**PLANS[name]), pool)
        view = pool.search.run()
        assert view.state == "cancelled"
        over = [trial for trial in view.trials if trial.over]
        assert same(read_so_far(path).trials) == same(over)
        recomputed: list[float] = []

        def act_again(leg: Leg, recomputed: list[float] = recomputed) -> LegResult:
            recomputed.append(leg.hyperparameters.learning_rate)
            return run_leg(leg, DATASET)

        assert same(again(path, PoolHere(act_again)).run().trials) == undisturbed
        assert not {trial.values["learning_rate"] for trial in over} & set(recomputed)  # none is repeated


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"sampler": "best"}, "sampler must be one of random, grid, coarse-to-fine, tpe, but got 'best'"),
        ({"trials": 0}, "trials must be a whole number from 1 to 100,000, but got 0"),
        ({"rounds": 2}, "rounds belong to coarse-to-fine; random has 1, but got 2"),
        ({"rounds": 13, "sampler": "coarse-to-fine"}, "rounds must be from 1 to the 12 trials, but got 13"),
        ({"epochs": None}, "a trial has a number of epochs or of iterations: give one of them"),
        ({"iterations": 5}, "a trial has a number of epochs or of iterations: give one of them"),
        ({"epochs": 0}, "a trial has at least 1 epoch or iteration, but got 0"),
        ({"seed": -1}, "seed must be a whole number at least 0 and at most 9.22337e+18, but got -1"),
    ],
)
def test_a_plan_that_is_refused(others: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        plan(**others)
    assert str(refused.value) == sentence


def test_more_workers_than_cores_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"workers must be from 1 to \d+, the cores of this machine, but got 1000"):
        LocalPool(1000)
