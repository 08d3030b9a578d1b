"""A Pyramid is a long row of numbers that can be drawn at any width without losing a spike.

Level 0 holds the numbers themselves, level k buckets of 4^k of them with their minimum, maximum and mean. Any stretch
is drawn from the level that fits the pixels; a single extreme value is the minimum or maximum of its bucket at every
level. Appending costs a few vector operations per level, and the memory of each level is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Columns = NDArray[np.float32]

FAN_OUT = 4
_GROWTH = 2**16
_AT_ONCE = 2**15


@dataclass(frozen=True, eq=False)
class Buckets:
    """A stretch of equally wide buckets.

    Attributes
    ----------
    first, size : bucket i holds the numbers `(first + i) size … (first + i + 1) size - 1`
    whole : how many of them are complete; at most the last one is not
    low, high, mean : `(columns, n)`
    """

    first: int
    size: int
    whole: int
    low: Columns
    high: Columns
    mean: Columns

    def __len__(self) -> int:
        return int(self.mean.shape[1])

    @property
    def ends(self) -> NDArray[np.int64]:
        """The number that follows the last one of each, as if all were complete."""
        return (self.first + 1 + np.arange(len(self))) * self.size


class _Level:
    """The complete buckets of one width, `(3, columns, n)`: low, high, mean, or `(1, columns, n)`: mean alone.

    Of more than `capacity` the oldest are forgotten, half of it at a time: how many depends on their number alone.
    """

    def __init__(self, columns: int, parts: int, capacity: int) -> None:
        self._kept = np.empty((parts, columns, min(capacity, 1024)), np.float32)
        self._capacity = capacity
        self.forgotten: int = 0
        self.n: int = 0

    def append(self, values: Columns) -> None:
        end = self.n + values.shape[2]
        half = self._capacity // 2
        forgotten = max(0, -(-end // half) - 2) * half
        if forgotten > self.forgotten:
            kept = self[slice(forgotten, self.n)].copy()
            self._kept[:, :, : kept.shape[2]] = kept
            self.forgotten = forgotten
        self.reserve(end)
        self._kept[:, :, self.n - self.forgotten : end - self.forgotten] = values
        self.n = end

    def reserve(self, n: int) -> None:
        """Set memory aside for n of them."""
        room, needed = self._kept.shape[2], min(n - self.forgotten, self._capacity)
        if needed > room:
            kept = np.empty(
                (*self._kept.shape[:2], max(needed, min(2 * room, room + _GROWTH, self._capacity))), np.float32
            )
            kept[:, :, : self.n - self.forgotten] = self[slice(self.forgotten, self.n)]
            self._kept = kept

    def __getitem__(self, stretch: slice) -> Columns:
        kept: Columns = self._kept[:, :, stretch.start - self.forgotten : stretch.stop - self.forgotten]
        return kept


class Pyramid:
    """Rows of numbers of the same length, appended to at the end. Not locked: its owner is.

    Parameters
    ----------
    columns : how many rows
    capacity : buckets kept at each level; beyond it the oldest half of a level is forgotten, coarser levels keep it
    extremes : whether least and greatest numbers are kept too; else a bucket has those of the means below it
    """

    def __init__(self, columns: int, capacity: int = 2**21, *, extremes: bool = True) -> None:
        self._columns = columns
        self._parts = 3 if extremes else 1
        self._capacity = capacity
        self._levels = [_Level(columns, 1, capacity)]

    def __len__(self) -> int:
        return self._levels[0].n

    @property
    def nbytes(self) -> int:
        """Memory set aside, in bytes."""
        return sum(level._kept.nbytes for level in self._levels)

    def append(self, values: NDArray[np.float64]) -> None:
        """Add `(columns, n)` numbers; beyond what float32 can hold they are drawn at its ends."""
        limit = np.finfo(np.float32).max
        step = min(_AT_ONCE, max(1, self._capacity // 4))
        for k, level in enumerate(self._levels):
            level.reserve((len(self) + values.shape[1]) // FAN_OUT**k)
        for at in range(0, values.shape[1], step):
            self._append(np.clip(values[:, at : at + step], -limit, limit).astype(np.float32))

    def _append(self, values: Columns) -> None:
        self._levels[0].append(values[None])
        for k in range(1, 32):
            below = self._levels[k - 1]
            if len(self._levels) == k:
                if below.n < FAN_OUT:
                    return
                self._levels.append(_Level(self._columns, self._parts, max(4096, self._capacity // FAN_OUT)))
            level = self._levels[k]
            whole = below.n // FAN_OUT
            if whole == level.n:
                return
            level.append(_fours(below[FAN_OUT * level.n : FAN_OUT * whole], self._parts))

    def buckets(self, start: int, stop: int, size: int) -> Buckets:
        """The numbers `start … stop - 1` in buckets `size` (a power of two) numbers wide.

        The first bucket may hold some before them, the last one ends with them. Where so fine a level is forgotten,
        the buckets are wider.
        """
        start, stop = max(0, start), min(stop, len(self))
        while True:
            k, pairs = divmod(size.bit_length() - 1, 2)
            if k >= len(self._levels):
                k, pairs = len(self._levels) - 1, size.bit_length() - 1 - 2 * (len(self._levels) - 1)
            merge = 2**pairs
            level = self._levels[k]
            first = min(start, stop) // size
            if first * merge >= level.forgotten or k == len(self._levels) - 1:
                break
            size *= 2
        first = max(first, -(-level.forgotten // merge))
        end = max(first, -(-stop // size))
        whole = min(end, stop // size)
        parts = _merged(level[slice(first * merge, max(first, whole) * merge)], merge)
        if end > whole:
            parts = np.concatenate([parts, self._rest(k, max(first, whole) * merge, stop)], axis=2)
        return Buckets(first, size, max(0, whole - first), parts[0], parts[1], parts[2])

    def _rest(self, k: int, begin: int, stop: int) -> Columns:
        """Everything from bucket `begin` of level k to number `stop`, as one incomplete bucket."""
        pieces, weights = [], []
        for j in range(k, -1, -1):
            level = self._levels[j]
            end = stop // FAN_OUT**j
            if j and end * FAN_OUT**j < stop and end * FAN_OUT < self._levels[j - 1].forgotten:
                end += 1  # what is finer is forgotten, so this bucket is taken whole
            piece = _parts(level[slice(begin, end)])
            pieces.append(piece)
            weights.append(np.full(piece.shape[2], float(FAN_OUT**j)))
            begin = end * FAN_OUT
            if begin >= stop:
                break
        piece = np.concatenate(pieces, axis=2)
        weight = np.concatenate(weights)
        mean = (piece[2] * weight).sum(axis=1) / weight.sum()
        low, high = np.fmin.reduce(piece[0], axis=1), np.fmax.reduce(piece[1], axis=1)
        return np.stack([low, high, mean.astype(np.float32)])[:, :, None]

    def locate(self, column: int, value: float) -> int:
        """How many numbers of a row that only grows are below `value`, as far as is remembered."""
        for k, level in enumerate(self._levels):
            kept = level[slice(level.forgotten, level.n)][0, column]
            if not level.forgotten or k == len(self._levels) - 1 or kept[0] <= value:
                below: int = level.forgotten + int(np.searchsorted(kept, value))
                return below * int(FAN_OUT**k)
        raise AssertionError("a pyramid has at least one level")


def _parts(values: Columns) -> Columns:
    return values if len(values) == 3 else np.concatenate([values] * 3)


def _fours(values: Columns, parts: int) -> Columns:
    """Every FAN_OUT neighbouring buckets as one, `(parts, columns, buckets / FAN_OUT)`."""
    merged = np.empty((parts, values.shape[1], values.shape[2] // FAN_OUT), np.float32)
    if parts == 3:
        # a number that is missing (NaN) leaves the least and greatest of the others
        _halved(np.fmin, _halved(np.fmin, values[0]), out=merged[0])
        _halved(np.fmax, _halved(np.fmax, values[len(values) // 2]), out=merged[1])
    # divided first, so that no sum is too large for float32
    _halved(np.add, _halved(np.add, values[-1] / np.float32(FAN_OUT)), out=merged[-1])
    return merged


def _halved(merge: np.ufunc, values: Columns, out: Columns | None = None) -> Columns:
    """Every two neighbours as one."""
    found: Columns = merge(values[:, ::2], values[:, 1::2], out=out)
    return found


def _merged(values: Columns, n: int) -> Columns:
    """Every n neighbouring buckets as one, `(3, columns, buckets / n)`."""
    if n == 1:
        return _parts(values)
    groups = values.reshape(*values.shape[:2], -1, n)
    high = groups[1] if len(values) == 3 else groups[0]
    # a number that is missing (NaN) leaves the least and greatest of the others
    return np.stack([np.fmin.reduce(groups[0], axis=2), np.fmax.reduce(high, axis=2), groups[-1].mean(axis=2)])
