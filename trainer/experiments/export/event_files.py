"""Event files: a run for TensorBoard, in a folder of its own.

TensorBoard keeps scalars as float32; for exact numbers there are the tables.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from trainer.engine.hyperparameters import CHOICES
from trainer.engine.wording import change_text
from trainer.experiments.emerged_schedule import COLUMNS, table
from trainer.experiments.export.rows import TOLD, Progress, Rows, about, rows
from trainer.experiments.line import Line
from trainer.recorder.runs import RecordedIntervention
from trainer.text import one_line, visible

_EVERY_ROW = ("cost", "learning_rate")
_CHECKSUM = struct.Struct("<I").pack
_CONSTANT = tuple(name for name in TOLD if name not in CHOICES)


def write_event_files(line: Line, path: Path, progress: Progress | None = None) -> None:
    """A scalar for each number of the tables, and texts: config, schedule, and every intervention with its reason.

    The wall time of an event is that of the beginning and the seconds of training since, without the pauses.
    """
    from tensorboardX.proto.event_pb2 import Event

    began = _timestamp(line.run.started)
    path.mkdir()
    # not through the library's writers: the asynchronous one keeps a full disk to itself, neither closes after it
    with (path / f"events.out.tfevents.{int(began)}.panda").open("wb") as file:
        file.write(_record(Event(wall_time=began, file_version="brain.Event:2")))
        for step, seconds, summaries in _events(line, progress):
            event = Event(wall_time=began + seconds, step=step)
            for summary in summaries:
                event.summary.value.extend(summary.value)
            file.write(_record(event))


def _record(event: Any) -> bytes:
    """Length, its checksum, the event, its checksum: a TFRecord."""
    from tensorboardX.record_writer import masked_crc32c

    body = event.SerializeToString()
    length = struct.pack("<Q", len(body))
    return b"".join((length, _CHECKSUM(masked_crc32c(length)), body, _CHECKSUM(masked_crc32c(body))))


def _events(line: Line, progress: Progress | None) -> Iterator[tuple[int, float, list[Any]]]:
    """Step, seconds of training, and what is said there."""
    from tensorboardX.summary import text

    run = line.run
    start = run.initial.iteration
    yield start, 0.0, [text("config", _listed(line)), text("schedule", _schedule(line))]
    for evaluation, values in zip(run.evaluations, line.evaluations().tolist(), strict=True):
        if evaluation.iteration == start:
            yield start, 0.0, _scalars(dict(zip(line.evaluated, values, strict=True)))
    if first := {name: values[0] for name, (at, values) in line.gauges.items() if at[0] == start}:
        yield start, 0.0, _scalars(first)
    for some in rows(line, progress=progress):
        gauges = _by_row(some)
        iterations, seconds = some.iterations.tolist(), some.numbers["seconds"].tolist()
        columns = {name: some.numbers[name].tolist() for name in (*_EVERY_ROW, *line.evaluated)}
        owners = some.owners.tolist()
        ends = np.flatnonzero(np.diff(some.owners)).tolist()
        borders = {0, len(iterations) - 1, *ends, *(row + 1 for row in ends)}
        for row, step in enumerate(iterations):
            values = {name: column[row] for name, column in columns.items()}
            if row in borders:  # what is constant is told where it begins and ends
                piece = line.schedule.pieces[owners[row]]
                h = piece.hyperparameters
                values |= {name: getattr(h, name) for name in _CONSTANT if not piece.lost}
            told = _scalars(values | gauges.get(row, {}))
            if row in some.changes:
                told.append(text("interventions", "\n\n".join(map(_story, some.changes[row]))))
            yield step, seconds[row], told


def _by_row(some: Rows) -> dict[int, dict[str, float]]:
    """Row → the gauges that were measured at its iteration."""
    found: dict[int, dict[str, float]] = {}
    for name, (at, values) in some.gauges.items():
        for row, value in zip(at.tolist(), values.tolist(), strict=True):
            found.setdefault(row, {})[name] = value
    return found


def _scalars(values: dict[str, float]) -> list[Any]:
    """Those that are numbers; a row is without the others."""
    from tensorboardX.proto.summary_pb2 import Summary

    told = [Summary.Value(tag=name, simple_value=value) for name, value in values.items() if not math.isnan(value)]
    return [Summary(value=told)] if told else []


def _story(change: RecordedIntervention) -> str:
    note = f": {change.note}" if change.note else ""
    what = change_text(change.before, change.after)
    return visible(f"**{what}** by {change.author} after iteration {change.iteration}{note}")


def _listed(line: Line) -> str:
    """Config, data set and environment as a Markdown list."""
    told = about(line)
    flat = {name: told[name] for name in ("session", "name", "run", "created")}
    flat |= {
        f"{group} · {name}": value for group in ("config", "data", "environment") for name, value in told[group].items()
    }
    flat |= {"damage": "; ".join(told["damage"])} if told["damage"] else {}
    return "\n".join(f"- {name}: `{one_line(str(value))}`" for name, value in flat.items())


def _schedule(line: Line) -> str:
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *table(line.schedule)]
    return "\n".join(
        "| " + " | ".join(one_line(cell.replace("\n", " ")).replace("|", "\\|") for cell in row) + " |" for row in rows
    )


def _timestamp(time: str) -> float:
    """Seconds since 1970; 0 where the record's time cannot be understood."""
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return 0.0
