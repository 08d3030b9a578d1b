"""A data set whose inputs are shifted: in memory as a copy, on disk whenever rows are read."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np

from trainer.data.dataset import Dataset
from trainer.data.rows_on_disk import RowsOnDisk
from trainer.numerics.data_shift import DataShift, Picture, shifting
from trainer.numerics.parameters import Vector

_MADE: WeakKeyDictionary[Dataset, WeakValueDictionary[tuple[DataShift, int, bool], Dataset]] = WeakKeyDictionary()
"""Shifted data sets in use, so that clones of a network share one copy."""


def shifted(dataset: Dataset, shift: DataShift, seed: int, dev: bool) -> Dataset:
    """The data set with the training inputs shifted, and those of the dev set too where `dev` says so."""
    made = _MADE.setdefault(dataset, WeakValueDictionary())
    found = made.get((shift, seed, dev))
    if found is None:
        n, picture = dataset.X_train.shape[1], None
        if dataset.image_shape is not None and shift.rotation:
            picture = Picture(*dataset.image_shape, dataset.mean, dataset.deviation, dataset.ends())
        of_train = shifting(shift, seed, n, picture, "train")
        X_train: Vector | RowsOnDisk
        if isinstance(dataset.X_train, RowsOnDisk):
            X_train = replace(dataset.X_train, shifting=of_train)
        else:
            X_train = of_train.shifted(dataset.X_train, np.arange(dataset.m), dataset.X_train.dtype)
        X_dev = dataset.X_dev
        if dev:
            X_dev = shifting(shift, seed, n, picture, "dev").shifted(X_dev, np.arange(len(X_dev)), X_dev.dtype)
        found = made[shift, seed, dev] = replace(dataset, X_train=X_train, X_dev=X_dev)
    return found
