"""Verifying in the page: how far it has come, and the verdict in plain words."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from trainer.experiments.background import Progress
from trainer.experiments.verification import MODULE, verification
from trainer.service.process_singleton import the_controller
from trainer.views.under_way import show_under_way

_VERDICTS = {
    "exact": ":green[:material/check_circle: **Exact**]",
    "other-environment": ":orange[:material/rule: **Equal within rounding, in another environment**]",
    "diverged": ":red[:material/error: **Different**]",
    "refused": ":red[:material/error: **Cannot be verified**]",
}


def show_verification(path: Path, run: str) -> None:
    """How it goes while a run of the session is being verified; then what came of it for this run."""
    background = the_controller().background
    asked = background.under_way()
    if asked is not None and asked[:2] == (MODULE, path):  # of whichever run: here it can be ended
        with st.container(border=True):
            show_under_way(asked, "Verifying" if asked.arguments == (run,) else f"Verifying run {asked.arguments[0]}")
        return
    progress = background.progress(verification(path, run))
    if progress is not None:
        with st.container(border=True):
            _verdict(progress, path)


def _verdict(progress: Progress, path: Path) -> None:
    st.markdown(_VERDICTS[progress.result])
    said = progress.text.removeprefix("exact: ")
    st.text(f"{said if said.startswith(path.name) else said[:1].upper() + said[1:]}.")
