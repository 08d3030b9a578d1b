"""Announcer: hands events on, to the recorder first and to the subscribers when that has returned.

Iterations are gathered and announced in stretches, and always before what happened after them.

What the recorder cannot record does not go on. A subscriber that raises is detached and named in a remark: watching a
run never ends it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trainer.engine.commands import NOTE_LIMIT, Actor, RecordAnew
from trainer.engine.events import Evaluation, Event, Gauged, Intervened, Noted, Origin, RunEnded, RunStarted, Trained
from trainer.engine.start import Recorder, Start
from trainer.errors import CommandRefused, RecordAstray, RecordingPaused, SessionError
from trainer.numerics.updates import Floats
from trainer.text import valid_unicode

STRETCH = 4096
"""Iterations that are told of at once, at most."""

_PANDA = Actor("robot", "panda")
"""What it does by itself."""


class Announcer:
    """Tells of one run.

    Parameters
    ----------
    start : names the run, its recorder and its subscribers
    wait : called with the reason while recording waits; returns after a moment, False to give up
    present : the run as one that would begin where it is

    Attributes
    ----------
    interventions : of the run so far, as they are on the record
    """

    def __init__(
        self, start: Start, wait: Callable[[RecordingPaused], bool], present: Callable[[], RunStarted]
    ) -> None:
        self._run, self._recorder, self._subscribers = start.run, start.recorder, start.subscribers
        self._wait, self._present, self._actor = wait, present, start.actor
        self.interventions = start.past_interventions
        self._detached: tuple[str, ...] = ()
        self._noted = 0 if self._recorder is None else len(self._recorder.remarks)
        self._costs = np.empty(STRETCH)
        self._gathered = 0
        self._evaluations: list[Evaluation] = []
        self._gauged: list[Gauged] = []

    @property
    def remarks(self) -> tuple[str, ...]:
        """A sentence for each subscriber that was detached, and those of the recorder."""
        return self._detached if self._recorder is None else (*self._detached, *self._recorder.remarks)

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

    def add_gauges(self, iteration: int, values: dict[str, float]) -> None:
        """Gauges at the iteration reached."""
        self._gauged.append(Gauged(self._run, iteration, values))

    def flush(self, iteration: int, seconds: float) -> None:
        """Tell of what was gathered up to an iteration and its training time, if anything was; raises as `tell`."""
        for event in self.take(iteration, seconds):
            self.tell(event)

    def take(self, iteration: int, seconds: float) -> list[Trained | Gauged]:
        """What was gathered, as events that are not announced yet."""
        gauged, self._gauged = self._gauged, []
        if not self._gathered and not self._evaluations:
            return [*gauged]
        costs, evaluations = self._costs[: self._gathered].copy(), tuple(self._evaluations)
        self._gathered, self._evaluations = 0, []
        return [Trained(self._run, iteration - len(costs) + 1, costs, evaluations, seconds), *gauged]

    def tell(self, event: Event) -> None:
        """Hand an event on; returns when it is durable and everybody knows.

        Raises
        ------
        RecordingError : it cannot be recorded; no subscriber was called
        """
        if (recorder := self._recorder) is not None:
            lost = recorder.lost
            try:
                recorder.record(event)
            except RecordingPaused as error:
                self._retry(recorder, error, recorder.retry)
            if recorder.lost != lost:
                return  # it was told of as it is in the new file, if it is in that
        self._hand_on(event)
        if not isinstance(event, RunEnded):
            self._note_remarks(event.iteration)

    def origin(self, of: Origin | None) -> Origin | None:
        """Where the run came from, as it is to be recorded."""
        return of if of is None or self._recorder is None else self._recorder.origin(of)

    def _hand_on(self, event: Event) -> None:
        self.interventions += isinstance(event, Intervened)
        for subscriber in self._subscribers:
            try:
                subscriber(event)
            except Exception as error:  # noqa: BLE001 - whatever it is, the run does not depend on who watches it
                self._detach(subscriber, event, error)

    def check(self) -> None:
        """Make sure that what was recorded is where it was recorded, and wait where it is not; raises as `tell`."""
        if (recorder := self._recorder) is not None:
            try:
                recorder.check()
            except RecordingPaused as error:
                self._retry(recorder, error, recorder.retry)
            if len(recorder.remarks) > self._noted:
                self._note_remarks(self._present().iteration)

    def record_anew(self, command: RecordAnew) -> str:
        """Have all that was recorded written to a new file; returns what came of it. Raises CommandRefused."""
        if (recorder := self._recorder) is None:
            raise CommandRefused("this run is not recorded")
        try:
            recorder.record_anew(command.place, command.actor, self._present())
        except (SessionError, RecordingPaused) as error:
            raise CommandRefused(str(error)) from error
        self._tell_news(recorder)
        return recorder.remarks[-1]

    def _tell_news(self, recorder: Recorder) -> None:
        for event in recorder.news():
            if isinstance(event, Noted):
                self._noted = len(recorder.remarks)
            if isinstance(event, RunStarted):
                self.interventions = 0  # in the new record the run begins here
            self._hand_on(event)

    def end_badly(self, end: RunEnded, seconds: float) -> None:
        """Record what was gathered, and the end, and close the recorder, without waiting; raises RecordingError."""
        if (recorder := self._recorder) is None:
            return
        try:
            for rest in self.take(end.iteration, seconds):
                recorder.record(rest)
            recorder.record(end)
        finally:
            recorder.close()

    def close(self) -> None:
        """Close the recorder; raises as `tell`."""
        if (recorder := self._recorder) is not None:
            try:
                recorder.close()
            except RecordingPaused as error:
                self._retry(recorder, error, recorder.close)

    def _note_remarks(self, iteration: int) -> None:
        """Put on the record where the file has gone, unless that was done with it."""
        if self._recorder is None or len(self._recorder.remarks) == self._noted:
            return
        new = self._recorder.remarks[self._noted :]
        self._noted += len(new)
        for remark in new:
            self.tell(Noted(self._run, iteration, _PANDA, valid_unicode(remark)[:NOTE_LIMIT]))

    def _detach(self, subscriber: Callable[[Event], None], event: Event, error: Exception) -> None:
        self._subscribers = tuple(other for other in self._subscribers if other is not subscriber)
        name = getattr(subscriber, "__qualname__", type(subscriber).__name__)
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        self._detached += (f"{name} raised {what} at iteration {event.iteration} and is not called any more",)

    def _retry(self, recorder: Recorder, error: RecordingPaused, attempt: Callable[[], None]) -> None:
        """Wait until it is recorded. Where there is no person to ask, a file that is gone is written anew at once."""
        told: RecordingPaused | None = error
        going_on = True
        while going_on:
            told = error if self._actor.kind == "person" else self._write_anew(error)
            if told is not None:
                going_on = self._wait(told)
            if not going_on:
                told = self._write_anew(error)  # the last chance
            try:
                attempt()
            except RecordingPaused as again:
                error = again
            else:
                self._tell_news(recorder)  # where the disk took nothing at first
                return
        raise told or error

    def _write_anew(self, error: RecordingPaused) -> RecordingPaused | None:
        """What still keeps it from being recorded, to be told; None where the record stands in a new file now."""
        if not isinstance(error, RecordAstray):
            return error
        try:
            self.record_anew(RecordAnew(actor=_PANDA))
        except CommandRefused as refused:
            return RecordAstray(error.what, place=error.place, lost=error.lost, refused=str(refused))
        return None
