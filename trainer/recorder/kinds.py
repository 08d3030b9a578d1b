"""The kinds of records: one entry each, and the only place where a kind is known by name.

An entry says which fields a record of this kind has, how an event becomes one, what a reader makes of it, and how it
is told in a line. To add a kind is to add its entry (and the event that it records): without more, a reader keeps and
shows it among the moments of its run.

Fields that every record has (`seq`, `kind`, `run`, `iteration`, `time`, `prev`, `hash`, perhaps `payload`) are those of
`records.py`. A kind that is newer than format 1 also says in each record whether it changes the state of its run
(`effect`) and what it means in a line (`text`): so a reader that does not know it can keep it, show it, and tell
whether the run can still be computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trainer.engine.commands import NOTE_LIMIT
from trainer.engine.events import (
    Checkpointed,
    Intervened,
    Noted,
    Origin,
    Paused,
    PlanCancelled,
    Planned,
    PlannedChange,
    Resumed,
    RunEnded,
    RunStarted,
    WentNonFinite,
)
from trainer.engine.wording import change_text, values_text
from trainer.errors import InvalidInput
from trainer.recorder.beginnings import check_beginning
from trainer.recorder.reading import Reading
from trainer.recorder.records import Record
from trainer.recorder.records import field as record_field
from trainer.recorder.records import whole as record_whole

NAME_LIMIT = 200
"""Longest name, in characters."""

_TEXT_LIMIT = 400
"""Longest line of a kind that this version does not know, in characters."""


@dataclass(frozen=True)
class Kind:
    """The entry of one kind of record.

    Attributes
    ----------
    name : as in its records
    fields : its own fields; those with a state also have "state" and "digest", and its tensors as payload
    event : class of the event that it records; None where no event of a run does
    encode : the fields of an event, but for state and actor
    read : hands a record to a `Reading`
    decode : what a record says beyond its line, kept with the moment that it is; None where there is no more
    with_state : whether a record carries a whole TrainingState
    effect : whether what comes after it in its run depends on it
    ends_nothing : whether it may follow the end of its run, which stays ended
    text : a line for people, from the fields of a record
    since : format that has it first
    """

    name: str
    fields: tuple[str, ...] = ()
    event: type | None = None
    encode: Callable[[Any], dict[str, Any]] = lambda event: {}
    read: Callable[[Reading, Record], None] = lambda reading, record: reading.moment(record)
    decode: Callable[[Record], Any] | None = None
    with_state: bool = False
    effect: bool = False
    ends_nothing: bool = False
    text: Callable[[Mapping[str, Any]], str] = lambda body: ""
    since: int = 1


def _intervention(event: Intervened) -> dict[str, Any]:
    check_text("a note", event.note, NOTE_LIMIT)
    before, after = dict(event.before), dict(event.after)
    fulfils = {"plan": event.plan} if event.plan else {}
    return {"index": event.index, "note": event.note, "before": before, "after": after, **fulfils}


def _noted(event: Noted) -> dict[str, Any]:
    check_text("a note", event.text, NOTE_LIMIT)
    return {"text": event.text}


def _started(event: RunStarted) -> dict[str, Any]:
    plans = [{**_plan(change), "author": change.actor.name, "actor": change.actor.kind} for change in event.plans]
    parent = None if event.parent is None else _origin(event.parent)
    return {"config": event.config.as_recorded(), "parent": parent, **({"plans": plans} if plans else {})}


def _plan(change: PlannedChange) -> dict[str, Any]:
    check_text("a note", change.note, NOTE_LIMIT)
    return {"plan": change.plan, "at": change.at, "changes": dict(change.changes), "note": change.note}


def _planned_text(body: Mapping[str, Any]) -> str:
    return f"{values_text(record_field(body, 'changes', dict))} at iteration {record_whole(body, 'at')}"


def _cancelled_text(body: Mapping[str, Any]) -> str:
    reason = record_field(body, "reason", str)
    return f"{record_field(body, 'plan', str)}{': ' if reason else ''}{reason}"


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "session": origin.session,
        "run": origin.run,
        "iteration": origin.iteration,
        "digest": origin.digest,
        **({} if origin.before is None else {"before": origin.before}),
    }


_ALL = (
    Kind(
        "session",
        ("format", "id", "name", "created", "environment", "fingerprint", "imported"),
        read=lambda reading, record: reading.session(record),
    ),
    Kind(
        "dataset",
        ("name", "m", "m_dev", "inputs", "classes", "dtype", "fingerprint", "stored", "origin"),
        read=lambda reading, record: reading.dataset(record),
    ),
    Kind(
        "run",
        ("config", "parent", "plans"),
        RunStarted,
        _started,
        read=lambda reading, record: reading.run(record),
        with_state=True,
        effect=True,
    ),
    Kind(
        "metrics",
        ("first", "columns", "evaluated", "evaluations", "seconds"),
        read=lambda reading, record: reading.metrics(record),
    ),
    Kind(
        "gauges",
        ("gauges",),
        read=lambda reading, record: reading.gauges(record),
        text=lambda body: "gauges of the network",
        since=2,
    ),
    Kind(
        "intervention",
        ("index", "note", "before", "after", "plan"),
        Intervened,
        _intervention,
        read=lambda reading, record: reading.intervention(record),
        with_state=True,
        effect=True,
        text=lambda body: change_text(body["before"], body["after"]),
    ),
    Kind(
        "plan",
        ("plan", "at", "changes", "note"),
        Planned,
        lambda event: _plan(event.change),
        read=lambda reading, record: reading.plan(record),
        text=_planned_text,
        since=2,
    ),
    Kind(
        "plan-cancelled",
        ("plan", "reason"),
        PlanCancelled,
        lambda event: {"plan": event.plan, "reason": event.reason[:NOTE_LIMIT]},
        read=lambda reading, record: reading.plan_cancelled(record),
        text=_cancelled_text,
        since=2,
    ),
    Kind(
        "checkpoint",
        ("reason",),
        Checkpointed,
        lambda event: {"reason": event.reason},
        read=lambda reading, record: reading.checkpoint(record),
        with_state=True,
    ),
    Kind(
        "note",
        ("text",),
        Noted,
        _noted,
        read=lambda reading, record: reading.note(record),
        ends_nothing=True,
        text=lambda body: record_field(body, "text", str),
    ),
    Kind("rename", ("name",), read=lambda reading, record: reading.rename(record)),
    Kind(
        "paused",
        ("reason",),
        Paused,
        lambda event: {"reason": event.reason},
        text=lambda body: record_field(body, "reason", str),
    ),
    Kind("resumed", (), Resumed),
    Kind(
        "nonfinite",
        ("what",),
        WentNonFinite,
        lambda event: {"what": event.what},
        with_state=True,
        text=lambda body: record_field(body, "what", str),
    ),
    Kind(
        "run-end",
        ("reason", "detail"),
        RunEnded,
        lambda event: {"reason": event.reason, "detail": event.detail[:NOTE_LIMIT]},
        read=lambda reading, record: reading.run_end(record),
        with_state=True,
    ),
    Kind("reopened", ("environment", "cut", "lost", "format", "origin"), read=lambda r, record: r.reopened(record)),
    Kind("session-end", read=lambda reading, record: reading.session_end(record)),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
"""Name → entry."""

BY_EVENT = {kind.event: kind for kind in _ALL if kind.event is not None}
"""Class of event → entry of the kind that records it."""

_OF_ANY, _STATE = ("author", "actor", "effect", "text"), ("state", "digest")


def read(reading: Reading, record: Record) -> None:
    """Have a record taken in, as its kind wants it; an unknown one as a moment. Raises Malformed, UnsupportedFormat."""
    check_beginning(record, "session")
    kind = KINDS.get(record.kind)
    if kind is None:
        reading.moment(record)
    else:
        kind.read(reading, record)


def fields_of(kind: Kind) -> tuple[str, ...]:
    """Every field that a record of this kind may have of its own."""
    return (*kind.fields, *_OF_ANY, *(_STATE if kind.with_state else ()))


def changes_state(record: Record) -> bool:
    """Whether what follows a record in its run depends on it; of an unknown kind, which may not say, it is assumed."""
    known = KINDS.get(record.kind)
    return known.effect if known is not None else record.body.get("effect") is not False


def changes_nothing(kind: str) -> bool:
    """Whether a record of which only the kind is left cannot have changed what follows in a run."""
    return kind in KINDS and not KINDS[kind].effect and kind not in ("session", "dataset", "reopened", "session-end")


def text_of(record: Record) -> str:
    """A record in a line for people; an unknown kind's own words for it, where it has any."""
    known = KINDS.get(record.kind)
    if known is not None:
        return known.text(record.body)
    told = record.body.get("text")
    words = f": {told[:_TEXT_LIMIT]}" if isinstance(told, str) and told else ""
    return f"a record of a newer Panda{words}"


def check_text(what: str, text: str, limit: int) -> None:
    """Raise InvalidInput where a text of a person is too long."""
    if len(text) > limit:
        raise InvalidInput(f"{what} may have at most {limit:,} characters, but this one has {len(text):,}")
