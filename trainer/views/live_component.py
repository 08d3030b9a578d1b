"""The live page as a component of Streamlit: mounted once, it gets everything else over its own WebSocket."""

from __future__ import annotations

from typing import Any

import streamlit as st

from trainer.engine.hyperparameters import HYPERPARAMETERS
from trainer.engine.series import SERIES
from trainer.engine.specs import Spec
from trainer.service.process_singleton import the_controller
from trainer.views.server import module_address, plotly_address

IMPORT = """
export default async (component) =>
  (await import(new URL(component.data.module, location.origin).href)).default(component);
"""


def wished(key: str, event: str) -> Any:
    """What a component asks for by an event, in its callback; None where it has gone: a double click asks twice."""
    component = st.session_state.get(key)
    return None if component is None else component.get(event)


def constants() -> dict[str, Any]:
    """What the browser needs to know of hyperparameters and series: their entries, in order, JSON-ready."""
    return {
        "knobs": [_knob(spec) for spec in HYPERPARAMETERS.values()],
        "series": [
            {
                "name": series.name,
                "label": series.label,
                "panel": series.panel,
                "help": series.help,
                "scale": series.scale,
                "percent": series.percent,
                "smoothed": series.smoothed,
                "measured": series.measure is not None,
            }
            for series in SERIES.values()
        ],
    }


_panda_live = st.components.v2.component("panda_live", js=IMPORT, isolate_styles=False)


def show_live(phase: str) -> None:
    """The charts and controls of the run under way or the latest one.

    Parameters
    ----------
    phase : of the run as this script saw it; the script runs again when it is another one
    """
    data = {
        "token": the_controller().token,
        "phase": phase,
        "module": module_address(),
        "plotly": plotly_address(),
        **constants(),
    }
    _panda_live(key="live", data=data, on_phase_change=lambda: None)


def _knob(spec: Spec) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": spec.name,
        "label": spec.label,
        "symbol": spec.symbol,
        "help": spec.help,
        "more": spec.group == "more",
        "needs": None if spec.needs is None else {"name": spec.needs[0], "values": list(spec.needs[1])},
    }
    if spec.scale is None:
        return told | {"options": list(spec.choices)}
    scale = spec.scale
    return told | {
        "kind": scale.kind,
        "low": scale.low,
        "high": scale.high,
        "whole": spec.whole,
        "off": spec.off_at_zero,
    }
