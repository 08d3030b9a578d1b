"""RecordedRun: one trajectory as a session tells it, and how it is put together from records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainer.engine.events import Evaluation, Origin
from trainer.engine.hyperparameters import HYPERPARAMETERS, Hyperparameters, RunConfig, Value
from trainer.errors import InvalidInput
from trainer.recorder.payloads import decode_rows
from trainer.recorder.records import Malformed, Record, field, whole

_NO_NUMBERS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


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
    author: str
    note: str
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    digest: str
    seq: int
    time: str


@dataclass(frozen=True)
class RecordedNote:
    """A remark; run is "" where it is about the whole session."""

    run: str
    iteration: int
    author: str
    text: str
    seq: int
    time: str


@dataclass(frozen=True)
class Moment:
    """Something that happened to a run without changing it: paused, resumed or nonfinite, and why."""

    kind: str
    iteration: int
    text: str
    seq: int
    time: str


@dataclass(frozen=True, eq=False)
class RecordedRun:
    """One trajectory.

    Attributes
    ----------
    parent : where its initial state came from; None for a run from initial parameters
    costs : J of iterations `initial.iteration + 1` to `iteration`; NaN where damage took the record away
    evaluations : in order of their iteration
    checkpoints : every recorded state in order, that of the start, of interventions and of the end included
    ended : "finished", "stopped", "interrupted" or "failed"; None while it is under way, and if its process died
    timeline : `(n, 3)` iteration, training seconds so far, and the number of the record that says so
    """

    run: str
    parent: Origin | None
    config: RunConfig
    initial: Initial
    costs: NDArray[np.float64]
    evaluations: tuple[Evaluation, ...]
    interventions: tuple[RecordedIntervention, ...]
    checkpoints: tuple[RecordedCheckpoint, ...]
    notes: tuple[RecordedNote, ...]
    moments: tuple[Moment, ...]
    ended: str | None
    detail: str
    timeline: NDArray[np.float64]
    started: str

    @property
    def iteration(self) -> int:
        """The last iteration recorded."""
        return self.initial.iteration + len(self.costs)


class RunBuilder:
    """Gathers the records of one run."""

    def __init__(self, record: Record) -> None:
        """Begin with the `run` record; raises Malformed."""
        body = record.body
        parent = body.get("parent")
        self.run = record.run
        self._parent = None if parent is None else _origin(parent)
        self._config = _config(field(body, "config", dict))
        self._initial = Initial(record.iteration, state_scalars(record)[1], field(body, "digest", str), record.seq)
        self._started = record.time
        self._stretches: list[NDArray[np.float64]] = []
        self._iteration = record.iteration
        self._evaluations: list[Evaluation] = []
        self._interventions: list[RecordedIntervention] = []
        self._checkpoints: list[RecordedCheckpoint] = []
        self._notes: list[RecordedNote] = []
        self._moments: list[Moment] = []
        self._timeline = [(float(record.iteration), 0.0, record.seq)]
        self._ended: str | None = None
        self._detail = ""
        self._add_checkpoint(record)

    @property
    def config(self) -> RunConfig:
        """Of the run."""
        return self._config

    def add_metrics(self, record: Record, payload: bytes, room: int) -> None:
        """Costs and evaluations of a stretch; up to `room` iterations may be missing before it. Raises Malformed."""
        body = record.body
        first, seconds = whole(body, "first"), _number(body.get("seconds"))
        rows = decode_rows(payload)
        if body.get("columns") != ["cost"] or rows.shape[1] != 1:
            raise Malformed(f"its columns are {body.get('columns')!r:.60}, not the cost")
        gap = first - self._iteration - 1
        evaluations = [_evaluation(entry) for entry in field(body, "evaluations", list)]
        self._skip(gap, room, f"its iterations begin at {first}")
        self._stretches.append(rows[:, 0])
        self._iteration += len(rows)
        for evaluation in evaluations:
            if not self._evaluations or evaluation.iteration > self._evaluations[-1].iteration:
                self._evaluations.append(evaluation)
        self._timeline.append((float(self._iteration), seconds, record.seq))

    def add(self, record: Record, room: int) -> None:
        """Any other record of the run; costs of up to `room` iterations may be missing before it. Raises Malformed."""
        body, iteration = record.body, record.iteration
        if record.kind != "note":  # a remark may be added long after the end
            self._ended, self._detail = None, ""
        match record.kind:
            case "intervention":
                self._add_intervention(record)
            case "note":
                self._notes.append(recorded_note(record))
            case "paused":
                self._add_moment(record, field(body, "reason", str))
            case "resumed":
                self._add_moment(record, "")
            case "nonfinite":
                self._add_moment(record, field(body, "what", str))
            case "run-end":
                self._ended, self._detail = field(body, "reason", str), field(body, "detail", str)
        if "state" in body:
            if state_scalars(record)[0]["iteration"] != iteration:
                raise Malformed(f"its state is not that of iteration {iteration}")
            self._skip(iteration - self._iteration, room, f"its state is that of iteration {iteration}")
            self._add_checkpoint(record)

    def build(self) -> RecordedRun:
        """The run as far as it has come."""
        return RecordedRun(
            run=self.run,
            parent=self._parent,
            config=self._config,
            initial=self._initial,
            costs=np.concatenate([np.empty(0), *self._stretches]),
            evaluations=tuple(self._evaluations),
            interventions=tuple(self._interventions),
            checkpoints=tuple(self._checkpoints),
            notes=tuple(self._notes),
            moments=tuple(self._moments),
            ended=self._ended,
            detail=self._detail,
            timeline=np.array(self._timeline),
            started=self._started,
        )

    def _skip(self, gap: int, room: int, what: str) -> None:
        """Costs that damage took away."""
        if not 0 <= gap <= room:
            raise Malformed(f"{what}, but {self._iteration} were recorded before")
        if gap:
            self._stretches.append(np.full(gap, np.nan))
            self._iteration += gap

    def _add_intervention(self, record: Record) -> None:
        body = record.body
        self._interventions.append(
            RecordedIntervention(
                index=whole(body, "index"),
                iteration=record.iteration,
                author=field(body, "author", str),
                note=field(body, "note", str),
                before=_values(field(body, "before", dict)),
                after=_values(field(body, "after", dict)),
                digest=field(body, "digest", str),
                seq=record.seq,
                time=record.time,
            )
        )

    def _add_moment(self, record: Record, text: str) -> None:
        self._moments.append(Moment(record.kind, record.iteration, text, record.seq, record.time))

    def _add_checkpoint(self, record: Record) -> None:
        digest = field(record.body, "digest", str)
        self._checkpoints.append(RecordedCheckpoint(record.iteration, digest, record.seq, record.kind))


def recorded_note(record: Record) -> RecordedNote:
    """A remark from its record; raises Malformed."""
    author, text = field(record.body, "author", str), field(record.body, "text", str)
    return RecordedNote(record.run, record.iteration, author, text, record.seq, record.time)


def state_scalars(record: Record) -> tuple[dict[str, Any], Hyperparameters]:
    """What a record says of its state beside the tensors, checked; raises Malformed."""
    scalars = field(record.body, "state", dict)
    counts = {name: whole(scalars, name) for name in _COUNTS}
    weights = {name: _number(scalars.get(name)) for name in ("v_weight", "s_weight")}
    chosen = field(scalars, "hyperparameters", dict)
    needed = {name for name, spec in HYPERPARAMETERS.items() if spec.since == 1}
    if set(scalars) != {*counts, *weights, "hyperparameters"} or not needed <= set(chosen) <= set(HYPERPARAMETERS):
        raise Malformed("its state has other fields than a state has")
    try:
        hyperparameters = Hyperparameters(**chosen)
    except (InvalidInput, TypeError) as error:
        raise Malformed(f"its hyperparameters are not allowed: {error}") from error
    return scalars, hyperparameters


def _config(chosen: dict[str, Any]) -> RunConfig:
    try:
        return RunConfig(**{**_BEFORE_ENGINES, **chosen})
    except (InvalidInput, TypeError) as error:
        raise Malformed(f"its config is not allowed: {error}") from error


def _origin(parent: object) -> Origin:
    if not isinstance(parent, dict):
        raise Malformed(f"its parent is {parent!r:.60}")
    session, run, digest = (field(parent, name, str) for name in ("session", "run", "digest"))
    before = whole(parent, "before") if "before" in parent else None
    return Origin(session, run, whole(parent, "iteration"), digest, before)


def _values(values: dict[str, Any]) -> dict[str, Value]:
    for name, value in values.items():
        if name not in HYPERPARAMETERS or isinstance(value, bool) or not isinstance(value, float | int | str):
            raise Malformed(f"it sets {name!r:.40} to {value!r:.40}")
    return values


def _evaluation(entry: object) -> Evaluation:
    if not isinstance(entry, list) or len(entry) != 3:
        raise Malformed(f"its evaluation {entry!r:.60} is not iteration, cost and accuracy")
    iteration, cost, accuracy = entry
    if type(iteration) is not int or not 0 <= iteration < 2**63:
        raise Malformed(f"its evaluation {entry!r:.60} is of no iteration")
    return Evaluation(iteration, _number(cost), _number(accuracy))


def _number(value: object) -> float:
    if type(value) is float:
        return value
    if isinstance(value, str) and value in _NO_NUMBERS:
        return _NO_NUMBERS[value]
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e308:
        raise Malformed(f"{value!r:.60} stands where a number should")
    return float(value)


_BEFORE_ENGINES = {"engine": "reference"}
"""What the first sessions do not say, because there was no choice."""

_COUNTS = ("iteration", "epoch", "offset", "schedule_epoch", "schedule_offset")
