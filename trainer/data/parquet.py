"""Parquet files: the columns are the inputs and the label."""

from __future__ import annotations

import json
import re
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.data.columns import find_label, find_left_out, unique_names
from trainer.data.examples import RawLabels, check_size, listed, shown
from trainer.data.parquet_columns import (
    ColumnReader,
    Labels,
    Numbers,
    Texts,
    Unusable,
    as_numbers,
    is_exact_in_float32,
    kind_of,
)
from trainer.data.row_file import IN_MEMORY, RowFile
from trainer.data.scratch import scratch_file
from trainer.data.table import FEW_ROWS, Column, Place, Table
from trainer.errors import InvalidData

_PANDAS_INDEX = re.compile(r"__index_level_\d+__")
"""Name of the column in which pandas stores the row names of a table that have no name themselves."""

_PIECE = 2**16
"""Bytes of a column that are read in one piece."""


def read_parquet(path: Path, label: str, leave_out: Sequence[str] = ()) -> Table:
    """The table in a Parquet file, with the labels in the column called `label`; "" is the last one.

    The row names of a table of pandas are no columns of it, and are left out. Inputs that take more than `IN_MEMORY`
    bytes are written row by row to a file without a name, each time they are read: mini-batches are rows in any order,
    and Parquet has columns.
    """
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        # opened here, as Arrow takes no path that is not Unicode
        with path.open("rb") as opened, ParquetFile(opened) as file:
            schema = file.schema_arrow
            names, types = schema.names, schema.types
            index, ranges = _row_names(schema)
            if label in ranges:
                raise InvalidData(
                    f"{shown(label)} is the name of a range that numbers the rows of the pandas table, and no column; "
                    "reset_index() of pandas makes it one"
                )
            used = [k for k, name in enumerate(names) if name not in index or name == label]
            if not used:
                raise InvalidData("there are no columns")
            found = find_label([names[k] for k in used], label)
            of_table = [name for name in leave_out if name not in (*index, *ranges) or name == label]
            left_out = find_left_out([names[k] for k in used], of_table, found)
            texts = [names[k] for k in used if kind_of(types[k]) == "words"]
        # columns of a row group are read piece by piece: a group may be as large as the file
        with (
            path.open("rb") as opened,
            ParquetFile(opened, read_dictionary=texts, buffer_size=_PIECE, pre_buffer=False) as file,
        ):
            table = _Reading(file, used, found, left_out).table()
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidData(f"this cannot be read as Parquet: {shown(str(error))}") from None
    left = [name for name in (*index, *ranges) if name not in (label, *leave_out)]
    if left:
        warning = f"The row names of the pandas table are no column of it, and are left out: {listed(left)}."
        table = replace(table, warnings=(*table.warnings, warning))
    return table


def _row_names(schema: Any) -> tuple[list[str], list[str]]:
    """Names of the columns in which pandas stored the row names (the index) of a table; and of a range in their place.

    A range of numbers is stored as its ends, in no column. Mostly it has no name, as where nobody chose row names.
    """
    names: list[str] = schema.names
    columns, ranges = [name for name in names if _PANDAS_INDEX.fullmatch(name)], []
    try:
        told = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    except (ValueError, RecursionError):
        return columns, []
    index = told.get("index_columns") if isinstance(told, dict) else None
    for each in index if isinstance(index, list) else ():
        if isinstance(each, str) and each in names:
            columns.append(each)
        elif isinstance(each, dict) and each.get("kind") == "range":
            name = each.get("name")
            if isinstance(name, str) and name and name not in names:
                ranges.append(name)
    return list(dict.fromkeys(columns)), ranges


