"""Inputs with mean 0 and variance 1, by the statistics of the training set (course 2, week 1, "Normalizing inputs")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from trainer.errors import InvalidData
from trainer.numerics.parameters import Vector

_SMALLEST_DEVIATION = 1e-150
"""Smallest deviation σ; σ² of a smaller one underflows."""

_BLOCK = 2**18
"""Numbers that are normalised at a time; in float64 they have 2 MiB."""


class Moments:
    """Mean and deviation of each column of rows that are added block by block.

    Attributes
    ----------
    low, high : smallest and largest value of each column so far
    """

    def __init__(self, columns: int) -> None:
        self.low: NDArray[Any] = np.empty(0)
        self.high: NDArray[Any] = np.empty(0)
        self._m = 0
        self._mean = np.zeros(columns)
        self._squares = np.zeros(columns)

    def add(self, X: NDArray[Any]) -> None:
        """Add rows `(·, n[0])`.

        Two sets of rows, A and B, with means μ and sums M = Σ (x - μ)² are together

            δ = μ_B - μ_A        μ = μ_A + δ m_B/m        M = M_A + M_B + δ² m_A m_B/m

        (Chan, Golub and LeVeque: Updating formulae and a pairwise algorithm for computing sample variances, 1979,
        formula 2.1). M of a block is added up around the block's own mean, so that nothing is lost where the mean is
        large beside the deviation. The rows of one block alone give the bits of `numpy.mean` and `numpy.std`.
        """
        if not len(X):
            return
        low, high = X.min(axis=0), X.max(axis=0)
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            mean = X.mean(axis=0, dtype=np.float64)
            distances = np.subtract(X, mean, dtype=np.float64)
            squares = np.multiply(distances, distances, out=distances).sum(axis=0)
            if self._m:
                m = self._m + len(X)
                low, high = np.minimum(self.low, low), np.maximum(self.high, high)
                delta = mean - self._mean
                mean = self._mean + delta * (len(X) / m)
                squares = self._squares + squares + delta * delta * (self._m * (len(X) / m))
        self.low, self.high, self._mean, self._squares = low, high, mean, squares
        self._m += len(X)

    def statistics(self, features: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Mean and deviation of each column, and which columns are constant; each `(n[0],)`.

            μ = 1/m Σ x        σ² = 1/m Σ (x - μ)²

        A constant column has deviation 1: normalised it is 0 everywhere.

        Parameters
        ----------
        features : names of the columns, for the message when one cannot be normalised
        """
        low, high, mean = self.low, self.high, self._mean.copy()
        constant: NDArray[np.bool_] = low == high
        deviation = np.sqrt(self._squares / self._m)
        mean[constant] = low[constant]
        deviation[constant] = 1
        extreme = ~(np.isfinite(deviation) & (deviation > _SMALLEST_DEVIATION))
        if extreme.any():
            j = int(np.argmax(extreme))
            raise InvalidData(
                f"the values of column {features[j]!r} lie between {low[j]} and {high[j]}, which is too "
                f"{'small' if deviation[j] <= _SMALLEST_DEVIATION else 'large'} a range to normalise"
            )
        return mean, deviation, constant


def normalize(X: NDArray[Any], mean: NDArray[np.float64], deviation: NDArray[np.float64], dtype: DTypeLike) -> Vector:
    """Raw examples `(m, n[0])` on the training set's scale, C-contiguous in `dtype`; computed in float64.

    x = (x - μ) / σ
    """
    if np.dtype(dtype) == np.float64 or X.size <= _BLOCK:
        return _normalized(X, mean, deviation, dtype)
    whole: Vector = np.empty(X.shape, dtype)
    rows = max(1, _BLOCK // X.shape[1])
    for start in range(0, len(X), rows):  # no copy of all of it in float64
        whole[start : start + rows] = _normalized(X[start : start + rows], mean, deviation, dtype)
    return whole


def _normalized(X: NDArray[Any], mean: NDArray[np.float64], deviation: NDArray[np.float64], dtype: DTypeLike) -> Vector:
    normalized: Vector = np.subtract(X, mean, dtype=np.float64, order="C")
    normalized /= deviation
    with np.errstate(over="ignore"):
        typed: Vector = normalized.astype(dtype, copy=False)
    return typed
