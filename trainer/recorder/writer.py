"""Writer: appends to one session file and knows how far it is durable.

Nothing is ever renamed or rewritten: a record is one `pwritev` at the known end, then `fdatasync`, and only when
that has returned, and the path still leads to this file, is it acknowledged. Whatever interrupts this leaves whole
records and perhaps the beginning of one.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import sys
import weakref
from collections import deque
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from trainer.errors import RecordingFailed, RecordingPaused, SessionError, SessionLocked, SessionNotFound
from trainer.recorder.lock import try_to_lock
from trainer.recorder.members import Part
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Damage
from trainer.recorder.whereabouts import TAIL, Whereabouts, read_at


class Writer:
    """The one open file that a session is recorded in, locked.

    Attributes
    ----------
    end : number of its bytes that are durable
    """

    def __init__(self, path: Path, fd: int) -> None:
        """Take over an open descriptor; raises SessionLocked if another writer has the file."""
        self._fd = fd
        self._failure = ""
        try:
            if not try_to_lock(fd):
                raise SessionLocked(f"{path} is being recorded by another process: one records, everybody else watches")
            self._where = Whereabouts(path, fd)
            self.end = os.fstat(fd).st_size
            self._written()
        except BaseException:
            os.close(fd)
            raise
        _OPEN.add(self)

    @property
    def path(self) -> Path:
        """Of the file; another one when it was moved within its folder."""
        return self._where.path

    @property
    def remarks(self) -> tuple[str, ...]:
        """A sentence for each time that the file was not where it was expected and recording went on."""
        return self._where.remarks

    @classmethod
    def create(cls, path: Path) -> Writer:
        """A new file that was not there before, its name durable too.

        Raises
        ------
        SessionError : there is something of that name already, or it cannot be created
        """
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, 0o644)
        except FileExistsError as error:
            raise SessionError(f"{path} exists already: whatever is recorded begins in a new file") from error
        except OSError as error:
            raise SessionError(f"cannot create {path}: {error.strerror}") from error
        writer = cls(path, fd)
        try:
            _sync_directory(path.parent)
        except OSError as error:
            writer.discard()
            raise SessionError(f"cannot create {path}: {error.strerror}") from error
        return writer

    @classmethod
    def open(cls, path: Path) -> Writer:
        """An existing file, to append to.

        Raises
        ------
        SessionNotFound : there is no such file
        SessionLocked : another process records it
        """
        try:
            fd = os.open(path, os.O_RDWR | _FLAGS)
        except FileNotFoundError as error:
            raise SessionNotFound(f"there is no session {path}") from error
        except OSError as error:
            raise SessionError(f"cannot write to {path}: {error.strerror}") from error
        return cls(path, fd)

    def append(self, *parts: Part) -> None:
        """Write these at the end, one after the other, and return when that is durable.

        Raises
        ------
        RecordingPaused : nothing was appended; the file is as before and the same can be tried again
        RecordAstray : something else has cut or overwritten the file
        RecordingFailed : it is not known what is in the file; nothing more will be written to it
        """
        if self._failure:
            raise RecordingFailed(self._failure)
        self._check_content()
        try:
            written = _write_at(self._fd, parts, self.end)
        except OSError as error:
            self._truncate(self.end)
            raise RecordingPaused(f"{self.path} cannot be written now: {error.strerror}; nothing is lost") from error
        self._sync()
        self._where.check_content(self.end, self._tail)  # were it cut just before, there would be a hole
        self.end += written
        self._written()

    def check(self) -> None:
        """Make sure that the path leads to this very file, with all in it; raises RecordAstray where it does not."""
        self._check_content()
        self._where.check(self.end, self._tail)

    def found(self) -> Path | None:
        """Where a file is that has all in it, also after `close`; None where there is none."""
        return self._where.found(self.end, self._tail)

    def place_anew(self) -> Path:
        """Where all can be written anew: the old path, or beside it where something stands there."""
        return self._where.place_anew()

    def save_rest(self) -> tuple[int, Path] | None:
        """How many whole records are left in a file that something else has cut, and where; None where none are.

        They are copied to a new file where the path does not lead to this one any more.
        """
        count, end = self._whole_records()
        if not count:
            return None
        if self._where.is_ours():
            return count, self.path
        with contextlib.suppress(SessionError, RecordingPaused):
            copy = self.copy_to(self.place_anew(), end)
            copy.close()
            return count, copy.path
        return None

    def copy_to(self, path: Path, end: int | None = None) -> Writer:
        """A new file with all that was written to this one, or its beginning up to `end`; durable and locked.

        Raises
        ------
        SessionError : there is something of that name already, or it cannot be created
        RecordingPaused : the disk takes nothing, or this file gives nothing; no new file is left behind
        """
        end = self.end if end is None else end
        new = Writer.create(path)
        try:
            for offset in range(0, end, _PIECE):
                size = min(_PIECE, end - offset)
                piece = read_at(self._fd, size, offset)
                if len(piece) < size:
                    raise OSError(errno.EIO, "it was cut meanwhile")
                _write_at(new._fd, (piece,), offset)
            _sync_file(new._fd)
        except OSError as error:
            new.discard()
            raise RecordingPaused(f"the record cannot be copied to {path} now: {error.strerror}") from error
        new.end = end
        new._written()
        return new

    def cut(self, end: int) -> None:
        """Remove what follows `end`, durably; raises RecordingFailed."""
        self._truncate(end)
        self._sync()
        self.end = end
        self._written()

    def close(self) -> None:
        """Close the file, which releases the lock; a second time does nothing."""
        if self in _OPEN:
            _OPEN.discard(self)
            os.close(self._fd)

    def discard(self) -> None:
        """Close the file and remove it, where the path still leads to it."""
        ours = self._where.is_ours()
        if sys.platform == "win32":  # which does not remove a file that is open
            self.close()
        if ours:
            self.path.unlink(missing_ok=True)
        self.close()

    def _written(self) -> None:
        """Remember what the file looks like after this writer has written to it."""
        length = min(TAIL, self.end)
        self._tail = read_at(self._fd, length, self.end - length)
        self._modified = os.fstat(self._fd).st_mtime_ns

    def _check_content(self) -> None:
        """Make sure that nothing else has written to the file; raises RecordAstray where that has changed its bytes.

        The time of its last change tells whether to look: then all of it is read.
        """
        own = self._where.check_content(self.end, self._tail)
        if own.st_mtime_ns != self._modified:
            if self._whole_records()[1] < self.end:
                raise self._where.overwritten()
            self._modified = own.st_mtime_ns

    def _whole_records(self) -> tuple[int, int]:
        """How many whole records the file begins with, and where they end."""
        count = end = 0
        path = self.path if self._where.is_ours() else Path(f"/dev/fd/{self._fd}")
        with contextlib.suppress(SessionError), closing(RecordReader(path)) as reader:
            for found in reader.read():
                if isinstance(found, Damage):
                    break
                count, end = count + 1, found.end
        return count, end

    def _truncate(self, end: int) -> None:
        try:
            os.ftruncate(self._fd, end)
        except OSError as error:
            self._fail(f"{self.path} cannot be cut back to its last whole record: {error.strerror}", error)
        self._modified = os.fstat(self._fd).st_mtime_ns

    def _sync(self) -> None:
        try:
            _sync_file(self._fd)
        except OSError as error:
            self._fail(
                f"the disk did not confirm what was written to {self.path} ({error.strerror}), so this file takes"
                f" no more records; go on in a new one",
                error,
            )

    def _fail(self, what: str, error: OSError) -> None:
        self._failure = what
        raise RecordingFailed(what) from error


_OPEN: weakref.WeakSet[Writer] = weakref.WeakSet()
_PARTS_AT_ONCE = 1024
"""As many as every system that has `pwritev` takes (IOV_MAX)."""

_PIECE = 1 << 20
"""Bytes that are copied at a time."""

_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def _close_in_child() -> None:
    """A forked child gives up its copies of the descriptors: they would keep the lock when the recorder dies."""
    for writer in list(_OPEN):
        writer.close()


def _write_at(fd: int, parts: Iterable[Part], offset: int) -> int:
    """Write these at an offset, all of them; returns how many bytes that were."""
    rest, end = deque(memoryview(part) for part in parts), offset
    while rest:
        if sys.platform == "win32":
            os.lseek(fd, end, os.SEEK_SET)
            written = os.write(fd, rest[0])
        else:
            written = os.pwritev(fd, tuple(itertools.islice(rest, _PARTS_AT_ONCE)), end)
        end += written
        while rest and written >= len(rest[0]):
            written -= len(rest.popleft())
        if written:
            rest[0] = rest[0][written:]
    return end - offset


def _sync_file(fd: int) -> None:
    if sys.platform == "linux":
        os.fdatasync(fd)
    elif sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
    else:
        os.fsync(fd)


def _sync_directory(directory: Path) -> None:
    if sys.platform == "win32":
        return
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_close_in_child)
