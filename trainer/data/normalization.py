"""Inputs with mean 0 and variance 1, by the statistics of the training set (course 2, week 1, "Normalizing inputs")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from trainer.errors import InvalidData
from trainer.numerics.parameters import Vector

_SMALLEST_DEVIATION = 1e-150
"""Below it σ² underflows."""


def training_statistics(
    X: NDArray[Any], features: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Mean and deviation of each column of the training set, and which columns are constant; each `(n[0],)`.

        μ = 1/m Σ x        σ² = 1/m Σ (x - μ)²

    A constant column has deviation 1: normalised it is 0 everywhere.

    Parameters
    ----------
    X : `(m, n[0])` raw training examples
    features : names of the columns, for the message when one cannot be normalised
    """
    low, high = X.min(axis=0), X.max(axis=0)
    constant = low == high
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        mean = X.mean(axis=0, dtype=np.float64)
        deviation = X.std(axis=0, dtype=np.float64, mean=mean[None, :])
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
    normalized: Vector = np.subtract(X, mean, dtype=np.float64, order="C")
    normalized /= deviation
    with np.errstate(over="ignore"):
        typed: Vector = normalized.astype(dtype, copy=False)
    return typed
