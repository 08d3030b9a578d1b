"""What can be done to the file of a session while it is recorded, and what is said then."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.recorder.sessions import CONFIG, Recording
from trainer.engine.events import RunStarted
from trainer.errors import RecordAstray

Change = Callable[[Path], object]


def _moved_away(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"mine")
    other.replace(path)


def _replaced_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _replaced_by_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _moved_and_another_one_in_its_place(path: Path) -> None:
    _moved_away(path)
    path.write_bytes(b"mine")


def _folder_moved(path: Path) -> None:
    path.parent.rename(path.parent.parent / "old")


def _folder_replaced(path: Path) -> None:
    _folder_moved(path)
    path.parent.mkdir()
    path.write_bytes(b"mine")


WHOLE: list[tuple[Change, str]] = [
    (Path.unlink, "was removed"),
    (lambda path: shutil.rmtree(path.parent), "was removed with its folder"),
    (_moved_away, "was moved, and is {parent}/elsewhere now"),
    (replaced, "was replaced by another file"),
    (_replaced_by_a_folder, "was replaced by another file"),
    (_replaced_by_a_pipe, "was replaced by another file"),
    (_moved_and_another_one_in_its_place, "was replaced by another file, and is {parent}/elsewhere now"),
    (_folder_moved, "was moved, and is {parent}/old/x.panda now"),
    (_folder_replaced, "was replaced by another file, and is {parent}/old/x.panda now"),
]
LOST: list[tuple[Change, str]] = [
    (lambda path: os.truncate(path, 0), "was cut to 0 of {size:,} bytes by something else"),
    (
        lambda path: os.truncate(path, path.stat().st_size - 600),
        "was cut to {rest:,} of {size:,} bytes by something else",
    ),
    (lambda path: path.write_bytes(b"mine" * 10**6), "was overwritten by something else"),
]


def present(recording: Recording) -> RunStarted:
    return RunStarted(recording.run, CONFIG, recording.dataset, recording.loop.state())


def refused(recording: Recording, note: str = "late", **changes: float) -> RecordAstray:
    with pytest.raises(RecordAstray) as caught:
        recording.intervene(note, **(changes or {"momentum": 0.5}))
    return caught.value
