"""RecordedRun: one trajectory as a session tells it, and what was done and happened on the way."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainer.engine.commands import Actor
from trainer.engine.events import Evaluation, Origin, PlannedChange
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value

_COUNT = re.compile("[0-9]{1,18}")

Column = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Ascending iterations, and a number for each of them."""


def join(pieces: Sequence[Column]) -> Column:
    """Pieces of a column that follow one another, as one."""
    iterations = np.concatenate([np.empty(0, np.int64), *(piece[0] for piece in pieces)])
    return iterations, np.concatenate([np.empty(0), *(piece[1] for piece in pieces)])


class Initial(NamedTuple):
    """The state a run began with."""

    iteration: int
    hyperparameters: Hyperparameters
    digest: str
    seq: int


class RecordedCheckpoint(NamedTuple):
    """A recorded state; `kind` is that of its record: run, intervention, checkpoint, nonfinite or run-end."""

    iteration: int
    digest: str
    seq: int
    kind: str


@dataclass(frozen=True)
class RecordedIntervention:
    """A change as it was recorded; `digest` is that of the state before it, `seq` its record."""

    index: int
    iteration: int
    actor: Actor
    note: str
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    digest: str
    seq: int
    time: str

    @property
    def author(self) -> str:
        """The name of the actor."""
        return self.actor.name


Fate = Literal["waiting", "made", "cancelled", "refused", "lost"]
"""What became of a plan: it waits (or did when its run was left), became an intervention, was taken back, was refused
when its iteration came, or its iteration went by and what became of it is not recorded."""


@dataclass(frozen=True)
class RecordedPlan:
    """A change that was planned for an iteration, and what became of it.

    Attributes
    ----------
    iteration : at which it was planned; of one that a run was born with, where that began
    seq, time : of the record that says so
    over : the iteration at which it no longer waited; None where it waits
    reason : why it was not made, where it was refused or lost
    """

    change: PlannedChange
    iteration: int
    seq: int
    time: str
    fate: Fate = "waiting"
    over: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class RecordedNote:
    """A remark; run is "" where it is about the whole session."""

    run: str
    iteration: int
    actor: Actor
    text: str
    seq: int
    time: str

    @property
    def author(self) -> str:
        """The name of the actor."""
        return self.actor.name


@dataclass(frozen=True)
class Moment:
    """Anything else that happened to a run, or to the session where there is no run: a kind of record, and a line.

    Attributes
    ----------
    kind : such as "paused", "resumed" or "nonfinite"; also one that this version does not know
    actor : who commanded it; None where that is not recorded
    value : what its kind makes of the record beyond the line
    """

    kind: str
    iteration: int
    text: str
    seq: int
    time: str
    actor: Actor | None = None
    value: Any = None


@dataclass(frozen=True)
class Foreign:
    """Something of a newer Panda, on which what comes after it in its run depends; `what` is a phrase."""

    iteration: int
    seq: int
    what: str


@dataclass(frozen=True, eq=False)
class RecordedRun:
    """One trajectory.

    Attributes
    ----------
    parent : where its initial state came from; None for a run from initial parameters
    costs : J of iterations `initial.iteration + 1` to `iteration`; NaN where damage took the record away
    columns : gauges, and further numbers of iterations, by name, as far as there are any
    evaluations : in order of their iteration
    checkpoints : every recorded state in order, that of the start, of interventions and of the end included
    plans : changes that were planned in it or taken along from its parent, as they were recorded
    ended : "finished", "stopped", "interrupted" or "failed"; None while it is under way, and if its process died
    foreign : what this version does not know and cannot do without: the run can be looked at, but not computed on
    timeline : `(n, 3)` iteration, training seconds so far, and the number of the record that says so
    """

    run: str
    parent: Origin | None
    config: RunConfig
    initial: Initial
    costs: NDArray[np.float64]
    columns: Mapping[str, Column]
    evaluations: tuple[Evaluation, ...]
    interventions: tuple[RecordedIntervention, ...]
    checkpoints: tuple[RecordedCheckpoint, ...]
    plans: tuple[RecordedPlan, ...]
    notes: tuple[RecordedNote, ...]
    moments: tuple[Moment, ...]
    foreign: tuple[Foreign, ...]
    ended: str | None
    detail: str
    timeline: NDArray[np.float64]
    started: str

    @property
    def iteration(self) -> int:
        """The last iteration recorded."""
        return self.initial.iteration + len(self.costs)

    @property
    def cost(self) -> float | None:
        """J of the last iteration's mini-batch; None before the first, and where damage took it away."""
        last = float(self.costs[-1]) if len(self.costs) else math.nan
        return None if math.isnan(last) else last

    @property
    def planned(self) -> tuple[PlannedChange, ...]:
        """The changes that still wait, in the order in which they will be made."""
        return tuple(sorted((p.change for p in self.plans if p.fate == "waiting"), key=lambda change: change.at))

    @property
    def plans_made(self) -> int:
        """How many changes were planned in this run itself, not in its parent, as the last of their names counts them.

        Where a file was lost and the run begun again in another one, those before the last may not be in it.
        """
        names = (plan.change.plan.rpartition("-") for plan in self.plans)
        return max((int(number) for run, _, number in names if run == self.run and _COUNT.fullmatch(number)), default=0)
