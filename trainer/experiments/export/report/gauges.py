"""What the charts of gauges of a report are drawn from, thinned; and their words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.engine.gauge_specs import GAUGES, GaugeSpec, drawn, split_layer
from trainer.experiments.line import Line
from trainer.recorder.gauge_history import GaugeHistory

POINTS = 400
"""Iterations of a chart, at most."""

MOST_LAYERS = 12
"""Lines of layers in a chart; of more, evenly chosen ones with the first and the last."""

OUTLYING = 0.01
"""Share of the values at each end that does not count for the range of the axis: a double click shows all."""

SMALLEST = 0.05
"""Range of an axis, of a log axis in powers of ten: less is no change."""

DEEP = 8
"""Powers of ten that a log axis goes down, at most, from 1 or from the largest value where that is less."""

AROUND, FAR = 4, 6
"""A line is broken before a step that is longer than so many times the median of those around it."""


def gauges(line: Line) -> list[dict[str, Any]]:
    """One entry for each kind of gauge that was measured, in the order of the table of gauges; JSON-ready."""
    table = GaugeHistory(line.run.columns).table(points=POINTS)
    rows = {split_layer(name): drawn(name, values) for name, values in zip(table.names, table.values, strict=True)}
    return [
        {
            "name": spec.name,
            "label": spec.label,
            "scale": spec.scale,
            "low": spec.low,
            "high": spec.high,
            "percent": spec.percent,
            "range": _range(spec, [rows[spec.name, layer] for layer in shown]),
            "lines": [{"layer": layer or 0, **_broken(table.iterations, rows[spec.name, layer])} for layer in shown],
        }
        for spec in GAUGES.values()
        if (shown := list(_shown(layer for name, layer in rows if name == spec.name)))
    ]


def measured(line: Line) -> set[str]:
    """The kinds of gauges that there are."""
    return {split_layer(name)[0] for name in line.gauges}


def _shown(layers: Iterator[int | None]) -> Iterator[int | None]:
    """The whole network, and the layers that are drawn."""
    found = list(layers)
    if None in found:
        yield None
    numbered = sorted(layer for layer in found if layer is not None)
    if numbered:
        places = np.linspace(0, len(numbered) - 1, min(MOST_LAYERS, len(numbered))).round().astype(int)
        yield from (numbered[place] for place in places)


def _range(spec: GaugeSpec, rows: list[NDArray[np.float64]]) -> list[float] | None:
    """The two ends of the y axis, where there are numbers for it; of a log axis as powers of ten."""
    values = np.concatenate(rows)
    values = values[np.isfinite(values) & ((values > 0) | (spec.scale == "linear"))]
    if not values.size:
        return None
    along = np.log10(values) if spec.scale == "log" else values
    low, high = np.quantile(along, (OUTLYING, 1 - OUTLYING))
    if spec.scale == "log":
        low = max(low, min(high, 0.0) - DEEP)
    middle, half = (low + high) / 2, 0.58 * max(high - low, SMALLEST)
    return [float(middle - half), float(middle + half)]


def _broken(iterations: NDArray[np.int64], values: NDArray[np.float64]) -> dict[str, list[int | float | None]]:
    """A line, which is broken where nothing was measured for far longer than is usual there."""
    steps = np.diff(iterations)
    x: list[int | float | None] = []
    y: list[int | float | None] = []
    for i, (t, value) in enumerate(zip(iterations.tolist(), values.tolist(), strict=True)):
        around = np.concatenate([steps[max(0, i - 1 - AROUND) : max(0, i - 1)], steps[i : i + AROUND]])
        if i and len(around) >= AROUND and steps[i - 1] > FAR * np.median(around):
            x.append(t)
            y.append(None)
        x.append(t)
        y.append(float(f"{value:.5g}") if np.isfinite(value) else None)
    return {"x": x, "y": y}
