"""Make a Dataset of examples as they were read: check, split and normalise them, and warn about what is odd."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.data.column_plan import ColumnPlan, fit
from trainer.data.dataset import Dataset
from trainer.data.encoding import about_columns, encoded, fill_gaps
from trainer.data.examples import Examples, RawData, listed, shown, some
from trainer.data.labels import number_classes
from trainer.data.normalization import normalize
from trainer.data.read_as import DType, ReadAs
from trainer.data.row_file import RowFile
from trainer.data.rows_on_disk import RowsOnDisk
from trainer.data.split import Split, split
from trainer.data.survey import Survey, check_finite, survey
from trainer.data.table import Table
from trainer.errors import InvalidData
from trainer.numerics.cost import Labels
from trainer.numerics.parameters import Vector


def prepare(name: str, raw: RawData, how: ReadAs) -> Dataset:
    """The Dataset of raw examples; raises InvalidData where they cannot be trained on.

    Where the inputs stay in their file, those of the training set are read from it again and again, and the dev set is
    small.
    """
    if raw.dev is None:
        found = split(raw.examples, how.seed, how.dev_fraction)
        raw, plans = _filled(raw, found.train)
        y_train, X_dev, y_dev = found.y[found.train], _rows(raw.examples.X, found.dev), found.y[found.dev]
    else:
        y, classes, warnings = number_classes([raw.examples, raw.dev])
        found = Split(np.arange(len(y[0])), np.arange(len(y[1])), y[0], classes, warnings)
        raw, plans = _filled(raw, found.train)
        assert raw.dev is not None
        check_finite(raw.dev.X, 0, raw.dev.locate)
        y_train, X_dev, y_dev = y[0], raw.dev.X, y[1]
    return _normalized(name, raw, found, (y_train, X_dev, y_dev), how.dtype, plans)


def prepare_table(name: str, table: Table, how: ReadAs) -> Dataset:
    """The Dataset of a table; raises InvalidData where it cannot be trained on."""
    table.check_inputs()
    found = split(table.labelled(), how.seed, how.dev_fraction)
    plans = fit(table, found.train)
    features = tuple(feature for plan in plans for feature in plan.features)
    warnings = (*table.warnings, *about_columns(table, plans, found.dev))
    raw = RawData(encoded(table, plans), features, warnings=warnings)
    dev = found.y[found.train], _rows(raw.examples.X, found.dev), found.y[found.dev]
    return _normalized(name, raw, found, dev, how.dtype, plans)


def _filled(raw: RawData, train: NDArray[np.intp]) -> tuple[RawData, tuple[ColumnPlan, ...]]:
    """Raw examples in which missing values (NaN) are filled, where the inputs are columns and not pixels."""
    X = raw.examples.X
    sets = [each for each in (raw.examples, raw.dev) if each is not None]
    if isinstance(X, RowFile) or raw.image_shape is not None or not any(_has_gaps(each.X) for each in sets):
        return raw, ()
    arrays = [Examples(X, raw.examples.labels, raw.examples.locate), *([] if raw.dev is None else [raw.dev])]
    (examples, *dev), plans, about = fill_gaps(arrays, raw.features, train)
    features = tuple(feature for plan in plans for feature in plan.features)
    return RawData(examples, features, dev[0] if dev else None, None, (*raw.warnings, *about)), plans


def _has_gaps(X: NDArray[Any] | RowFile) -> bool:
    return isinstance(X, np.ndarray) and X.dtype.kind == "f" and bool(np.isnan(X.min()))


def _normalized(
    name: str,
    raw: RawData,
    found: Split,
    sets: tuple[Labels, NDArray[Any], Labels],
    dtype: DType,
    plans: tuple[ColumnPlan, ...],
) -> Dataset:
    """The Dataset of examples that are split: `sets` are y of the training set, X and y of the dev set."""
    examples, train = raw.examples, found.train
    y_train, X_dev, y_dev = sets
    seen = survey(examples, train, raw.features)
    normalized_dev = normalize(X_dev, seen.mean, seen.deviation, dtype)
    finite = np.isfinite(normalized_dev).all(axis=0)
    if not finite.all():
        feature = raw.features[int(np.argmin(finite))]
        raise InvalidData(f"column {shown(feature)} has values in the dev set that are too far from the training set's")
    X_train: Vector | RowsOnDisk
    if isinstance(examples.X, RowFile):
        X_train = RowsOnDisk(examples.X, train, seen.mean, seen.deviation, seen.ends, np.dtype(dtype))
    else:
        X_train = normalize(
            examples.X if len(train) == len(examples.X) else examples.X[train], seen.mean, seen.deviation, dtype
        )
    return Dataset(
        name=name,
        X_train=X_train,
        y_train=y_train,
        X_dev=normalized_dev,
        y_dev=y_dev,
        mean=seen.mean,
        deviation=seen.deviation,
        classes=found.classes,
        features=raw.features,
        image_shape=raw.image_shape,
        warnings=(
            *raw.warnings,
            *found.warnings,
            *_about_inputs(raw, seen),
            *found.about_dev,
            *_about_absent(found.classes, y_dev),
        ),
        columns=plans,
    )


def _rows(X: NDArray[Any] | RowFile, indices: NDArray[np.intp]) -> NDArray[Any]:
    return X.take(indices) if isinstance(X, RowFile) else X[indices]


def _about_inputs(raw: RawData, found: Survey) -> list[str]:
    """Warnings about columns that cannot help. Constant pixels are normal in images, so there is no warning of them."""
    warnings = []
    if found.constant.any() and raw.image_shape is None:
        named = listed([raw.features[j] for j in np.flatnonzero(found.constant)])
        warnings.append(f"Constant in the training set, so nothing can be learned from it: {named}.")
    if found.counting:
        named = listed([raw.features[j] for j in found.counting])
        warnings.append(f"Counts the rows of the file, so it says nothing about other examples: {named}.")
    if found.steps:
        named = some([f"{shown(raw.features[j])} ({step} each)" for j, step in found.steps])
        warnings.append(
            "The same number is added from row to row, as where the rows of a file are counted, so it may say nothing "
            f"about other examples: {named}."
        )
    return warnings


def _about_absent(classes: tuple[str, ...], y_dev: Labels) -> list[str]:
    absent = np.flatnonzero(np.bincount(y_dev, minlength=len(classes)) == 0)
    if not absent.size:
        return []
    named = listed([classes[c] for c in absent])
    return [f"The dev set has no example of these classes, so it does not show how well they are recognised: {named}."]
