"""Verifying in the page: how far it has come, and the verdict in plain words."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from trainer.experiments.background import Progress
from trainer.experiments.verification import verification
from trainer.views.registry import the_host
from trainer.views.under_way import show_under_way

_VERDICTS = {
    "exact": ":green[:material/check_circle: **Exact**]",
    "other-environment": ":orange[:material/rule: **Equal within rounding, in another environment**]",
    "diverged": ":red[:material/error: **Different**]",
    "refused": ":red[:material/error: **Cannot be verified**]",
}


def show_verification(path: Path, run: str) -> None:
    """Nothing until this run was verified; then how that goes, or what came of it."""
    task = verification(path, run)
    progress = the_host().background.progress(task)
    if progress is None:
        return
    with st.container(border=True):
        if progress.result:
            _verdict(progress)
        else:
            show_under_way(task, "Verifying")


def _verdict(progress: Progress) -> None:
    st.markdown(_VERDICTS[progress.result])
    said = progress.text.removeprefix("exact: ")
    st.text(f"{said[:1].upper()}{said[1:]}.")
