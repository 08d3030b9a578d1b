"""Description: what is in a data set and what becomes of it, before anything is trained on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from trainer.data.balance import about_balance
from trainer.data.column_plan import ColumnPlan, Role
from trainer.data.dataset import Dataset
from trainer.data.labels import different_labels
from trainer.data.loading import name_of, named, prepared, read
from trainer.data.read_as import AS_USUAL, ReadAs
from trainer.data.table import Kind, Table
from trainer.errors import InvalidData


@dataclass(frozen=True)
class ColumnDescription:
    """One column of a table.

    Attributes
    ----------
    name : of the column, unique in its table
    role : of the column
    kind : what it holds beside missing values
    missing : how many values are missing; None where they were not counted, in a table that stays on disk
    distinct : how many different values there are; None where they were not counted
    treatment : what becomes of it, for a person
    problem : the sentence why it cannot be an input; "" where it can
    """

    name: str
    role: Role
    kind: Kind
    missing: int | None
    distinct: int | None
    treatment: str
    problem: str


@dataclass(frozen=True)
class ClassCount:
    """How many examples of a class there are in the training set and in the dev set."""

    name: str
    train: int
    dev: int


@dataclass(frozen=True)
class Description:
    """What is in a data set.

    Attributes
    ----------
    name : of the data set, or of the file without its folders
    columns : of a table; () of anything else
    first_rows : text of the cells of the first rows of a table
    refusal : the sentence why it cannot be trained on as it was asked for; "" where it can. Where there is one, only
        name, columns and first rows are known.
    classes : in the order of their numbers
    train, dev : numbers of examples
    features : names of the inputs of the network
    image_shape : (height, width) where the inputs are an image
    warnings : sentences that a person should read
    fingerprint : of the Dataset; "" where there is none
    """

    name: str
    columns: tuple[ColumnDescription, ...] = ()
    first_rows: tuple[tuple[str, ...], ...] = ()
    refusal: str = ""
    classes: tuple[ClassCount, ...] = ()
    train: int = 0
    dev: int = 0
    features: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    warnings: tuple[str, ...] = ()
    fingerprint: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def describe_data(data: str, how: ReadAs = AS_USUAL) -> Description:
    """What `load_dataset` would make of the same arguments; raises InvalidData where the file cannot be read at all.

    A table that can be read but not be trained on is described as far as that is possible, with the reason, so that a
    person can choose another label or columns to leave out.
    """
    with named(data):
        raw = read(data, how)
    columns = described_columns(raw, ()) if isinstance(raw, Table) else ()
    first_rows = raw.first_rows if isinstance(raw, Table) else ()
    try:
        dataset = prepared(data, raw, how)
    except InvalidData as error:
        return Description(name_of(data), columns, first_rows, str(error))
    if isinstance(raw, Table):
        columns = described_columns(raw, dataset.columns)
    return Description(
        name=dataset.name,
        columns=columns,
        first_rows=first_rows,
        classes=_counts(dataset),
        train=dataset.m,
        dev=len(dataset.y_dev),
        features=dataset.features,
        image_shape=dataset.image_shape,
        warnings=(*dataset.warnings, *about_balance(dataset.classes, dataset.y_train, dataset.y_dev)),
        fingerprint=dataset.fingerprint,
    )


def described_columns(table: Table, plans: Sequence[ColumnPlan]) -> tuple[ColumnDescription, ...]:
    """The columns of a table, and what becomes of each by its plan, where there are plans."""
    described = []
    for k, column in enumerate(table.columns):
        role: Role = "label" if k == table.label else "left out" if k in table.left_out else "input"
        unread = table.on_disk is not None and k != table.label
        treatment = plans[k].treatment if plans else "" if role == "input" else role
        described.append(
            ColumnDescription(
                name=column.name,
                role=role,
                kind=column.kind,
                missing=None if unread else column.missing,
                distinct=None if unread or column.kind in ("dates", "other") else _distinct(table, k),
                treatment=treatment,
                problem=column.problem if role != "label" else table.problem,
            )
        )
    return tuple(described)


def _distinct(table: Table, k: int) -> int:
    """How many different values a column has; float64, in which a column of numbers is, has not all whole labels."""
    return different_labels(table.labels.values) if k == table.label else table.columns[k].distinct()


def _counts(dataset: Dataset) -> tuple[ClassCount, ...]:
    numbers = range(len(dataset.classes))
    train = np.bincount(dataset.y_train, minlength=len(numbers)).tolist()
    dev = np.bincount(dataset.y_dev, minlength=len(numbers)).tolist()
    return tuple(ClassCount(dataset.classes[c], train[c], dev[c]) for c in numbers)
