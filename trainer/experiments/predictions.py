"""Predictions: what a network does with its data, as numbers to be drawn; at any moment of its training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.errors import InvalidInput
from trainer.numerics.cost import Labels
from trainer.numerics.parameters import Vector

MARGIN = 0.15
"""How far the plane of a decision boundary reaches beyond the data, as a share of its width."""


class Predictor(Protocol):
    """A network on its data set: a `TrainingLoop` is one, a `StillNetwork` another."""

    @property
    def seen(self) -> Dataset:
        """With the dev examples as the network gets them, which is after any data shift."""

    def predict(self, X: Vector) -> Vector:
        """Class probabilities `(C, m)` of normalised inputs `(n[0], m)`, at test time."""


@dataclass(frozen=True, eq=False)
class Confusion:
    """What the dev examples are and what they were taken for: the cells of the confusion matrix that are not 0.

    What a network takes an example for is the hardmax of its class probabilities (course 2, week 3).

    Attributes
    ----------
    classes : C
    actual, taken_for, counts : `(cells,)`, by class and then by what was taken
    """

    classes: int
    actual: NDArray[np.intp]
    taken_for: NDArray[np.intp]
    counts: NDArray[np.intp]

    @classmethod
    def of(cls, classes: int, y: Labels, taken_for: Labels) -> Confusion:
        """Of examples `(m,)` that are of the classes y and were taken for others."""
        cells, counts = np.unique(y * classes + taken_for, return_counts=True)
        return cls(classes, *np.divmod(cells, classes), counts)

    @property
    def accuracy(self) -> float:
        """Share of the examples that were taken for what they are."""
        return float(self.counts[self.actual == self.taken_for].sum() / self.counts.sum())

    @property
    def recall(self) -> NDArray[np.float64]:
        """Of each class, the share of its examples that were taken for it, `(C,)`; NaN where it has none."""
        right = self.actual == self.taken_for
        found = np.bincount(self.actual[right], self.counts[right], self.classes)
        examples = np.bincount(self.actual, self.counts, self.classes)
        recall: NDArray[np.float64] = np.full(self.classes, np.nan)
        np.divide(found, examples, out=recall, where=examples > 0)
        return recall

    def matrix(self) -> NDArray[np.int64]:
        """How often the examples of a class (row) were taken for each class (column), `(C, C)`."""
        counts = np.zeros((self.classes, self.classes), np.int64)
        counts[self.actual, self.taken_for] = self.counts
        return counts

    def mistakes(self, most: int) -> list[tuple[int, int, int]]:
        """The most frequent mistakes: a class, what its examples were taken for, and how often."""
        wrong = np.flatnonzero(self.actual != self.taken_for)
        first = wrong[np.argsort(-self.counts[wrong], kind="stable")][:most]
        return list(zip(*(of[first].tolist() for of in (self.actual, self.taken_for, self.counts)), strict=True))


def confusion(loop: Predictor) -> Confusion:
    """What the network takes the dev examples for."""
    taken_for = loop.predict(loop.seen.X_dev.T).argmax(axis=0)
    return Confusion.of(len(loop.seen.classes), loop.seen.y_dev, taken_for)


def class_probabilities(loop: Predictor, example: int) -> NDArray[np.floating]:
    """Softmax probabilities of a dev example, `(C,)`; batch norm uses its running statistics, as it must for one.

    Raises
    ------
    InvalidInput : there is no such example
    """
    return loop.predict(dev_inputs(loop.seen, example)[None].T)[:, 0]


def dev_inputs(dataset: Dataset, example: object) -> Vector:
    """Normalised inputs of a dev example, `(n[0],)`; raises InvalidInput where there is no such example."""
    last = len(dataset.y_dev) - 1
    if isinstance(example, bool) or not isinstance(example, int) or not 0 <= example <= last:
        raise InvalidInput(f"a dev example is a whole number from 0 to {last}, but got {str(example)[:40]}")
    inputs: Vector = dataset.X_dev[example]
    return inputs


def decision_boundary(
    loop: Predictor, points: int
) -> tuple[NDArray[np.int64], NDArray[np.floating], NDArray[np.floating]]:
    """What the network takes every point of the plane for, where it has two inputs.

    Parameters
    ----------
    points : along each axis

    Returns
    -------
    classes `(points, points)`, the greatest probability `(points, points)`, and the ends of both axes `(2, 2)` in
    normalised units; rows go up the second input

    Raises
    ------
    InvalidInput : the network has another number of inputs
    """
    X, ends = plane(loop.seen, points)
    probabilities = loop.predict(X)
    shape = (points, points)
    return probabilities.argmax(axis=0).reshape(shape), probabilities.max(axis=0).reshape(shape), ends


def plane(dataset: Dataset, points: int) -> tuple[Vector, NDArray[np.floating]]:
    """The points of the plane of two inputs, `(2, points²)`, row by row up the second one, and the ends of both axes.

    All examples are between them, also those of a dev set that is not shifted as the training set is.

    Raises
    ------
    InvalidInput : the data have another number of inputs
    """
    X = dataset.X_train
    if X.shape[1] != 2:
        raise InvalidInput(f"a decision boundary is drawn for 2 inputs, but there are {X.shape[1]}")
    low, high = dataset.ends()
    low, high = np.minimum(low, dataset.X_dev.min(axis=0)), np.maximum(high, dataset.X_dev.max(axis=0))
    ends = np.stack([low - MARGIN * (high - low), high + MARGIN * (high - low)], axis=1)
    across, up = (np.linspace(float(begin), float(end), points, dtype=X.dtype) for begin, end in ends)
    return np.stack([axis.ravel() for axis in np.meshgrid(across, up)]), ends
