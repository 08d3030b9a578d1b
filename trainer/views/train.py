"""The Train page: set up a run, start it, and watch and steer it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.navigation.page import Page

from trainer.engine.hyperparameters import RunConfig
from trainer.errors import InvalidInput
from trainer.experiments.compiling import load_compiled
from trainer.experiments.recorded_run import SESSIONS
from trainer.recorder.library import interrupted_lately
from trainer.service.process_singleton import the_controller
from trainer.text import one_line
from trainer.views.component import show, wished
from trainer.views.constants import constants
from trainer.views.flash import clear_flash, clear_flash_of_another_page, flash, flashed, toast_flash
from trainer.views.labels import in_labels
from trainer.views.plotly_script import plotly_address
from trainer.views.search import PARAMETER, RETEST, retest_here
from trainer.views.setup import described, plan, show_setup

_RETESTED = "retested"


def page(search_page: Page) -> None:
    """The whole page, from top to bottom."""
    clear_flash_of_another_page("train")
    if search := st.session_state.pop(_RETESTED, ""):
        st.switch_page(search_page, query_params={PARAMETER: search})
    controller = the_controller()
    run = st.query_params.get("run", "")
    phase = controller.phase(run)
    # one container above the live component, whatever is in it: so that stays where it is, mounted
    with st.container():
        if run:
            _of_another_trainer(run, controller.config(run))
        else:
            _above(phase, controller.config())
    data = {"token": controller.token, "phase": phase, "run": run, "plotly": plotly_address(), "served": constants()}
    live = f"live {run}".strip()
    # run again when it is in another phase
    show("live", live, data, on_phase_change=lambda: None, on_retest_change=partial(_retest, live))
    if phase == "idle":
        # while a person reads, so that the first press of Start need not wait for it
        load_compiled(RunConfig().dtype)


def _of_another_trainer(run: str, config: Mapping[str, Any]) -> None:
    """The address names a live run by its id."""
    if config:
        st.text(f"{described(config)}: the live run {run[:40]}.")
    else:
        st.text(f"There is no live run {run[:40]} here (any more). The Sessions page has every recorded one.")


def _above(now: str, config: Mapping[str, Any]) -> None:
    """What is set up, Start, and why it could not start."""
    phase = now.partition(" ")[0]
    # each has a place of its own: were they to move as one comes or goes, what is being typed below would be lost
    title, row, problem = st.container(), st.container(), st.container()
    setup = (st.container(), st.container())[_changes(now) % 2]
    live = phase == "live"
    if phase == "idle":
        title.title("Train one network, watch it, steer it")
    why = ""
    if not live:
        # before it is told what would be started: an upload counts from here on
        expander = setup.expander("Set-up", expanded=phase == "idle", key=f"expander_{now}", on_change="rerun")
        if expander.open:
            with expander:
                show_setup()
    with row.container(horizontal=True, vertical_alignment="center"):
        st.button("Start", type="primary", icon=":material/play_arrow:", on_click=_start, disabled=live)
        if live:
            st.text(f"{described(config)}: under way. Stop it to start another one.")
        else:
            try:
                wish = plan()
            except InvalidInput as error:
                why = in_labels(str(error))
            else:
                st.text(wish.summary())
                why = flashed("Start", (now, wish))
    if phase == "idle" and (left := interrupted_lately(SESSIONS)) is not None:
        with problem.container(border=True, horizontal=True, vertical_alignment="center"):
            st.text(f"{one_line(left.name or left.path.stem)} was interrupted at iteration {left.iterations:,}.")
            st.button("Resume it", icon=":material/play_arrow:", on_click=_resume, args=(left.path,))
        if refused := flashed("Resume it", (now, left.path)):
            problem.container(border=True).text(f"Cannot resume: {refused.rstrip('.')}.")
    if refused := flashed(RETEST, now):
        problem.container(border=True).text(f"Not done: {refused.rstrip('.')}.")
    if why:
        problem.container(border=True).text(f"Cannot start: {why.rstrip('.')}.")


def _changes(now: str) -> int:
    """How often this tab has seen the page in another phase, or with another session.

    A run may be over before the script runs again. In the place where the set-up was open, the browser would keep it
    open, and what was started would be far below: so the next set-up stands in another place.
    """
    last, changes = st.session_state.get("phases", (now, 0))
    st.session_state.phases = now, changes + (now != last)
    return int(st.session_state.phases[1])


def _start() -> None:
    """Runs before the script; a second click finds the run under way and starts nothing."""
    controller = the_controller()
    try:
        wish = plan()
    except InvalidInput:
        clear_flash()  # the script, which runs next, says why
    else:
        now = controller.phase()
        answer = controller.ask(wish.message()).result()
        flash("Start", (now, wish), str(answer["text"]) if answer["status"] == "refused" else "")


def _retest(view: str) -> None:
    """Likewise; the script then leads to the search that began."""
    if wished(view, "retest"):
        now = the_controller().phase()
        if search := retest_here(now):
            st.session_state[_RETESTED] = search
        else:
            toast_flash(flashed(RETEST, now))


def _resume(path: Path) -> None:
    """Likewise; from the last checkpoint on it is computed once more."""
    controller = the_controller()
    now, answer = controller.phase(), controller.ask({"do": "resume-session", "session": str(path)}).result()
    flash("Resume it", (now, path), str(answer["text"]) if answer["status"] == "refused" else "")
