"""The boxes of the set-up: each keeps what a person chose, also while it is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from trainer.engine.hyperparameters import DATA_SHIFT, HYPERPARAMETERS, RUN_CONFIG, Hyperparameters, RunConfig
from trainer.service.frames import plain
from trainer.views import mini_batch_size_box

_HELP = {name: spec.help for name, spec in (RUN_CONFIG | HYPERPARAMETERS).items()} | {
    "iterations": "Where the run ends.",
}
_EXPLAINED = {"class_weights", *DATA_SHIFT}
"""Choices whose words do not speak for themselves."""
BORN = RunConfig()
DEFAULTS: dict[str, Any] = {
    "data": BORN.data,
    "path": "",
    "layers": ", ".join(str(n) for n in BORN.layers),
    "batch_norm": BORN.batch_norm,
    "activation": BORN.activation,
    "seed": str(BORN.seed),
    "dtype": BORN.dtype,
    "class_weights": BORN.class_weights,
    "dev_fraction": str(BORN.dev_fraction),
    "gauge_budget": str(BORN.gauge_budget),
    "iterations": "",
    **{
        name: f"{value:g}" if isinstance(value, float) else str(plain(value))
        for name, value in Hyperparameters().as_dict().items()
    },
}


def value(name: str) -> Any:
    """What is set up, also where its widget is not shown."""
    if name == "mini_batch_size":
        return mini_batch_size_box.value()
    return st.session_state.get(f"setup_{name}", DEFAULTS[name])


# The value is told to a widget each time, not set once: what a run of the script sets is lost with it when
# another run begins before the browser has it, as happens when the connection comes back.


def box(label: str, name: str, placeholder: str | None = None) -> None:
    """A box to type into."""
    st.text_input(
        label,
        value(name),
        key=f"setup_{name}",
        help=_HELP.get(name),
        placeholder=placeholder,
        persist_state="session",
    )


def choice(label: str, options: Sequence[str], name: str) -> None:
    """A list to choose from."""
    st.selectbox(
        label,
        options,
        options.index(value(name)),
        key=f"setup_{name}",
        help=_HELP[name] if name in _EXPLAINED else None,
        persist_state="session",
    )
