"""A question under way, as the page shows it: how far its answer has come, and a way to give it up."""

from __future__ import annotations

from functools import partial
from typing import Any

from trainer.experiments.findings import Question
from trainer.service.process_singleton import the_controller
from trainer.views.component import show


def show_under_way(question: Question[Any], doing: str) -> None:
    """Until it is done; then the page runs again, unless a dialog is open, which that would close.

    The page asks for it itself: what Streamlit runs again every second is forgotten where a script that was replaced
    by another ends after it.
    """
    show(
        "under_way",
        f"under way {question.kind}",
        {"token": the_controller().token, "task": question.name, "doing": doing},
        on_done_change=lambda: None,
        on_cancel_change=partial(the_controller().findings.cancel, question),
    )
