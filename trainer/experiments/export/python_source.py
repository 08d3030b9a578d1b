"""Python: the schedule that emerged by hand as source code that PyTorch and Keras can train by."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import trainer
from trainer.engine.data_shift import data_shift
from trainer.engine.hyperparameters import HYPERPARAMETERS
from trainer.engine.specs import Spec
from trainer.errors import SessionDamaged
from trainer.experiments.emerged_schedule import COLUMNS, Piece, table
from trainer.experiments.export.rows import Progress
from trainer.experiments.line import Line
from trainer.text import one_line

_TEMPLATE = Path(__file__).with_name("schedule.template")
_ALWAYS = ("optimizer", "learning_rate", "momentum", "mini_batch_size")
_OTHERS = {name: spec for name, spec in HYPERPARAMETERS.items() if name not in _ALWAYS}
_WIDEST = 60


def write_python(line: Line, path: Path, progress: Progress | None = None) -> None:
    """The source code as a file."""
    path.write_text(python_source(line), "utf-8")
    if progress is not None:
        progress(line.iterations, line.iterations)


def python_source(line: Line) -> str:
    """A module that says what every update took, and makes these updates with PyTorch or Keras.

    Raises
    ------
    SessionDamaged : the size of the training set is lost, and with it what an iteration is in epochs
    """
    schedule = line.schedule
    if schedule.m is None:
        raise SessionDamaged(
            f"the record of the data set of {line.session.path.name} is damaged: without its size the schedule has no"
            f" epochs"
        )
    return (
        _TEMPLATE.read_text("utf-8")
        .replace("@M@", str(schedule.m))
        .replace("@LAST@", str(schedule.last))
        .replace("#@FIELDS@", "\n".join(_field(spec) for spec in _OTHERS.values()))
        .replace("#@STRETCHES@", "\n".join(_piece(piece) for piece in schedule.pieces))
        .replace("#@HEAD@", "\n".join(f"# {words}".rstrip() for words in _head(line)))
    )


def _head(line: Line) -> Iterator[str]:
    session, run = line.session, line.run
    data = session.data
    yield _plain(f"Run {run.run} of session {session.name or session.path.stem} ({session.id}), recorded {run.started}")
    yield _plain(f"on {data.get('name')}: {data.get('m')} training examples. Written by Panda {trainer.__version__}.")
    yield ""
    rows = [COLUMNS, *table(line.schedule)]
    used = [k for k in range(len(COLUMNS)) if any(row[k] for row in rows[1:])]
    shown = [[_plain(row[k])[:_WIDEST] for k in used] for row in rows]
    widths = [max(len(row[k]) for row in shown) for k in range(len(used))]
    for row in shown:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    if run.config.class_weights != "none":
        yield ""
        yield "The cost has balanced class weights: (1/m) Σ w[y] L over the m examples of a mini-batch, where w[c] is"
        yield "the number of training examples / (number of classes · number of training examples of class c)."
    if any(data_shift(piece.hyperparameters) for piece in line.schedule.pieces):
        yield ""
        yield "The inputs were shifted: x' = input_scale R(input_rotation) recolour(x) + input_shift + input_noise e,"
        yield "x normalised, as each Stretch says. The updates below do not do that: shift what you give them."
    if run.initial.iteration:
        yield ""
        yield f"Before update {run.initial.iteration + 1} the run belongs to another session: it began with parameters"
        yield "and averages of the optimizer from there. Here the averages start from zero."
    if session.damage:
        yield ""
        yield "The session is damaged: this is the schedule as far as it is intact."


def _field(spec: Spec) -> str:
    """The line that declares a hyperparameter which has a default."""
    kind = "str" if spec.choices else "int" if spec.whole else "float"
    return f"    {spec.name}: {kind} = {_source(spec.default)}  # {spec.help}"


def _piece(piece: Piece) -> str:
    said: dict[str, Any] = {"first": piece.first}
    values = asdict(piece.hyperparameters)
    said |= {name: values.pop(name) for name in _ALWAYS}
    said |= {name: value for name, value in values.items() if value != _OTHERS[name].default}
    if piece.fresh:
        said["fresh"] = True
    said["at"] = (piece.segment.epoch, piece.segment.offset)
    if piece.hyperparameters.decay != "none":
        said["since"] = (piece.segment.schedule_epoch, piece.segment.schedule_offset)
    if piece.lost:
        said["learning_rate"] = math.nan
    why = _plain(f"# not known: {piece.lost}; the rest is what was in force before") if piece.lost else ""
    return (
        "    Stretch("
        + ", ".join(f"{name}={_source(value)}" for name, value in said.items())
        + "),"
        + ("  " + why if why else "")
    )


def _source(value: object) -> str:
    return "math.nan" if isinstance(value, float) and math.isnan(value) else repr(value)


def _plain(text: str) -> str:
    """Text of any origin as it can stand in a comment: one line of printable characters."""
    return one_line(" ".join(text.split()))
