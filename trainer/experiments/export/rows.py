"""Rows: a run with its ancestors as one row per iteration, computed some thousands at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.engine.hyperparameters import HYPERPARAMETERS
from trainer.experiments.line import Line
from trainer.recorder.runs import RecordedIntervention

AT_ONCE = 1 << 15
"""Rows that are in memory at a time."""

_NUMBERS = 1 << 21
"""Numbers of gauges that are in memory at a time."""

WHOLE = tuple(name for name, spec in HYPERPARAMETERS.items() if spec.whole)
WORDS = tuple(name for name, spec in HYPERPARAMETERS.items() if spec.choices)
TOLD = tuple(name for name in HYPERPARAMETERS if name != "learning_rate")
"""Hyperparameters with a column of their own, as they were set; α has one of the values in force."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Rows:
    """Some consecutive iterations; floating-point columns hold NaN where there is no number.

    Attributes
    ----------
    iterations : ascending
    numbers : name → column: epoch, seconds, cost, what was evaluated, learning_rate
    owners : for each row, which of the schedule's pieces was in force
    changes : row → what was changed after its iteration, in order
    gauges : name → the rows at whose iterations it was measured, and its values there
    """

    iterations: NDArray[np.int64]
    numbers: dict[str, NDArray[np.float64]]
    owners: NDArray[np.intp]
    changes: dict[int, list[RecordedIntervention]]
    gauges: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]


def rows(line: Line, at_once: int = AT_ONCE, progress: Progress | None = None) -> Iterator[Rows]:
    """All rows, `at_once` at a time, one for each update.

    Before the first iteration there was no update, so no row: what was evaluated or gauged there is not in them, but
    in TensorBoard's event files, the report and the session.

    Epoch, seconds, evaluations and gauges are those after the update, cost and learning rate of the update itself.
    An intervention stands where it was made: it governs the rows that follow. One made before the first iteration
    stands in the first row, since there is none before it.
    """
    run, schedule = line.run, line.schedule
    start = run.initial.iteration
    evaluated = np.array([evaluation.iteration for evaluation in run.evaluations], np.int64)
    evaluations = line.evaluations()
    at_once = max(1, min(at_once, _NUMBERS // (1 + len(line.gauges))))
    for begin in range(0, line.iterations, at_once):
        costs = run.costs[begin : begin + at_once]
        iterations = np.arange(start + begin + 1, start + begin + len(costs) + 1)
        dev = np.full((len(costs), len(line.evaluated)), np.nan)
        here = (evaluated >= iterations[0]) & (evaluated <= iterations[-1])
        dev[evaluated[here] - iterations[0]] = evaluations[here]
        numbers = {
            "epoch": schedule.epochs(iterations),
            "seconds": np.interp(iterations, run.timeline[:, 0], run.timeline[:, 1]),
            "cost": costs,
            **dict(zip(line.evaluated, dev.T, strict=True)),
            "learning_rate": schedule.learning_rates(iterations),
        }
        changes: dict[int, list[RecordedIntervention]] = {}
        for change in run.interventions:
            at = max(change.iteration, start + 1)
            if iterations[0] <= at <= iterations[-1]:
                changes.setdefault(at - int(iterations[0]), []).append(change)
        gauges = {}
        for name, (measured, values) in line.gauges.items():
            part = slice(*np.searchsorted(measured, (iterations[0], iterations[-1] + 1)))
            gauges[name] = (measured[part] - iterations[0], values[part])
        yield Rows(iterations, numbers, schedule.owners(iterations), changes, gauges)
        if progress is not None:
            progress(begin + len(costs), line.iterations)


def about(line: Line) -> dict[str, Any]:
    """What a table cannot say in its rows, JSON-ready."""
    session, run = line.session, line.run
    planned = [{"iteration": each.at, "changes": dict(each.changes), "note": each.note} for each in run.planned]
    return {
        "session": session.id,
        "name": session.name,
        "run": run.run,
        "created": session.created,
        "config": run.config.as_dict(),
        "data": dict(session.data),
        "environment": dict(session.environment),
        "damage": [str(damage) for damage in session.damage],
        **({"planned": planned} if planned else {}),
    }


def about_as_json(line: Line) -> str:
    """The same as text."""
    return json.dumps(about(line), ensure_ascii=False)
