"""Survey: read all inputs once before training, for their statistics and for columns that look wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.data.examples import AnyExamples, Locator
from trainer.data.normalization import Moments
from trainer.data.row_file import blocks_of
from trainer.errors import InvalidData

_FEWEST_COUNTED = 10
"""With at least this many rows, a column that goes up by the same number from row to row is no coincidence."""


@dataclass(frozen=True, eq=False)
class Survey:
    """What a survey finds.

    Attributes
    ----------
    mean, deviation : `(n[0],)` of each input in the training set; a constant input has deviation 1
    ends : `(2, n[0])`, smallest and largest value of each input in the training set
    constant : `(n[0],)`, whether each input is constant in the training set
    counting : numbers of the inputs that number the rows, in order or not
    steps : of each other input to which the same whole number is added from row to row, its number and that step
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    ends: NDArray[Any]
    constant: NDArray[np.bool_]
    counting: tuple[int, ...]
    steps: tuple[tuple[int, int], ...]


def survey(examples: AnyExamples, train: NDArray[np.intp], features: Sequence[str]) -> Survey:
    """Read all examples, in blocks; raises InvalidData for the first number that is not finite.

    Parameters
    ----------
    train : numbers of the training examples, ascending
    features : names of the inputs
    """
    moments = Moments(examples.X.shape[1])
    counting = _Counting(len(examples.labels.codes))
    for start, block in blocks_of(examples.X):
        check_finite(block, start, examples.locate)
        counting.add(start, block)
        first, last = np.searchsorted(train, (start, start + len(block)))
        moments.add(block if last - first == len(block) else block[train[first:last] - start])
    mean, deviation, constant = moments.statistics(features)
    return Survey(mean, deviation, np.stack([moments.low, moments.high]), constant, counting.columns, counting.steps)


def check_finite(X: NDArray[Any], start: int, locate: Locator) -> None:
    """Raise InvalidData for the first NaN or infinity in rows; the first row has number `start`."""
    if X.dtype.kind != "f" or bool(np.isfinite(X.min()) and np.isfinite(X.max())):  # with a NaN, both are NaN
        return
    i, j = divmod(int(np.argmin(np.isfinite(X))), X.shape[1])
    raise InvalidData(
        f"{locate(start + i, j)}: the value is {X[i, j]}, but every input must be a finite number; "
        "fill in what is missing or leave the example out"
    )


class _Counting:
    """Finds columns that number the rows: up by the same whole number from row to row, or each number from 0 or 1 on
    once, in any order.

    Attributes
    ----------
    columns : numbers of the columns that may still do so, after the rows so far, in order by 1 or in any order
    steps : of the other columns that may still do so, the number and the step, which may be negative
    """

    def __init__(self, m: int) -> None:
        self._m = m
        self._first: NDArray[np.float64] = np.empty(0)
        self._step: NDArray[np.float64] = np.empty(0)
        self._going_up: NDArray[np.intp] = np.empty(0, np.intp)
        self._seen: dict[int, NDArray[np.bool_]] = {}

    @property
    def columns(self) -> tuple[int, ...]:
        by_1 = self._going_up[self._step[self._going_up] == 1]
        return tuple(sorted({*by_1.tolist(), *self._seen}))

    @property
    def steps(self) -> tuple[tuple[int, int], ...]:
        return tuple((j, int(self._step[j])) for j in self._going_up.tolist() if j not in self.columns)

    def add(self, start: int, X: NDArray[Any]) -> None:
        if self._m < _FEWEST_COUNTED:
            return
        if start == 0:
            self._first = X[0].astype(np.float64)
            # most columns are ruled out by a few rows, before memory for all numbers is taken
            few = X[:_FEWEST_COUNTED]
            once = [j for j in self._numbering(few) if len(np.unique(few[:, j])) == len(few)]
            self._seen = {j: np.zeros(self._m + 1, np.bool_) for j in once}
        with np.errstate(over="ignore", invalid="ignore"):
            if start <= 1 < start + len(X):
                self._step = X[1 - start].astype(np.float64) - self._first
                whole = np.isfinite(self._step) & (self._step % 1 == 0)
                self._going_up = np.flatnonzero(whole & (self._step != 0))
            numbers = np.arange(start, start + len(X), dtype=np.float64)[:, None]
            for rows in (slice(2, 3), slice(-1, None), slice(None)):  # one row rules out most columns
                if self._going_up.size:
                    j = self._going_up
                    added = X[rows][:, j] - self._first[j]
                    self._going_up = j[(added == numbers[rows] * self._step[j]).all(axis=0)]
        self._seen = {j: seen for j, seen in self._seen.items() if self._once(X[:, j], seen)}

    def _numbering(self, X: NDArray[Any]) -> list[int]:
        """The columns that hold whole numbers from 0 to m alone."""
        fits = (X >= 0) & (self._m >= X) & (np.floor(X) == X) if X.dtype.kind == "f" else (X >= 0) & (self._m >= X)
        return np.flatnonzero(fits.all(axis=0)).tolist()

    def _once(self, values: NDArray[Any], seen: NDArray[np.bool_]) -> bool:
        """Take note of the values of a column; whether all are numbers from 0 to m - 1, or 1 to m, not seen before."""
        if not self._numbering(values[:, None]):
            return False
        places = values.astype(np.intp)
        if len(np.unique(places)) < len(places) or seen[places].any():
            return False
        seen[places] = True
        return not (seen[0] and seen[-1])
