"""RowFile: a matrix that is too large for memory and stays in its file, one example per row."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from trainer.errors import InvalidData

IN_MEMORY = 2**28
"""Inputs of more bytes than this stay in their file, where the kind of file allows it."""

BLOCK = 2**20
"""Largest block, rows × inputs, that is read at a time; its float64 copy has 8 MiB."""


class RowFile:
    """Reads rows of numbers from a file, one after the other or at random, and keeps none of them.

    Each row is read by one call of the system, not from a memory map. The pages of a map that have been read count as
    memory of the process until they are unmapped, and with each row the system maps up to 2 MiB around it. On two busy
    cores, rows of 400 bytes in the system's cache were read and normalised at these rates, in millions a second: 1.1
    from a map that is never unmapped, until the process holds the whole file; 0.13 to 0.19 from a map that is kept
    below 50 to 150 MB; 0.4 by calls from Python; 0.6 to 0.8 by calls from compiled code, which does not wait for the
    interpreter's lock. Besides, a process that reads a mapped file while it is cut is killed.

    Attributes
    ----------
    shape : (rows, numbers in a row)
    dtype : of the numbers in the file
    """

    def __init__(self, file: BinaryIO, offset: int, shape: tuple[int, int], dtype: np.dtype[Any]) -> None:
        """The rows that begin at byte `offset` of an open file, which is closed when this object is deleted."""
        self.shape, self.dtype = shape, dtype
        self._descriptor, self._offset, self._row = file.fileno(), offset, shape[1] * dtype.itemsize
        weakref.finalize(self, file.close)
        self._as_opened = self._identity()
        self._look_first = self._knows_its_cache()
        self._advise("POSIX_FADV_RANDOM")

    def blocks(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """All rows in order, in blocks: the number of the first row, and the rows, valid until the next block."""
        memory: NDArray[Any] = np.empty((0, self.shape[1]), self.dtype)
        self._advise("POSIX_FADV_SEQUENTIAL")
        for start, stop in block_limits(self.shape):
            if not len(memory):
                memory = np.empty((stop, self.shape[1]), self.dtype)
            block = memory[: stop - start]
            self._check_unchanged()
            self._read(block.view(np.uint8).reshape(-1).data, self._offset + start * self._row)
            yield start, block
        self._advise("POSIX_FADV_RANDOM")

    def take(self, indices: NDArray[np.intp]) -> NDArray[Any]:
        """Copies of the rows with these numbers."""
        # the compiler takes a while to load, and data in memory do not need it
        from trainer.compiled.rows import read_rows

        taken: NDArray[Any] = np.empty((len(indices), self.shape[1]), self.dtype)
        memory = taken.view(np.uint8)
        self._check_unchanged()
        places = self._offset + indices.astype(np.int64) * self._row
        done = 0
        while (done := done + read_rows(self._descriptor, places[done:], memory[done:], self._look_first)) < len(
            memory
        ):
            self._read(memory[done].data, int(places[done]))  # in several pieces, or it raises the reason
            done += 1
        return taken

    def _read(self, memory: memoryview, place: int) -> None:
        done = os.preadv(self._descriptor, [memory], place)
        while done < len(memory):  # one call reads at most 2 GiB
            more = os.preadv(self._descriptor, [memory[done:]], place + done)
            if not more:
                raise InvalidData("the file was cut after it was opened: its numbers cannot be read any more")
            done += more

    @property
    def unchanged(self) -> bool:
        """Whether the file has the size and the time of change that it had when it was opened."""
        return self._identity() == self._as_opened

    def _check_unchanged(self) -> None:
        """Raise InvalidData where the file may hold other numbers than those that were read before."""
        if not self.unchanged:
            raise InvalidData("the file was changed after it was opened: its numbers cannot be read any more")

    def _identity(self) -> tuple[int, int]:
        status = os.fstat(self._descriptor)
        return status.st_size, status.st_mtime_ns

    def _knows_its_cache(self) -> bool:
        """Whether the system can read from its cache alone; not every file system can."""
        if not hasattr(os, "RWF_NOWAIT"):
            return False
        try:
            os.preadv(self._descriptor, [bytearray(1)], self._offset, os.RWF_NOWAIT)
        except BlockingIOError:
            return True  # it can, and the byte was not in the cache
        except OSError:
            return False
        return True

    def _advise(self, advice: str) -> None:
        """Advise the system whether to read ahead: for random rows, that would fill its cache with rows not needed."""
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._descriptor, 0, 0, getattr(os, advice))


def blocks_of(X: NDArray[Any] | RowFile) -> Iterator[tuple[int, NDArray[Any]]]:
    """All rows of an array or a `RowFile` in order, in blocks, as `RowFile.blocks`."""
    if isinstance(X, RowFile):
        yield from X.blocks()
    else:
        for start, stop in block_limits(X.shape):
            yield start, X[start:stop]


def block_limits(shape: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Where blocks begin and end; it depends on the shape alone, so that sums over blocks always have the same bits."""
    rows = max(1, BLOCK // shape[1])
    for start in range(0, shape[0], rows):
        yield start, min(start + rows, shape[0])
