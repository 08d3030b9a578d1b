"""How a table is written as text: what separates its columns, and whether it has a line of names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import NamedTuple, TextIO

from trainer.data.cells import comma_number, number
from trainer.data.examples import shown
from trainer.data.odd_lines import comment, may_be_comment
from trainer.errors import InvalidData

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
_SAID = re.compile(r'"?sep=([^"\w\r\n])"?[\r\n]*', re.IGNORECASE)
_TAB = re.compile(r'"[^"]*"|\t')
_BREAK = re.compile(r"\r\n|\r|\n")
_OTHERS = re.compile(r"[,;\t|]")
_QUOTED = re.compile(r"\s+\"")
_SAMPLE, _FIELDS = 200, 20_000
"""Rows by which the layouts are put in order: so many, or so many that they have that many fields."""

_CLOSINGS = ((True, True), (False, True), (True, False), (False, False))

_ROWS, _CELLS = 256, 2**13
"""Most rows that are read at a time, and most cells in them."""


class Chunk(NamedTuple):
    """Rows, and for each the number of the line on which it begins; the first line is 1."""

    lines: Sequence[int]
    rows: list[list[str]]


@dataclass(frozen=True)
class Layout:
    """One way to read a table.

    Attributes
    ----------
    separator : between columns; a space stands for any run of spaces and tabs
    spaced : whether spaces follow separators, before a quotation mark too
    closed_names : whether the first row ends with a separator that separates nothing
    closed : whether all other rows do
    """

    separator: str
    spaced: bool = False
    closed_names: bool = False
    closed: bool = False

    def chunks(self, text: TextIO) -> Iterator[Chunk]:
        """Rows that are not blank: the first one alone, then many at a time."""
        before = 1 if _said(text) else 0
        line, size = before + 1, 1
        blank = self.separator == " "
        source = map(_blanks_as_spaces, text) if blank else text
        reader = csv.reader(source, delimiter=self.separator, strict=True, skipinitialspace=blank or self.spaced)
        while True:
            rows: list[list[str]] = []
            start = reader.line_num
            try:
                rows.extend(islice(reader, size))
            except csv.Error as error:
                line += sum(map(_lines_of, rows))
                raise InvalidData(f"line {line} cannot be read: {error}; is a quotation mark missing?") from None
            if not rows:
                return
            lines: Sequence[int] = range(line, line + len(rows))
            if reader.line_num - start != len(rows):
                lines = list(accumulate(map(_lines_of, rows[:-1]), initial=line))
            line = before + reader.line_num + 1
            if min(map(len, rows)) < 2:
                kept = [i for i, row in enumerate(rows) if len(row) > 1 or (row and row[0].strip())]
                lines, rows = [lines[i] for i in kept], [rows[i] for i in kept]
            if rows:
                size = max(2, min(_ROWS, _CELLS // len(rows[0])))
                yield Chunk(lines, rows)

    def names(self, first: Sequence[str]) -> list[str] | None:
        """The fields of the first row; None where it does not end as it should."""
        fields = [field.strip() for field in first]
        if not self.closed_names:
            return fields
        return fields[:-1] if fields[-1] == "" else None

    def agrees(self, row: Sequence[str], columns: int) -> bool:
        """Whether a row below the first one has so many fields."""
        if self.closed:
            return len(row) == columns + 1 and not row[-1].strip()
        return len(row) == columns

    def told(self, usual: str) -> list[str]:
        """Warnings where it is not the one that the ending of the file's name tells."""
        warnings = []
        if usual and self.separator != usual:
            separated = SEPARATORS.get(self.separator, shown(self.separator))
            warnings.append(f"The columns are separated by {separated}, not by {SEPARATORS[usual]}.")
        if self.closed and self.closed_names:
            warnings.append("Each line ends with a separator; the empty column after it is left out.")
        elif self.closed or self.closed_names:
            where = "Each line but the first" if self.closed else "The first line"
            warnings.append(f"{where} ends with a separator; the empty column after it is left out.")
        return warnings


