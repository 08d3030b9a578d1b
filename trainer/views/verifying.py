"""Verifying in the page: how far it has come, and the verdict in plain words."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from trainer.experiments.verification import Progress
from trainer.views.registry import the_host

REFRESH_SECONDS = 1.0

_VERDICTS = {
    "exact": ":green[:material/check_circle: **Exact**]",
    "other-environment": ":orange[:material/rule: **Equal within rounding, in another environment**]",
    "diverged": ":red[:material/error: **Different**]",
    "refused": ":red[:material/error: **Cannot be verified**]",
}


def show_verification(path: Path, run: str) -> None:
    """Nothing until this run was verified; then how that goes, or what came of it."""
    progress = the_host().verifications.progress(path, run)
    if progress is None:
        return
    with st.container(border=True):
        if progress.result:
            _verdict(progress)
        else:
            _under_way(path, run)


@st.fragment(run_every=REFRESH_SECONDS)
def _under_way(path: Path, run: str) -> None:
    progress = the_host().verifications.progress(path, run)
    if progress is None or progress.result:
        st.rerun()
    done = progress.done / max(progress.total, 1)
    of = f"{progress.done:,} of {progress.total:,} iterations" if progress.total else "starting"
    st.progress(min(done, 1.0), text=f"Verifying: {of}. It goes on when you leave this page.")
    if st.button("Cancel"):
        the_host().verifications.cancel()
        st.rerun()


def _verdict(progress: Progress) -> None:
    st.markdown(_VERDICTS[progress.result])
    said = progress.text.removeprefix("exact: ")
    st.text(f"{said[:1].upper()}{said[1:]}.")
