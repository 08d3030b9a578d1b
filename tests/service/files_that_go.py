"""A live run whose file goes, as its messages tell it, and what the page has of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until
from trainer.engine.events import Event
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.session import read_session
from trainer.recorder.session_log import SessionLog
from trainer.service.controller import Controller


def told(controller: Controller, **message: object) -> dict[str, Any]:
    return controller.ask(message).result(30)


def begun(controller: Controller) -> Path:
    """A run under way, of which something is recorded."""
    answer = told(controller, do="start", config={"data": "iris", "layers": (8,)}, hyperparameters={})
    assert answer["status"] == "applied"
    wait_until(lambda: controller.curve().iteration >= 100)
    assert controller.path is not None
    return controller.path


def wait_for_state(controller: Controller, state: str) -> dict[str, Any]:
    wait_until(lambda: controller.status()["state"] == state)
    return controller.status()


def removed_before(kind: type[Event], path: Path) -> AbstractContextManager[None]:
    return changed_before(kind, path, Path.unlink)


def cut_before(kind: type[Event], path: Path) -> AbstractContextManager[None]:
    return changed_before(kind, path, lambda path: os.truncate(path, 0))


@contextmanager
def changed_before(kind: type[Event], path: Path, change: Callable[[Path], object]) -> Iterator[None]:
    """Something happens to the file just before an event of this kind is recorded."""
    record = SessionLog.record

    def gone(log: SessionLog, event: Event) -> None:
        if isinstance(event, kind) and log.path == path:
            change(path)
        record(log, event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SessionLog, "record", gone)
        yield


def notes(controller: Controller) -> list[str]:
    found = controller.status()["notes"]
    assert isinstance(found, tuple)
    return [note["note"] for note in found]


def shown(controller: Controller) -> tuple[int, list[str], list[str]]:
    """What the page has of the run: where its curve begins, the notes of its interventions, its other notes."""
    curve = controller.curve()
    return curve.start, [change.note for change in curve.interventions], notes(controller)


def recorded(path: Path) -> tuple[int, list[str], list[str]]:
    """The same of the latest run and its ancestors, from the file."""
    session = read_session(path)
    line = with_ancestors(session, list(session.runs.values())[-1])
    texts = [note.text for note in sorted(line.notes, key=lambda note: note.iteration)]
    return line.initial.iteration, [change.note for change in line.interventions], texts
