"""Flash: why what was asked for last was refused, shown until the tab asks for something else.

Streamlit runs the script of a page again for many reasons; a flash outlives all of them but another request.
"""

from __future__ import annotations

import string

import streamlit as st

from trainer.views.grouped import grouped
from trainer.views.labels import in_labels

_AS_IT_IS = str.maketrans({sign: f"\\{sign}" for sign in string.punctuation})
"""Signs that Markdown would take for something else."""


def flash(button: str, request: object, why: str) -> None:
    """Keep what was asked for last, with which button, and in a sentence why it is not done; "" where it is."""
    st.session_state.flash = button, request, why


def flashed(button: str, request: object) -> str:
    """Why this request was refused, where it is the last one; else "".

    Once that button would ask for something else, the refusal is forgotten.
    """
    last_button, last, why = st.session_state.get("flash", ("", None, ""))
    if button == last_button and request != last:
        clear_flash()
    return in_labels(grouped(str(why))) if (button, request) == (last_button, last) else ""


def show_flash(button: str, request: object) -> None:
    """The same, in a box, where there is something to tell."""
    if why := flashed(button, request):
        st.container(border=True).text(f"Not done: {why.rstrip('.')}.")


def toast_flash(why: str) -> None:
    """Tell it beside whatever part of the page is in sight too."""
    st.toast(f"Not done: {in_labels(grouped(why)).translate(_AS_IT_IS)}")


def clear_flash() -> None:
    """Something else was asked for."""
    st.session_state.pop("flash", None)


def clear_flash_of_another_page(page: str) -> None:
    """Forget a refusal that was shown on another page, or about another session, so that it is gone on the way back."""
    here = page, st.query_params.to_dict()
    if st.session_state.get("here") != here:
        st.session_state.here = here
        clear_flash()
