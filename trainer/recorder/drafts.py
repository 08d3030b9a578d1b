"""Drafts: what is to be recorded, as a record that has not been given its place in the chain."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trainer.engine.commands import NOTE_LIMIT, Actor
from trainer.engine.events import Evaluation, Event
from trainer.engine.state import TrainingState
from trainer.recorder.kinds import BY_EVENT, check_text
from trainer.recorder.payloads import encode_tensors
from trainer.recorder.records import Payload


@dataclass(frozen=True)
class Draft:
    """A record that has not been given its place in the chain."""

    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    run: str = ""
    iteration: int = 0
    payload: Payload | None = None


def draft_of_event(event: Event) -> Draft:
    """The record of any event but `Trained`, which is gathered; raises InvalidInput where a text in it is too long."""
    kind = BY_EVENT[type(event)]
    fields = kind.encode(event)
    actor: Actor | None = getattr(event, "actor", None)
    if actor is not None:
        fields |= author_fields(actor)
    if kind.since > 1:
        fields |= {"effect": kind.effect, "text": kind.text(fields)}
    if not kind.with_state:
        return Draft(kind.name, fields, event.run, event.iteration)
    state: TrainingState = event.state  # type: ignore[union-attr]
    fields |= {"state": state.scalars(), "digest": state.digest()}
    return Draft(kind.name, fields, event.run, state.iteration, encode_tensors(state.tensors))


def note(text: str, actor: Actor, run: str, iteration: int) -> Draft:
    """A remark about an iteration of a run, or about the session where that is ""; raises InvalidInput if too long."""
    check_text("a note", text, NOTE_LIMIT)
    return Draft("note", {**author_fields(actor), "text": text}, run, iteration)


def author_fields(actor: Actor) -> dict[str, str]:
    """Who gave a command, as its record has it."""
    return {"author": actor.name, "actor": actor.kind}


def evaluation_as_list(evaluation: Evaluation, names: tuple[str, ...]) -> list[Any]:
    """Iteration, cost, accuracy and further measures, JSON-ready: what is not finite becomes its name."""
    values = (evaluation.dev_cost, evaluation.dev_accuracy, *(evaluation.measures[name] for name in names))
    return [evaluation.iteration, *(_number(value) for value in values)]


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else repr(float(value))
