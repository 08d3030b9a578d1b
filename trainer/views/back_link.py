"""Back link: from a session, or from a comparison, to the list of sessions."""

from __future__ import annotations

import streamlit as st

from trainer.views.component import show


def show_back_link() -> None:
    """A button; the link in the navigation does the same, which Streamlit by itself ignores on the page it leads to."""
    show("back", "back", {}, on_back_change=to_the_list)


def to_the_list() -> None:
    """Have the list shown when the page runs next."""
    st.query_params.clear()
