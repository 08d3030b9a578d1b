"""Reads a column of numbers from text, chunk by chunk, keeping no text."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

import numpy as np

from trainer.data import cells
from trainer.data.table import Column
from trainer.data.text_column import RowPlace, decimal_commas, is_slip, nothing, slip


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
        self._comma, self._point = (0, ""), ""

    @property
    def is_text(self) -> bool:
        """Whether so many cells are no numbers that the column has to be read as text."""
        return self._odd > 0 and not is_slip(self._odd, len(self.values) - self._missing)

    def add(self, chunk: Sequence[str]) -> None:
        """The cells of the next rows."""
        joined = "".join(chunk)
        if joined.isascii() and "_" not in joined and "n" not in joined and "N" not in joined:  # no nan, no inf
            try:
                values = array("d", map(float, chunk))
            except ValueError:
                self._add_each(chunk)
                return
            self.values.extend(values)
            if not self._point and "." in joined:
                self._point = next(cell for cell in chunk if "." in cell).strip()
        else:
            self._add_each(chunk)

    def _add_each(self, chunk: Sequence[str]) -> None:
        for cell in chunk:
            value = cells.number(cell)
            if value is not None:
                if not self._point and "." in cell:
                    self._point = cell.strip()
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
        problem, remark = "", ""
        if self._odd:
            i, cell = self._first_odd
            problem = slip(place(i), cell)
        elif self._comma[1]:
            i, cell = self._comma
            sure = commas_are_decimal or self.commas_are_sure
            problem, remark = decimal_commas(name, cell, sure=sure, points=self._point, place=place(i))
        return Column(
            name,
            "numbers",
            numbers=np.frombuffer(self.values, np.float64),
            missing=self._missing,
            markers=markers,
            problem=problem,
            remarks=(remark,) if remark else (),
        )
