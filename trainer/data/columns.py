"""Which column of a table holds the labels."""

from __future__ import annotations

from collections.abc import Sequence

from trainer.data.examples import shown
from trainer.errors import InvalidData


def find_label(names: Sequence[str], label: str) -> int:
    """Number of the column called `label`; "" is the last one."""
    if len(names) < 2:
        raise InvalidData(f"there is only one column, {shown(names[0])}: inputs and a label are needed")
    if not label:
        return len(names) - 1
    if label not in names:
        some = ", ".join(shown(name) for name in names[:20]) + (", …" if len(names) > 20 else "")
        raise InvalidData(f"there is no column {shown(label)} to take as the label; the columns are {some}")
    if names.count(label) > 1:
        raise InvalidData(f"{names.count(label)} columns are called {shown(label)}; the label must be one column")
    return names.index(label)
