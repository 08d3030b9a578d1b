"""Ghosts: a recorded run from the same state on the same mini-batches, without one of its interventions.

Pure machinery: the caller decides where it computes, and for how long.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.engine.events import Evaluation
from trainer.engine.trainable import Trainable
from trainer.errors import InvalidHyperparameter, InvalidInput, NonFinite
from trainer.recorder.runs import RecordedIntervention, RecordedRun


@dataclass(frozen=True, eq=False)
class Stretch:
    """Some iterations of a run, recorded or computed.

    Attributes
    ----------
    costs : J of each of them
    evaluations : on the dev set, in order
    broke : the iteration whose cost or gradient was not finite, which ended it; None where nothing like that happened
    digest : of the state at its end, before what was changed there; "" where it is not known
    """

    costs: NDArray[np.float64]
    evaluations: tuple[Evaluation, ...]
    broke: int | None
    digest: str

    def dev_cost(self, iteration: int) -> float | None:
        """The dev cost evaluated at an iteration."""
        return next((e.dev_cost for e in self.evaluations if e.iteration == iteration), None)


class Effort:
    """How much of the work is done, which it reports, and whether the budget allows more of it."""

    def __init__(
        self, total: int, progress: Callable[[int, int], None] | None, spent: Callable[[], bool] | None
    ) -> None:
        self.done, self.total = 0, total
        self._progress, self._spent = progress, spent
        self.ended: bool = False

    def more(self, iterations: int) -> bool:
        """Whether this number of iterations may be computed next; once the budget is spent the answer stays no."""
        if self.ended or (self._spent is not None and self._spent()):
            self.ended = True
            return False
        self.done += iterations
        if self._progress is not None:
            self._progress(self.done, self.total)
        return True

    def skip(self, iterations: int) -> None:
        """Count iterations as done that need not be computed after all."""
        self.done += iterations


def play(
    loop: Trainable,
    changes: Sequence[RecordedIntervention],
    until: int,
    evaluate_at: Collection[int],
    effort: Effort,
) -> Stretch:
    """Lead a loop to an iteration, making recorded changes where they were made; it may end before.

    Parameters
    ----------
    changes : in their order; those at `until` itself are not made
    evaluate_at : iterations

    Raises
    ------
    InvalidInput : one of the changes is not allowed under these hyperparameters
    """
    ahead, stops = deque(changes), deque(sorted(evaluate_at))
    begin = loop.iteration
    costs = np.empty(max(0, until - begin))
    evaluations: list[Evaluation] = []
    broke: int | None = None
    while loop.iteration < until:
        while ahead and ahead[0].iteration <= loop.iteration:
            _make(loop, ahead.popleft())
        here = loop.iteration
        while stops and stops[0] <= here:
            stops.popleft()
        stop = min(
            until,
            here + loop.at_once,
            *(change.iteration for change in itertools.islice(ahead, 1)),
            *itertools.islice(stops, 1),
        )
        if not effort.more(stop - here):
            break
        try:
            loop.train(costs[here - begin : stop - begin])
        except NonFinite:
            broke = loop.iteration + 1
            effort.skip(until - stop)
            break
        if loop.iteration in evaluate_at:
            evaluations.append(loop.evaluate())
    digest = loop.state().digest() if loop.iteration > begin else ""
    return Stretch(costs[: loop.iteration - begin], tuple(evaluations), broke, digest)


def recorded_stretch(line: RecordedRun, begin: int, until: int) -> Stretch:
    """What was recorded after one iteration up to another."""
    first = line.initial.iteration
    evaluations = tuple(e for e in line.evaluations if begin < e.iteration <= until)
    return Stretch(line.costs[begin - first : until - first], evaluations, None, "")


def earlier(line: RecordedRun, change: RecordedIntervention) -> list[RecordedIntervention]:
    """The interventions of a line before one of them; records are numbered in the order in which they were made."""
    return [other for other in line.interventions if other.seq < change.seq]


def later(line: RecordedRun, change: RecordedIntervention) -> list[RecordedIntervention]:
    """The interventions of a line after one of them."""
    return [other for other in line.interventions if other.seq > change.seq]


def _make(loop: Trainable, change: RecordedIntervention) -> None:
    try:
        loop.intervene(change.after)
    except InvalidHyperparameter as error:
        raise InvalidInput(
            f"without it the change recorded at iteration {change.iteration} could not have been made ({error}):"
            f" ask for an end before that"
        ) from error
