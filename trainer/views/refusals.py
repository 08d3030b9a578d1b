"""Why a tab's last wish was refused: told until it wishes something else, however often a page's script runs."""

from __future__ import annotations

import streamlit as st


def refuse(button: str, wish: object, why: str) -> None:
    """What was wished last, with which button, and in a sentence why it is not done; "" where it is."""
    st.session_state.refused = button, wish, why


def refusal(button: str, wish: object) -> str:
    """Why it was refused, where it is what was wished last; else "".

    Once that button would mean another wish, the refusal of the last one is forgotten.
    """
    last_button, last, why = st.session_state.get("refused", ("", None, ""))
    if button == last_button and wish != last:
        forget()
    return str(why) if (button, wish) == (last_button, last) else ""


def show_refusal(button: str, wish: object) -> None:
    """The same, in a box, where there is something to tell."""
    if why := refusal(button, wish):
        st.container(border=True).text(f"Not done: {why.rstrip('.')}.")


def forget() -> None:
    """Something else was wished."""
    st.session_state.pop("refused", None)


def forget_what_was_elsewhere(page: str) -> None:
    """Who has gone to another page, or to another session, does not find on the way back what was refused before."""
    here = page, st.query_params.to_dict()
    if st.session_state.get("here") != here:
        st.session_state.here = here
        forget()
