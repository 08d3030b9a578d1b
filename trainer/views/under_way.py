"""A task in the background, as the page shows it: how far it has come, and a way to end it."""

from __future__ import annotations

import streamlit as st

from trainer.experiments.background import Task
from trainer.views.registry import the_host

REFRESH_SECONDS = 1.0
_DIALOG = "dialog_is_open"


def dialog_is_open(is_open: bool) -> None:
    """Tell whether a dialog is open: running the whole page again would close it, with what is typed there."""
    st.session_state[_DIALOG] = is_open


@st.fragment(run_every=REFRESH_SECONDS)
def show_under_way(task: Task, doing: str) -> None:
    """Until it is done; then the page runs again. Nothing else of the page is held up by it."""
    progress = the_host().background.progress(task)
    if progress is None or progress.result:
        if st.session_state.get(_DIALOG):
            st.text(f"{doing}: done. What was found is shown when the dialog is closed.")
            return
        st.rerun()
    done = progress.done / max(progress.total, 1)
    of = f"{progress.done:,} of {progress.total:,} iterations" if progress.total else "starting"
    st.progress(min(done, 1.0), text=f"{doing}: {of}. It goes on when you leave this page.")
    if st.button("Cancel", key=f"cancel {task.module}"):
        the_host().background.cancel()
        st.rerun()
