"""From the columns of a table to inputs, by a plan for each column; for new examples that a person types as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.data import cells
from trainer.data.column_plan import ColumnPlan, fit, shown_value
from trainer.data.examples import AnyExamples, Examples, Locator, check_size, listed, shown, some
from trainer.data.table import Column, Table
from trainer.errors import InvalidData

Typed = str | float | bool | None
"""One value of an example that a person typed: text, or what a program has; None and "" are missing."""

_BLOCK = 2**17
"""Numbers that are put in their places at a time."""

_EXACT = 2**53
"""Up to this number float64 has all whole numbers."""


def encoded(table: Table, plans: Sequence[ColumnPlan]) -> AnyExamples:
    """The examples of a table, with all its rows as inputs `(m, n[0])`."""
    place = _input_place(table, plans)
    if table.on_disk is not None:
        return Examples(table.on_disk, table.labels, place)
    return Examples(_inputs(table, plans), table.labels, place)


def _input_place(table: Table, plans: Sequence[ColumnPlan]) -> Locator:
    of_column = [k for k, plan in enumerate(plans) for _ in plan.features]
    return lambda i, j: table.place(i, table.label if j is None else of_column[j])


def _inputs(table: Table, plans: Sequence[ColumnPlan]) -> NDArray[np.float64]:
    inputs = sum(len(plan.features) for plan in plans)
    if inputs > len(table.inputs):
        check_size("the table, with its words as inputs,", (table.m, inputs), 8)
    X, j = np.empty((table.m, inputs)), 0
    alone: list[tuple[int, NDArray[np.float64]]] = []
    for plan, column in zip(plans, table.columns, strict=True):
        if width := len(plan.features):
            encoded = plan.encode(column)
            if width == 1:
                alone.append((j, encoded[:, 0]))
            else:
                X[:, j : j + width] = encoded
            j += width
    rows = max(1, _BLOCK // max(1, inputs))
    for start in range(0, table.m, rows):  # a block at a time stays in the processor's cache
        for j, values in alone:
            X[start : start + rows, j] = values[start : start + rows]
    return X


def encode_example(plans: Sequence[ColumnPlan], example: Mapping[str, Typed]) -> tuple[NDArray[np.float64], list[str]]:
    """The inputs `(1, n[0])` of one example, not yet normalised, and what a person should know of them.

    Raises InvalidData for a column that is none of the inputs, and for a value that is not of the column's kind.

    Parameters
    ----------
    example : value of each column by its name; one that is left out is missing
    """
    inputs = [plan for plan in plans if plan.role == "input"]
    for name in example.keys() - {plan.name for plan in inputs}:
        raise InvalidData(f"{shown(name)} is none of the inputs; they are {listed([plan.name for plan in inputs])}")
    columns, remarks = [], []
    for plan in inputs:
        value = example.get(plan.name)
        text = "" if value is None else str(value)
        if cells.is_missing(text):
            if plan.fill is None:
                raise InvalidData(f"{plan.name} is missing, but it is in no example of the data; give it a value")
            remarks.append(f"{plan.name} is missing: filled with {shown_value(plan.kind, plan.fill)}.")
        elif plan.kind == "words" and text.strip() not in plan.words:
            remarks.append(f"{plan.name}: the training set has no {shown(text)}; it has {listed(plan.words)}.")
        elif plan.kind == "numbers" and cells.number(text) is None and (value := cells.comma_number(text)) is not None:
            if cells.may_be_thousands(text):
                raise InvalidData(
                    f"{plan.name}: {shown(text)} may be {value:g} or {value * 1000:g}; write it with a point"
                )
            remarks.append(f"{plan.name}: {shown(text)} is read as {value:g}.")
        columns.append(plan.encode(_one(plan, text)))
    return np.concatenate(columns, axis=1), remarks


def _one(plan: ColumnPlan, text: str) -> Column:
    """A column of one cell."""
    missing = cells.is_missing(text)
    if plan.kind == "words":
        return Column(plan.name, "words", codes=np.array([-1 if missing else 0]), words=(text.strip(),))
    value = cells.number(text)
    if plan.kind == "booleans":
        value = cells.truth(text) if value not in (0, 1) else value
    elif value is None:
        value = cells.comma_number(text)
    if not missing and (value is None or not np.isfinite(value)):
        allowed = "True or False" if plan.kind == "booleans" else "a finite number such as 1234.5"
        raise InvalidData(f"{plan.name} must be {allowed}, but got {shown(text)}")
    return Column(plan.name, plan.kind, numbers=np.array([np.nan if value is None else float(value)]))


def about_columns(table: Table, plans: Sequence[ColumnPlan], dev: NDArray[np.intp]) -> list[str]:
    """Warnings about values that were filled, taken for something else, or not seen in training.

    Parameters
    ----------
    dev : numbers of the dev examples
    """
    inputs = [(plan, column) for plan, column in zip(plans, table.columns, strict=True) if plan.role == "input"]
    warnings = [remark for _, column in inputs for remark in column.remarks]
    for plan, column in inputs:
        if plan.kind == "numbers" and len(column.numbers) and _is_rounded(column.numbers):
            warnings.append(
                f"The column {shown(plan.name)} holds whole numbers beyond {_EXACT:,}, which are rounded: neighbours "
                "may become the same number."
            )
    for indicated, where in (
        (True, ", and one more input says where"),
        (False, ", which has them all, so no input says where"),
    ):
        filled = [
            f"{shown(plan.name)} ({column.missing:,} of {table.m:,}{_written(column)}; "
            f"its {plan.typical}, {shown_value(plan.kind, plan.fill)})"
            for plan, column in inputs
            if column.missing and plan.indicator == indicated
        ]
        if filled:
            warnings.append(f"Missing values are filled by the training set{where}: {some(filled)}.")
    for plan, column in inputs:
        if plan.kind == "words" and table.on_disk is None:
            used = np.unique(column.codes[dev])
            unseen = [column.words[code] for code in used if code >= 0 and column.words[code] not in plan.words]
            if unseen:
                warnings.append(
                    f"The column {shown(plan.name)} has words in the dev set only, which are 0 in all its inputs: "
                    f"{listed(sorted(unseen))}."
                )
    return warnings


def fill_gaps(
    sets: Sequence[Examples[NDArray[Any]]], features: Sequence[str], train: NDArray[np.intp]
) -> tuple[list[Examples[NDArray[Any]]], tuple[ColumnPlan, ...], list[str]]:
    """Arrays in which NaN stands for missing values, with these filled; the plans for their columns; warnings.

    Parameters
    ----------
    sets : the examples to train on, then perhaps those of the dev set
    features : names of the inputs
    train : numbers of the training examples among the first ones
    """
    missing = sum(np.isnan(each.X).sum(axis=0) for each in sets)
    tables = [_matrix_table(each, features, missing) for each in sets]
    plans = fit(tables[0], train)
    warnings = about_columns(tables[0], plans, np.empty(0, np.intp))
    filled = [Examples(_inputs(table, plans), table.labels, _input_place(table, plans)) for table in tables]
    return filled, plans, warnings


def _matrix_table(examples: Examples[NDArray[Any]], features: Sequence[str], missing: NDArray[np.intp]) -> Table:
    values = np.asarray(examples.X, np.float64).T
    columns = [Column(name, "numbers", numbers=values[j], missing=int(missing[j])) for j, name in enumerate(features)]
    locate = examples.locate
    return Table(
        m=len(examples.X),
        columns=tuple(columns),
        label=-1,
        left_out=(),
        labels=examples.labels,
        place=lambda i, k: locate(i, None if k < 0 else k),
    )


def _is_rounded(numbers: NDArray[np.float64]) -> bool:
    """Whether a column holds whole numbers, of which some are so large that float64 has not all of them."""
    largest = max(-np.nanmin(numbers), np.nanmax(numbers))
    return bool(_EXACT < largest < 2.0**64) and bool((np.floor(numbers) == numbers)[~np.isnan(numbers)].all())


def _written(column: Column) -> str:
    markers = [marker for marker in column.markers if marker]
    return f", written {listed(markers)}" if markers else ""
