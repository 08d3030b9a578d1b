"""Why a column cannot be an input: sentences that name the place, the value and what is allowed."""

from __future__ import annotations

from collections.abc import Callable

from trainer.data import cells
from trainer.data.examples import shown
from trainer.data.table import Column

_SLIP = 5
"""If one cell in more than so many is no number while the others are, it is a slip; if more are, they are words."""

RowPlace = Callable[[int], str]
"""i → where the cell of row i stands in the file."""


def is_slip(odd: int, present: int) -> bool:
    """Whether cells that are no numbers are slips in a column of numbers, by how many they are of all with a value."""
    return 0 < odd * _SLIP < present


def slip(place: str, cell: str) -> str:
    """A cell that is no number in a column of numbers."""
    return (
        f"{place}: {cells.complaint(cell)}, but the other values of the column are: a column holds numbers such as "
        "1234.5, without separators, or words"
    )


def decorated(place: str, cell: str) -> str:
    """A cell in a column of numbers that are written with separators, per cent or a currency."""
    return (
        f"{place}: {shown(cell)} is written like a number, but not as 1234.5; write the numbers of the column without "
        "separators, per cent and currency, or leave it out"
    )


def two_meanings(place: str, cell: str) -> str:
    """A number whose comma may separate thousands or be a decimal comma."""
    cell = cell.strip()
    return (
        f"{place}: {shown(cell)} is {cell.replace(',', '')} if its comma separates thousands, and "
        f"{cell.replace(',', '.')} if it is a decimal comma, and no other number tells which; write numbers with a "
        "point and without separators"
    )


def comma_and_point(place: str, comma: str, point: str) -> str:
    """A number with a decimal comma in a column where another number has a point."""
    return f"{place}: {shown(comma)} has a comma, but another number of the column has a point, {shown(point)}"


def point_among_commas(place: str, cell: str) -> str:
    """A number with a point in a column without commas, in a file that has decimal commas."""
    return (
        f"{place}: {shown(cell)} has a point, but numbers of other columns have decimal commas, so its point may "
        "separate thousands; write all numbers alike"
    )


def decimal_comma(name: str, cell: str) -> str:
    """A remark on a column whose numbers have decimal commas."""
    cell = cell.strip()
    return f"Decimal commas: in the column {shown(name)}, {shown(cell)} is read as {cell.replace(',', '.')}."


def leading_zero(name: str, cell: str) -> str:
    """A remark on a column of numbers that may be codes."""
    return f"The column {shown(name)} is taken as numbers: {shown(cell)} is read as {float(cell):.17g}."


def nothing(name: str, m: int, missing: int, markers: tuple[str, ...]) -> Column:
    """A column without a value."""
    problem = f"the column {shown(name)} has no value in any of {m:,} rows; leave it out"
    return Column(name, "nothing", missing=missing, markers=markers, problem=problem)


def dates(name: str, place: str, first: str, missing: int = 0, markers: tuple[str, ...] = ()) -> Column:
    """A column of dates or times, which are no inputs."""
    problem = (
        f"{place}: {shown(first)} is a date or a time, and the column {shown(name)} holds nothing else; leave it out, "
        "or put numbers in its place, such as the year or the days since an event"
    )
    return Column(name, "dates", missing=missing, markers=markers, problem=problem)
