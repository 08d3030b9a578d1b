"""RowFile: a matrix that is too large for memory and stays in its file, one example per row."""

from __future__ import annotations

import mmap
import os
import weakref
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from trainer.errors import InvalidData

IN_MEMORY = 2**28
"""Most bytes of inputs that are read into memory, of a file that can stay on disk."""

BLOCK = 2**22
"""Most numbers, rows × inputs, that are looked at in one go; their float64 copy has 32 MiB."""

_MAPPED = 2**26
"""Bytes of the file, read at random, after which its pages are given back."""

_AROUND = 2**16
"""Bytes that the system maps around each that is read."""


class RowFile:
    """Reads rows of numbers by memory map, one after the other or at random; never more than a part is mapped.

    Pages of a mapped file count as memory of the process until they are given back, which is done after every few
    megabytes; they stay in the system's own cache as long as there is room.

    Attributes
    ----------
    shape : (rows, numbers in a row)
    dtype : of the numbers in the file
    """

    def __init__(self, file: BinaryIO, offset: int, shape: tuple[int, int], dtype: np.dtype[Any]) -> None:
        """The rows that begin at a byte of an open file, which is closed when nobody needs them any more."""
        self.shape, self.dtype = shape, dtype
        self._file = file
        weakref.finalize(self, file.close)
        self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._rows = np.frombuffer(self._map, dtype, shape[0] * shape[1], offset).reshape(shape)
        self._at_once = max(1, _MAPPED // (shape[1] * dtype.itemsize + _AROUND))
        self._taken = 0
        self._as_opened = self._identity()

    def blocks(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """All rows in order, some at a time: the number of the first and the rows, valid until the next are read."""
        self._advise("MADV_SEQUENTIAL")
        for start, stop in block_limits(self.shape):
            self._check_unchanged()
            yield start, self._rows[start:stop]
            self._advise("MADV_DONTNEED")
        self._advise("MADV_NORMAL")

    def take(self, indices: NDArray[np.intp]) -> NDArray[Any]:
        """Copies of the rows with these numbers."""
        taken: NDArray[Any] = np.empty((len(indices), self.shape[1]), self.dtype)
        for start in range(0, len(indices), self._at_once):
            self._check_unchanged()
            some = indices[start : start + self._at_once]
            self._rows.take(some, axis=0, out=taken[start : start + len(some)], mode="clip")
            self._taken += len(some)
            if self._taken >= self._at_once:
                self._advise("MADV_DONTNEED")
                self._taken = 0
        return taken

    def _check_unchanged(self) -> None:
        """Refuse to go on with other numbers; to read what was cut off would end the process."""
        if self._identity() != self._as_opened:
            raise InvalidData("the file was changed after it was opened: its numbers cannot be read any more")

    def _identity(self) -> tuple[int, int]:
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns

    def _advise(self, advice: str) -> None:
        if hasattr(mmap, advice):  # not on every system; there the pages go when others need the memory
            self._map.madvise(getattr(mmap, advice))


def blocks_of(X: NDArray[Any] | RowFile) -> Iterator[tuple[int, NDArray[Any]]]:
    """All rows in order, some at a time, as `RowFile.blocks`; of an array too."""
    if isinstance(X, RowFile):
        yield from X.blocks()
    else:
        for start, stop in block_limits(X.shape):
            yield start, X[start:stop]


def block_limits(shape: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Where blocks begin and end: it depends on the shape alone, and so do the bits of what is added up in blocks."""
    rows = max(1, BLOCK // shape[1])
    for start in range(0, shape[0], rows):
        yield start, min(start + rows, shape[0])
