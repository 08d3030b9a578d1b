"""A small search for tests: iris, a net of eight units, a few epochs; and what of its trials is the same each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import Any

from trainer.data.loading import load_dataset
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.errors import JobFailed
from trainer.experiments.search import record
from trainer.experiments.search.box import Box
from trainer.experiments.search.plan import SearchPlan
from trainer.experiments.search.pools import Pool
from trainer.experiments.search.search import Search
from trainer.experiments.search.trial import Leg, LegResult, Trial, run_leg
from trainer.experiments.search.view import SearchView

CONFIG = RunConfig(data="iris", layers=(8,))
HYPERPARAMETERS = Hyperparameters(mini_batch_size=16)
DATASET = load_dataset("iris")
BOX = Box.of({"learning_rate": [1e-4, 1.0], "momentum": [0.0, 0.999]})


def plan(**others: Any) -> SearchPlan:
    return SearchPlan(**{"config": CONFIG, "hyperparameters": HYPERPARAMETERS, "box": BOX, "trials": 12, **others})


PLANS: dict[str, dict[str, Any]] = {
    "random": {},
    "grid": {"sampler": "grid", "trials": 9},
    "coarse-to-fine": {"sampler": "coarse-to-fine", "rounds": 2},
    "halving": {"halving": True},
    "tpe": {"sampler": "tpe", "trials": 20, "epochs": 2},
    "wide": {
        "box": Box.of({"learning_rate": [1e-3, 1e6], "batch_norm": ["on", "off"], "hidden_units": [4, 12]}),
        "halving": True,
    },
}
"""Keywords of `plan`, by name."""


class PoolHere:
    """Computes a leg at once, in this process and thread; `act` may do it in another way."""

    def __init__(self, act: Callable[[Leg], LegResult] | None = None) -> None:
        self.workers = 1
        self._act = act or (lambda leg: run_leg(leg, DATASET))

    def submit(self, leg: Leg) -> Future[LegResult]:
        future: Future[LegResult] = Future()
        try:
            future.set_result(self._act(leg))
        except JobFailed as error:
            future.set_exception(error)
        return future

    def cancel(self, leg: Future[LegResult]) -> str:
        leg.cancel()
        return ""

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass


class Kept(PoolHere):
    """A pool that stays open when a search is over: for the next one."""

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self.workers = pool.workers
        self.submit, self.cancel, self.check = pool.submit, pool.cancel, pool.check  # type: ignore[method-assign]


def searched(plan: SearchPlan, pool: Pool | None = None, **others: Any) -> SearchView:
    """The view of a search that ran to its end."""
    view = Search(plan, DATASET, PoolHere() if pool is None else pool, **others).run()
    assert view.state == "finished", view.reason
    return view


def edited(plan: SearchPlan, whole: SearchView, pool: Pool | None = None) -> tuple[Trial, ...]:
    """The trials of a finished search that goes on with nine more in another box."""
    pool = PoolHere() if pool is None else pool
    search = Search(plan, DATASET, pool, rounds=whole.rounds, over=whole.trials)
    search.edit(Box.of({"learning_rate": [1e-3, 1e-2]}), trials=9, given=[{"learning_rate": 0.5}])
    return search.run().trials


def begun(path: Path, plan: SearchPlan, pool: Pool | None = None, **others: Any) -> Search:
    """A new search that is recorded in a file."""
    pool = PoolHere() if pool is None else pool
    return Search(plan, DATASET, pool, record.create(path, plan, DATASET, others.get("start")), **others)


def again(path: Path, pool: Pool | None = None, **others: Any) -> Search:
    """The search of a file, to go on with."""
    so_far = record.read_so_far(path)
    file = record.reopen(so_far, DATASET)
    parts: dict[str, Any] = {"start": so_far.start, "rounds": so_far.rounds, "over": so_far.trials}
    return Search(so_far.plan, DATASET, PoolHere() if pool is None else pool, file, **parts, **others)


def same(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """All of the trials that does not depend on the time that they took."""
    timed = ("seconds", "begun", "ended")
    return [{name: value for name, value in asdict(trial).items() if name not in timed} for trial in trials]
