"""Whereabouts: whether a path still leads to the very file that is written, with all in it; and where that has gone.

A file that is open can be removed, moved, replaced by another one or cut, and whoever writes to it learns nothing of
that. So device, inode, size and the last bytes are compared, which takes a few microseconds. A file that only has
another name in the same folder is followed. A drive that gives a file another inode each time is told by what the path
leads to: it has the bytes that were written last.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

from trainer.errors import RecordAstray
from trainer.recorder.new_path import names_anew

TAIL = 1024
"""Bytes at the end that are compared: they hold the whole hash of the last record, and so of all before it."""

_STILL_OPEN = (".nfs", ".fuse_hidden")
"""How a network drive names a file that was removed while it was open."""


class Whereabouts:
    """Of one open file.

    Attributes
    ----------
    path : where the file is, as far as is known
    remarks : a sentence for each time that something was not as expected and recording went on
    """

    def __init__(self, path: Path, fd: int) -> None:
        """Of the file that a path was opened as; `fd` stays open until `check` is called no more."""
        self.path = path
        self.remarks: tuple[str, ...] = ()
        self._absolute = path.absolute()
        self._fd = fd
        own = os.fstat(fd)
        self._identity = (own.st_dev, own.st_ino)
        self._drifts = False

    def check_content(self, end: int, tail: bytes) -> os.stat_result:
        """Make sure that the open file has `end` bytes and ends with `tail`, whatever leads to it.

        Raises
        ------
        RecordAstray : it does not; what was written is lost
        """
        try:
            own = os.fstat(self._fd)
            present = read_at(self._fd, len(tail), end - len(tail))
        except OSError as error:
            raise self._astray(f"cannot be read any more: {error.strerror}", lost=True) from error
        if own.st_size < end:
            raise self._astray(f"was cut to {own.st_size:,} of {end:,} bytes by something else", lost=True)
        if present != tail:
            raise self.overwritten()
        return own

    def overwritten(self) -> RecordAstray:
        """What is to be raised where the bytes of the file are not those that were written."""
        return self._astray("was overwritten by something else", lost=True)

    def check(self, end: int, tail: bytes) -> None:
        """Make sure that the path leads to the open file with all in it; a move within the folder is followed.

        Parameters
        ----------
        end : number of bytes that were written
        tail : the last of them

        Raises
        ------
        RecordAstray : it does not; the sentence says what happened
        """
        own = self.check_content(end, tail)
        self._identity = (own.st_dev, own.st_ino)
        why = errno.ENOENT
        try:
            there = os.stat(self.path)
        except OSError as error:
            there, why = None, error.errno or why
        if there is not None and (there.st_dev, there.st_ino) == self._identity:
            return
        if self._drifts and there is not None and self._has(self.path, end, tail):
            return
        if (moved := self._in_folder()) is not None:
            self.remarks += (f"the file {self.path} was moved, so the session is recorded in {moved} now",)
            self.path, self._absolute = moved, moved.absolute()
        elif there is None and why not in (errno.ENOENT, errno.ENOTDIR):
            raise self._astray(f"cannot be reached: {os.strerror(why)}")
        elif there is None:
            raise self._astray(self._gone(own))
        elif own.st_nlink and self._has(self.path, end, tail):
            self._drifts = True
            self.remarks += (
                f"the drive gives the file {self.path} another number than before; its size and its last record are"
                f" the same, so recording goes on",
            )
        else:
            raise self._astray(f"was replaced by another file{self._elsewhere(own)}")

    def found(self, end: int, tail: bytes) -> Path | None:
        """Where a file has all in it, also when the one that was written is closed, and `path` then; else None."""
        if self._has(self.path, end, tail):
            return self.path
        moved = self._in_folder()
        if moved is None or not self._has(moved, end, tail):
            return None
        self.path = moved
        return moved

    def is_ours(self) -> bool:
        """Whether the path leads to the file that was opened, whatever is in it."""
        try:
            there = os.stat(self.path)
        except OSError:
            return False
        return (there.st_dev, there.st_ino) == self._identity

    def place_anew(self) -> Path:
        """Where all can be written anew: the old path, or beside it where something stands there."""
        try:
            os.getcwd()
        except OSError:
            old = self._absolute  # the folder that a relative path begins in was removed
        else:
            old = self.path
        return old if not os.path.lexists(old) else next(n for n in names_anew(old) if not os.path.lexists(n))

    def _astray(self, what: str, *, lost: bool = False) -> RecordAstray:
        return RecordAstray(f"the file {self.path} {what}", place=str(self.place_anew()), lost=lost)

    def _gone(self, own: os.stat_result) -> str:
        if own.st_nlink and not self._name_now().name.startswith(_STILL_OPEN):
            return f"was moved{self._elsewhere(own)}"
        return "was removed" if self.path.parent.is_dir() else "was removed with its folder"

    def _elsewhere(self, own: os.stat_result) -> str:
        """Where the open file is now, as words; "" where it has no name any more or the system does not tell it."""
        name = self._name_now()
        known = own.st_nlink and name.name and not name.name.startswith(_STILL_OPEN)
        return f", and is {name} now" if known else ""

    def _name_now(self) -> Path:
        """Where the system says that the open file is; "." where it does not say it."""
        try:
            return Path(os.readlink(f"/proc/self/fd/{self._fd}"))
        except OSError:
            return Path()

    def _in_folder(self) -> Path | None:
        """The open file under another name in its folder."""
        device, inode = self._identity
        try:
            with os.scandir(self.path.parent) as entries:
                names = [e.name for e in entries if e.inode() == inode and not e.name.startswith(_STILL_OPEN)]
        except OSError:
            return None
        for path in map(self.path.with_name, sorted(names)):
            try:
                there = os.stat(path, follow_symlinks=False)
            except OSError:
                continue  # it was moved again meanwhile
            if (there.st_dev, there.st_ino) == (device, inode) and stat.S_ISREG(there.st_mode):
                return path
        return None

    def _has(self, path: Path, end: int, tail: bytes) -> bool:
        """Whether a file has the bytes that were written last, in their place."""
        try:
            there = os.stat(path)
            if not stat.S_ISREG(there.st_mode) or there.st_size < end:  # of a pipe, no end would ever come
                return False
            with path.open("rb", buffering=0) as file:
                return read_at(file.fileno(), len(tail), end - len(tail)) == tail
        except OSError:
            return False


def read_at(fd: int, length: int, offset: int) -> bytes:
    """Bytes of a file at an offset, fewer at its end."""
    if sys.platform == "win32":
        os.lseek(fd, offset, os.SEEK_SET)
        return os.read(fd, length)
    return os.pread(fd, length, offset)
