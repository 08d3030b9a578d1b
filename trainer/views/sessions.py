"""The Sessions page: every recorded session, and one of them opened; what can be done with its file."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

import streamlit as st
from streamlit.navigation.page import Page
from streamlit.runtime.uploaded_file_manager import UploadedFile

from trainer.errors import PandaError, SessionError
from trainer.experiments.comparison import MOST
from trainer.experiments.questions import as_told, verify_question
from trainer.experiments.recorded_run import SESSIONS
from trainer.experiments.session_data import are_found
from trainer.paths import name_of
from trainer.recorder.kinds import NAME_LIMIT
from trainer.recorder.library import (
    Unreadable,
    delete_session,
    find_session,
    sessions_in,
    stamp,
    take_in,
)
from trainer.recorder.session import Session
from trainer.recorder.summary import Summary
from trainer.service.process_singleton import the_controller
from trainer.service.recorded import session_at
from trainer.text import one_line, valid_unicode
from trainer.views.back_link import show_back_link, to_the_list
from trainer.views.comparison import PARAMETER, address, compare_in_page, runs_to_compare, show_comparison
from trainer.views.component import show, wished
from trainer.views.constants import constants, series, symbols
from trainer.views.data_place import show_data_place
from trainer.views.flash import clear_flash, clear_flash_of_another_page, flash, show_flash
from trainer.views.playback import download_address
from trainer.views.plotly_script import plotly_address
from trainer.views.pressed import forget_presses, press_button, take_press
from trainer.views.session_facts import head
from trainer.views.session_tree import tree
from trainer.views.verifying import show_verification
from trainer.views.worth import show_worth

LARGEST_UPLOAD = 1024
"""In MB, as much as can be imported."""


def page(train_page: Page) -> None:
    """The whole page, from top to bottom: the list, or what the address names: a session, or runs to compare."""
    clear_flash_of_another_page("sessions")
    name = st.query_params.get("session", "")
    if PARAMETER in st.query_params:
        show_comparison()
    elif name:
        _opened(name, train_page)
    else:
        _list(train_page)


def _list(train_page: Page) -> None:
    forget_presses()
    st.title("Sessions")
    found = sessions_in(SESSIONS)
    if found:
        data = {
            "sessions": [_row(entry) for entry in found],
            "most": MOST,
            "plotly": plotly_address(),
            "served": {"series": series()},
        }
        show("session_list", "sessions", data, on_open_change=_open_chosen, on_compare_change=_compare_chosen)
    else:
        st.text("No sessions yet. Every run that you start on the Train page is recorded here, to be played back,")
        st.page_link(train_page, label="Start a run on the Train page", icon=":material/play_arrow:")
    _upload()


def _row(entry: Summary | Unreadable) -> dict[str, Any]:
    """What the list shows of one file."""
    if isinstance(entry, Unreadable):
        return {"file": name_of(entry.path), "name": name_of(entry.path), "state": "unreadable", "why": entry.why}
    row = {
        "file": name_of(entry.path),
        "name": entry.name or valid_unicode(entry.path.stem),
        "data": entry.data,
        "iterations": entry.iterations,
        "accuracy": entry.dev_accuracy,
        "interventions": entry.interventions,
        "state": entry.state,
        "created": entry.created,
    }
    controller = the_controller()
    if (live := controller.recording(entry.path)) is not None:
        status = controller.status(live)
        row |= {"iterations": status["iteration"], "accuracy": status["dev_accuracy"]}
    return row


def _open_chosen() -> None:
    chosen = wished("sessions", "open")
    if chosen:
        st.query_params["session"] = chosen


def _compare_chosen() -> None:
    chosen = wished("sessions", "compare")
    if chosen:
        compare_in_page([str(file) for file in chosen])


def _upload() -> None:
    """A session file from elsewhere, taken in once and opened."""
    uploads = st.session_state.setdefault("uploads", 0)
    file = st.file_uploader(
        "Upload a session file", type="panda", key=f"upload_{uploads}", max_upload_size=LARGEST_UPLOAD
    )
    if file is None:
        show_flash("Upload", "")
        return
    with st.spinner("Every record is checked and written anew …"):
        outcome = _outcome(file)
    if isinstance(outcome, Path):
        st.query_params["session"] = outcome.name
    else:
        flash("Upload", "", str(outcome))
    st.session_state.uploads = uploads + 1  # another widget next time: the next file is another one
    st.rerun()


def _outcome(file: UploadedFile) -> Path | PandaError:
    """What became of an upload, which is taken in once.

    Streamlit may begin the script anew before that was told, and beside the one that is still at it.
    """
    known: dict[str, Path | PandaError] = st.session_state.setdefault("taken_in", {})
    with st.session_state.setdefault("taking_in", Lock()):
        if file.file_id not in known:
            known[file.file_id] = _taken_in(file)
    return known[file.file_id]


def _taken_in(file: UploadedFile) -> Path | PandaError:
    try:
        return take_in(SESSIONS, file.name, file)
    except PandaError as error:
        return error


def _opened(name: str, train_page: Page) -> None:
    show_back_link()
    try:
        path = find_session(SESSIONS, name)
        session = session_at(path)
    except SessionError as error:
        st.text(f"It cannot be opened: {error}.")
        return
    runs = list(session.runs)
    wished = st.query_params.get("run", "")
    run = wished if wished in runs else runs[-1] if runs else ""
    show("session_head", "head", head(session, run))
    if wished not in ("", run):
        st.text(f"There is no run {wished[:40]!r} in it{f': its latest one, {run}, is shown' if run else ''}.")
    if len(runs) > 1:
        data = {"runs": tree(session, run), "chosen": run, "served": {"symbols": symbols()}}
        show("session_tree", "tree", data, on_run_change=_run_chosen)
    _actions(session, run, train_page)
    if run:
        show_data_place(session, run)
        show_verification(path, run)
        _playback(session, run, train_page)
        show_worth(session, run)
    else:
        what = "run" if session.records else "whole record"
        st.text(f"There is no {what} in it, so there is nothing to play back, to verify or to resume.")


def _run_chosen() -> None:
    chosen = wished("tree", "run")
    if chosen:
        st.query_params["run"] = chosen


def _actions(session: Session, run: str, train_page: Page) -> None:
    """What can be done with the session; why something was refused stands below."""
    path, controller = session.path, the_controller()
    recording, damaged = session.state == "recording", session.state == "damaged"
    busy = controller.findings.under_way_about(path) is not None
    with st.container(horizontal=True):
        if recording:
            st.button("Show what came since", icon=":material/refresh:")  # to run this page again is all it takes
        if run and press_button("Verify", path, icon=":material/verified:", disabled=recording or busy):
            _verify(session, run)
        elsewhere = damaged or st.session_state.get("elsewhere") == path.name
        go_on = "Go on in a new session" if elsewhere else "Resume"
        look = {"icon": ":material/play_arrow:", "disabled": recording and not elsewhere}
        resumed = bool(run) and press_button(go_on, path, **look)
        if len(session.runs) > 1 and press_button("Compare runs", path, icon=":material/compare_arrows:"):
            compare_in_page([address(name_of(path), name) for name in runs_to_compare(session, run)])
            take_press("Compare runs")
            st.rerun()
        if press_button("Rename", path, icon=":material/edit:", disabled=damaged):
            _rename(path, session.name)
            take_press("Rename")
        st.link_button("Download", download_address(path), icon=":material/download:")
        if press_button("Delete", path, icon=":material/delete:", disabled=recording):
            _delete(path, session.name)
            take_press("Delete")
    if resumed:
        take_press(go_on)
        _resume(session, run, elsewhere, train_page)
    for button in ("Verify", "Resume"):
        show_flash(button, (path, run))


def _verify(session: Session, run: str) -> None:
    take_press("Verify")
    why = ""
    try:
        the_controller().findings.ask(as_told(session, verify_question(session.path, run)))
    except PandaError as error:
        why = str(error)
    flash("Verify", (session.path, run), why)
    st.rerun()


def _resume(session: Session, run: str, elsewhere: bool, train_page: Page) -> None:
    """Go on training, on the Train page."""
    controller, path = the_controller(), session.path
    with st.spinner("Computing once more what came after the last checkpoint …"):
        do = "continue-in-new-session" if elsewhere else "resume-session"
        answer = controller.ask({"do": do, "session": str(path)}).result()
        why = str(answer["text"]) if answer["status"] == "refused" else ""
    if not why:
        st.session_state.pop("elsewhere", None)
        st.switch_page(train_page)
    if not controller.live() and are_found(session, session.run(run)):
        st.session_state.elsewhere = path.name  # it will not go on in this file, but can in another
    flash("Resume", (path, run), why)
    st.rerun()


@st.dialog("Rename this session")
def _rename(path: Path, name: str) -> None:
    new = st.text_input("New name", value=name, max_chars=NAME_LIMIT)
    if st.button("Save", type="primary"):
        answer = the_controller().ask({"do": "rename", "session": str(path), "name": new}).result()
        if answer["status"] == "refused":
            st.text(f"Not done: {answer['text']}.")
        else:
            clear_flash()
            st.rerun()


@st.dialog("Delete this session?")
def _delete(path: Path, name: str) -> None:
    st.text(f"{one_line(name)}\n{one_line(path.name)}, {stamp(path).size / 1e6:.1f} MB")
    st.text("Its record is gone then: nothing brings it back.")
    with st.container(horizontal=True):
        if st.button("Delete for ever", icon=":material/delete_forever:"):
            controller = the_controller()
            while (asked := controller.findings.under_way_about(path)) is not None:
                controller.findings.cancel(asked)
            try:
                delete_session(path)
            except PandaError as error:
                st.text(f"Not done: {error}.")
            else:
                to_the_list()
                st.rerun()
        if st.button("Keep it", type="primary"):
            st.rerun()


def _playback(session: Session, run: str, train_page: Page) -> None:
    """The run as it was, moved along by the page itself."""
    if "m" not in session.data:
        st.text("Its record of the data set is damaged: without the size of it the run cannot be played back.")
        return
    data = {
        "plotly": plotly_address(),
        "token": the_controller().token,
        "session": name_of(session.path),
        "stamp": str(stamp(session.path)),
        "run": run,
        "recording": session.state == "recording",
        "served": constants(),
    }
    shown = show(
        "playback",
        f"playback {name_of(session.path)}",  # of whichever run: what it tells must not be lost when another is shown
        data,
        on_noted_change=lambda: None,
        on_branched_change=lambda: None,
    )
    if shown.branched:
        st.switch_page(train_page)
