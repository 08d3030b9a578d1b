"""RowsOnDisk: training inputs that stay in their file and are normalised whenever they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.data.normalization import normalize
from trainer.data.row_file import RowFile
from trainer.numerics.data_shift import Shifting
from trainer.numerics.parameters import Vector

_AT_ONCE = 2**20
"""Largest number of elements, rows × inputs, that is read in one call for mini-batches."""


@dataclass(frozen=True, eq=False)
class RowsOnDisk:
    """Stands for the array `(m, n[0])` of normalised training inputs: its rows can be read, not written.

    Reading a normalised copy from another file would be faster: on two cores 1.0 to 1.3 million rows of 100 float32
    numbers a second were read at random, and 2 to 2.7 million normalised, so that reading a mini-batch of 128 takes
    100 to 130 µs and normalising it some 50. But the copy would take as much of the disk again, and would have to be
    written, kept, found again and checked. Each number is normalised by itself, so the bits are those of an array in
    memory.

    Attributes
    ----------
    file : raw inputs of all examples
    rows : `(m,)`, numbers of the training examples in the file, ascending
    mean, deviation : of the training set
    ends : smallest and largest raw value of each input in the training set, `(2, n[0])`
    dtype : of the normalised inputs
    shifting : what becomes of the normalised inputs; None where nothing does
    """

    file: RowFile
    rows: NDArray[np.intp]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    ends: NDArray[np.floating]
    dtype: np.dtype[np.floating]
    shifting: Shifting | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n[0])."""
        return len(self.rows), self.file.shape[1]

    @property
    def at_once(self) -> int:
        """Largest number of rows to ask for in one call: they take a few megabytes."""
        return max(1, _AT_ONCE // self.file.shape[1])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, chosen: slice | NDArray[np.intp]) -> Vector:
        """Normalised inputs of the training examples with these numbers, in memory."""
        X = self._normalized(self.file.take(self.rows[chosen]))
        if self.shifting is None:
            return X
        return self.shifting.shifted(X, np.arange(len(self.rows))[chosen], self.dtype)

    def blocks(self) -> Iterator[Vector]:
        """All normalised inputs in order, in blocks, before any shift."""
        for start, block in self.file.blocks():
            first, last = np.searchsorted(self.rows, (start, start + len(block)))
            yield self._normalized(block[self.rows[first:last] - start])

    def normalized_ends(self) -> Vector:
        """Smallest and largest normalised value of each input, `(2, n[0])`."""
        ends = self._normalized(self.ends)
        return ends if self.shifting is None else self.shifting.ends(ends).astype(self.dtype)

    def _normalized(self, X: NDArray[np.floating]) -> Vector:
        return normalize(X, self.mean, self.deviation, self.dtype)
