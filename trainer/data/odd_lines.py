"""Lines that are no row of a table as they stand: comments, and text in single quotes that holds separators."""

from __future__ import annotations

from collections.abc import Sequence

from trainer.data import cells
from trainer.data.examples import shown

_MARKS = ("#", "%", "//")
_FEWEST = 3
"""Rows below the names that show which columns are numbers."""


def may_be_comment(first: str) -> bool:
    """Whether a line whose first field is this may be a comment, or else begins with an odd name."""
    return first.lstrip().startswith(_MARKS)


def comment(line: int, text: str) -> str:
    """The sentence about a line of comment above the table."""
    return f"line {line} is a comment and no row of the table: {shown(text.strip())}; leave out lines of comment"


def are_names(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of these rows has words above all columns of numbers, so that a line above it has no names."""
    names, below = rows[0], rows[1:]
    if len(below) < _FEWEST:
        return False
    above = [name for name, column in zip(names, zip(*below, strict=True), strict=True) if _are_numbers(column)]
    return bool(above) and all(cells.number(name) is None and any(map(str.isalpha, name)) for name in above)


def parted(row: Sequence[str], separator: str) -> tuple[int, str] | None:
    """Text in single quotes that separators parted into several fields: the number of the first one, and the text."""
    fields = [field.strip() for field in row]
    for j, field in enumerate(fields):
        if field.startswith("'") and (field == "'" or not field.endswith("'")):
            for k in range(j + 1, len(fields)):
                if fields[k].endswith("'") and (fields[k] == "'" or not fields[k].startswith("'")):
                    return j, separator.join(row[j : k + 1]).strip()
            return None  # no quotation mark closes further on
    return None


def single_quotes(text: str) -> str:
    """What is wrong with text that was parted."""
    return f"{shown(text)} is in single quotes; text that holds a separator needs double quotes"


def hint(row: Sequence[str], separator: str) -> str:
    """What a row with another number of fields than the others may be; "" for nothing in particular."""
    if may_be_comment(row[0]):
        return "; if it is a comment, leave it out"
    found = parted(row, separator)
    return f": {single_quotes(found[1])}" if found else ""


def _are_numbers(column: Sequence[str]) -> bool:
    present = [cell for cell in column if not cells.is_missing(cell)]
    return bool(present) and all(cells.number(cell) is not None for cell in present)
