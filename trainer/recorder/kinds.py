"""The kinds of records and what each says: where events become records, and which fields a record may have.

Fields that every record has (`seq`, `kind`, `run`, `iteration`, `time`, `prev`, `hash`, perhaps `payload`) are those
of `records.py`; here is what is particular to each kind.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trainer.data.dataset import Dataset
from trainer.engine.commands import NOTE_LIMIT
from trainer.engine.events import (
    Checkpointed,
    Evaluation,
    Event,
    Intervened,
    Noted,
    Origin,
    Paused,
    Resumed,
    RunEnded,
    RunStarted,
    WentNonFinite,
)
from trainer.engine.state import TrainingState
from trainer.errors import InvalidInput
from trainer.recorder.payloads import encode_tensors
from trainer.recorder.records import Payload

DATASET_LIMIT = 64 * 1024 * 1024
"""Arrays of a data set up to this many bytes are stored; of a larger one the fingerprint and the description."""

NAME_LIMIT = 200
"""Longest name, in characters."""

_STATE = ("state", "digest")
FIELDS: dict[str, tuple[str, ...]] = {
    "session": ("format", "id", "name", "created", "environment", "fingerprint", "imported"),
    "dataset": ("name", "m", "m_dev", "inputs", "classes", "dtype", "fingerprint", "stored"),
    "run": ("config", "parent", *_STATE),
    "metrics": ("first", "columns", "evaluations", "seconds"),
    "intervention": ("index", "author", "note", "before", "after", *_STATE),
    "checkpoint": ("reason", *_STATE),
    "note": ("author", "text"),
    "rename": ("name",),
    "paused": ("reason",),
    "resumed": (),
    "nonfinite": ("what", *_STATE),
    "run-end": ("reason", "detail", *_STATE),
    "reopened": ("environment", "cut", "lost"),
    "session-end": (),
}
"""Kind → its own fields. Those with a state carry its tensors as payload."""

WITH_STATE = frozenset(kind for kind, names in FIELDS.items() if "state" in names)


@dataclass(frozen=True)
class Draft:
    """A record that has not been given its place in the chain."""

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    run: str = ""
    iteration: int = 0
    payload: Payload | None = None


def draft_of_event(event: Event) -> Draft:
    """The record of any event but `Trained`, which is gathered into stretches."""
    run, iteration = event.run, event.iteration
    fields: dict[str, Any]
    match event:
        case RunStarted(config=config, parent=parent):
            fields = {"config": config.as_recorded(), "parent": None if parent is None else _origin(parent)}
            return _with_state("run", run, fields, event.state)
        case Intervened():
            check_text("a note", event.note, NOTE_LIMIT)
            fields = {"index": event.index, "author": event.author, "note": event.note}
            fields |= {"before": dict(event.before), "after": dict(event.after)}
            return _with_state("intervention", run, fields, event.state)
        case Checkpointed():
            return _with_state("checkpoint", run, {"reason": event.reason}, event.state)
        case Noted(author=author, text=text):
            return note(text, author, run, iteration)
        case Paused(reason=reason):
            return Draft("paused", {"reason": reason}, run, iteration)
        case Resumed():
            return Draft("resumed", {}, run, iteration)
        case WentNonFinite(what=what):
            return _with_state("nonfinite", run, {"what": what}, event.state)
        case RunEnded(reason=reason, detail=detail):
            return _with_state("run-end", run, {"reason": reason, "detail": detail[:NOTE_LIMIT]}, event.state)
    raise TypeError(f"{type(event).__name__} is not an event of its own record")


def note(text: str, author: str, run: str, iteration: int) -> Draft:
    """A remark; raises InvalidInput if it is too long."""
    check_text("a note", text, NOTE_LIMIT)
    return Draft("note", {"author": author, "text": text}, run, iteration)


def draft_of_dataset(dataset: Dataset) -> Draft:
    """The data set: its description, and its arrays if they are small enough."""
    tensors = {} if dataset.on_disk else dataset.tensors()
    stored = bool(tensors) and sum(tensor.nbytes for tensor in tensors.values()) <= DATASET_LIMIT
    description = json.dumps(dataset.description(), ensure_ascii=False, allow_nan=False).encode()
    payload = {"description": np.frombuffer(description, np.uint8), **(tensors if stored else {})}
    fields = {
        "name": dataset.name,
        "m": dataset.m,
        "m_dev": len(dataset.y_dev),
        "inputs": dataset.X_train.shape[1],
        "classes": len(dataset.classes),
        "dtype": str(dataset.X_train.dtype),
        "fingerprint": dataset.fingerprint,
        "stored": stored,
    }
    return Draft("dataset", fields, payload=encode_tensors(payload))


def evaluation_as_list(evaluation: Evaluation) -> list[Any]:
    """Iteration, cost and accuracy, JSON-ready: a cost that is not finite becomes its name."""
    return [evaluation.iteration, _number(evaluation.dev_cost), _number(evaluation.dev_accuracy)]


def check_text(what: str, text: str, limit: int) -> None:
    """Raise InvalidInput where a text of a person is too long."""
    if len(text) > limit:
        raise InvalidInput(f"{what} may have at most {limit:,} characters, but this one has {len(text):,}")


def _with_state(kind: str, run: str, fields: Mapping[str, Any], state: TrainingState) -> Draft:
    fields = {**fields, "state": state.scalars(), "digest": state.digest()}
    return Draft(kind, fields, run, state.iteration, encode_tensors(state.tensors))


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "session": origin.session,
        "run": origin.run,
        "iteration": origin.iteration,
        "digest": origin.digest,
        **({} if origin.before is None else {"before": origin.before}),
    }


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else repr(float(value))
