"""The live page as a component of Streamlit: mounted once, it gets everything else over its own WebSocket."""

from __future__ import annotations

from typing import Any

import streamlit as st

from trainer.engine.hyperparameters import CHOICES
from trainer.numerics.scales import SCALES
from trainer.views.registry import the_host
from trainer.views.server import module_address, plotly_address

IMPORT = """
export default async (component) =>
  (await import(new URL(component.data.module, location.origin).href)).default(component);
"""


def wished(key: str, event: str) -> Any:
    """What a component asks for by an event, in its callback; None where it has gone: a double click asks twice."""
    component = st.session_state.get(key)
    return None if component is None else component.get(event)


KNOBS = {
    "learning_rate": ("Learning rate α", "α"),
    "momentum": ("Momentum β", "β"),
    "mini_batch_size": ("Mini-batch size", "mini-batch"),
    "decay": ("Decay", "decay"),
    "decay_rate": ("Decay rate", "rate of decay"),
    "decay_interval": ("Decay interval", "epochs per stair"),
    "optimizer": ("Optimizer", "optimizer"),
    "beta2": ("β₂", "β₂ of RMSprop and Adam"),
    "epsilon": ("ε", "ε of RMSprop and Adam"),
    "weight_decay": ("Weight decay λ", "λ"),
    "clip_norm": ("Clip norm", "longest gradient"),
}
"""Label and symbol of every hyperparameter, in the order of their importance (course 2, week 3)."""

_MORE = ("beta2", "epsilon", "weight_decay", "clip_norm")

_panda_live = st.components.v2.component("panda_live", js=IMPORT, isolate_styles=False)


def show_live(phase: str) -> None:
    """The charts and controls of the run under way or the latest one.

    Parameters
    ----------
    phase : of the run as this script saw it; the script runs again when it is another one
    """
    data = {
        "token": the_host().token,
        "phase": phase,
        "module": module_address(),
        "plotly": plotly_address(),
        "knobs": [_knob(name, label, symbol) for name, (label, symbol) in KNOBS.items()],
    }
    _panda_live(key="live", data=data, on_phase_change=lambda: None)


def _knob(name: str, label: str, symbol: str) -> dict[str, Any]:
    spec: dict[str, Any] = {"name": name, "label": label, "symbol": symbol, "more": name in _MORE}
    if name in CHOICES:
        return spec | {"options": list(CHOICES[name])}
    scale = SCALES[name]
    return spec | {
        "kind": scale.kind,
        "low": scale.low,
        "high": scale.high,
        "whole": scale.valid.whole,
        "off": scale.kind == "log" and 0 in scale.valid,
    }
