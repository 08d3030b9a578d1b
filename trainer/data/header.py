"""Whether the first row of a table as text holds names or is an example."""

from __future__ import annotations

from collections.abc import Sequence

from trainer.data import cells
from trainer.data.examples import shown

_CELLS, _FEWEST = 20_000, 10
"""The rows below that are looked at: so many that they have that many cells, but at least these."""

_SURELY_COUNTED = 10
"""So many numbers that go up by 1 from 0 or 1 are no example."""


def is_example(names: Sequence[str], below: Sequence[Sequence[str]], called: Sequence[str]) -> tuple[bool, list[str]]:
    """Whether the first row is an example, and a warning where that is not certain.

    A field with letters that is no number (truth value, date) above a column of them is a name, and so is one of the
    columns that were called by name; beside a number that lies among those below it, that is told. A number above
    numbers, a word that occurs below it and a mark for a missing value make an example, but 0, 1, 2, … and 1, 2, 3, …
    are names, which pandas writes where columns have none. Numbers that lie all beyond the numbers below them, above a
    word that does not occur below, may be either: they are taken as names, such as wavelengths, and that is told.

    Parameters
    ----------
    names : fields of the first row
    below : the next rows, with the same number of fields
    called : names of columns that a person gave
    """
    if not below or any(name in names for name in called if name):
        return False, []
    numbers = [value for value in map(_number, names) if value is not None]
    counted = numbers in ([float(k) for k in range(len(numbers))], [k + 1.0 for k in range(len(numbers))])
    if counted and len(numbers) >= _SURELY_COUNTED:
        return False, []
    below = below[: max(_FEWEST, _CELLS // len(names))]
    beyond, example, word, named, among = True, False, False, False, False
    for name, column in zip(names, zip(*below, strict=True), strict=True):
        present = [cell for cell in column if not cells.is_missing(cell)]
        value = _number(name)
        if not present or name == "":
            continue
        kind = next(
            (kind for kind in (_number, cells.truth, _date) if all(kind(cell) is not None for cell in present)), None
        )
        if cells.is_missing(name):
            example, beyond, among = True, False, True
        elif kind is None:
            if name in {cell.strip() for cell in present}:
                example, beyond, word = True, False, True
        elif kind(name) is None:
            named |= any(letter.isalpha() for letter in name)
        else:
            example = True
            among |= value is None or not _is_beyond(value, present)
            beyond &= not among
    if not example or (named and not among):
        return False, []
    if not named and (word or not (counted or (beyond and len(set(numbers)) == len(numbers)))):
        return True, []
    some = ", ".join(shown(name) for name in names[:5]) + (", …" if len(names) > 5 else "")
    return False, [
        f"The first line is taken as the names of the columns: {some}. If it is an example, write a line of names "
        "above it."
    ]


def _is_beyond(value: float, column: Sequence[str]) -> bool:
    values = [each for each in map(_number, column) if each is not None]
    return not min(values) <= value <= max(values)


def _number(cell: str) -> float | None:
    value = cells.number(cell)
    return cells.comma_number(cell) if value is None else value


def _date(cell: str) -> bool | None:
    return cells.is_date(cell) or None
