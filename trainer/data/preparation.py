"""Make a Dataset of examples as they were read: check, split and normalise them, and warn about what is odd."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.data.examples import RawData, shown
from trainer.data.labels import number_classes
from trainer.data.normalization import normalize
from trainer.data.row_file import RowFile
from trainer.data.rows_on_disk import RowsOnDisk
from trainer.data.split import stratified_split
from trainer.data.survey import Survey, check_finite, survey
from trainer.errors import InvalidData
from trainer.numerics.cost import Labels
from trainer.numerics.parameters import Vector

DType = Literal["float32", "float64"]


_MOST_EVALUATED, _MOST_BYTES = 10_000, 2**28
"""Largest dev set of data that stay on disk, in examples and in bytes. 10,000 examples give an accuracy to ± 1 %."""


def prepare(name: str, raw: RawData, seed: int, dev_fraction: float, dtype: DType) -> Dataset:
    """The Dataset of raw examples; raises InvalidData where they cannot be trained on.

    Where the inputs stay in their file, those of the training set are read from it again and again, and the dev set is
    small.
    """
    examples = raw.examples
    y, classes, warnings = number_classes([examples] if raw.dev is None else [examples, raw.dev])
    about_dev = []
    if raw.dev is None:
        m = len(y[0])
        most = max(len(classes), min(_MOST_EVALUATED, _MOST_BYTES // (8 * examples.X.shape[1])))
        if isinstance(examples.X, RowFile) and dev_fraction * m > most:
            about_dev.append(
                f"The dev set has {most:,} examples and not {dev_fraction:.0%} of {m:,}: the data stay on disk, and no "
                "more are evaluated. All others are trained on."
            )
            dev_fraction = most / m
        train, dev = stratified_split(y[0], len(classes), dev_fraction, seed)
        y_train, X_dev, y_dev = y[0][train], _rows(examples.X, dev), y[0][dev]
    else:
        check_finite(raw.dev.X, 0, raw.dev.locate)
        train = np.arange(len(y[0]))
        y_train, X_dev, y_dev = y[0], raw.dev.X, y[1]
    found = survey(examples, train, raw.features)
    normalized_dev = normalize(X_dev, found.mean, found.deviation, dtype)
    finite = np.isfinite(normalized_dev).all(axis=0)
    if not finite.all():
        feature = raw.features[int(np.argmin(finite))]
        raise InvalidData(f"column {shown(feature)} has values in the dev set that are too far from the training set's")
    X_train: Vector | RowsOnDisk
    if isinstance(examples.X, RowFile):
        X_train = RowsOnDisk(examples.X, train, found.mean, found.deviation, found.ends, np.dtype(dtype))
    else:
        X_train = normalize(
            examples.X if len(train) == len(examples.X) else examples.X[train], found.mean, found.deviation, dtype
        )
    return Dataset(
        name=name,
        X_train=X_train,
        y_train=y_train,
        X_dev=normalized_dev,
        y_dev=y_dev,
        mean=found.mean,
        deviation=found.deviation,
        classes=classes,
        features=raw.features,
        image_shape=raw.image_shape,
        warnings=(*raw.warnings, *warnings, *_about_inputs(raw, found), *about_dev, *_about_absent(classes, y_dev)),
    )


def _rows(X: NDArray[Any] | RowFile, indices: NDArray[np.intp]) -> NDArray[Any]:
    return X.take(indices) if isinstance(X, RowFile) else X[indices]


def _about_inputs(raw: RawData, found: Survey) -> list[str]:
    """Warnings about columns that cannot help. Constant pixels are normal in images, so there is no warning of them."""
    warnings = []
    if found.constant.any() and raw.image_shape is None:
        named = _listed([raw.features[j] for j in np.flatnonzero(found.constant)])
        warnings.append(f"Constant in the training set, so nothing can be learned from it: {named}.")
    if found.counting:
        named = _listed([raw.features[j] for j in found.counting])
        warnings.append(f"Counts the rows of the file, so it says nothing about other examples: {named}.")
    return warnings


def _about_absent(classes: tuple[str, ...], y_dev: Labels) -> list[str]:
    absent = np.flatnonzero(np.bincount(y_dev, minlength=len(classes)) == 0)
    if not absent.size:
        return []
    named = _listed([classes[c] for c in absent])
    return [f"The dev set has no example of these classes, so it does not show how well they are recognised: {named}."]


def _listed(names: list[str]) -> str:
    return ", ".join(shown(name) for name in names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")