def layouts(text: TextIO, usual: str) -> list[Layout]:
    """All ways to read the text in which the first rows agree, the most plausible one first; never empty.

    Rows agree where they have the same number of fields, two or more. Of several layouts in which they do, the one with
    fewer fields in which another separator stands (as in 12,5;red, read with commas) is more plausible, then the one
    with more numbers, then the one with the usual separator. Where the rows agree in none, it is the one with the usual
    separator or with most fields in the first row.

    Parameters
    ----------
    usual : the separator that the ending of the file's name tells; "" if it tells none
    """
    said = _said(text)
    separators = [said] if said else sorted(SEPARATORS, key=lambda separator: separator != usual)
    found: list[tuple[tuple[float, float], Layout]] = []
    widths: dict[str, int] = {}
    for spaced in (False, True):
        for separator in separators:
            if separator == " " and found and usual and not said:
                continue
            sample, complete = _sample(text, Layout(separator, spaced))
            if sample:
                widths[separator] = max(len(sample[0]), widths.get(separator, 0))
            closings = [Layout(separator, spaced, *closing) for closing in _CLOSINGS if complete]
            agreeing = [layout for layout in closings if _agree(sample, layout)]
            if agreeing:
                plausible = _plausibility(sample, agreeing[0])
                if separator != " " or said or all(plausible[1] > other[1] for other, _ in found):
                    found += [(plausible, layout) for layout in agreeing]
        if found:
            return [layout for _, layout in sorted(found, key=lambda each: each[0], reverse=True)]
    if widths.get(usual, 0) > 1:
        return [Layout(usual)]
    widest = max(separators, key=lambda separator: (widths.get(separator, 0), separator != " "))
    if widths.get(widest, 0) < 2:
        raise _one_column(text, usual)
    return [Layout(widest)]


def _blanks_as_spaces(line: str) -> str:
    """The line with tabs outside quotation marks as spaces, and none at its end."""
    spaced = _TAB.sub(lambda found: " " if found[0] == "\t" else found[0], line)
    return spaced.rstrip(" \r\n") + "\n"


def _lines_of(row: Sequence[str]) -> int:
    """How many lines of the file a row takes."""
    return 1 + sum(len(_BREAK.findall(field)) for field in row)


def _said(text: TextIO) -> str:
    """The separator that a first line such as `sep=;` names; the text is then behind that line, else at its start."""
    text.seek(0)
    said = _SAID.fullmatch(text.readline(20))
    if said:
        return said.group(1)
    text.seek(0)
    return ""


def _sample(text: TextIO, layout: Layout) -> tuple[list[list[str]], bool]:
    """The first rows, and whether they could be read."""
    sample: list[list[str]] = []
    fields = 0
    try:
        for _, rows in islice(layout.chunks(text), 2):
            for row in rows:
                if len(sample) < _SAMPLE and (fields < _FIELDS or len(sample) < 2):
                    sample.append(row)
                    fields += len(row)
    except InvalidData:
        return sample, False
    return sample, True


def _agree(sample: list[list[str]], layout: Layout) -> bool:
    """Whether all first rows have the same number of fields."""
    names = layout.names(sample[0]) if sample else None
    if names is None or len(names) < 2 or (layout.closed and len(sample) == 1):
        return False
    if not layout.spaced and any(_QUOTED.match(field) for row in sample for field in row):
        return False
    return all(layout.agrees(row, len(names)) for row in sample[1:])


def _plausibility(sample: list[list[str]], layout: Layout) -> tuple[float, float]:
    """Of the fields of the first rows, the shares that hold no other separator, and that are numbers."""
    width = len(layout.names(sample[0]) or ())
    fields = [field for row in sample for field in row[:width]]
    numbers = sum(number(field) is not None or comma_number(field) is not None for field in fields)
    others = sum(_OTHERS.search(field) is not None and comma_number(field) is None for field in fields)
    return 1 - others / len(fields), numbers / len(fields)


def _one_column(text: TextIO, usual: str) -> InvalidData:
    text.seek(0)
    number, first = next(((number, line) for number, line in enumerate(text, start=1) if line.strip()), (0, ""))
    if not first:
        return InvalidData("the file is empty")
    if may_be_comment(first):
        return InvalidData(comment(number, first))
    separated = f"separated by {SEPARATORS[usual or ',']}"
    return InvalidData(f"there is only one column, {shown(first.strip())}: inputs and a label are needed, {separated}")
