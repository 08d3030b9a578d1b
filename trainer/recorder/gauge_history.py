"""GaugeHistory: the gauges of a run so far, live or recorded, kept so that a chart of them can be drawn at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.engine.gauge_specs import is_gauge
from trainer.recorder.runs import Column

POINTS = 1000
"""Iterations that a chart is drawn of, at most."""

_KEPT = 2 * POINTS


@dataclass(frozen=True, eq=False)
class GaugeTable:
    """Gauges at some iterations.

    Attributes
    ----------
    iterations : ascending, `(n,)`
    values : `(names, n)`, NaN where a gauge had no meaning
    """

    names: tuple[str, ...]
    iterations: NDArray[np.int64]
    values: NDArray[np.float64]


class GaugeHistory:
    """One writer and any number of readers. Of a long live run it keeps as many iterations as a chart is drawn of."""

    def __init__(self, columns: Mapping[str, Column] | None = None) -> None:
        """Begin with what is recorded of a run that goes on, if one does."""
        self._lock = threading.Lock()
        known = {name: column for name, column in (columns or {}).items() if is_gauge(name)}
        self._recorded = _table_of(known)
        self._places = {name: place for place, name in enumerate(known)}
        self._iterations: list[int] = []
        self._rows: list[NDArray[np.float64]] = []  # a number for each name that was known then

    def add(self, iteration: int, values: Mapping[str, float]) -> None:
        """Gauges were measured, later than all before."""
        with self._lock:
            for name in values:
                self._places.setdefault(name, len(self._places))
            row = np.full(len(self._places), np.nan)
            row[[self._places[name] for name in values]] = list(values.values())
            self._iterations.append(iteration)
            self._rows.append(row)
            if len(self._rows) > _KEPT:
                kept = np.flatnonzero(_spread(np.array(self._iterations), POINTS)).tolist()
                self._iterations = [self._iterations[place] for place in kept]
                self._rows = [self._rows[place] for place in kept]

    def last(self) -> dict[str, float]:
        """The latest, by name; empty where none were measured."""
        table = self.table(points=1)
        if not len(table.iterations):
            return {}
        return {
            name: value
            for name, value in zip(table.names, table.values[:, -1].tolist(), strict=True)
            if not np.isnan(value)
        }

    def table(self, since: int = -1, until: int | None = None, points: int = POINTS) -> GaugeTable:
        """What was measured after iteration `since`, up to `until`, at no more than so many iterations.

        Of more than that the first is taken, and those that are the last in equal parts of the stretch; as a single one
        the last.
        """
        with self._lock:
            names, recorded = tuple(self._places), self._recorded
            iterations = np.append(recorded.iterations, np.array(self._iterations, np.int64))
            rows = list(self._rows)
        values = np.full((len(iterations), len(names)), np.nan)
        values[: len(recorded.iterations), : len(recorded.names)] = recorded.values.T
        for place, row in enumerate(rows, len(recorded.iterations)):
            values[place, : len(row)] = row
        there = (iterations > since) & (iterations <= (iterations.max(initial=0) if until is None else until))
        iterations, values = iterations[there], values[there].T
        if len(iterations) > points:
            taken = _spread(iterations, points)
            iterations, values = iterations[taken], values[:, taken]
        return GaugeTable(names, iterations, values)


def _table_of(columns: Mapping[str, Column]) -> GaugeTable:
    """Columns side by side."""
    iterations = np.unique(np.concatenate([np.empty(0, np.int64), *(at for at, _ in columns.values())]))
    values = np.full((len(columns), len(iterations)), np.nan)
    for row, (at, numbers) in zip(values, columns.values(), strict=True):
        row[np.searchsorted(iterations, at)] = numbers
    return GaugeTable(tuple(columns), iterations, values)


def _spread(iterations: NDArray[np.int64], points: int) -> NDArray[np.bool_]:
    """Which iterations are the last in one of equal parts of their stretch, or the first: at most so many."""
    first, last = int(iterations[0]), int(iterations[-1])
    part = (iterations - first) * max(1, points - 1) // (last - first + 1)
    taken = np.append(part[1:] != part[:-1], True)
    taken[0] |= points > 1
    return taken
