"""Why a tab's last wish was refused: told until it wishes something else, however often a page's script runs."""

from __future__ import annotations

import streamlit as st


def refuse(wish: object, why: str) -> None:
    """What was wished last, and in a sentence why it is not done; "" where it is."""
    st.session_state.refused = wish, why


def refusal(wish: object) -> str:
    """Why it was refused, where it is what was wished last; else ""."""
    last, why = st.session_state.get("refused", (None, ""))
    return str(why) if last == wish else ""


def show_refusal(wish: object) -> None:
    """The same, in a box, where there is something to tell."""
    if why := refusal(wish):
        st.container(border=True).text(f"Not done: {why.rstrip('.')}.")


def forget_what_was_elsewhere(page: str) -> None:
    """Who has gone to another page, or to another session, does not find on the way back what was refused before."""
    here = page, st.query_params.to_dict()
    if st.session_state.get("here") != here:
        st.session_state.here = here
        st.session_state.pop("refused", None)
