"""Panda or caviar? What `panda caviar` found out: curves over seeds, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import streamlit as st
from plotly import graph_objects as go

from trainer.engine.wording import capital, measured_text
from trainer.errors import SessionError
from trainer.experiments.caviar.curves import Band, bands
from trainer.experiments.caviar.record import SUFFIX, ContestSoFar, read_so_far
from trainer.experiments.caviar.verdict import SeedResult, seed_result, verdict
from trainer.experiments.over_seeds import SEEDS_TEXT, signed
from trainer.experiments.recorded_run import SESSIONS
from trainer.paths import name_of
from trainer.recorder.library import stamp
from trainer.views.log_axis import log_axis
from trainer.views.static_chart import show_chart

_COLORS = {"panda": "orangeColor", "best of the caviar so far": "greenColor"}


def show_caviar() -> None:
    """Every recorded comparison of a babysat run with random trials; where there is none, how to make one."""
    st.subheader("Panda or caviar?", anchor=False)
    paths = sorted(SESSIONS.glob(f"*{SUFFIX}"), key=lambda path: -path.stat().st_mtime_ns)
    if not paths:
        st.text(
            "Was it worth babysitting one model? A recorded run is re-played with other seeds, against the best of many"
            " random trials that together have its compute. In a terminal:"
        )
        st.code("panda caviar sessions/SESSION.panda", language=None)
        return
    chosen = st.selectbox("Recorded comparison", paths, format_func=name_of) if paths[1:] else paths[0]
    try:
        so_far = _read(chosen, str(stamp(chosen)))
    except SessionError as error:
        st.text(f"{name_of(chosen)} cannot be read: {str(error).rstrip('.')}.")
        return
    results = [seed_result(panda, caviar) for panda, *caviar in so_far.complete().values()]
    if not results:
        st.text(f"{name_of(chosen)} has no seed yet with which everything is over.")
        return
    _told(chosen, so_far, results)


@lru_cache(maxsize=4)
def _read(path: Path, _stamp: str) -> ContestSoFar:
    """Kept as long as the file is as it was."""
    return read_so_far(path)


def _told(path: Path, so_far: ContestSoFar, results: Sequence[SeedResult]) -> None:
    told = verdict([result.difference for result in results])
    missing = "" if len(results) == so_far.seeds else f" {len(results)} of {so_far.seeds} seeds are over."
    st.text(
        f"{capital(told.text)} (panda's dev cost minus that of the best of {so_far.trials} trials)."
        f"{missing}\n({told.method})\nLines are medians over the seeds, bands the middle half of them;"
        f" {SEEDS_TEXT}."
    )
    what = "Dev cost of the panda, and of the best random trial so far, against compute"
    show_chart(f"caviar {path.name}", _figure(*bands(results, so_far.trials)), alt=what)
    st.dataframe(
        [
            {
                "seed": str(result.seed),
                "panda": _cost(result.panda.dev_cost),
                f"best of {so_far.trials}": _cost(math.inf if result.best is None else result.best.dev_cost),
                "difference": signed(result.difference),
                "diverged trials": str(result.diverged),
            }
            for result in results
        ],
        hide_index=True,
    )


def _figure(panda: Band, caviar: Band) -> go.Figure:
    theme = "dark" if st.context.theme.type == "dark" else "light"
    figure = go.Figure()
    for (name, color), band in zip(_COLORS.items(), (panda, caviar), strict=True):
        shown = str(st.get_option(f"theme.{theme}.{color}"))
        x = [100 * share for share in band.shares]
        ends = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False, "legendgroup": name}
        figure.add_scatter(x=x, y=_finite(band.low), **ends)
        figure.add_scatter(x=x, y=_finite(band.high), fill="tonexty", fillcolor=f"{shown}30", **ends)
        figure.add_scatter(
            x=x,
            y=_finite(band.median),
            name=name,
            legendgroup=name,
            mode="lines+markers",
            line={"color": shown, "width": 2},
            hovertemplate="%{y:.4g}",
        )
    figure.update_layout(
        height=340,
        margin={"l": 50, "r": 10, "t": 10, "b": 40},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        hovermode="x unified",
        xaxis={"title": "compute, as a share of the panda's", "ticksuffix": " %", "hoverformat": ".0f"},
        yaxis={**log_axis(np.array([*panda.low, *panda.high, *caviar.low, *caviar.high])), "title": "dev cost"},
    )
    return figure


def _finite(costs: Sequence[float]) -> list[float | None]:
    return [cost if math.isfinite(cost) else None for cost in costs]


def _cost(dev_cost: float) -> str:
    return measured_text(dev_cost, 4) if math.isfinite(dev_cost) else "diverged"
