"""Dataset: examples split into train and dev, normalised, with the statistics that normalise new examples."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.data.column_plan import ColumnPlan
from trainer.data.decoding import decode_example
from trainer.data.encoding import Typed, encode_example
from trainer.data.examples import listed
from trainer.data.normalization import normalize
from trainer.data.rows_on_disk import RowsOnDisk
from trainer.errors import InvalidData
from trainer.numerics.cost import Labels
from trainer.numerics.parameters import Vector


@dataclass(frozen=True, eq=False)
class Dataset:
    """The examples that a network is trained and evaluated on.

    Arrays are C-contiguous with one example per row, so that a mini-batch is gathered quickly; the network sees
    them transposed, `X = X_train[indices].T`, `(n[0], m)`.

    Attributes
    ----------
    name : of the data set, or of the file without its folders
    X_train, X_dev : `(m, n[0])` normalised with the training set's mean and deviation, float32 or float64; X_train may
        be too large for memory and stay on disk
    y_train, y_dev : `(m,)` labels 0..C-1
    mean, deviation : `(n[0],)` float64 of the raw training set; a constant column has deviation 1
    classes : names of label 0, 1, …
    features : names of the inputs
    image_shape : (height, width) where the inputs are an image
    warnings : sentences about the data that a person should read
    columns : what became of each column of the table in which they were; () where they were no table, and of data sets
        that were recorded before there was this
    source : the file that they were loaded from, as an absolute path; None where there was none
    """

    name: str
    X_train: Vector | RowsOnDisk
    y_train: Labels
    X_dev: Vector
    y_dev: Labels
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    classes: tuple[str, ...]
    features: tuple[str, ...]
    image_shape: tuple[int, int] | None = None
    warnings: tuple[str, ...] = ()
    columns: tuple[ColumnPlan, ...] = ()
    source: Path | None = None

    @property
    def m(self) -> int:
        """Number of training examples."""
        return len(self.y_train)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, of all arrays, and of their names, types and shapes."""
        digest = hashlib.sha256()
        for name, tensor in {"X_train": self.X_train, **self._others()}.items():
            digest.update(f"{name} {tensor.dtype.str} {tensor.shape}".encode())
            for block in tensor.blocks() if isinstance(tensor, RowsOnDisk) else [tensor]:
                digest.update(np.ascontiguousarray(block).data)
        return digest.hexdigest()

    @property
    def at_once(self) -> int:
        """Largest number of training examples to ask for in one call; of data in memory, any number."""
        return self.X_train.at_once if isinstance(self.X_train, RowsOnDisk) else sys.maxsize

    def training_examples(self, indices: NDArray[np.intp]) -> tuple[Vector, Labels, NDArray[np.intp]]:
        """Inputs and labels that contain the training examples with these numbers, and where in them these are.

        Of data in memory they are the whole training set; of data on disk, these examples alone.
        """
        if isinstance(self.X_train, RowsOnDisk):
            return self.X_train[indices], self.y_train[indices], np.arange(len(indices))
        return self.X_train, self.y_train, indices

    def inputs_of(self, example: Mapping[str, Typed]) -> tuple[Vector, list[str]]:
        """Normalised inputs `(1, n[0])` of an example that a person types, and what a person should know of them.

        Each column of the table becomes what it became in training. Raises InvalidData for a column that is none of
        the inputs, a value that is not of its kind, and a missing one where the data have none missing.

        Parameters
        ----------
        example : value of each column of the table, or of each input of data that are no table, by its name
        """
        raw, remarks = encode_example(self.plans, example)
        return normalize(raw, self.mean, self.deviation, self.X_dev.dtype), remarks

    def values_of(self, inputs: Vector) -> dict[str, str]:
        """The inverse of `inputs_of`: what a person would type for normalised inputs `(n[0],)`, by name of the column.

        A number has as few digits as it takes; "" is missing; a word that the training set has not is any such word.
        """
        return decode_example(self.plans, inputs, self.mean, self.deviation)

    @property
    def plans(self) -> tuple[ColumnPlan, ...]:
        """`columns`, or for data that are no table one number for each input."""
        return self.columns or tuple(ColumnPlan(name, "input", "numbers") for name in self.features)

    def ends(self) -> Vector:
        """Smallest and largest value of each input in the training set, `(2, n[0])`."""
        if isinstance(self.X_train, RowsOnDisk):
            return self.X_train.normalized_ends()
        return np.stack([self.X_train.min(axis=0), self.X_train.max(axis=0)])

    @property
    def unchanged(self) -> bool:
        """Whether the data are still those that were loaded: another process may write to a file that they stay in."""
        return not isinstance(self.X_train, RowsOnDisk) or self.X_train.file.unchanged

    @property
    def on_disk(self) -> bool:
        """Whether the training inputs are too large for memory."""
        return isinstance(self.X_train, RowsOnDisk)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """The arrays by name, labels as int64; raises TypeError for data on disk."""
        if isinstance(self.X_train, RowsOnDisk):
            raise TypeError(f"the training inputs of {self.name} are too large for memory")
        return {"X_train": self.X_train, **self._others()}

    def _others(self) -> dict[str, NDArray[Any]]:
        return {
            "y_train": self.y_train.astype(np.int64),
            "X_dev": self.X_dev,
            "y_dev": self.y_dev.astype(np.int64),
            "mean": self.mean,
            "deviation": self.deviation,
        }

    def description(self) -> dict[str, Any]:
        """Everything but the arrays, JSON-ready."""
        columns = {"columns": [plan.as_dict() for plan in self.columns]} if self.columns else {}
        return {
            "name": self.name,
            "classes": list(self.classes),
            "features": list(self.features),
            "image_shape": None if self.image_shape is None else list(self.image_shape),
            "warnings": list(self.warnings),
            **columns,
        }

    @classmethod
    def from_parts(cls, description: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Dataset:
        """The inverse of `description()` and `tensors()`; raises InvalidData where the columns are not its inputs."""
        shape = description["image_shape"]
        told = description.get("columns", [])
        if not isinstance(told, list):
            raise InvalidData(f"they are {told!r:.60}, not a list")
        columns = tuple(ColumnPlan.from_dict(values) for values in told)
        features = tuple(description["features"])
        if columns and features != tuple(feature for plan in columns for feature in plan.features):
            raise InvalidData(f"they do not become the inputs {listed(features)}")
        return cls(
            name=description["name"],
            X_train=tensors["X_train"],
            y_train=tensors["y_train"].astype(np.intp),
            X_dev=tensors["X_dev"],
            y_dev=tensors["y_dev"].astype(np.intp),
            mean=tensors["mean"],
            deviation=tensors["deviation"],
            classes=tuple(description["classes"]),
            features=features,
            image_shape=None if shape is None else (shape[0], shape[1]),
            warnings=tuple(description["warnings"]),
            columns=columns,
        )
