"""What a session file begins with: when it is new, and when the one before it was lost while it was written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from trainer.data.dataset import Dataset
from trainer.engine.commands import NOTE_LIMIT, Actor
from trainer.engine.events import Event, Intervened, Noted, Origin, RunStarted
from trainer.errors import SessionError
from trainer.recorder.chain import now
from trainer.recorder.drafts import Draft
from trainer.recorder.environment import environment
from trainer.recorder.origin import origin_fields
from trainer.recorder.records import FORMAT
from trainer.recorder.tensors import draft_of_dataset
from trainer.recorder.writer import Writer


def opening(session_id: str, name: str, dataset: Dataset, path: Path) -> tuple[Draft, Draft]:
    """The first two records of a session in a file at `path`: what it is, and the data trained on.

    Data that are too large to be in it are told of by where they are.
    """
    fields = {
        "format": FORMAT,
        "id": session_id,
        "name": name,
        "created": now(),
        "environment": environment(),
        "fingerprint": dataset.fingerprint,
    }
    data = draft_of_dataset(dataset)
    if not data.fields["stored"]:
        data = replace(data, fields={**data.fields, **origin_fields(dataset.source, path)})
    return Draft("session", fields), data


def begun_again(
    lost: str, at: RunStarted, pending: Event | None, text: str, actor: Actor
) -> tuple[RunStarted, *tuple[Event, ...]]:
    """The run under way as one that begins where it is now, because what was recorded of it is lost.

    Parameters
    ----------
    lost : id of the session that was lost, which the run names as where it came from
    at : the run with its present state
    pending : the event that could not be recorded in the lost file
    text : what happened, for a note

    Returns
    -------
    its beginning, a note, and the event that is pending, as it is in the new file
    """
    parent: Origin | None = Origin(lost, at.run, at.iteration, at.state.digest())
    state = at.state
    match pending:
        case RunStarted(state=begun, parent=origin):
            state = begun
            parent = None if origin is None else replace(origin, session=origin.session or lost)
            pending = None
        case Intervened(state=before):
            state = before
            parent = Origin(lost, at.run, before.iteration, before.digest())
            pending = replace(pending, index=0)
    start = replace(at, state=state, parent=parent, actor=actor)
    both = start, note_anew(text, actor, start)
    return both if pending is None else (*both, pending)


def note_anew(text: str, actor: Actor, at: RunStarted) -> Noted:
    """What happened, as a note; the name of a file in it may be no valid Unicode."""
    valid = text.encode("utf-8", "backslashreplace").decode()
    return Noted(at.run, at.iteration, actor, valid[:NOTE_LIMIT])


def loss_text(what: str, rest: tuple[int, Path] | None, iteration: int, path: Path) -> str:
    """Of a file that was cut or overwritten: how many of its first records are left, and in which file."""
    left = "nothing of it is left"
    if rest is not None:
        count, where = rest
        left = f"its first {f'{count:,} records are' if count > 1 else 'record is'} left, in {where}"
    return f"{what}; {left}. The run goes on from its state at iteration {iteration}, recorded in {path}"


def made_room(writer: Writer, place: str) -> Path:
    """The path for a new file instead of the one that is written; a folder that is gone is made again.

    Parameters
    ----------
    place : where it is wanted; "" is the old path, or one beside it where something stands there

    Raises
    ------
    SessionError : the folder cannot be made
    """
    if place:
        return Path(place)
    path = writer.place_anew()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SessionError(f"the folder {path.parent} cannot be made: {error.strerror}") from error
    return path
