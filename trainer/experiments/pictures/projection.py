"""Projection: the two principal axes of the training inputs, on which examples of more inputs are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.errors import InvalidInput
from trainer.numerics.parameters import Vector

MOST_FITTED = 5_000
"""Training examples that the axes are fitted to, evenly spread over a larger training set."""


@dataclass(frozen=True, eq=False)
class Projection:
    """Principal component analysis (PCA) of the normalised training inputs.

    Attributes
    ----------
    centre : their mean, `(n[0],)`
    axes : of unit length, `(2, n[0])`
    shares : of the variance that each axis holds, `(2,)`
    fitted : number of the training examples that it was fitted to
    """

    centre: NDArray[np.float64]
    axes: NDArray[np.float64]
    shares: NDArray[np.float64]
    fitted: int

    def of(self, X: Vector) -> NDArray[np.float64]:
        """Where normalised inputs `(m, n[0])` are on the two axes, `(m, 2)`."""
        return (X - self.centre) @ self.axes.T


_FITTED: dict[str, Projection] = {}
"""By the fingerprint of the data."""

_MOST_KEPT = 4


def projection(dataset: Dataset) -> Projection:
    """The two principal axes of the training inputs; fitted once for the same data.

    Raises
    ------
    InvalidInput : there are fewer than two inputs or training examples
    InvalidData : the training inputs stay in a file, which was changed
    """
    found = _FITTED.get(dataset.fingerprint)
    if found is None:
        found = _fitted(dataset)
        if len(_FITTED) >= _MOST_KEPT:
            _FITTED.clear()
        _FITTED[dataset.fingerprint] = found
    return found


def _fitted(dataset: Dataset) -> Projection:
    m, inputs = dataset.X_train.shape
    if m < 2 or inputs < 2:
        raise InvalidInput(f"two axes take 2 inputs and 2 training examples at least, but there are {inputs} and {m}")
    # scikit-learn's decompositions take a while to load, and most of what is here does without
    from sklearn.decomposition import PCA

    chosen = np.linspace(0, m - 1, min(m, MOST_FITTED)).astype(np.intp)
    X = dataset.X_train[chosen].astype(np.float64)
    with np.errstate(invalid="ignore"):  # no variance at all: the shares are 0 / 0
        pca = PCA(2, random_state=0).fit(X)
    return Projection(pca.mean_, pca.components_, np.nan_to_num(pca.explained_variance_ratio_), len(X))
