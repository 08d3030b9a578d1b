"""What is in the data and what becomes of it, as the page draws it before anything is trained."""

from __future__ import annotations

from typing import Any

from trainer.data.description import ColumnDescription, Description

_MOST_COLUMNS = 100
"""Columns that are told one by one."""

_MOST_ACROSS = 30
"""Columns of the first rows."""

_MOST_CLASSES = 40
_LONGEST = 60
"""Characters of a cell."""


def preview(found: Description) -> dict[str, Any]:
    """JSON-ready; of many columns and classes the first ones, with how many more there are."""
    named = found.columns or [_feature(name) for name in ([] if found.image_shape else found.features)]
    classes = found.classes[:_MOST_CLASSES]
    return {
        "columns": [_column(column) for column in named[:_MOST_COLUMNS]],
        "more_columns": max(0, len(named) - _MOST_COLUMNS),
        "names": [column.name for column in found.columns[:_MOST_ACROSS]],
        "roles": [column.role for column in found.columns[:_MOST_ACROSS]],
        "rows": [[_cut(cell) for cell in row[:_MOST_ACROSS]] for row in found.first_rows],
        "more_across": max(0, len(found.columns) - _MOST_ACROSS) if found.first_rows else 0,
        "classes": [{"name": each.name, "train": each.train, "dev": each.dev} for each in classes],
        "more_classes": len(found.classes) - len(classes),
        "most": max((each.train for each in classes), default=0),
        "inputs": len(found.features),
        "image": None if found.image_shape is None else list(found.image_shape),
        "refusal": found.refusal,
        "warnings": list(found.warnings),
    }


def _column(column: ColumnDescription) -> dict[str, Any]:
    refused = column.role == "input" and bool(column.problem)
    return {
        "name": column.name,
        "role": column.role,
        "kind": column.kind,
        "missing": column.missing,
        "distinct": column.distinct,
        "treatment": column.problem if refused else column.treatment,
        "refused": refused,
    }


def _feature(name: str) -> ColumnDescription:
    """An input of data that are no table."""
    return ColumnDescription(name, "input", "numbers", None, None, "as it is", "")


def _cut(cell: str) -> str:
    return cell if len(cell) <= _LONGEST else cell[: _LONGEST - 1] + "…"
