"""Parquet files: the columns are the inputs and the label."""

from __future__ import annotations

import re
import weakref
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.data.columns import find_label
from trainer.data.examples import Examples, RawData, RawLabels, Value, check_size, shown
from trainer.data.row_file import IN_MEMORY, RowFile
from trainer.data.scratch import scratch_file
from trainer.errors import InvalidData

_PANDAS_INDEX = re.compile(r"__index_level_\d+__")
"""Name of the column in which pandas stores the row names of a table; it is the last one, and not an input."""


_PIECE = 2**16
"""Bytes of a column that are read in one piece."""


def read_parquet(path: Path, label: str) -> RawData:
    """Examples of a Parquet file, with the labels in the column called `label`; "" is the last one.

    Inputs that take more than `IN_MEMORY` bytes are written row by row to a file without a name, each time they are
    read: mini-batches are rows in any order, and Parquet has columns.
    """
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            names = file.schema_arrow.names
            used = [k for k, name in enumerate(names) if not _PANDAS_INDEX.fullmatch(name)]
            if not used:
                raise InvalidData("there are no columns")
            label_column = used[find_label([names[k] for k in used], label)]
        # columns of a row group are read piece by piece: a group may be as large as the file
        with ParquetFile(path, read_dictionary=[names[label_column]], buffer_size=_PIECE, pre_buffer=False) as file:
            return _read(file, [k for k in used if k != label_column], label_column)
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidData(f"this cannot be read as Parquet: {shown(str(error))}") from None


def _read(file: Any, columns: list[int], label_column: int) -> RawData:
    import pyarrow

    schema = file.schema_arrow
    names = schema.names
    m = file.metadata.num_rows
    if m < 1:
        raise InvalidData("there are columns but no rows")

    def place(i: int, j: int | None) -> str:
        k = label_column if j is None else columns[j]
        return f"row {i + 1} (the first is row 1), column {k + 1} ({shown(names[k])})"

    for j, k in enumerate(columns):
        if not _is_number(schema.types[k]):
            raise InvalidData(
                f"{place(0, j)}: the value is {_first(file, k)}, but every column but that of the label "
                f"({shown(names[label_column])}) must hold numbers; this one holds {schema.types[k]}"
            )
    label_type = schema.types[label_column]
    if pyarrow.types.is_dictionary(label_type):
        label_type = label_type.value_type
    if not _is_label(label_type):
        raise InvalidData(f"{place(0, None)}: a label must be a number, a boolean or text, not {label_type}")

    check_size("the column of the labels", (m,), 8)
    on_disk = m * len(columns) * 8 > IN_MEMORY
    sink = _OnDisk(m, [schema.types[k] for k in columns]) if on_disk else _InMemory(m, len(columns))
    codes = array("q")
    table: dict[Value, int] = {}
    start = 0
    for batch in _batches(file):
        if start + len(batch) > m:
            raise InvalidData(f"{m:,} rows are declared, but there are more")
        rows = np.empty((len(batch), len(columns)))
        for j, k in enumerate(columns):
            rows[:, j] = batch.column(k).cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False)
        sink.add(rows)
        labels = batch.column(label_column)
        if not pyarrow.types.is_dictionary(labels.type):
            labels = labels.dictionary_encode()
        if labels.null_count:
            missing = start + int(np.argmin(labels.is_valid().to_numpy(zero_copy_only=False)))
            raise InvalidData(f"{place(missing, None)}: the label is missing; every example needs a label")
        values = [_label(value) for value in labels.dictionary.to_pylist()]
        codes.extend(table.setdefault(values[code], len(table)) for code in labels.indices.to_pylist())
        start += batch.num_rows
    if start != m:
        raise InvalidData(f"{m:,} rows are declared, but {start:,} were found")
    return RawData(
        Examples(sink.rows(), RawLabels(np.array(codes, np.intp), tuple(table)), place),
        tuple(names[k] for k in columns),
    )


def _batches(file: Any) -> Iterator[Any]:
    """Rows in order, in batches; one row group after the other, as Arrow would otherwise keep all that it has read."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(batch_size=2**14, row_groups=[group])


class _InMemory:
    """The inputs as an array."""

    def __init__(self, m: int, inputs: int) -> None:
        self._X = np.empty((m, inputs))
        self._m = 0

    def add(self, rows: NDArray[np.float64]) -> None:
        self._X[self._m : self._m + len(rows)] = rows
        self._m += len(rows)

    def rows(self) -> NDArray[np.float64]:
        return self._X


class _OnDisk:
    """The inputs in a file of rows; in a Parquet file they are stored by columns, compressed."""

    def __init__(self, m: int, types: list[Any]) -> None:
        exact = all(_is_exact_in_float32(kind) for kind in types)
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


def _is_exact_in_float32(kind: Any) -> bool:
    from pyarrow import types

    small = types.is_int8(kind) or types.is_int16(kind) or types.is_uint8(kind) or types.is_uint16(kind)
    return bool(small or types.is_float16(kind) or types.is_float32(kind) or types.is_boolean(kind))


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_decimal(kind))


def _is_label(kind: Any) -> bool:
    from pyarrow import types

    return bool(_is_number(kind) or types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _label(value: Any) -> Value:
    if value is None:
        return ""
    return value if isinstance(value, bool | int | float | str) else str(value)


def _first(file: Any, k: int) -> str:
    batch = next(file.iter_batches(batch_size=1))
    return shown(str(batch.column(k)[0].as_py()))
