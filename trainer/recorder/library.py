"""The library: the sessions in one folder, found by name, renamed, annotated, deleted and taken in from elsewhere."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from trainer.engine.commands import PAGE, Actor
from trainer.errors import InvalidInput, SessionDamaged, SessionError, SessionNotFound
from trainer.paths import paths_of
from trainer.recorder.import_session import import_session
from trainer.recorder.lock import is_locked
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Record
from trainer.recorder.session import read_session
from trainer.recorder.session_log import SessionLog
from trainer.recorder.summary import Summary, summarise
from trainer.recorder.writer import Writer

SUFFIX = ".panda"
CHECKED_AT_ONCE = 1 << 26
"""Files up to this size are checked to the last byte before their state is told; larger ones when they are opened."""
_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Stamp:
    """Which content of a file: as long as it is the same, what was read of it holds."""

    modified: int
    size: int

    def __str__(self) -> str:
        return f"{self.modified}-{self.size}"


@dataclass(frozen=True)
class Unreadable:
    """A file in the folder that is no session, or one of a newer Panda; `why` is a sentence."""

    path: Path
    why: str


def sessions_in(folder: Path) -> list[Summary | Unreadable]:
    """Every session of a folder in short, newest first; what cannot be read comes last."""
    found: list[Summary] = []
    unreadable: list[Summary | Unreadable] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            found.append(summary_of(path))
        except SessionNotFound:
            continue  # deleted since the folder was listed
        except SessionError as error:
            unreadable.append(Unreadable(path, str(error)))
    return [*sorted(found, key=lambda summary: summary.created, reverse=True), *unreadable]


def summary_of(path: Path) -> Summary:
    """A session in short, read again only where the file has changed or is being recorded; raises as `summarise`."""
    summary = _summary(path, stamp(path))
    # its process may have died without a trace in the file
    return summarise(path) if summary.state == "recording" else summary


def interrupted_lately(folder: Path) -> Summary | None:
    """The session that was written to last, if its run did not come to an end of its own; else None.

    Files that this Panda cannot read do not count, as the Sessions page says what is wrong with them, nor do sessions
    in which no run has begun.
    """
    stamped = []
    for path in folder.glob(f"*{SUFFIX}"):
        with contextlib.suppress(SessionError):  # deleted meanwhile
            stamped.append((stamp(path).modified, path))
    for _, path in sorted(stamped, reverse=True):
        try:
            latest = summary_of(path)
        except SessionError:
            continue
        if not latest.runs:
            continue
        # a session that was cut is closed when it is renamed or annotated, but its run has no end for that
        interrupted = latest.state in ("cut", "closed") and latest.ended in (None, "interrupted")
        return latest if interrupted else None
    return None


def find_session(folder: Path, name: str) -> Path:
    """The file of that name in the folder, and nowhere else; raises SessionNotFound."""
    for file in paths_of(name):
        path = folder / file
        if path.parent == folder and path.suffix == SUFFIX and path.is_file():
            return path
    raise SessionNotFound(f"there is no session {name[:80]!r} here")


def file_of_session(folder: Path, session_id: str) -> Path | None:
    """The session of that id in a folder, by the first record of its files; None where it is not there."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with contextlib.suppress(SessionError), closing(RecordReader(path, payloads=False)) as reader:
            first = next(reader.read(), None)
            if isinstance(first, Record) and first.kind == "session" and first.body.get("id") == session_id:
                return path
    return None


def is_recorded(path: Path) -> bool:
    """Whether a process records the session right now."""
    with path.open("rb") as file:
        return is_locked(file.fileno())


def stamp(path: Path) -> Stamp:
    """Of a file as it is now; raises SessionNotFound or SessionError."""
    try:
        now = path.stat()
    except FileNotFoundError as error:
        raise SessionNotFound(f"there is no session {path}") from error
    except OSError as error:
        raise SessionError(f"cannot read {path}: {error.strerror}") from error
    return Stamp(now.st_mtime_ns, now.st_size)


def rename_session(path: Path, name: str) -> None:
    """Give a session that is not being recorded another name.

    Raises
    ------
    InvalidInput : the name is empty or too long
    SessionLocked, SessionDamaged : it cannot be written to
    RecordingError : the disk takes nothing
    """
    check_name(name)
    log = _reopened(path)
    try:
        log.rename(name.strip())
    finally:
        log.close()


def annotate_session(path: Path, text: str, *, actor: Actor = PAGE, run: str = "", iteration: int = 0) -> None:
    """Add a note to a session that is not being recorded, on all of it or an iteration of a run; raises as renaming."""
    check_remark(text)
    log = _reopened(path)
    try:
        log.add_note(text.strip(), actor=actor, run=run, iteration=iteration)
    finally:
        log.close()


def check_name(name: str) -> None:
    """Raise InvalidInput where a name says nothing."""
    if not name.strip():
        raise InvalidInput("a session's name must not be empty")


def check_remark(text: str) -> None:
    """Raise InvalidInput where a remark says nothing."""
    if not text.strip():
        raise InvalidInput("a note must not be empty")


def delete_session(path: Path) -> None:
    """Remove the file; raises SessionLocked while it is being recorded, SessionNotFound where it is gone already."""
    writer = Writer.open(path)  # holds the lock, so that no recording begins between asking and removing
    writer.discard()


def take_in(folder: Path, name: str, content: BinaryIO) -> Path:
    """Import a session from elsewhere into the folder; `name` is only what it was called there.

    Raises
    ------
    as `import_session`
    """
    with tempfile.TemporaryDirectory() as private:
        source = Path(private) / f"upload{SUFFIX}"
        with source.open("wb") as file:
            shutil.copyfileobj(content, file)
        try:
            return import_session(source, folder)
        except SessionError as error:
            raise type(error)(str(error).replace(str(source), name).replace(source.name, name)) from error


def pieces(path: Path, size: int) -> Iterator[bytes]:
    """The first `size` bytes of a file, piece by piece; any copy of a session holds its whole records."""
    with path.open("rb") as file:
        while size > 0 and (piece := file.read(min(_AT_ONCE, size))):
            yield piece
            size -= len(piece)


def _reopened(path: Path) -> SessionLog:
    if (session := read_session(path)).damage:
        raise SessionDamaged(f"{path.name} is damaged ({session.damage[0]}), so nothing more is written to it")
    return SessionLog.reopen(path)


@lru_cache(maxsize=1024)
def _summary(path: Path, stamp: Stamp) -> Summary:
    return summarise(path, payloads=stamp.size <= CHECKED_AT_ONCE)
