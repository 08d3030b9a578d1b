"""What the records of a run say, checked: states, remarks, evaluations and whatever else happened."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from trainer.engine.commands import Actor
from trainer.engine.events import Evaluation, Origin
from trainer.engine.hyperparameters import HYPERPARAMETERS, Hyperparameters
from trainer.errors import InvalidInput
from trainer.recorder.kinds import KINDS, text_of
from trainer.recorder.records import Malformed, Record, field, whole
from trainer.recorder.runs import Moment, RecordedNote

_NO_NUMBERS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def recorded_note(record: Record) -> RecordedNote:
    """A remark from its record; raises Malformed."""
    author, text = field(record.body, "author", str), field(record.body, "text", str)
    return RecordedNote(record.run, record.iteration, actor_of(author, record.body), text, record.seq, record.time)


def recorded_moment(record: Record) -> Moment:
    """Anything that happened, from its record; raises Malformed."""
    body, kind = record.body, KINDS.get(record.kind)
    if kind is not None:
        for name in kind.fields:
            if name not in body:
                raise Malformed(f"its field {name!r} is missing")
    value = None if kind is None or kind.decode is None else kind.decode(record)
    author = body.get("author")
    actor = actor_of(author, body) if isinstance(author, str) else None
    return Moment(record.kind, record.iteration, text_of(record), record.seq, record.time, actor, value)


def state_scalars(record: Record) -> tuple[dict[str, Any], Hyperparameters]:
    """What a record says of its state beside the tensors, checked; raises Malformed.

    Hyperparameters that this version does not know are left out: see `unknown_hyperparameters`.
    """
    scalars = dict(field(record.body, "state", dict))
    counts = {name: whole(scalars, name) for name in _COUNTS}
    weights = {name: number_of(scalars.get(name)) for name in ("v_weight", "s_weight")}
    chosen = field(scalars, "hyperparameters", dict)
    needed = {name for name, spec in HYPERPARAMETERS.items() if spec.since == 1}
    if set(scalars) != {*counts, *weights, "hyperparameters"} or not needed <= set(chosen):
        raise Malformed("its state has other fields than a state has")
    known = {name: value for name, value in chosen.items() if name in HYPERPARAMETERS}
    try:
        hyperparameters = Hyperparameters(**known)
    except (InvalidInput, TypeError) as error:
        raise Malformed(f"its hyperparameters are not allowed: {error}") from error
    scalars["hyperparameters"] = known
    return scalars, hyperparameters


def unknown_hyperparameters(record: Record) -> list[str]:
    """Those in the state of a record that this version does not know, as a newer one may."""
    return [name for name in record.body["state"]["hyperparameters"] if name not in HYPERPARAMETERS]


def origin_of(parent: object) -> Origin:
    """Where a run came from; raises Malformed."""
    if not isinstance(parent, dict):
        raise Malformed(f"its parent is {parent!r:.60}")
    session, run, digest = (field(parent, name, str) for name in ("session", "run", "digest"))
    before = whole(parent, "before") if "before" in parent else None
    return Origin(session, run, whole(parent, "iteration"), digest, before)


def actor_of(author: str, body: Mapping[str, Any]) -> Actor:
    """Who gave a command; records of format 1 have only the author, which is "cli" or of a person at the page."""
    kind = body.get("actor", "cli" if author == "cli" else "person")
    if not isinstance(kind, str):
        raise Malformed(f"its actor is {kind!r:.60}")
    return Actor(kind, author)  # type: ignore[arg-type]  # a newer version may have further kinds


def names_of(body: Mapping[str, Any], which: str) -> list[str]:
    """Names of columns, each once; raises Malformed."""
    names = field(body, which, list)
    if not all(isinstance(name, str) and name for name in names) or len(set(names)) != len(names):
        raise Malformed(f"its {which} are {names!r:.60}, not names of which each stands once")
    return names


def measures_of(body: Mapping[str, Any]) -> list[str]:
    """What follows iteration, dev cost and dev accuracy in each evaluation; nothing in format 1."""
    if "evaluated" not in body:
        return []
    names = names_of(body, "evaluated")
    if names[:2] != ["dev_cost", "dev_accuracy"]:
        raise Malformed(f"its evaluations are of {names!r:.60}, not of dev cost and accuracy first")
    return names[2:]


def evaluation_of(entry: object, measures: list[str]) -> Evaluation:
    """An evaluation with its further measures; raises Malformed."""
    if not isinstance(entry, list) or len(entry) != 3 + len(measures):
        raise Malformed(f"its evaluation {entry!r:.60} is not iteration, cost and accuracy{' …' if measures else ''}")
    iteration, cost, accuracy = entry[:3]
    if type(iteration) is not int or not 0 <= iteration < 2**63:
        raise Malformed(f"its evaluation {entry!r:.60} is of no iteration")
    found = {name: number_of(value) for name, value in zip(measures, entry[3:], strict=True)} if measures else {}
    return Evaluation(iteration, number_of(cost), number_of(accuracy), found)


def number_of(value: object) -> float:
    """A number, or the name of one that is not finite; raises Malformed."""
    if type(value) is float:
        return value
    if isinstance(value, str) and value in _NO_NUMBERS:
        return _NO_NUMBERS[value]
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e308:
        raise Malformed(f"{value!r:.60} stands where a number should")
    return float(value)


_COUNTS = ("iteration", "epoch", "offset", "schedule_epoch", "schedule_offset")
