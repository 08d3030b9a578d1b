"""Columns of a Parquet file, read batch by batch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from trainer.data.column_problems import RowPlace, dates, nothing
from trainer.data.examples import RawLabels, Value, shown
from trainer.data.table import Column, Kind
from trainer.data.text_column import are_sure_commas, text_column


class ColumnReader(Protocol):
    """Takes a column batch by batch."""

    def add(self, start: int, batch: Any) -> None:
        """An Arrow array with the cells from row `start` on."""

    def column(self, name: str, place: RowPlace, *, commas_are_decimal: bool) -> Column:
        """All of them; `commas_are_decimal` where the file has other columns with decimal commas."""


def kind_of(kind: Any) -> Kind:
    """What a column of an Arrow type holds; text may turn out to be numbers, and any column to be empty."""
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_boolean(kind):
        return "booleans"
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "numbers"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "words"
    if types.is_temporal(kind):
        return "dates"
    return "nothing" if types.is_null(kind) else "other"


def is_exact_in_float32(kind: Any) -> bool:
    """Whether all values of an Arrow type of numbers are float32."""
    from pyarrow import types

    small = types.is_int8(kind) or types.is_int16(kind) or types.is_uint8(kind) or types.is_uint16(kind)
    return bool(small or types.is_float16(kind) or types.is_float32(kind) or types.is_boolean(kind))


def as_numbers(batch: Any) -> NDArray[np.float64]:
    """An Arrow array of numbers or booleans, NaN where one is missing."""
    import pyarrow

    if pyarrow.types.is_dictionary(batch.type):
        batch = batch.dictionary_decode()
    numbers: NDArray[np.float64] = batch.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers


class Numbers:
    """Numbers or booleans."""

    def __init__(self, m: int, kind: Kind) -> None:
        self._values, self._kind = np.empty(m), kind

    def add(self, start: int, batch: Any) -> None:
        """An Arrow array with the cells from row `start` on."""
        self._values[start : start + len(batch)] = as_numbers(batch)

    def column(self, name: str, place: RowPlace, *, commas_are_decimal: bool) -> Column:
        """All of them; `commas_are_decimal` where the file has other columns with decimal commas."""
        missing = int(np.isnan(self._values).sum())
        if missing == len(self._values):
            return nothing(name, missing, missing, ())
        return Column(name, self._kind, numbers=self._values, missing=missing)


class Codes:
    """Any values, each different one once."""

    def __init__(self, m: int) -> None:
        self._codes = np.empty(m, np.intp)
        self._numbers: dict[Value, int] = {}

    def add(self, start: int, batch: Any) -> None:
        """An Arrow array with the cells from row `start` on."""
        import pyarrow

        if not pyarrow.types.is_dictionary(batch.type):
            batch = batch.dictionary_encode()
        values = batch.dictionary.to_pylist()
        places = np.array([*(-1 if value is None else self._number(value) for value in values), -1])
        indices = batch.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
        self._codes[start : start + len(batch)] = places[indices]

    def _number(self, value: Any) -> int:
        known = value if isinstance(value, bool | int | float | str) else str(value)
        return self._numbers.setdefault(known, len(self._numbers))

    def labels(self) -> RawLabels:
        """Labels, "" where one is missing."""
        used, codes = np.unique(self._codes, return_inverse=True)
        values = tuple(self._numbers)
        return RawLabels(codes.astype(np.intp), tuple("" if code < 0 else values[code] for code in used))


class Texts(Codes):
    """Text, of which the values tell what it holds."""

    @property
    def commas_are_sure(self) -> bool:
        """Whether it holds numbers, and a decimal comma that cannot separate thousands."""
        return are_sure_commas([str(value) for value in self._numbers])

    def column(self, name: str, place: RowPlace, *, commas_are_decimal: bool) -> Column:
        """All of them; `commas_are_decimal` where the file has other columns with decimal commas."""
        texts = [str(value) for value in self._numbers]
        column = text_column(name, self._codes, texts, place, commas_are_decimal=commas_are_decimal)
        if column.kind not in ("numbers", "booleans"):
            return column
        remark = f"The column {shown(name)} holds text that is {column.kind} throughout; it is taken as {column.kind}."
        return replace(column, remarks=(*column.remarks, remark))


class Unusable:
    """Cells that are no inputs: dates, lists and the like, or none at all."""

    def __init__(self, kind: Kind, type_: Any) -> None:
        self._kind, self._type = kind, type_
        self._missing = self._rows = 0
        self._first = (0, "")

    def add(self, start: int, batch: Any) -> None:
        """An Arrow array with the cells from row `start` on."""
        self._rows += len(batch)
        self._missing += batch.null_count
        if not self._first[1] and batch.null_count < len(batch):
            i = int(np.argmax(batch.is_valid().to_numpy(zero_copy_only=False)))
            self._first = (start + i, shown(str(batch[i].as_py())))

    def column(self, name: str, place: RowPlace, *, commas_are_decimal: bool) -> Column:
        """All of them; `commas_are_decimal` where the file has other columns with decimal commas."""
        if self._kind == "nothing" or self._missing == self._rows:
            return nothing(name, self._rows, self._missing, ())
        i, first = self._first
        if self._kind == "dates":
            return dates(name, place(i), first.strip("'"), self._missing)
        problem = (
            f"{place(i)}: the value is {first}, but every column but that of the label must hold numbers, booleans or "
            f"words; this one holds {self._type}"
        )
        return Column(name, "other", missing=self._missing, problem=problem)


class Labels(Codes):
    """The column of the labels."""

    def __init__(self, m: int, kind: Kind) -> None:
        super().__init__(m)
        self._kind = kind

    def column(self, name: str, place: RowPlace, *, commas_are_decimal: bool) -> Column:
        """All of them; `commas_are_decimal` where the file has other columns with decimal commas."""
        if self._kind == "words":
            texts = [str(value) for value in self._numbers]
            return text_column(name, self._codes, texts, place, commas_are_decimal=commas_are_decimal)
        numbers = np.array([*(float(value) for value in self._numbers), np.nan])[self._codes]
        return Column(name, self._kind, numbers=numbers, missing=int((self._codes < 0).sum()))
