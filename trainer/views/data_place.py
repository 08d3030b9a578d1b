"""Where the data of an opened session are that are too large to be in it, and a field to tell another place."""

from __future__ import annotations

import streamlit as st

from trainer.errors import PandaError
from trainer.experiments.session_data import places, stays_in_session, tell
from trainer.paths import file_at
from trainer.recorder.session import Session
from trainer.text import one_line
from trainer.views.flash import flash, show_flash
from trainer.views.pressed import press_button, take_press

_BUTTON = "Look there"


def show_data_place(session: Session, run: str) -> None:
    """Folded where there is a file; open where there is none. Nothing where the data are in the session."""
    if stays_in_session(session):
        return
    looked = places(session, session.run(run))
    found = next((path for path in looked if file_at(str(path)) is not None), None)
    with st.expander("Where its data are" if found else "Its data were not found", expanded=found is None):
        if found:
            st.text(f"They are too large to be in the session; they are read from {one_line(str(found))}.")
        else:
            there = "\n".join(one_line(str(path)) for path in looked)
            st.text(f"They are too large to be in the session, and there is no file at\n{there}")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            text = st.text_input("Path of the data", key=f"data of {session.id}", placeholder="/data/flowers.npy")
            asked = press_button(_BUTTON, session.path, icon=":material/folder_open:", disabled=not text.strip())
        show_flash(_BUTTON, session.id)
        if asked:
            _tell(session, run, text.strip())


def _tell(session: Session, run: str, text: str) -> None:
    why = ""
    try:
        with st.spinner("Reading the data …"):
            take_press(_BUTTON)
            tell(session, session.run(run), text)
    except PandaError as error:
        why = str(error)
    flash(_BUTTON, session.id, why)
    st.rerun()
