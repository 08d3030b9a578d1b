"""The split into train and dev set: stratified, and a pure function of the labels and the seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.data.examples import AnyExamples
from trainer.data.labels import number_classes
from trainer.data.row_file import RowFile
from trainer.errors import InvalidData
from trainer.numerics.cost import Labels
from trainer.numerics.mini_batches import epoch_order

_SPLIT_EPOCH = 2**32 - 1
"""Number of the epoch whose order decides the split. No training reaches it, so the split is independent of the order
of every epoch."""

_MOST_EVALUATED, _MOST_BYTES = 10_000, 2**28
"""Largest dev set of data that stay on disk, in examples and in bytes. 10,000 examples give an accuracy to ± 1 %."""


@dataclass(frozen=True, eq=False)
class Split:
    """Which examples are trained on, and which are the dev set.

    Attributes
    ----------
    train, dev : numbers of the examples, ascending
    y : `(m,)` labels 0..C-1 of the examples
    classes : names of label 0, 1, …
    warnings : about the labels
    about_dev : warnings about the dev set
    """

    train: NDArray[np.intp]
    dev: NDArray[np.intp]
    y: Labels
    classes: tuple[str, ...]
    warnings: tuple[str, ...]
    about_dev: tuple[str, ...] = ()


def split(examples: AnyExamples, seed: int, dev_fraction: float) -> Split:
    """Number the classes and split the examples; where these stay in their file, the dev set is small."""
    (y,), classes, warnings = number_classes([examples])
    m = len(y)
    about_dev: tuple[str, ...] = ()
    most = max(len(classes), min(_MOST_EVALUATED, _MOST_BYTES // (8 * max(1, examples.X.shape[1]))))
    if isinstance(examples.X, RowFile) and dev_fraction * m > most:
        about_dev = (
            f"The dev set has {most:,} examples and not {dev_fraction:.0%} of {m:,}: the data stay on disk, and no "
            "more are evaluated. All others are trained on.",
        )
        dev_fraction = most / m
    train, dev = stratified_split(y, len(classes), dev_fraction, seed)
    return Split(train, dev, y, classes, warnings, about_dev)


def dev_counts(counts: NDArray[np.intp], dev_fraction: float) -> NDArray[np.intp]:
    """Number of dev examples of each class; at least one example of each class stays in the training set.

    It is the class's share, rounded down, and one more for the classes with the largest remainders, until the dev set
    has `dev_fraction` of all examples.
    """
    room = counts - 1
    total = min(max(round(int(counts.sum()) * dev_fraction), 1), int(room.sum()))
    share = counts * dev_fraction
    taken: NDArray[np.intp] = np.floor(share).astype(np.intp)
    by_remainder = np.argsort(taken - share, kind="stable")
    while taken.sum() < total:
        open_classes = by_remainder[taken[by_remainder] < room[by_remainder]]
        taken[open_classes[: total - taken.sum()]] += 1
    return taken


def stratified_split(
    y: Labels, classes: int, dev_fraction: float, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the training examples and of the dev examples, both ascending; together they are 0..m-1.

    The examples of each class are sorted by raw PCG64 words; the first ones form the dev set.
    """
    m = len(y)
    if m <= classes:
        raise InvalidData(
            f"{m} examples of {classes} classes are too few: each class needs one to train on, and one must be left "
            "for the dev set"
        )
    order = epoch_order(seed, _SPLIT_EPOCH, m)
    by_class = order[np.argsort(y[order], kind="stable")]
    counts = np.bincount(y, minlength=classes)
    rank = np.arange(m) - np.repeat(np.cumsum(counts) - counts, counts)
    in_dev = rank < np.repeat(dev_counts(counts, dev_fraction), counts)
    return np.sort(by_class[~in_dev]), np.sort(by_class[in_dev])
