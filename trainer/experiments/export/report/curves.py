"""What the charts of a report are drawn from, thinned so that every spike survives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.engine.series import SERIES
from trainer.engine.wording import change_text
from trainer.experiments.export.report.gauges import gauges
from trainer.experiments.line import Line
from trainer.recorder.cost_curve import SMOOTHING, CostCurve
from trainer.text import visible

MOST_BUCKETS = 2000
"""Points of each curve at most; a bucket has the least and the greatest cost of its iterations."""


def curves(line: Line) -> dict[str, Any]:
    """JSON-ready; None where there is no number."""
    run, schedule = line.run, line.schedule
    start, end = run.initial.iteration, run.iteration
    curve = CostCurve()
    # where damage took the size of the training set away: what an iteration is in epochs is not asked of this curve
    curve.begin(run.run, schedule.m or 1, line.session.bare_state(run.initial.seq))
    curve.extend(run.costs, run.evaluations, float(run.timeline[-1, 1]))
    window = curve.window(start, end, MOST_BUCKETS, smoothing=SMOOTHING[1])
    train, smoothed, dev = window.train, window.smoothed, window.dev
    firsts = start + 1 + train.ends - train.size
    lasts = np.minimum(firsts + train.size - 1, end)
    begins = np.array([piece.first for piece in schedule.pieces])
    steps = np.unique(np.concatenate([firsts, lasts, begins - 1, begins]))
    steps = steps[(steps > start) & (steps <= end)]
    return {
        "start": start,
        "end": end,
        "size": train.size,
        "costs": _range([*train.low, *train.high, *train.mean, dev.mean[1]], smoothed.mean[0]),
        "train": {
            "x": ((firsts + lasts) / 2).tolist(),
            "low": _numbers(train.low[0]),
            "high": _numbers(train.high[0]),
            "mean": _numbers(train.mean[0]),
        },
        "smoothed": {
            "x": [min(start + (smoothed.first + k + 1) * smoothed.size * 4, end) for k in range(len(smoothed))],
            "mean": _numbers(smoothed.mean[0]),
        },
        "dev": {
            "x": _numbers(dev.mean[0]),
            "cost": _numbers(dev.mean[1]),
            "accuracy": _numbers(dev.mean[2]),
            "low": _numbers(dev.low[2]),
            "high": _numbers(dev.high[2]),
        },
        "rate": {"x": steps.tolist(), "value": _numbers(schedule.learning_rates(steps))},
        "changes": [
            {
                "x": change.iteration,
                "what": visible(change_text(change.before, change.after)),
                "by": visible(change.author),
                "why": visible(change.note),
            }
            for change in run.interventions
        ],
        "gauges": gauges(line),
        "labels": {series.name: series.label for series in SERIES.values()},
        "panels": {series.name: series.panel for series in SERIES.values()},
    }


def _range(costs: Sequence[NDArray[Any]], averages: NDArray[Any]) -> list[float] | None:
    """The lowest and the highest that a log axis shows; None where nothing is positive.

    Averages fall without end while mini-batches cost 0: they are shown down to two decades below all costs.
    """
    values = np.concatenate(costs)
    values = values[np.isfinite(values) & (values > 0)]
    if not len(values):
        return None
    least = float(values.min())
    low = min(least, max(least / 100, float(averages.min(initial=least, where=averages > 0))))
    return [low, float(values.max())]


def _numbers(values: NDArray[Any]) -> list[float | None]:
    """With the seven digits that a float32 has."""
    return [float(f"{value:.7g}") if np.isfinite(value) else None for value in values.tolist()]
