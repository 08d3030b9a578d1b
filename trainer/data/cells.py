"""What the text of one cell of a table means: a number, a truth value, a date, nothing, or a word."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from trainer.data.examples import shown

MISSING = frozenset(
    {
        "",
        "?",
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-1.#IND",
        "-1.#QNAN",
        "-NaN",
        "-nan",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
        "NA",
    }
    | {"NULL", "NaN", "None", "n/a", "nan", "null"}
)
"""What stands for a missing value: all that pandas takes for one, and the question mark of the UCI repository."""

_COMMA = re.compile(r"[+-]?\d{1,40},\d{1,40}([eE][+-]?\d{1,3})?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_DECORATED = re.compile(
    r"[+−–-]?[$€£¥]?\s?\d{1,3}([,.'’_\s]\d{3})+([.,]\d+)?\s?[%$€£¥]?"  # 1,234,567.5
    r"|[+-]?[$€£¥]\s?\d+([.,]\d+)?|[+-]?\d+([.,]\d+)?\s?[%$€£¥]|[+-]?\d+"  # $5, 5 %, digits of other scripts
    r"|[−–]\s?\d+([.,]\d+)?|\(\d+([.,]\d+)*\)"  # other signs of minus, brackets for what is less than 0
)
_TRUTH = {"true": True, "false": False}
_TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d{1,9})?)?( ?[AaPp][Mm])?( ?(Z|UTC|[+-]\d{2}:?\d{2}))?"
_DAY = r"(\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}|\d{1,2}([./-])\d{1,2}\2(\d{2}|\d{4}))"
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_NAMED = rf"(\d{{1,2}}\.?[ -])?{_MONTH}[ -]\d{{2,4}}|{_MONTH} \d{{1,2}},? \d{{4}}"
_DATE = re.compile(rf"{_DAY}([ T]{_TIME})?|{_TIME}|{_NAMED}", re.ASCII | re.IGNORECASE)


def plain(cells: Sequence[str]) -> bool:
    """Whether `float` is strict enough for these: it also takes 1_000 and the digits of other scripts."""
    joined = "".join(cells)
    return joined.isascii() and "_" not in joined


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.strip() in MISSING


def number(cell: str) -> float | None:
    """The number that a cell holds, with a point if it is a fraction; perhaps infinite; None for anything else."""
    if not plain([cell]) or is_missing(cell):
        return None
    try:
        value = float(cell)
    except ValueError:
        return None
    return None if math.isnan(value) else value


def comma_number(cell: str) -> float | None:
    """The number that a cell holds if its comma is a decimal comma; None for anything else."""
    cell = cell.strip()
    return float(cell.replace(",", ".")) if _COMMA.fullmatch(cell) else None


def may_be_thousands(cell: str) -> bool:
    """Whether the comma may as well separate thousands: 1,234."""
    return _THOUSANDS.fullmatch(cell.strip()) is not None


def is_decorated(cell: str) -> bool:
    """Whether a cell is a number for a person but not for `number`: $5, 5 %, 1,234,567, digits of other scripts."""
    return number(cell) is None and _DECORATED.fullmatch(cell.strip()) is not None


def truth(cell: str) -> bool | None:
    """The truth value that a cell holds: True, true, TRUE, False …; None for anything else."""
    return _TRUTH.get(cell.strip().lower())


def is_date(cell: str) -> bool:
    """Whether a cell holds a date, a time or both, written in digits."""
    return _DATE.fullmatch(cell.strip()) is not None


def complaint(cell: str) -> str:
    """Why a cell is no number."""
    return f"{shown(cell)} is not a number" if cell.strip() else "the field is empty"
