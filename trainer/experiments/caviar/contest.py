"""Contest: trains what a plan sets against each other, in processes beside this one, and records each that is over."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import Any

from trainer.engine.trainable import build
from trainer.errors import InvalidData, JobFailed
from trainer.experiments.caviar.plan import PANDA, ContestPlan, Entrant
from trainer.experiments.ghost import Effort, play
from trainer.experiments.jobs import Jobs
from trainer.experiments.search.box import Values
from trainer.experiments.search.journal import Journal
from trainer.experiments.session_data import dataset_of, with_told
from trainer.recorder.search_file import Entry, SearchFile
from trainer.recorder.session import read_session
from trainer.threads import with_threads

TRIES = 3
"""How often a training is begun whose process ends before it is done."""

Point = tuple[int, float, float]
"""Iteration, dev cost, dev accuracy."""


@dataclass(frozen=True)
class Result:
    """What came of training an entrant.

    Attributes
    ----------
    seed, trial, values, points : of the entrant
    curve : finite evaluations on the dev set
    broke : why it diverged; "" where it did not
    digest : of its last state
    """

    seed: int
    trial: int
    values: Values
    points: tuple[tuple[int, int], ...]
    curve: tuple[Point, ...]
    broke: str
    digest: str

    @property
    def dev_cost(self) -> float:
        """At the end; infinite where it diverged."""
        return math.inf if self.broke or not self.curve else self.curve[-1][1]

    @property
    def dev_accuracy(self) -> float | None:
        """At the end; None where it diverged."""
        return None if math.isinf(self.dev_cost) else self.curve[-1][2]


class Contest:
    """Trains all entrants of a plan that are not over yet.

    Parameters
    ----------
    file : where it is recorded; None records nothing
    over : (seed, trial) → result of those that are recorded already
    """

    def __init__(
        self, plan: ContestPlan, file: SearchFile | None, over: Mapping[tuple[int, int], Result] | None = None
    ) -> None:
        self.plan = plan
        self._over = dict(over or {})
        self._entrants = {(e.seed, e.trial): e for seed in plan.seeds for e in plan.entrants(seed)}
        self._journal = Journal(file, lambda path, id_: SearchFile.create(path, head_of(plan), None, id_), self._kept)

    @property
    def path(self) -> Path | None:
        """Of the file."""
        return self._journal.path

    @property
    def remarks(self) -> Sequence[str]:
        """A sentence for each time that the file was gone."""
        return self._journal.remarks

    def run(
        self,
        workers: int,
        progress: Callable[[int, int], None] | None = None,
        blocked: Callable[[str], None] = lambda _: None,
    ) -> dict[int, tuple[Result, ...]]:
        """Seed → the panda and its trials; whatever ends it before, what is over is recorded.

        Parameters
        ----------
        progress : called with (iterations done, of how many)
        blocked : is told why recording waits; "" when it does not any more

        Raises
        ------
        JobFailed : one could not be trained, also when tried again
        SessionError, RecordingFailed : the file takes nothing more
        """
        jobs = Jobs(workers)
        try:
            self._train(jobs, progress, blocked)
        finally:
            jobs.close()
            self._journal.close()
        return {
            seed: tuple(self._over[seed, e.trial] for e in self._entrants.values() if e.seed == seed)
            for seed in self.plan.seeds
        }

    def _train(self, jobs: Jobs, progress: Callable[[int, int], None] | None, blocked: Callable[[str], None]) -> None:
        session, total = self.plan.session, sum(e.iterations for e in self._entrants.values())
        train = with_told(session, train_entrant)
        happened: SimpleQueue[tuple[tuple[int, int], Future[Result]]] = SimpleQueue()
        tries = dict.fromkeys(self._entrants.keys() - self._over.keys(), 0)

        def begin(key: tuple[int, int]) -> None:
            arguments = (self._entrants[key], session.path, self.plan.line.run, self.plan.dataset.fingerprint)
            tries[key] += 1
            # the longest first, so that none of them is waited for alone at the end
            job = jobs.submit(train, *arguments, priority=self._entrants[key].iterations)
            job.future.add_done_callback(lambda future: happened.put((key, future)))

        for key in self._entrants:
            if key in tries:
                begin(key)
        while len(self._over) < len(self._entrants):
            if progress is not None:
                progress(sum(self._entrants[key].iterations for key in self._over), total)
            key, future = happened.get()
            try:
                self._over[key] = future.result()
            except JobFailed as error:
                if tries[key] == TRIES:
                    who = "the panda" if key[1] == PANDA else f"trial {key[1]}"
                    raise JobFailed(f"{who} with seed {key[0]} could not be trained: {error}") from error
                begin(key)
                continue
            self._journal.keep(entry_of(self._over[key]))
            self._journal.write(Event(), blocked)

    def _kept(self) -> list[Entry]:
        """All that the file has to say, for one in place of a file that is gone."""
        return [entry_of(result) for result in self._over.values()]


def head_of(plan: ContestPlan) -> dict[str, Any]:
    """The first record of the file."""
    return {"contest": plan.as_json(), "fingerprint": plan.dataset.fingerprint, "data": plan.dataset.name}


def entry_of(result: Result) -> Entry:
    """The record of an entrant that is over."""
    return "panda" if result.trial == PANDA else "trial", {
        "seed": result.seed,
        "trial": None if result.trial == PANDA else result.trial,
        "values": result.values,
        "points": [list(point) for point in result.points],
        "curve": [list(point) for point in result.curve],
        "broke": result.broke,
        "digest": result.digest,
    }


def train_entrant(
    entrant: Entrant, path: Path, run: str, fingerprint: str, *, progress: Callable[[int, int], None]
) -> Result:
    """Train one entrant; with one thread of numpy's BLAS, so that its bits depend on no number of workers."""
    with with_threads(1):
        loop = build(entrant.config, _dataset(path, run, fingerprint), entrant.hyperparameters)
        at = {iteration for iteration, _ in entrant.points}
        effort = Effort(entrant.iterations, progress, None)
        stretch = play(loop, entrant.changes, entrant.iterations, at, effort)
    curve = [(e.iteration, e.dev_cost, e.dev_accuracy) for e in stretch.evaluations]
    broke = "" if stretch.broke is None else f"cost or gradient was not finite at iteration {stretch.broke:,}"
    if not broke and not math.isfinite(curve[-1][1]):
        broke = f"the dev cost after iteration {entrant.iterations:,} was not finite"
    finite = tuple(point for point in curve if math.isfinite(point[1]))
    e = entrant
    return Result(e.seed, e.trial, e.values, e.points, finite, broke, stretch.digest)


@lru_cache(maxsize=1)
def _dataset(path: Path, run: str, fingerprint: str) -> Any:
    """Kept by the process for what it trains next."""
    session = read_session(path)
    dataset = dataset_of(session, session.run(run))
    if dataset.fingerprint != fingerprint:
        raise InvalidData(f"the data of {path} are not those that the comparison began with")
    return dataset
