"""What a run needs to begin: a `Start`, and the `Recorder` that will make its events durable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from trainer.data.dataset import Dataset
from trainer.engine.commands import PAGE, Actor, Intervene
from trainer.engine.events import Event, Origin, PlannedChange, RunStarted
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.state import TrainingState
from trainer.errors import CommandRefused


class Recorder(Protocol):
    """Makes events durable. The trainer hands it each event before anybody else learns of it."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should know of where it records, each a sentence."""

    @property
    def lost(self) -> str:
        """A sentence where something else destroyed what was recorded, so that it begins again; else empty."""

    def record(self, event: Event) -> None:
        """Return when the event is durable (`Trained` may be kept back for a moment).

        Raises
        ------
        RecordingPaused : not possible now; the recorder keeps the event, the trainer calls `retry` later
        RecordAstray : likewise, and `record_anew` helps
        RecordingFailed : not possible any more
        """

    def retry(self) -> None:
        """Write what was kept; raises as `record` does."""

    def check(self) -> None:
        """Make sure that what was recorded is still where it was recorded; raises RecordAstray."""

    def record_anew(self, place: str, actor: Actor, at: RunStarted) -> None:
        """Go on in a new file with all that was recorded; where that is lost, with the run as it is now.

        Parameters
        ----------
        place : path of the new file; "" leaves it to the recorder
        at : the run with its present state

        Raises
        ------
        CommandRefused : there is no reason
        SessionError, RecordingPaused : the new file cannot be made, or takes nothing now
        """

    def news(self) -> tuple[Event, ...]:
        """What it recorded by itself for a new file, in the order of the record, once; where the run begins again in
        it, that with all that follows, also what it was handed and could not record before.
        """

    def origin(self, of: Origin) -> Origin:
        """Where a run came from, as it is named in the file that is recorded now."""

    def close(self) -> None:
        """Nothing more will come; raises as `record` does."""


@dataclass(frozen=True)
class Place:
    """Where a client believes that the trainer is: a run, and how many interventions it has had."""

    run: str
    interventions: int


@dataclass(frozen=True, eq=False)
class Start:
    """Begin a run, or go on with one (`resumed`), from initial parameters or from a state.

    Attributes
    ----------
    run : its name in the session
    subscribers : called with every event in the trainer's thread, after the recorder; one that raises is detached
    iterations : the run ends at this iteration; None goes on until stopped
    interventions : planned anew, each for an iteration, in the order in which they were planned
    plans : of before, which still wait: of the same run where it goes on, else of the one it was born from
    parent : where it came from; its session is named by id, also where the run is recorded in that same session
    cancelled : names of those that the actor takes back before the run goes on
    past_rates : α in force before and after each change of it so far, also by ancestors; a nudge leads back along them
    past_interventions, past_plans, seconds : what a resumed run has behind it, with the plans that were made in it; for
        a branch the seconds of its ancestors
    cost : J of the mini-batch of the iteration at which it begins, as far as it is known
    paused : it waits at its beginning
    replaces : the run under way that is left for this one, in the same recorder; refused if it is elsewhere by then
    """

    config: RunConfig
    dataset: Dataset
    run: str = "r1"
    recorder: Recorder | None = None
    subscribers: tuple[Callable[[Event], None], ...] = ()
    hyperparameters: Hyperparameters | None = None
    state: TrainingState | None = None
    parent: Origin | None = None
    iterations: int | None = None
    interventions: tuple[tuple[int, Intervene], ...] = ()
    plans: tuple[PlannedChange, ...] = ()
    cancelled: tuple[str, ...] = ()
    resumed: bool = False
    past_rates: tuple[tuple[float, float], ...] = ()
    past_interventions: int = 0
    past_plans: int = 0
    seconds: float = 0.0
    cost: float | None = None
    paused: bool = False
    replaces: Place | None = None
    actor: Actor = PAGE


def check_targets(here: int, end: int | None, interventions: Sequence[tuple[int, Intervene]]) -> None:
    """Raise CommandRefused where a run that is at iteration `here` should end, or be changed, where it never comes."""
    if end is not None and end < here:
        raise CommandRefused(f"iterations must be at least {here:,}, where the run is already, but got {end:,}")
    for iteration, _ in interventions:
        if iteration < here or (end is not None and iteration > end):
            to = f"to {end:,}" if end is not None else "on"
            passed = f": the run is at iteration {here:,} already" if iteration < here else ""
            raise CommandRefused(f"a nudge must be at an iteration from {here:,} {to}, but got {iteration:,}{passed}")
