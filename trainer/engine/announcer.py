"""Announcer: hands events on, to the recorder first and to the subscribers when that has returned.

Iterations are gathered and announced in stretches, and always before what happened after them.

What the recorder cannot record does not go on. A subscriber that raises is detached and named in a remark: watching a
run never ends it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trainer.engine.events import Evaluation, Event, Trained
from trainer.engine.start import Start
from trainer.errors import RecordingPaused
from trainer.numerics.updates import Floats

STRETCH = 4096
"""Iterations that are told of at once, at most."""


class Announcer:
    """Tells of one run.

    Parameters
    ----------
    start : names the run, its recorder and its subscribers
    wait : called with the reason while recording waits; returns after a moment, False to give up

    Attributes
    ----------
    remarks : a sentence for each subscriber that was detached
    """

    def __init__(self, start: Start, wait: Callable[[str], bool]) -> None:
        self._run, self._recorder, self._subscribers = start.run, start.recorder, start.subscribers
        self._wait = wait
        self.remarks: tuple[str, ...] = ()
        self._costs = np.empty(STRETCH)
        self._gathered = 0
        self._evaluations: list[Evaluation] = []

    @property
    def room(self) -> int:
        """How many costs may be added before the stretch must be told of."""
        return STRETCH - self._gathered

    def add_costs(self, costs: Floats) -> None:
        """J of further iterations, not more than there is room for."""
        self._costs[self._gathered : self._gathered + len(costs)] = costs
        self._gathered += len(costs)

    def add_evaluation(self, evaluation: Evaluation) -> None:
        """An evaluation at the iteration reached."""
        self._evaluations.append(evaluation)

    def flush(self, iteration: int, seconds: float) -> None:
        """Tell of what was gathered up to an iteration and its training time, if anything was; raises as `tell`."""
        event = self.take(iteration, seconds)
        if event is not None:
            self.tell(event)

    def take(self, iteration: int, seconds: float) -> Trained | None:
        """What was gathered, as an event that is not announced yet; None where nothing was gathered."""
        if not self._gathered and not self._evaluations:
            return None
        costs, evaluations = self._costs[: self._gathered].copy(), tuple(self._evaluations)
        self._gathered, self._evaluations = 0, []
        return Trained(self._run, iteration - len(costs) + 1, costs, evaluations, seconds)

    def tell(self, event: Event) -> None:
        """Hand an event on; returns when it is durable and everybody knows.

        Raises
        ------
        RecordingError : it cannot be recorded; no subscriber was called
        """
        if self._recorder is not None:
            try:
                self._recorder.record(event)
            except RecordingPaused as error:
                self._retry(error, self._recorder.retry)
        for subscriber in self._subscribers:
            try:
                subscriber(event)
            except Exception as error:  # noqa: BLE001 - whatever it is, the run does not depend on who watches it
                self._detach(subscriber, event, error)

    def close(self) -> None:
        """Close the recorder; raises as `tell`."""
        if self._recorder is not None:
            try:
                self._recorder.close()
            except RecordingPaused as error:
                self._retry(error, self._recorder.close)

    def _detach(self, subscriber: Callable[[Event], None], event: Event, error: Exception) -> None:
        self._subscribers = tuple(other for other in self._subscribers if other is not subscriber)
        name = getattr(subscriber, "__qualname__", type(subscriber).__name__)
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        self.remarks += (f"{name} raised {what} at iteration {event.iteration} and is not called any more",)

    def _retry(self, error: RecordingPaused, attempt: Callable[[], None]) -> None:
        while self._wait(str(error)):
            try:
                attempt()
            except RecordingPaused as again:
                error = again
            else:
                return
        raise error
