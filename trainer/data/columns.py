"""Names of the columns of a table, and which of them hold the labels or are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from trainer.data.examples import shown
from trainer.errors import InvalidData


def unique_names(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names that name one column each, and warnings of those that were changed.

    A column without a name is called "column 2" by its place; of columns with the same name, each gets its place.
    """
    found = [name or f"column {k + 1}" for k, name in enumerate(names)]
    often = {name for name, count in Counter(found).items() if count > 1}
    warnings = [
        f"{found.count(name)} columns are called {shown(name)}; each is named with its place, such as "
        f"{shown(f'{name} (column {found.index(name) + 1})')}."
        for name in dict.fromkeys(found)
        if name in often
    ]
    if not often:
        return found, []
    return unique_names([f"{name} (column {k + 1})" if name in often else name for k, name in enumerate(found)])[
        0
    ], warnings


def find_label(names: Sequence[str], label: str) -> int:
    """Number of the column called `label`; "" is the last one.

    Parameters
    ----------
    names : as they stand in the file
    """
    if len(names) < 2:
        raise InvalidData(f"there is only one column, {shown(names[0])}: inputs and a label are needed")
    return _find(names, label, "to take as the label", "the label must be one column") if label else len(names) - 1


def find_left_out(names: Sequence[str], leave_out: Sequence[str], label: int) -> tuple[int, ...]:
    """Numbers of the columns called so, ascending; that of the labels cannot be among them."""
    found = {
        _find(names, name, "to leave out", "each column that is left out must be named alone") for name in leave_out
    }
    if label in found:
        raise InvalidData(f"the column {shown(names[label])} holds the labels, so it cannot be left out")
    return tuple(sorted(found))


def _find(names: Sequence[str], name: str, purpose: str, rule: str) -> int:
    unique = unique_names(names)[0]
    if name in unique:
        return unique.index(name)
    if name not in names:
        some = ", ".join(shown(name) for name in unique[:20]) + (", …" if len(names) > 20 else "")
        raise InvalidData(f"there is no column {shown(name)} {purpose}; the columns are {some}")
    raise InvalidData(f"{names.count(name)} columns are called {shown(name)}; {rule}")
