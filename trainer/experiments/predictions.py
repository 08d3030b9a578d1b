"""Predictions: what a network does with its data, as numbers to be drawn; at any moment of its training."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trainer.engine.loop import TrainingLoop
from trainer.errors import InvalidInput

MARGIN = 0.15
"""How far the plane of a decision boundary reaches beyond the data, as a share of its width."""


def confusion_matrix(loop: TrainingLoop) -> NDArray[np.int64]:
    """How often the dev examples of a class (row) were taken for each class (column), `(C, C)`.

    What a network takes an example for is the hardmax of its class probabilities (course 2, week 3).
    """
    classes = len(loop.dataset.classes)
    taken_for = loop.predict(loop.dataset.X_dev.T).argmax(axis=0)
    counts = np.bincount(loop.dataset.y_dev * classes + taken_for, minlength=classes * classes)
    return counts.reshape(classes, classes)


def class_probabilities(loop: TrainingLoop, example: int) -> NDArray[np.floating]:
    """Softmax probabilities of a dev example, `(C,)`; batch norm uses its running statistics, as it must for one.

    Raises
    ------
    InvalidInput : there is no such example
    """
    last = len(loop.dataset.y_dev) - 1
    if isinstance(example, bool) or not isinstance(example, int) or not 0 <= example <= last:
        raise InvalidInput(f"a dev example is a whole number from 0 to {last}, but got {str(example)[:40]}")
    return loop.predict(loop.dataset.X_dev[example : example + 1].T)[:, 0]


def decision_boundary(
    loop: TrainingLoop, points: int
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
    X = loop.dataset.X_train
    if X.shape[1] != 2:
        raise InvalidInput(f"a decision boundary is drawn for 2 inputs, but there are {X.shape[1]}")
    low, high = loop.dataset.ends()
    ends = np.stack([low - MARGIN * (high - low), high + MARGIN * (high - low)], axis=1)
    across, up = (np.linspace(float(begin), float(end), points, dtype=X.dtype) for begin, end in ends)
    plane = np.stack([axis.ravel() for axis in np.meshgrid(across, up)])
    probabilities = loop.predict(plane)
    shape = (points, points)
    return probabilities.argmax(axis=0).reshape(shape), probabilities.max(axis=0).reshape(shape), ends
