"""The way back to the list of sessions."""

from __future__ import annotations

import streamlit as st

from trainer.views.component import show


def show_way_back() -> None:
    """A button; and the link to this page in the navigation does the same, which Streamlit takes for no step at all."""
    show("back", "back", {}, on_back_change=to_the_list)


def to_the_list() -> None:
    """Have the list shown when the page runs next."""
    st.query_params.clear()
