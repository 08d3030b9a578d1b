"""CSV and TSV files: a header line, then one example per line."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np

from trainer.data.columns import find_label
from trainer.data.examples import MAX_BYTES, Examples, RawData, RawLabels, check_size, shown
from trainer.errors import InvalidData

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
Row = tuple[int, list[str]]


def read_delimited(path: Path, label: str) -> RawData:
    """Examples of a CSV file (or TSV, by the end of its name), with the labels in the column called `label`.

    "" is the last column. Text is UTF-8, with or without a byte-order mark, or UTF-16 with one.
    """
    if path.stat().st_size > MAX_BYTES:
        raise InvalidData(f"the file has {path.stat().st_size:,} bytes; at most {MAX_BYTES:,} can be loaded")
    encoding = _encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as text:
            return _read(text, "," if path.suffix.lower() == ".csv" else "\t", label)
    except UnicodeError:
        raise _undecodable(path, encoding) from None


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        return "utf-16" if file.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _undecodable(path: Path, encoding: str) -> InvalidData:
    if encoding == "utf-8-sig":
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    byte = line[error.start]
                    return InvalidData(f"line {number} holds the byte {byte:#04x}, which is not UTF-8 text")
    return InvalidData("the file begins like UTF-16 text but goes on as something else")


def _read(text: TextIO, usual: str, label: str) -> RawData:
    delimiter, warnings = _delimiter(text, usual)
    line, header = next(_rows(text, delimiter))
    names = [name.strip() for name in header]
    headless = _is_example(text, delimiter, names, label)
    if headless:
        names = _numbered(names)
        warnings.append(f"There is no header line: line {line} is taken as the first example.")
    label_column = find_label(names, label)
    columns = [k for k in range(len(names)) if k != label_column]
    counted = "" if headless else f" (the header is line {line})"
    called = names[label_column]

    values, codes, lines = array("d"), array("q"), array("q")
    table: dict[str, int] = {}
    text.seek(0)
    for line, row in islice(_rows(text, delimiter), 0 if headless else 1, None):
        if len(row) != len(names):
            raise InvalidData(
                f"line {line}{counted} has {len(row)} fields, but {len(names)} are expected as in the first line"
            )
        codes.append(table.setdefault(row.pop(label_column).strip(), len(table)))
        lines.append(line)
        try:
            if not _plain(row):
                raise ValueError
            values.extend(map(float, row))
        except ValueError:
            k = next(k for k, field in enumerate(row) if not _is_number(field))
            raise InvalidData(
                f"line {line}{counted}, column {columns[k] + 1} ({shown(names[columns[k]])}): "
                f"{_complaint(row[k])}; every column but that of the label ({shown(called)}) must hold numbers such "
                "as 1234.5, without separators"
            ) from None
        if len(lines) % 1024 == 0:
            check_size("the file", (len(lines), len(columns)), values.itemsize)
    if not lines:
        raise InvalidData("there is a header line but no example below it")

    def place(i: int, j: int | None) -> str:
        k = label_column if j is None else columns[j]
        return f"line {lines[i]}{counted}, column {k + 1} ({shown(names[k])})"

    X = np.frombuffer(values, np.float64).reshape(len(lines), len(columns))
    labels = RawLabels(np.array(codes, np.intp), tuple(table))
    features = tuple(names[k] or f"column {k + 1}" for k in columns)
    return RawData(Examples(X, labels, place), features, warnings=tuple(warnings))


def _delimiter(text: TextIO, usual: str) -> tuple[str, list[str]]:
    """The character that separates the columns of the first line, and a warning where it is not the usual one."""
    first = next((line for line in text if line.strip()), None)
    if first is None:
        raise InvalidData("the file is empty")
    text.seek(0)
    columns = {delimiter: first.count(delimiter) for delimiter in _DELIMITERS}
    if columns[usual]:
        return usual, []
    found = max(columns, key=lambda delimiter: columns[delimiter])
    if not columns[found]:
        raise InvalidData(
            f"there is only one column, {shown(first.strip())}: inputs and a label are needed, "
            f"separated by {_DELIMITERS[usual]}"
        )
    return found, [f"The columns are separated by {_DELIMITERS[found]}, not by {_DELIMITERS[usual]}."]


def _rows(text: TextIO, delimiter: str) -> Iterator[Row]:
    """Rows that are not blank, each with the number of the line on which it begins; the first line is 1."""
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise InvalidData(f"line {line} cannot be read: {error}; is a quotation mark missing?") from None


def _numbered(names: Sequence[str]) -> list[str]:
    return [f"column {k + 1}" for k in range(len(names))]


def _is_example(text: TextIO, delimiter: str, names: Sequence[str], label: str) -> bool:
    """Whether the first line is an example, not a header.

    It is an example where all its inputs are numbers and its label occurs in another line. But 0, 1, 2, … and
    1, 2, 3, … are names: pandas writes them where columns have no names.
    """
    if label and label in names:
        return False
    label_column = _numbered(names).index(label) if label in _numbered(names) else len(names) - 1
    if not all(_is_number(name) for k, name in enumerate(names) if k != label_column):
        return False
    numbers = [float(name) for name in names if _is_number(name)]
    if numbers in ([float(k) for k in range(len(numbers))], [k + 1.0 for k in range(len(numbers))]):
        return False
    text.seek(0)
    below = islice(_rows(text, delimiter), 1, None)
    return any(row[label_column].strip() == names[label_column] for _, row in below if len(row) == len(names))


def _plain(fields: Sequence[str]) -> bool:
    """Whether `float` is strict enough: it also takes 1_000 and the digits of other scripts."""
    joined = "".join(fields)
    return joined.isascii() and "_" not in joined


def _is_number(field: str) -> bool:
    if not _plain([field]):
        return False
    try:
        return math.isfinite(float(field))
    except ValueError:
        return False


def _complaint(field: str) -> str:
    return f"{shown(field)} is not a number" if field.strip() else "the field is empty"
