"""RunBuilder: puts a RecordedRun together from the records of a session, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trainer.engine.events import Evaluation
from trainer.engine.hyperparameters import HYPERPARAMETERS, RUN_CONFIG, Hyperparameters, RunConfig, Value
from trainer.errors import InvalidInput
from trainer.recorder.gauges import Block, block_of, columns_of
from trainer.recorder.kinds import KINDS, changes_state
from trainer.recorder.payloads import decode_rows
from trainer.recorder.plans import PlansOfRun
from trainer.recorder.records import Malformed, Record, field, whole
from trainer.recorder.run_records import (
    actor_of,
    evaluation_of,
    measures_of,
    names_of,
    number_of,
    origin_of,
    recorded_moment,
    recorded_note,
    state_scalars,
    unknown_hyperparameters,
)
from trainer.recorder.runs import (
    Column,
    Foreign,
    Initial,
    Moment,
    RecordedCheckpoint,
    RecordedIntervention,
    RecordedNote,
    RecordedRun,
    join,
)

_BEFORE_ENGINES = {"engine": "reference"}
"""What the first sessions do not say, because there was no choice."""


class RunBuilder:
    """Gathers the records of one run. Costs of up to `room` iterations may be missing before a record."""

    def __init__(self, record: Record) -> None:
        """Begin with the `run` record; raises Malformed."""
        body = record.body
        parent = body.get("parent")
        self.run = record.run
        self._parent = None if parent is None else origin_of(parent)
        self._foreign: list[Foreign] = []
        self._config = self._known_config(record)
        self._initial = Initial(record.iteration, self._state(record)[1], field(body, "digest", str), record.seq)
        self._started = record.time
        self._costs = bytearray()  # of float64: it grows in place, and is the array in the end
        self._columns: dict[str, list[Column]] = {}
        self._gauges: list[Block] = []
        self._iteration = record.iteration
        self._evaluations: list[Evaluation] = []
        self._interventions: list[RecordedIntervention] = []
        self._checkpoints: list[RecordedCheckpoint] = []
        self._plans = PlansOfRun(record)
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

    def metrics(self, record: Record, payload: bytes, room: int) -> None:
        """Costs and evaluations of a stretch; raises Malformed."""
        body = record.body
        first, seconds = whole(body, "first"), number_of(body.get("seconds"))
        rows = decode_rows(payload)
        columns = names_of(body, "columns")
        if "cost" not in columns or rows.shape[1] != len(columns):
            raise Malformed(f"its columns are {body.get('columns')!r:.60}, of {rows.shape[1]} with the cost among them")
        gap = first - self._iteration - 1
        measures = measures_of(body)
        evaluations = [evaluation_of(entry, measures) for entry in field(body, "evaluations", list)]
        self._skip(gap, room, f"its iterations begin at {first}")
        for name, column in zip(columns, rows.T, strict=True):
            if name == "cost":
                self._costs += column.tobytes()
            else:
                self._columns.setdefault(name, []).append((first + np.arange(len(column)), column))
        self._iteration += len(rows)
        for evaluation in evaluations:
            if not self._evaluations or evaluation.iteration > self._evaluations[-1].iteration:
                self._evaluations.append(evaluation)
        self._timeline.append((float(self._iteration), seconds, record.seq))
        self._goes_on()

    def gauges(self, record: Record, payload: bytes) -> None:
        """Gauges at some iterations; raises Malformed."""
        self._gauges.append(block_of(record, payload))
        self._goes_on()

    def intervention(self, record: Record, room: int) -> None:
        """A change, and the state before it; raises Malformed."""
        body = record.body
        after = self._values(record, "after")
        before = self._values(record, "before")
        self._goes_on()
        self._interventions.append(
            RecordedIntervention(
                index=whole(body, "index"),
                iteration=record.iteration,
                actor=actor_of(field(body, "author", str), body),
                note=field(body, "note", str),
                before=before,
                after=after,
                digest=field(body, "digest", str),
                seq=record.seq,
                time=record.time,
            )
        )
        self._plans.made(record)
        self.checkpoint(record, room)

    def plan(self, record: Record, room: int) -> None:
        """A change was planned; raises Malformed."""
        self._plans.planned(record)
        self.moment(record, room)

    def plan_cancelled(self, record: Record, room: int) -> None:
        """A planned change will not be made; raises Malformed."""
        text = self._plans.cancelled(record)
        self.moment(record, room)
        self._moments[-1] = replace(self._moments[-1], text=text)  # the record has only the name of the plan

    def note(self, record: Record) -> None:
        """A remark, which may come long after the end; raises Malformed."""
        self._notes.append(recorded_note(record))

    def run_end(self, record: Record, room: int) -> None:
        """The end, and the last state; raises Malformed."""
        self._ended, self._detail = field(record.body, "reason", str), field(record.body, "detail", str)
        self._add_state(record, room)

    def checkpoint(self, record: Record, room: int) -> None:
        """A state; raises Malformed."""
        self._goes_on()
        self._add_state(record, room)

    def moment(self, record: Record, room: int) -> None:
        """Anything else; raises Malformed."""
        moment = recorded_moment(record)
        kind = KINDS.get(record.kind)
        if kind is None or not kind.ends_nothing:
            self._goes_on()
        self._moments.append(moment)
        if kind is None and changes_state(record):
            self._foreign.append(Foreign(record.iteration, record.seq, f"record {record.name}"))
        if kind is not None and kind.with_state:
            self._add_state(record, room)

    def build(self, foreign: Sequence[Foreign]) -> RecordedRun:
        """The run as far as it has come; with what of a newer Panda concerns all runs of the session."""
        return RecordedRun(
            run=self.run,
            parent=self._parent,
            config=self._config,
            initial=self._initial,
            costs=np.frombuffer(self._costs),
            columns={name: join(pieces) for name, pieces in self._columns.items()} | columns_of(self._gauges),
            evaluations=tuple(self._evaluations),
            interventions=tuple(self._interventions),
            checkpoints=tuple(self._checkpoints),
            plans=self._plans.build(self._iteration),
            notes=tuple(self._notes),
            moments=tuple(self._moments),
            foreign=(*foreign, *self._foreign),
            ended=self._ended,
            detail=self._detail,
            timeline=np.array(self._timeline),
            started=self._started,
        )

    def _goes_on(self) -> None:
        self._ended, self._detail = None, ""

    def _skip(self, gap: int, room: int, what: str) -> None:
        """Costs that damage took away."""
        if not 0 <= gap <= room:
            raise Malformed(f"{what}, but {self._iteration} were recorded before")
        if gap:
            self._costs += np.full(gap, np.nan).tobytes()
            self._iteration += gap

    def _add_state(self, record: Record, room: int) -> None:
        scalars, _ = self._state(record)
        if scalars["iteration"] != record.iteration:
            raise Malformed(f"its state is not that of iteration {record.iteration}")
        self._skip(record.iteration - self._iteration, room, f"its state is that of iteration {record.iteration}")
        self._add_checkpoint(record)

    def _add_checkpoint(self, record: Record) -> None:
        digest = field(record.body, "digest", str)
        self._checkpoints.append(RecordedCheckpoint(record.iteration, digest, record.seq, record.kind))

    def _state(self, record: Record) -> tuple[dict[str, Any], Hyperparameters]:
        scalars, hyperparameters = state_scalars(record)
        for name in unknown_hyperparameters(record):
            self._foreign.append(Foreign(record.iteration, record.seq, f"the hyperparameter {name[:40]!r}"))
        return scalars, hyperparameters

    def _values(self, record: Record, which: str) -> dict[str, Value]:
        values = field(record.body, which, dict)
        for name, value in values.items():
            if isinstance(value, bool) or not isinstance(value, float | int | str):
                raise Malformed(f"it sets {name!r:.40} to {value!r:.40}")
            if name not in HYPERPARAMETERS:
                self._foreign.append(Foreign(record.iteration, record.seq, f"the hyperparameter {name[:40]!r}"))
        return values

    def _known_config(self, record: Record) -> RunConfig:
        chosen = {**_BEFORE_ENGINES, **field(record.body, "config", dict)}
        for name in chosen.keys() - RUN_CONFIG.keys():
            self._foreign.append(Foreign(record.iteration, record.seq, f"the choice of {name[:40]!r}"))
        try:
            return RunConfig(**{name: value for name, value in chosen.items() if name in RUN_CONFIG})
        except (InvalidInput, TypeError) as error:
            raise Malformed(f"its config is not allowed: {error}") from error
