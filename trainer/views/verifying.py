"""Verifying in the page: how far it has come, and the verdict in plain words."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from trainer.engine.wording import capital
from trainer.experiments.findings import Finding
from trainer.experiments.questions import VERIFY, verify_question
from trainer.experiments.verify import Verdict
from trainer.service.process_singleton import the_controller
from trainer.text import visible
from trainer.views.grouped import grouped
from trainer.views.under_way import show_under_way

_VERDICTS = {
    "exact": ":green[:material/check_circle: **Exact**]",
    "other-environment": ":orange[:material/rule: **Equal within rounding, in another environment**]",
    "diverged": ":red[:material/error: **Different**]",
    "refused": ":red[:material/error: **Cannot be verified**]",
}


def show_verification(path: Path, run: str) -> None:
    """How it goes while a run of the session is being verified; then what came of it for this run."""
    findings = the_controller().findings
    asked = findings.under_way_about(path)
    if asked is not None and asked.kind == VERIFY:  # of whichever run: here it can be ended
        with st.container(border=True):
            show_under_way(asked, "Verifying" if asked.arguments == (run,) else f"Verifying run {asked.arguments[0]}")
        return
    finding = findings.finding(verify_question(path, run))
    if finding is not None and finding.over:
        with st.container(border=True):
            _verdict(finding, path)


def _verdict(finding: Finding[Verdict], path: Path) -> None:
    verdict = finding.result
    st.markdown(_VERDICTS["refused" if verdict is None else verdict.result])
    said = grouped(finding.refused if verdict is None else verdict.text.removeprefix("exact: "))
    st.text(f"{said if said.startswith(visible(path.name)) else capital(said)}.")
