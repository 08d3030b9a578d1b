"""A task in the background, as the page shows it: how far it has come, and a way to end it."""

from __future__ import annotations

import streamlit as st

from trainer.experiments.background import Task
from trainer.service.process_singleton import the_controller
from trainer.views.live_component import IMPORT
from trainer.views.server import module_address

_panda_under_way = st.components.v2.component("panda_under_way", js=IMPORT, isolate_styles=False)


def show_under_way(task: Task, doing: str) -> None:
    """Until it is done; then the page runs again, unless a dialog is open, which that would close.

    The page asks for it itself: what Streamlit runs again every second is forgotten where a script that was replaced
    by another ends after it.
    """
    data = {
        "module": module_address("under_way.js"),
        "token": the_controller().token,
        "task": task.name,
        "doing": doing,
    }
    _panda_under_way(
        key=f"under way {task.module}",
        data=data,
        on_done_change=lambda: None,
        on_cancel_change=the_controller().background.cancel,
    )