class _Reading:
    """Reads the columns of an open file."""

    def __init__(self, file: Any, used: Sequence[int], label: int, left_out: Sequence[int]) -> None:
        """`used` are numbers of columns of the file; `label` and `left_out` are numbers among these."""
        self._file, self._used, self._label, self._left_out = file, used, label, tuple(left_out)
        schema = file.schema_arrow  # made anew each time it is asked for, as are its lists
        names, types = schema.names, schema.types
        self._types = [types[k] for k in used]
        self._kinds = [kind_of(each) for each in self._types]
        self._raw_names = [names[k] for k in used]
        self._names, self._warnings = unique_names(self._raw_names)
        self._m: int = file.metadata.num_rows
        if self._m < 1:
            raise InvalidData("there are columns but no rows")

    def _place(self, i: int, k: int) -> str:
        return f"row {i + 1} (the first is row 1), column {self._used[k] + 1} ({shown(self._raw_names[k])})"

    def table(self) -> Table:
        check_size("the column of the labels", (self._m,), 8)
        inputs = [k for k in range(len(self._used)) if k != self._label and k not in self._left_out]
        on_disk = self._on_disk(inputs) if self._m * len(inputs) * 8 > IN_MEMORY else None
        readers = {k: self._reader(k) for k in range(len(self._used)) if on_disk is None or k == self._label}
        first_rows: list[tuple[str, ...]] = []
        start = 0
        for batch in _batches(self._file):
            if start + len(batch) > self._m:
                raise InvalidData(f"{self._m:,} rows are declared, but there are more")
            if not start:
                cells = [batch.column(k)[:FEW_ROWS].to_pylist() for k in self._used]
                first_rows = [
                    tuple("" if cell is None else str(cell) for cell in row) for row in zip(*cells, strict=True)
                ]
            for k, reader in readers.items():
                reader.add(start, batch.column(self._used[k]))
            if on_disk is not None:
                on_disk.add(np.stack([as_numbers(batch.column(self._used[k])) for k in inputs], axis=1))
            start += batch.num_rows
        if start != self._m:
            raise InvalidData(f"{self._m:,} rows are declared, but {start:,} were found")
        sure = any(isinstance(reader, Texts) and reader.commas_are_sure for reader in readers.values())
        label = readers[self._label]
        usable = isinstance(label, Labels)
        return Table(
            m=self._m,
            columns=tuple(
                readers[k].column(name, partial(_in_column, self._place, k), commas_are_decimal=sure)
                if k in readers
                else Column(name, self._kinds[k])
                for k, name in enumerate(self._names)
            ),
            label=self._label,
            left_out=self._left_out,
            labels=label.labels() if isinstance(label, Labels) else RawLabels(np.zeros(self._m, np.intp), ("",)),
            place=self._place,
            first_rows=tuple(first_rows),
            on_disk=None if on_disk is None else on_disk.rows(),
            warnings=tuple(self._warnings),
            problem="" if usable else self._not_a_label(),
        )

    def _not_a_label(self) -> str:
        kind = self._types[self._label]
        return f"{self._place(0, self._label)}: a label must be a number, a boolean or text, not {kind}"

    def _reader(self, k: int) -> ColumnReader:
        kind = self._kinds[k]
        if kind not in ("numbers", "booleans", "words"):
            return Unusable(kind, self._types[k])
        if k == self._label:
            return Labels(self._m, kind)
        return Texts(self._m) if kind == "words" else Numbers(self._m, kind)

    def _on_disk(self, inputs: Sequence[int]) -> _OnDisk:
        for k in inputs:
            if self._kinds[k] not in ("numbers", "booleans"):
                raise InvalidData(
                    f"the column {shown(self._names[k])} holds {self._kinds[k]}; in a table whose inputs take more "
                    f"than {IN_MEMORY // 2**20} MiB and stay on disk, all of them must be numbers"
                )
        return _OnDisk(self._m, [self._types[k] for k in inputs])


def _in_column(place: Place, k: int, i: int) -> str:
    return place(i, k)


def _batches(file: Any) -> Iterator[Any]:
    """Rows in order, in batches; one row group after the other, as Arrow would otherwise keep all that it has read."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(batch_size=2**14, row_groups=[group])


class _OnDisk:
    """The inputs in a file of rows; in a Parquet file they are stored by columns, compressed."""

    def __init__(self, m: int, types: list[Any]) -> None:
        exact = all(is_exact_in_float32(kind) for kind in types)
        self._dtype = np.dtype(np.float32 if exact else np.float64)
        self._shape = m, len(types)
        self._file = scratch_file(m * len(types) * self._dtype.itemsize)
        self._abandoned = weakref.finalize(self, self._file.close)

    def add(self, rows: NDArray[np.float64]) -> None:
        try:
            self._file.write(rows.astype(self._dtype, copy=False).data)
        except OSError as error:
            raise InvalidData(f"its numbers cannot be written row by row to a file: {error.strerror}") from None

    def rows(self) -> RowFile:
        self._file.flush()
        self._abandoned.detach()
        return RowFile(self._file, 0, self._shape, self._dtype)
