"""Clones: trainables made from the state of a run, on the same data, that never touch the run itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from trainer.data.dataset import Dataset
from trainer.engine.events import PlannedChange
from trainer.engine.hyperparameters import RunConfig
from trainer.engine.state import TrainingState
from trainer.engine.trainable import build
from trainer.engine.wording import values_text
from trainer.errors import InvalidInput, JobFailed
from trainer.experiments.ghost import Effort
from trainer.experiments.replay import latest_run
from trainer.experiments.travel import at_the_end, travel, use_recorded_threads
from trainer.experiments.undo_and_branch import plans_taken_along
from trainer.numerics.updates import Floats
from trainer.recorder.averages import NOTHING_YET, SoFar, so_far
from trainer.recorder.session import read_session

_MOST_PLANS = 3
"""That are told one by one."""


@dataclass(frozen=True, eq=False)
class Boundary:
    """A run between two updates: all that a clone is made from.

    Attributes
    ----------
    run : its name in the session
    plans : the changes that wait for their iteration, in the order in which they will be made
    remark : a sentence where it is not simply as recorded; else ""
    so_far : where its smoothed costs stand
    end : the iteration at which the run ends, or ended, as planned; None where that is not known
    """

    run: str
    config: RunConfig
    dataset: Dataset
    state: TrainingState
    plans: tuple[PlannedChange, ...] = ()
    remark: str = ""
    so_far: SoFar = NOTHING_YET
    end: int | None = None

    def beyond(self, iterations: int) -> str:
        """How many of the coming iterations are beyond the end, in a sentence; else ""."""
        if self.end is None or self.state.iteration + iterations <= self.end:
            return ""
        past = min(iterations, self.state.iteration + iterations - self.end)
        share = f"{past:,} of the {iterations:,}" if past < iterations else f"all {past:,}"
        return f"the run ends at iteration {self.end:,} as planned: {share} iterations are beyond that"

    def planned(self, iterations: int) -> str:
        """What is planned within the coming iterations, which a clone makes there, in a sentence; else ""."""
        here = self.state.iteration
        within = [plan for plan in self.plans if here <= plan.at < here + iterations]
        told = [f"{values_text(plan.changes)} at iteration {plan.at:,}" for plan in within[:_MOST_PLANS]]
        more = [f"{len(within) - _MOST_PLANS} more"] if len(within) > _MOST_PLANS else []
        return f"on the way comes what is planned: {', '.join([*told, *more])}" if told else ""


class Clone:
    """A trainable at a boundary; what was planned is made on the way, as in the run itself.

    Attributes
    ----------
    loop : the trainable
    """

    def __init__(self, boundary: Boundary, seed: int | None = None) -> None:
        """With the coming order of the data of another seed, where one is given.

        Raises
        ------
        InvalidHyperparameter : the kind of trainable is not known here
        """
        config = boundary.config if seed is None else replace(boundary.config, seed=seed)
        self._boundary = boundary
        self.loop = build(config, boundary.dataset, state=boundary.state)
        self._waiting = deque(boundary.plans)
        self._make_due()

    def go_back(self) -> None:
        """Be at the boundary again."""
        self.loop.restore(self._boundary.state)
        self._waiting = deque(self._boundary.plans)
        self._make_due()

    def train(self, costs: Floats, effort: Effort) -> None:
        """As `Trainable.train`.

        Raises
        ------
        NonFinite : as `Trainable.train`
        JobFailed : the effort ended before
        """
        loop, begin = self.loop, self.loop.iteration
        until = begin + len(costs)
        while (here := loop.iteration) < until:
            stop = min([until, here + loop.at_once, *(plan.at for plan in self._waiting)])
            if not effort.more(stop - here):
                raise JobFailed(f"it was given up {here - begin:,} iterations after iteration {begin:,}")
            loop.train(costs[here - begin : stop - begin])
            self._make_due()

    def _make_due(self) -> None:
        while self._waiting and self._waiting[0].at <= self.loop.iteration:
            with suppress(InvalidInput):  # the run itself will refuse it too, and go on
                self.loop.intervene(self._waiting.popleft().changes)


def recorded_boundary(
    path: Path, run_name: str | None, at: int | None, progress: Callable[[int, int], None] | None = None
) -> Boundary:
    """A recorded run at an iteration; from now on this process computes with the threads it was recorded with.

    Parameters
    ----------
    run_name : by default the latest run
    at : before what was changed at that iteration; None is the end of the run, with all that was changed there
    progress : called with (iterations re-executed, of how many)

    Raises
    ------
    SessionError : as `read_session` and `travel`
    InvalidInput : there is no such iteration in the run
    """
    session = read_session(path)
    run = latest_run(session) if run_name is None else session.run(run_name)
    use_recorded_threads(session)
    visit = at_the_end(session, run) if at is None else travel(session, run, at, progress=progress, name="at")
    loop = visit.loop
    end = run.iteration if run.ended == "finished" else None
    plans, state = plans_taken_along(visit), loop.state()
    before = so_far(visit.line.costs)
    return Boundary(run.run, visit.line.config, loop.dataset, state, plans, visit.remark, before, end)
