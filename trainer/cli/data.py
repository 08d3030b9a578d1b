"""The verb `data`: which data sets there are, and what is in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from trainer.cli.command import Json
from trainer.cli.exit_codes import DONE
from trainer.cli.terminal import print_document, print_lines
from trainer.data.description import ColumnDescription, Description, describe_data
from trainer.data.loading import list_datasets
from trainer.data.read_as import ReadAs
from trainer.errors import InvalidInput
from trainer.text import one_line

_WHAT = ("list", "describe")
_WIDEST, _LONGEST = 24, 300
"""Most characters of a cell, and of the last cell of a line."""

_MOST_ROWS, _MOST_ACROSS = 50, 12
"""Most columns or classes, one a line, and most columns of the first rows."""


def run(
    what: Annotated[str, typer.Argument(metavar="|".join(_WHAT), help="all data sets, or one")],
    dataset: Annotated[str | None, typer.Argument(metavar="NAME-or-FILE", help="the one that is described")] = None,
    label: Annotated[str, typer.Option(metavar="COLUMN", help="column of the labels (default: the last)")] = "",
    leave_out: Annotated[
        list[str] | None,
        typer.Option("--leave-out", metavar="COLUMN", help="a column that is no input; may be repeated"),
    ] = None,
    as_json: Json = False,
) -> int:
    """`panda data list` and `panda data describe`."""
    if what not in _WHAT:
        raise InvalidInput(f"the word after panda data must be one of {', '.join(_WHAT)}, but got {what[:80]!r}")
    if what == "list":
        rows = [
            {
                "name": d.name,
                "description": d.description,
                "examples": d.examples,
                "inputs": d.inputs,
                "classes": d.classes,
            }
            for d in list_datasets()
        ]
        lines = [f"{row['name']:<14} {row['description']}" for row in rows]
        if as_json:
            print_document({"datasets": rows})
        else:
            print_lines(*lines)
        return DONE
    if dataset is None:
        raise InvalidInput("panda data describe needs the NAME of a data set or a FILE")
    found = describe_data(dataset, ReadAs(label, tuple(leave_out or ())))
    if as_json:
        print_document(_document(found))
    else:
        print_lines(*_lines(found))
    if found.refusal:
        raise InvalidInput(found.refusal)
    return DONE


def _document(found: Description) -> dict[str, Any]:
    """One JSON document; classes by their names alone as well, as it has been since the first version."""
    return {
        **found.as_dict(),
        "classes": [each.name for each in found.classes],
        "counts": [{"train": each.train, "dev": each.dev} for each in found.classes],
    }


def _lines(found: Description) -> list[str]:
    lines = [f"name: {found.name}"]
    if found.columns:
        shown = _shown(found)
        rows = [["column", "holds", "missing", "different", "what becomes of it"], *(_column(each) for each in shown)]
        lines += ["", *_table(rows), *_more(len(found.columns) - len(shown), "columns")]
        rows = [[column.name for column in found.columns], *map(list, found.first_rows)]
        if len(found.columns) > _MOST_ACROSS:
            rows = [[*row[: _MOST_ACROSS - 1], "…", row[-1]] for row in rows]
        lines += ["", "first rows:", *_table(rows)]
    if not found.refusal:
        image = f", images of {found.image_shape[0]} × {found.image_shape[1]}" if found.image_shape else ""
        lines += ["", f"inputs: {len(found.features):,}{image}"]
        lines += [f"examples: {found.train:,} to train on, {found.dev:,} in the dev set", ""]
        classes = [[each.name, f"{each.train:,}", f"{each.dev:,}"] for each in found.classes[:_MOST_ROWS]]
        lines += _table([["class", "train", "dev"], *classes])
        lines += _more(len(found.classes) - len(classes), "classes")
        lines += ["", f"fingerprint: {found.fingerprint}"]
    return [*lines, *(["", *found.warnings] if found.warnings else [])]


def _shown(found: Description) -> list[ColumnDescription]:
    """The first columns, and of the others those that are no input or cannot be one."""
    first, others = found.columns[:_MOST_ROWS], found.columns[_MOST_ROWS:]
    return [*first, *[column for column in others if column.role != "input" or column.problem][:_MOST_ROWS]]


def _column(column: ColumnDescription) -> list[str]:
    return [
        column.name,
        column.kind,
        "" if column.missing is None else f"{column.missing:,}",
        "" if column.distinct is None else f"{column.distinct:,}",
        column.problem if column.role == "input" and column.problem else column.treatment or column.role,
    ]


def _more(left: int, noun: str) -> list[str]:
    return [f"and {left:,} more {noun}; --json has all of them"] if left > 0 else []


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with columns of the same width; texts from a file are cut."""
    shown = [[one_line(cell) for cell in row] for row in rows]
    cells = [[_cut(cell) for cell in row[:-1]] + [row[-1][:_LONGEST]] for row in shown]
    widths = [max(len(row[k]) for row in cells) for k in range(len(cells[0]))]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _cut(cell: str) -> str:
    return cell if len(cell) <= _WIDEST else cell[: _WIDEST - 1] + "…"
