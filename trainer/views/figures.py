"""The charts of several recorded runs over each other: cost, dev cost, dev accuracy and α, with what was changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from plotly import graph_objects as go
from plotly.subplots import make_subplots

from trainer.engine.series import MEASURED, SERIES
from trainer.engine.wording import change_text
from trainer.recorder.cost_curve import CostCurve
from trainer.recorder.pyramid import Buckets
from trainer.text import visible
from trainer.views.log_axis import log_axis

Axis = Literal["iteration", "epoch", "minutes"]
Numbers = NDArray[np.float64]

AXES: dict[Axis, str] = {"iteration": "iteration", "epoch": "epoch", "minutes": "minutes of training"}

_CHARTS = (
    f"{SERIES['cost'].heading} of the mini-batches, smoothed",
    SERIES["dev_cost"].heading,
    SERIES["dev_accuracy"].heading,
    f"{SERIES['learning_rate'].heading} in force",
    *(SERIES[name].heading for name in MEASURED),
)
_COST, _DEV_COST, _ACCURACY, _RATE = 1, 2, 3, 4
_FURTHER = {name: row for row, name in enumerate(MEASURED, _RATE + 1)}
_HEIGHTS = (360, 215, 215, 185, *(185 for _ in MEASURED))
_AROUND = 5
"""In pixels: the height of each chart with the space below it, and what remains."""
_PERCENT = (_ACCURACY, *(row for name, row in _FURTHER.items() if SERIES[name].percent))
_MOST_BUCKETS = 800
_FEW = 8
"""So few iterations have a label each, and none between two."""
_LABEL = 0.17
"""Of the width of a narrow chart, what a label takes."""


@dataclass(frozen=True, eq=False)
class Track:
    """A row of points; y is (low, high, mean) of each, and x where they stand on every axis."""

    x: Mapping[Axis, Numbers]
    low: Numbers
    high: Numbers
    mean: Numbers


@dataclass(frozen=True, eq=False)
class Drawn:
    """One run as the charts show it, thinned so that every spike survives.

    Attributes
    ----------
    train, smoothed, dev_cost, dev_accuracy, rate : its tracks
    further : those of the series that are measured beside the dev cost, by name
    changes : where something was changed, with the smoothed cost and α there
    told : what was changed, one for each of them
    knots : iterations and where they stand on every axis, between which x runs evenly
    """

    train: Track
    smoothed: Track
    dev_cost: Track
    dev_accuracy: Track
    rate: Track
    changes: Track
    told: tuple[str, ...]
    further: Mapping[str, Track]
    knots: tuple[Numbers, Mapping[Axis, Numbers]]

    def x_of(self, iteration: int, axis: Axis) -> float:
        """Where an iteration stands."""
        return float(np.interp(iteration, self.knots[0], self.knots[1][axis]))


def drawn(curve: CostCurve, smoothing: float) -> Drawn:
    """What the charts show of a curve."""
    start, end = curve.start, curve.iteration
    window = curve.window(start, end, _MOST_BUCKETS, smoothing=smoothing)
    train, smoothed, dev = window.train, window.smoothed, window.dev
    ends = np.minimum(start + train.ends, end)
    middles = (np.maximum(ends - train.size, start) + 1 + ends) / 2
    at = np.minimum(start + (smoothed.first + 1 + np.arange(len(smoothed))) * 4 * smoothed.size, end)
    changed = np.array([change.iteration for change in curve.interventions], np.int64)
    steps = np.unique(np.concatenate([[start, end], ends, changed, changed - 1]))
    steps = steps[steps >= start]
    averages = _row(smoothed, 0)
    rates, there = curve.learning_rates(steps), curve.learning_rates(changed)
    costs = np.interp(changed, at, averages[2]) if len(at) else np.full(len(changed), np.nan)
    return Drawn(
        Track(_places(curve, middles), *_row(train, 0)),
        Track(_places(curve, at), *averages),
        Track(_places(curve, dev.mean[0]), *_row(dev, 1)),
        Track(_places(curve, dev.mean[0]), *_row(dev, 2)),
        Track(_places(curve, steps), rates, rates, rates),
        Track(_places(curve, changed), there, there, costs),
        tuple(f"iteration {c.iteration:,}: {change_text(c.before, c.after)}" for c in curve.interventions),
        {name: Track(_places(curve, dev.mean[0]), *_row(dev, row)) for row, name in enumerate(MEASURED, 3)},
        (steps.astype(float), _places(curve, steps)),
    )


def comparison_figure(
    runs: Sequence[tuple[str, str, Drawn]],
    axis: Axis,
    *,
    parted: Mapping[int, Sequence[str]],
    band: bool,
    logarithmic: bool,
    colors: Mapping[str, str],
    zoom: bool,
) -> go.Figure:
    """The charts, one below the other on one x axis.

    Parameters
    ----------
    runs : letter, colour and curve of each
    parted : the iterations at which runs part from those before them, and the letters of these runs
    band : whether the least and the greatest cost of the mini-batches are shown behind the smoothed cost
    colors : "quiet" and "text", of lines and words that belong to no run
    zoom : whether a stretch can be zoomed into by dragging over it
    """
    # short titles stand in the figure, so that they are there on a narrow screen too
    figure = make_subplots(
        len(_CHARTS), 1, shared_xaxes=True, vertical_spacing=0.07 * 4 / len(_CHARTS), row_heights=_HEIGHTS
    )
    for letter, color, run in runs:
        width = 3.5 if letter == runs[0][0] and len(runs) > 1 else 1.8  # equal stretches show as two lines in one
        if band:
            _band(figure, _COST, run.train, axis, color)
        further = tuple((row, run.further[name]) for name, row in _FURTHER.items())
        for row, track in ((_DEV_COST, run.dev_cost), (_ACCURACY, run.dev_accuracy), *further):
            _band(figure, row, track, axis, color)
        rows = ((_COST, run.smoothed), (_DEV_COST, run.dev_cost), (_ACCURACY, run.dev_accuracy), (_RATE, run.rate))
        for row, track in (*rows, *further):
            shown = {"color": color, "width": width, "shape": "hv" if row == _RATE else "linear"}
            y = ".2%" if row in _PERCENT else ".4g"
            _add(figure, row, x=track.x[axis], y=track.mean, name=letter, line=shown, hovertemplate=f"%{{y:{y}}}")
        _changes(figure, letter, color, run, axis)
    partings = _partings(runs, axis, parted)
    for x in partings:
        for row in range(1, len(_CHARTS) + 1):
            line = {"color": colors["quiet"], "dash": "dot", "width": 1.5}
            figure.add_vline(x, line=line, row=row, col=1)
    for x, letters in _labels(runs, axis, partings):
        figure.add_annotation(
            x=x, y=1, yref="y domain", xref="x", text=f"{', '.join(letters)} differ{'' if letters[1:] else 's'}",
            showarrow=False, yanchor="bottom", xanchor="center", font={"size": 12, "color": colors["quiet"]},
        )  # fmt: skip
    _lay_out(figure, axis, logarithmic, colors, zoom, _floor(runs))
    return figure


def _partings(
    runs: Sequence[tuple[str, str, Drawn]], axis: Axis, parted: Mapping[int, Sequence[str]]
) -> dict[float, list[str]]:
    """Where on an axis runs part, each by its own clock, and which of them."""
    by_letter = {letter: run for letter, _, run in runs}
    found: dict[float, list[str]] = {}
    for iteration, letters in parted.items():
        for letter in letters:
            if letter not in by_letter:
                continue  # its curve cannot be drawn
            found.setdefault(by_letter[letter].x_of(iteration, axis), []).append(letter)
    return found


def _labels(
    runs: Sequence[tuple[str, str, Drawn]], axis: Axis, partings: Mapping[float, Sequence[str]]
) -> list[tuple[float, list[str]]]:
    """Where a parting is labelled, and with which runs; those that are close to each other have one label."""
    wide = max(float(run.knots[1][axis][-1]) for _, _, run in runs)
    found: list[tuple[float, list[str]]] = []
    for x in sorted(partings):
        if found and x - found[-1][0] < _LABEL * wide:
            found[-1][1].extend(partings[x])
        else:
            found.append((x, list(partings[x])))
    return found


def _lay_out(
    figure: go.Figure, axis: Axis, logarithmic: bool, colors: Mapping[str, str], zoom: bool, floor: float
) -> None:
    counted = axis == "iteration"
    wide = max((float(np.nanmax(x)) for trace in figure.data if len(x := np.asarray(trace.x, float))), default=0.0)
    few = counted and wide < _FEW
    figure.update_xaxes(
        nticks=8,
        tickformat="~s" if counted else "",
        hoverformat=",.0f" if counted else f".{min(9, max(2, 3 - int(np.floor(np.log10(wide or 1)))))}f",
        dtick=1 if few else None,
        showticklabels=True,
        fixedrange=not zoom,
    )
    figure.update_xaxes(title={"text": AXES[axis], "standoff": 6}, row=len(_CHARTS), col=1)
    figure.update_yaxes(nticks=5, fixedrange=True, automargin="left")
    for row in (_COST, _DEV_COST, _RATE):
        scale = (
            _logarithmic(figure, row, floor if row == _COST else 0.0)
            if logarithmic or row == _RATE
            else {"rangemode": "tozero", "tickformat": "~g"}
        )
        figure.update_yaxes(**scale, row=row, col=1)
    for row in _PERCENT:
        figure.update_yaxes(tickformat=".0%", row=row, col=1)
    for name, row in _FURTHER.items():
        if SERIES[name].scale == "log":
            figure.update_yaxes(**_logarithmic(figure, row), row=row, col=1)
    for row, title in enumerate(_CHARTS, 1):
        top = figure.get_subplot(row, 1).yaxis.domain[1]
        figure.add_annotation(
            x=0, y=top, xref="paper", yref="paper", text=f"<b>{title}</b>", showarrow=False, xanchor="left",
            yanchor="bottom", xshift=-40, yshift=18 if row == _COST else 4,
            font={"size": 13, "color": colors["text"]},
        )  # fmt: skip
    figure.update_layout(
        height=sum(_HEIGHTS) + _AROUND,
        margin={"l": 48, "r": 12, "t": 44, "b": 44},
        showlegend=False,
        hovermode="x unified",
        uirevision=axis,  # what is zoomed into stays in sight while the axis is the same
        hoversubplots="axis",
        dragmode="zoom" if zoom else False,
    )


def _logarithmic(figure: go.Figure, row: int, floor: float = 0.0) -> dict[str, Any]:
    axis = figure.get_subplot(row, 1).yaxis.plotly_name.replace("axis", "")
    drawn = (np.asarray(trace.y, float) for trace in figure.data if trace.yaxis == axis)
    return log_axis(np.concatenate([[], *drawn]), floor)


def _floor(runs: Sequence[tuple[str, str, Drawn]]) -> float:
    """Two decades below all mini-batches that cost anything: averages fall without end while the others cost 0."""
    costs = np.concatenate([[], *(run.train.low for *_, run in runs)])
    return float(costs.min(initial=np.inf, where=costs > 0)) / 100 if np.any(costs > 0) else 0.0


def _add(figure: go.Figure, row: int, **shown: Any) -> None:
    figure.add_trace(go.Scatter(**{"mode": "lines", **shown}), row=row, col=1)


def _band(figure: go.Figure, row: int, track: Track, axis: Axis, color: str) -> None:
    """The surface between least and greatest, with holes where nothing is known."""
    if not np.any(track.low < track.high):
        return
    known = np.isfinite(track.low) & np.isfinite(track.high)
    borders = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(int), [0]])))
    x: list[Numbers] = []
    y: list[Numbers] = []
    for begin, end in borders.reshape(-1, 2):
        stretch = slice(begin, end)
        there = track.x[axis][stretch]
        x += [there, there[::-1], np.array([np.nan])]
        y += [track.low[stretch], track.high[stretch][::-1], np.array([np.nan])]
    _add(
        figure,
        row,
        x=np.concatenate(x),
        y=np.concatenate(y),
        fill="toself",
        fillcolor=_faint(color),
        line={"width": 0},
        hoverinfo="skip",
    )


def _changes(figure: go.Figure, letter: str, color: str, run: Drawn, axis: Axis) -> None:
    """A mark on the smoothed cost and on α wherever something was changed."""
    if not run.told:
        return
    marker = {"symbol": "diamond", "size": 10, "color": color, "line": {"width": 1, "color": "white"}}
    # what is written on a chart is taken for HTML by Plotly: what comes from a file is escaped
    text = [escape(visible(told)) for told in run.told]
    for row, y in ((_COST, run.changes.mean), (_RATE, run.changes.low)):
        _add(
            figure,
            row,
            mode="markers",
            x=run.changes.x[axis],
            y=y,
            text=text,
            marker=marker,
            name=f"{letter} changed",
            hovertemplate="%{text}",
            cliponaxis=False,
        )


def _places(curve: CostCurve, iterations: NDArray[Any]) -> dict[Axis, Numbers]:
    knots = np.array([(curve.start, 0.0), *curve.time_knots()])
    at = np.asarray(iterations, np.float64)
    return {
        "iteration": at,
        "epoch": curve.epochs(np.round(at).astype(np.int64)),
        "minutes": np.interp(at, knots[:, 0], knots[:, 1]) / 60,
    }


def _row(buckets: Buckets, row: int) -> tuple[Numbers, ...]:
    return tuple(part[row].astype(np.float64) for part in (buckets.low, buckets.high, buckets.mean))


def _faint(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"
