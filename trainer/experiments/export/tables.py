"""Tables: CSV, JSON lines and Parquet, one row per iteration, every number exact."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from trainer.engine.wording import exact_change_text
from trainer.experiments.export.rows import TOLD, WHOLE, WORDS, Progress, Rows, about_as_json, rows
from trainer.experiments.line import Line

JSON_AT_ONCE = 4096


def write_csv(line: Line, path: Path, progress: Progress | None = None) -> None:
    """Comma-separated values with a header; a cell is empty where there is no number."""
    from pyarrow.csv import CSVWriter

    # a file that is open, as Arrow takes no path that is not Unicode
    with path.open("wb") as file, CSVWriter(file, _schema(line)) as writer:
        for batch in _batches(line, progress):
            writer.write_batch(batch)


def write_parquet(line: Line, path: Path, progress: Progress | None = None) -> None:
    """Parquet; its metadata "panda" holds config, data set, environment and damage as JSON."""
    from pyarrow.parquet import ParquetWriter

    with path.open("wb") as file, ParquetWriter(file, _schema(line)) as writer:
        for batch in _batches(line, progress):
            writer.write_batch(batch)


def write_jsonl(line: Line, path: Path, progress: Progress | None = None) -> None:
    """One JSON object per line; null where there is no number, or none that JSON can say."""
    row = "{" + ", ".join(f"{json.dumps(name)}: %s" for name in _schema(line).names) + "}\n"
    with path.open("w", encoding="utf-8") as file:
        for batch in _batches(line, progress, JSON_AT_ONCE):
            columns = [_as_json(column) for column in batch.columns]
            file.writelines(row % values for values in zip(*columns, strict=True))


def _as_json(column: Any) -> list[str]:
    """The cells of a column, each as JSON."""
    if column.null_count == len(column):
        return ["null"] * len(column)
    if column.null_count and column.type == "int64":
        values = column.to_pylist()  # numpy would make them floating-point
    else:
        values = column.to_numpy(zero_copy_only=False).tolist()  # NaN where there is no number
    said = {value: _sayable(value) for value in dict.fromkeys(values)}
    return [said[value] for value in values]


def _sayable(value: Any) -> str:
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "null"
    return json.dumps(value, ensure_ascii=False)


def _schema(line: Line) -> Any:
    import pyarrow as pa

    number, whole, word = pa.float64(), pa.int64(), pa.string()
    fields = [("iteration", whole)]
    fields += [(name, number) for name in ("epoch", "seconds", "cost", *line.evaluated, "learning_rate")]
    fields += [(name, whole if name in WHOLE else word if name in WORDS else number) for name in TOLD]
    fields += [(name, word) for name in ("intervention", "author", "note")]
    fields += [(name, number) for name in line.gauges]
    return pa.schema(fields, metadata={"panda": about_as_json(line)})


def _batches(line: Line, progress: Progress | None, at_once: int | None = None) -> Iterator[Any]:
    import pyarrow as pa

    schema = _schema(line)
    in_force = {
        name: pa.array(
            [None if s.lost else getattr(s.hyperparameters, name) for s in line.schedule.pieces],
            schema.field(name).type,
        )
        for name in TOLD
    }
    found = rows(line, progress=progress) if at_once is None else rows(line, at_once, progress)
    for some in found:
        owners = pa.array(some.owners)
        # a number that is not there is NaN to us and null to a table
        numbers = [pa.array(column, mask=np.isnan(column)) for column in some.numbers.values()]
        told = [in_force[name].take(owners) for name in TOLD]
        columns = [pa.array(some.iterations), *numbers, *told, *_happened(some, pa), *_gauges(some, pa)]
        yield pa.record_batch(columns, schema=schema)


def _gauges(some: Rows, pa: Any) -> Iterator[Any]:
    """A column for each, empty but for the iterations at which it was measured."""
    for at, values in some.gauges.values():
        column = np.full(len(some.iterations), np.nan)
        column[at] = values
        yield pa.array(column, mask=np.isnan(column))


def _happened(some: Rows, pa: Any) -> list[Any]:
    """What was changed, who did it and why; two changes at the same iteration stand in one row."""
    columns = np.full((3, len(some.iterations)), None, object)
    for row, changes in some.changes.items():
        columns[0, row] = "; ".join(exact_change_text(change.before, change.after) for change in changes)
        columns[1, row] = "; ".join(dict.fromkeys(change.author for change in changes))
        columns[2, row] = "; ".join(change.note for change in changes if change.note) or None
    return [pa.array(column, pa.string()) for column in columns]
