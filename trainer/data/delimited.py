"""Tables as text: a line of names, then one example per line, in columns that a character separates."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

import numpy as np

from trainer.data.column_problems import RowPlace
from trainer.data.columns import find_label, find_left_out, unique_names
from trainer.data.examples import RawLabels, check_size, shown
from trainer.data.header import is_example
from trainer.data.layout import Chunk, Layout, layouts
from trainer.data.number_column import NumberColumn, NumberColumns
from trainer.data.odd_lines import are_names, comment, hint, may_be_comment, parted, single_quotes
from trainer.data.table import FEW_ROWS, Column, Place, Table
from trainer.data.text_column import text_column
from trainer.data.text_files import ending, opened
from trainer.errors import InvalidData

_TRIED = 100
"""Rows that tell whether a column is read as numbers at first; one that is none is read again as text."""

_USUAL = {".csv": ",", ".tsv": "\t", ".tab": "\t"}


def read_delimited(path: Path, label: str, leave_out: Sequence[str] = ()) -> Table:
    """The table in a text file, packed or not, with the labels in the column called `label`; "" is the last one."""
    with opened(path) as text:
        usual = _USUAL.get(ending(path), "")
        refusal: InvalidData | None = None
        for layout in layouts(text, usual):
            try:
                return _Reading(text, layout, usual, label, leave_out).table()
            except _Unreadable as error:
                refusal = refusal or error
        assert refusal is not None
        raise InvalidData(str(refusal))


class _Unreadable(InvalidData):
    """The rows do not agree in this layout."""


class _Reading:
    """Reads a table in one layout."""

    def __init__(self, text: TextIO, layout: Layout, usual: str, label: str, leave_out: Sequence[str]) -> None:
        self._text, self._layout = text, layout
        chunks = self._read()
        (line,), (first,) = next(chunks)
        names = layout.names(first)
        if names is None:
            raise _Unreadable(f"line {line} does not end with a separator")
        for k, name in enumerate(names):
            if "\0" in name:
                raise InvalidData(f"line {line}, column {k + 1}: the name {name!r:.60} holds a NUL character")
        self._width, self._counted = len(names), f" (the header is line {line})"
        below = next(chunks, Chunk((), []))
        self._check_comment(line, first, below.rows)
        beginning = self._agreed(below).rows
        self._check_quotes(line, [first, *beginning])
        self._headless, self.warnings = is_example(names, beginning, (label, *leave_out))
        self.warnings = [*layout.told(usual), *self.warnings]
        if self._headless:
            names, self._counted = [""] * len(names), ""
            self.warnings.append(f"There is no header line: line {line} is taken as the first example.")
        self._names, renamed = unique_names(names)
        self.warnings += renamed
        self._label = find_label(self._names if self._headless else names, label)
        self._left_out = find_left_out(self._names if self._headless else names, leave_out, self._label)
        if not beginning:
            raise InvalidData("there is a header line but no example below it")
        self._beginning = list(zip(*beginning[:_TRIED], strict=True))

    def _check_comment(self, line: int, first: Sequence[str], below: list[list[str]]) -> None:
        """Raise _Unreadable where the first line is a comment: no row agrees with it, or the names are below it."""
        rows = [row for row in below if not may_be_comment(row[0])]
        if rows and may_be_comment(first[0]):
            agreeing = [row for row in rows if self._layout.agrees(row, self._width)]
            if not agreeing or (agreeing[0] is rows[0] and are_names(agreeing)):
                raise _Unreadable(comment(line, self._layout.separator.join(first)))

    def _check_quotes(self, line: int, rows: list[list[str]]) -> None:
        """Raise InvalidData where separators part text in single quotes in each of the first rows."""
        found = [parted(row, self._layout.separator) for row in rows]
        if found[0] and all(found):
            k, text = found[0]
            raise InvalidData(f"line {line}, column {k + 1}: {single_quotes(text)}")

    def _read(self) -> Iterator[Chunk]:
        try:
            yield from self._layout.chunks(self._text)
        except InvalidData as error:
            raise _Unreadable(str(error)) from None

    def _agreed(self, chunk: Chunk) -> Chunk:
        """Rows of the chunk without what follows the last separator; raises _Unreadable where one disagrees."""
        layout, width = self._layout, self._width
        if not layout.closed and all(len(row) == width for row in chunk.rows):
            return chunk
        for line, row in zip(*chunk, strict=True):
            if not layout.agrees(row, width):
                raise _Unreadable(
                    f"line {line}{self._counted} has {len(row)} fields, but {width} are expected as in the first line"
                    f"{hint(row, layout.separator)}"
                )
        return Chunk(chunk.lines, [row[:width] for row in chunk.rows])

    def _chunks(self) -> Iterator[Chunk]:
        """All examples."""
        chunks = self._read()
        first = next(chunks)
        if self._headless:
            yield Chunk(first.lines, [first.rows[0][: self._width]])
        yield from map(self._agreed, chunks)

    def table(self) -> Table:
        """All of it."""
        lines = array("q")
        first_rows: list[tuple[str, ...]] = []
        numbers, texts = self._accumulators()
        together = NumberColumns(tuple(numbers.values()))
        for chunk in self._chunks():
            first_rows += map(tuple, chunk.rows[: FEW_ROWS - len(first_rows)])
            lines.extend(chunk.lines)
            check_size("the file", (len(lines), self._width), 8)
            for k in sorted(texts, reverse=True):  # what is left in each row are numbers
                texts[k].add([row.pop(k) for row in chunk.rows])
            if numbers:
                together.add(chunk.rows)
        together.flush()
        again = {k: _Texts() for k, column in numbers.items() if column.is_text}
        for chunk in self._chunks() if again else ():
            for k, text in again.items():
                text.add([row[k] for row in chunk.rows])
        texts |= again

        def place(i: int, k: int) -> str:
            return f"line {lines[i]}{self._counted}, column {k + 1} ({shown(self._names[k])})"

        sure = any(column.commas_are_sure for column in numbers.values())
        return Table(
            m=len(lines),
            columns=tuple(
                (texts.get(k) or numbers[k]).column(name, partial(_place_in, place, k), commas_are_decimal=sure)
                for k, name in enumerate(self._names)
            ),
            label=self._label,
            left_out=self._left_out,
            labels=texts[self._label].labels(),
            place=place,
            first_rows=tuple(first_rows),
            warnings=tuple(self.warnings),
        )

    def _accumulators(self) -> tuple[dict[int, NumberColumn], dict[int, _Texts]]:
        """What takes the cells of each column: as numbers where those below the first row mostly are, as text else."""
        numbers: dict[int, NumberColumn] = {}
        for k, column in enumerate(self._beginning):
            if k != self._label:
                trial = NumberColumn()
                trial.add(column)
                if not trial.is_text:
                    numbers[k] = NumberColumn()
        return numbers, {k: _Texts() for k in range(self._width) if k not in numbers}


class _Texts:
    """Takes the cells of a column as text, each different one once."""

    def __init__(self) -> None:
        self._codes = array("q")
        self._numbers: dict[str, int] = {}

    def add(self, chunk: Sequence[str]) -> None:
        numbers = self._numbers
        for cell in dict.fromkeys(chunk):
            numbers.setdefault(cell, len(numbers))
        self._codes.extend([numbers[cell] for cell in chunk])

    def column(self, name: str, place: RowPlace, *, commas_are_decimal: bool) -> Column:
        codes = np.frombuffer(self._codes, np.int64).astype(np.intp, copy=False)
        return text_column(name, codes, tuple(self._numbers), place, commas_are_decimal=commas_are_decimal)

    def labels(self) -> RawLabels:
        return RawLabels(np.array(self._codes, np.intp), tuple(self._numbers))


def _place_in(place: Place, k: int, i: int) -> str:
    return place(i, k)
