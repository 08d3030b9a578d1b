"""From examples as they were read to a Dataset: checked, split, normalised, with warnings about what is odd."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.data.examples import RawData, check_finite, shown
from trainer.data.labels import number_classes
from trainer.data.normalization import normalize, training_statistics
from trainer.data.split import stratified_split
from trainer.errors import InvalidData
from trainer.numerics.cost import Labels

DType = Literal["float32", "float64"]


def prepare(name: str, raw: RawData, seed: int, dev_fraction: float, dtype: DType) -> Dataset:
    """The Dataset of raw examples; raises InvalidData where they cannot be trained on."""
    examples = raw.examples
    sets = [examples] if raw.dev is None else [examples, raw.dev]
    for each in sets:
        check_finite(each)
    y, classes, warnings = number_classes(sets)
    if raw.dev is None:
        train, dev = stratified_split(y[0], len(classes), dev_fraction, seed)
        X_train, y_train, X_dev, y_dev = examples.X[train], y[0][train], examples.X[dev], y[0][dev]
    else:
        X_train, y_train, X_dev, y_dev = examples.X, y[0], raw.dev.X, y[1]
    mean, deviation, constant = training_statistics(X_train, raw.features)
    normalized_dev = normalize(X_dev, mean, deviation, dtype)
    finite = np.isfinite(normalized_dev).all(axis=0)
    if not finite.all():
        feature = raw.features[int(np.argmin(finite))]
        raise InvalidData(f"column {shown(feature)} has values in the dev set that are too far from the training set's")
    return Dataset(
        name=name,
        X_train=normalize(X_train, mean, deviation, dtype),
        y_train=y_train,
        X_dev=normalized_dev,
        y_dev=y_dev,
        mean=mean,
        deviation=deviation,
        classes=classes,
        features=raw.features,
        image_shape=raw.image_shape,
        warnings=(*raw.warnings, *warnings, *_about_inputs(raw, constant), *_about_dev(classes, y_dev)),
    )


def _about_inputs(raw: RawData, constant: NDArray[np.bool_]) -> list[str]:
    """Warnings about columns that cannot help. Pixels that are always black are what images have, and not told."""
    warnings = []
    if constant.any() and raw.image_shape is None:
        named = _listed([raw.features[j] for j in np.flatnonzero(constant)])
        warnings.append(f"Constant in the training set, so nothing can be learned from it: {named}.")
    counting = _counting(raw.examples.X)
    if counting.size:
        named = _listed([raw.features[j] for j in counting])
        warnings.append(f"Counts the rows of the file, so it says nothing about other examples: {named}.")
    return warnings


def _counting(X: NDArray[Any]) -> NDArray[np.intp]:
    """Columns that go up by 1 from each row to the next, over at least 10 rows."""
    m = len(X)
    if m < 10:
        return np.empty(0, np.intp)
    first, second, last = (X[i].astype(np.float64) for i in (0, 1, -1))
    likely = np.flatnonzero((second == first + 1) & (last == first + m - 1))
    return np.array([j for j in likely if (X[:, j] == first[j] + np.arange(m)).all()], np.intp)


def _about_dev(classes: tuple[str, ...], y_dev: Labels) -> list[str]:
    absent = np.flatnonzero(np.bincount(y_dev, minlength=len(classes)) == 0)
    if not absent.size:
        return []
    named = _listed([classes[c] for c in absent])
    return [f"The dev set has no example of these classes, so nothing is known about how well they are told: {named}."]


def _listed(names: list[str]) -> str:
    return ", ".join(shown(name) for name in names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")
