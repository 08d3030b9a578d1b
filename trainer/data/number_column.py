"""Reads a column of numbers from text, chunk by chunk, keeping no text."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from trainer.data import cells
from trainer.data.column_problems import (
    RowPlace,
    comma_and_point,
    decimal_comma,
    is_slip,
    leading_zero,
    nothing,
    point_among_commas,
    slip,
    two_meanings,
)
from trainer.data.table import Column

_TOGETHER = 2**20
"""Most numbers that are kept row by row."""

_LEADING_ZERO = re.compile(r"0\d+", re.ASCII)
_ANY_LEADING_ZERO = re.compile(r"\n\s*0\d", re.ASCII)
"""In cells each of which follows a new line."""


def _is_plain(joined: str) -> bool:
    """Whether `float` is strict enough for these cells, and none of them is nan or inf."""
    return joined.isascii() and "_" not in joined and "n" not in joined and "N" not in joined


class NumberColumn:
    """Takes the cells of a column that probably holds numbers.

    Attributes
    ----------
    values : those so far; NaN where a cell is missing or is no number
    commas_are_sure : whether a decimal comma was found that cannot separate thousands
    """

    def __init__(self) -> None:
        self.values = array("d")
        self.commas_are_sure = False
        self._missing = 0
        self._markers: set[str] = set()
        self._odd, self._first_odd = 0, (0, "")
        self._comma, self._point = (0, ""), (0, "")
        self._zero = ""

    @property
    def is_text(self) -> bool:
        """Whether so many cells are no numbers that the column has to be read as text."""
        return self._odd > 0 and not is_slip(self._odd, len(self.values) - self._missing)

    def add(self, chunk: Sequence[str]) -> None:
        """The cells of the next rows."""
        joined = "\n" + "\n".join(chunk)
        if _ANY_LEADING_ZERO.search(joined):
            self.find_leading_zero(chunk)
        if _is_plain(joined):
            try:
                values = array("d", map(float, chunk))
            except ValueError:
                self._add_each(chunk)
                return
            if not self._point[1] and "." in joined:
                i = next(i for i, cell in enumerate(chunk) if "." in cell)
                self._point = len(self.values) + i, chunk[i].strip()
            self.values.extend(values)
        else:
            self._add_each(chunk)

    def add_numbers(self, numbers: NDArray[np.float64]) -> None:
        """The numbers of the next rows, in whose text `found_point` has told of the first point."""
        self.values.frombytes(numbers.tobytes())

    @property
    def has_point(self) -> bool:
        """Whether a cell with a point was found."""
        return self._point[1] != ""

    def found_point(self, i: int, cell: str) -> None:
        """The first cell with a point is the i-th of those that `add_numbers` will take next."""
        self._point = len(self.values) + i, cell.strip()

    def find_leading_zero(self, chunk: Iterable[str]) -> None:
        """Keep the first of these cells that may be a code, such as 007, unless there was one before."""
        if not self._zero:
            self._zero = next((cell.strip() for cell in chunk if _LEADING_ZERO.match(cell.strip())), "")

    def _add_each(self, chunk: Sequence[str]) -> None:
        for cell in chunk:
            value = cells.number(cell)
            if value is not None:
                if not self._point[1] and "." in cell:
                    self._point = len(self.values), cell.strip()
            elif cells.is_missing(cell):
                self._missing += 1
                self._markers.add(cell.strip())
            elif (value := cells.comma_number(cell)) is not None:
                self._comma = self._comma if self._comma[1] else (len(self.values), cell)
                self.commas_are_sure |= not cells.may_be_thousands(cell)
            else:
                self._first_odd = self._first_odd if self._odd else (len(self.values), cell)
                self._odd += 1
            self.values.append(math.nan if value is None else value)

    def column(self, name: str, place: RowPlace, *, commas_are_decimal: bool) -> Column:
        """All of it; `commas_are_decimal` where the file has other columns with decimal commas."""
        markers = tuple(sorted(self._markers))
        if self._missing == len(self.values):
            return nothing(name, len(self.values), self._missing, markers)
        remarks = [decimal_comma(name, self._comma[1])] if self._comma[1] else []
        remarks += [leading_zero(name, self._zero)] if self._zero else []
        return Column(
            name,
            "numbers",
            numbers=np.frombuffer(self.values, np.float64),
            missing=self._missing,
            markers=markers,
            problem=self._problem(place, commas_are_decimal or self.commas_are_sure),
            remarks=tuple(remarks),
        )

    def _problem(self, place: RowPlace, commas_are_decimal: bool) -> str:
        (comma_row, comma), (point_row, point) = self._comma, self._point
        if self._odd:
            row, cell = self._first_odd
            return slip(place(row), cell)
        if comma and point:
            return comma_and_point(place(comma_row), comma, point)
        if comma and not commas_are_decimal:
            return two_meanings(place(comma_row), comma)
        return point_among_commas(place(point_row), point) if point and commas_are_decimal else ""


class NumberColumns:
    """Takes several columns row by row, which is faster than column by column where all cells are numbers."""

    def __init__(self, columns: Sequence[NumberColumn]) -> None:
        self._columns = columns
        self._rows = array("d")

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        """The next rows, each with one cell for each column."""
        joined = "\n" + "\n".join(map("\n".join, rows))
        if _is_plain(joined):
            try:
                numbers = array("d", map(float, chain.from_iterable(rows)))
            except ValueError:
                pass
            else:
                if "." in joined:
                    self._find_points(rows)
                if _ANY_LEADING_ZERO.search(joined):
                    for k, column in enumerate(self._columns):
                        column.find_leading_zero(row[k] for row in rows)
                self._rows.extend(numbers)
                if len(self._rows) > _TOGETHER:
                    self.flush()
                return
        self.flush()
        for column, chunk in zip(self._columns, zip(*rows, strict=True), strict=True):
            column.add(chunk)

    def _find_points(self, rows: Sequence[Sequence[str]]) -> None:
        """Look in the text for the first point of each column: in 1.000 the number does not show it."""
        before = len(self._rows) // len(self._columns)
        for k, column in enumerate(self._columns):
            if not column.has_point:
                i = next((i for i, row in enumerate(rows) if "." in row[k]), None)
                if i is not None:
                    column.found_point(before + i, rows[i][k])

    def flush(self) -> None:
        """Have the columns take what was added."""
        if self._rows:
            block = np.frombuffer(self._rows).reshape(-1, len(self._columns))
            for column, numbers in zip(self._columns, np.ascontiguousarray(block.T), strict=True):
                column.add_numbers(numbers)
            self._rows = array("d")
