"""Events: what happened to a run. Facts in the past tense, frozen, each at an iteration.

The `actor` of an event is who commanded it; None where the trainer did it by itself.

An event is handed to the recorder first. It is a fact for everybody else only when that has returned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.engine.commands import Actor, Intervene
from trainer.engine.hyperparameters import RunConfig, Value
from trainer.engine.state import TrainingState


@dataclass(frozen=True)
class Origin:
    """Where the initial state of a run came from: another run, perhaps of another session.

    Attributes
    ----------
    session : id of the session, "" for the same one
    run, iteration : of the parent
    digest : of the state taken over
    before : number of the parent's record before which it was left, as several changes may have been made at one
        iteration; None where that was not recorded
    """

    session: str
    run: str
    iteration: int
    digest: str
    before: int | None = None


@dataclass(frozen=True)
class Evaluation:
    """Cost and accuracy on the dev set after `iteration` updates, batch norm with its running statistics.

    `measures` has the value of every further series that was measured then, by its name.
    """

    iteration: int
    dev_cost: float
    dev_accuracy: float
    measures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class PlannedChange:
    """A change that waits for its iteration.

    Attributes
    ----------
    plan : its name, unique in the session: the run that it was planned in, and a number
    at : the iteration after which it governs
    """

    plan: str
    at: int
    changes: Mapping[str, Value]
    actor: Actor
    note: str = ""

    @property
    def intervention(self) -> Intervene:
        """What it becomes."""
        return Intervene(self.changes, self.actor, self.note)


@dataclass(frozen=True, eq=False)
class RunStarted:
    """A run began; `plans` wait in it from the beginning, in the order in which they were made."""

    run: str
    config: RunConfig
    dataset: Dataset
    state: TrainingState
    parent: Origin | None = None
    actor: Actor | None = None
    plans: tuple[PlannedChange, ...] = ()

    @property
    def iteration(self) -> int:
        """Where the run begins."""
        return self.state.iteration


@dataclass(frozen=True, eq=False)
class Trained:
    """A stretch of iterations went by.

    Attributes
    ----------
    first : the first of them; they are consecutive
    costs : J of each mini-batch, (n,) float64, n may be 0
    evaluations : those that fell into the stretch, in order
    seconds : training time since the run began in this process, pauses left out, at the end of the stretch
    """

    run: str
    first: int
    costs: NDArray[np.float64]
    evaluations: tuple[Evaluation, ...]
    seconds: float

    @property
    def iteration(self) -> int:
        """The last iteration of the stretch."""
        return self.first + len(self.costs) - 1


@dataclass(frozen=True)
class Gauged:
    """Gauges were measured at an iteration, of the update that follows it, before anything is changed there.

    `values` has those that have a meaning then, by name.
    """

    run: str
    iteration: int
    values: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Intervened:
    """Hyperparameters were changed at an iteration boundary; the change governs every later iteration.

    Attributes
    ----------
    index : 0 for the first intervention of the run, then counting
    before, after : the values that were set, as they were in force and as they are now; "learning_rate" is α in force
    state : the state at the boundary, before the change
    plan : name of the plan that it fulfils; "" where it was not planned
    """

    run: str
    iteration: int
    index: int
    actor: Actor
    note: str
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    state: TrainingState
    plan: str = ""

    @property
    def author(self) -> str:
        """The name of the actor, as it is recorded."""
        return self.actor.name


@dataclass(frozen=True)
class Planned:
    """A change was planned, at an iteration, for the same or a later one."""

    run: str
    iteration: int
    change: PlannedChange

    @property
    def actor(self) -> Actor:
        """Who planned it."""
        return self.change.actor


@dataclass(frozen=True)
class PlanCancelled:
    """A planned change will not be made: an actor took it back, or it was refused when its iteration came.

    Attributes
    ----------
    plan : its name
    reason : why it was refused; "" where an actor took it back
    """

    run: str
    iteration: int
    plan: str
    reason: str = ""
    actor: Actor | None = None


@dataclass(frozen=True, eq=False)
class Checkpointed:
    run: str
    iteration: int
    state: TrainingState
    reason: Literal["requested", "periodic"]
    actor: Actor | None = None


@dataclass(frozen=True)
class Noted:
    run: str
    iteration: int
    actor: Actor
    text: str

    @property
    def author(self) -> str:
        """The name of the actor, as it is recorded."""
        return self.actor.name


@dataclass(frozen=True)
class Paused:
    run: str
    iteration: int
    reason: str
    actor: Actor | None = None


@dataclass(frozen=True)
class Resumed:
    run: str
    iteration: int
    actor: Actor | None = None


@dataclass(frozen=True, eq=False)
class WentNonFinite:
    """Cost or gradient of iteration + 1 was NaN or infinite; the state is the last good one."""

    run: str
    iteration: int
    what: str
    state: TrainingState


@dataclass(frozen=True, eq=False)
class RunEnded:
    """The run is over.

    Attributes
    ----------
    reason : "finished" (all iterations done), "stopped" (by command), "left" (for another run, by going back or
        branching), "interrupted" (the process ended) or "failed"
    detail : for "failed", what went wrong
    """

    run: str
    iteration: int
    state: TrainingState
    reason: Literal["finished", "stopped", "left", "interrupted", "failed"]
    detail: str = ""
    actor: Actor | None = None


Event = (
    RunStarted
    | Trained
    | Gauged
    | Intervened
    | Planned
    | PlanCancelled
    | Checkpointed
    | Noted
    | Paused
    | Resumed
    | WentNonFinite
    | RunEnded
)
