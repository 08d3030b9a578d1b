"""The Train page: set up a run, start it, and watch and steer it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from trainer.engine.hyperparameters import DTYPES, OPTIMIZERS, Hyperparameters, RunConfig, parse_number
from trainer.errors import InvalidInput
from trainer.numerics.learning_rate_decay import DECAYS
from trainer.numerics.parameters import Activation
from trainer.views.live_component import show_live
from trainer.views.registry import the_host


def page() -> None:
    """The whole page, from top to bottom."""
    host = the_host()
    status = host.status()
    live = host.live()
    setup = st.container()
    with setup:
        if live:
            st.caption("A run is under way. Stop it to start another one.")
        st.button("Start", type="primary", on_click=_start, disabled=live)
    if refusal := st.session_state.pop("refusal", ""):
        st.text(refusal)
    show_live("")


def _start() -> None:
    host = the_host()
    st.session_state.refusal = host.start({}, {}, None)
