"""RecordedRun: one trajectory as a session tells it, and what was done and happened on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainer.engine.commands import Actor
from trainer.engine.events import Evaluation, Origin
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value

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
    columns : further numbers of iterations, by name, as far as there are any
    evaluations : in order of their iteration
    checkpoints : every recorded state in order, that of the start, of interventions and of the end included
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
