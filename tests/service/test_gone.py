"""The file of a run under way goes: nothing is called applied until its record is in a file again."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.service.files_that_go import begun, cut_before, notes, recorded, removed_before, shown, told, wait_for_state
from tests.waiting import wait_until
from trainer.engine import trainer as engine
from trainer.engine.events import Event, Intervened, RunEnded, RunStarted, Trained
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session
from trainer.service.controller import Controller


@pytest.fixture
def controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engine, "RETRY_SECONDS", 0.05)
    made = Controller()
    yield made
    made.close()


def test_a_nudge_is_applied_when_the_record_stands_in_a_file_again(controller: Controller) -> None:
    path = begun(controller)
    before = controller.runs()
    with removed_before(Intervened, path):
        nudge = controller.ask({"do": "nudge", "factor": "÷3", "note": "held"})
        status = wait_for_state(controller, "blocked")
    assert status["reason"] == f"the file {path} was removed; nothing is lost: all of the record can be written anew"
    assert (status["anew"], status["path"]) == (str(path), "")
    for message in ({"do": "pause"}, {"do": "undo"}, {"do": "rename", "session": str(path), "name": "other"}):
        refused = told(controller, **message)
        assert refused["status"] == "refused"
    assert not nudge.done()
    answer = told(controller, do="record-anew")
    assert (answer["status"], answer["author"]) == ("applied", "page")
    assert answer["text"] == f"the file {path} was removed: all of the record was written anew, to {path}"
    assert nudge.result(30)["status"] == "applied"
    status = controller.status()
    assert (status["anew"], status["path"], controller.runs()) == ("", str(path), before)
    assert (status["remarks"], notes(controller)) == ([], [answer["text"]])
    assert told(controller, do="undo")["status"] == "applied"
    assert told(controller, do="stop")["status"] == "applied"
    session = read_session(path)
    assert (session.state, [change.note for change in session.runs["r1"].interventions]) == ("closed", ["held"])
    assert session.runs["r1"].notes[0].author == "page"
    assert told(controller, do="resume-session")["status"] == "applied"
    assert told(controller, do="branch", run="r1", iteration=50, session=str(path))["status"] == "applied"
    told(controller, do="stop")
    assert [verify(path, run).result for run in ("r1", "r2", "r3")] == ["exact", "exact", "exact"]


def test_it_is_written_to_the_place_that_is_asked_for(controller: Controller) -> None:
    path = begun(controller)
    told(controller, do="pause")
    shutil.rmtree("sessions")
    Path("mine.panda").write_bytes(b"mine")
    status = wait_for_state(controller, "blocked")  # though nothing is written while it is paused
    assert "was removed with its folder" in str(status["reason"])
    refused = told(controller, do="record-anew", place="mine.panda")
    assert (refused["status"], refused["text"]) == (
        "refused",
        "mine.panda exists already: whatever is recorded begins in a new file",
    )
    assert told(controller, do="record-anew", place=" rescued.panda ")["status"] == "applied"
    wait_for_state(controller, "paused")
    assert controller.phase() == "live rescued.panda"
    assert controller.recording(Path("rescued.panda")) == controller.runs()[0]
    assert told(controller, do="rename", session="rescued.panda", name="saved")["status"] == "applied"
    assert told(controller, do="record-anew")["text"] == (
        "rescued.panda is where it should be, so there is nothing to write anew"
    )
    told(controller, do="stop")
    assert read_session("rescued.panda").name == "saved"
    assert (verify(Path("rescued.panda")).result, path.exists()) == ("exact", False)


def test_a_move_is_followed_and_a_file_that_is_put_back_is_gone_on_with(controller: Controller) -> None:
    path = begun(controller)
    moved = path.with_name("moved.panda")
    path.rename(moved)
    assert told(controller, do="nudge", factor="÷3")["status"] == "applied"
    assert controller.status()["path"] == str(moved)
    said = f"the file {path} was moved, so the session is recorded in {moved} now"
    wait_until(lambda: notes(controller) == [said])
    assert controller.status()["remarks"] == []
    moved.rename("aside.panda")
    wait_for_state(controller, "blocked")
    Path("aside.panda").rename(moved)
    wait_for_state(controller, "running")
    told(controller, do="pause")
    moved.rename(path)
    wait_until(lambda: len(notes(controller)) == 2)  # also while it rests
    path.rename(moved)
    assert told(controller, do="undo")["status"] == "applied"
    assert controller.status()["remarks"] == []
    told(controller, do="stop")
    assert controller.status()["path"] == str(moved)
    assert [note.text for note in read_session(moved).runs["r1"].notes][:1] == [said]
    assert verify(moved).result == "exact"
    moved.unlink()
    assert controller.status()["path"] == ""


def test_a_run_whose_file_was_cut_goes_on_in_a_new_session(controller: Controller) -> None:
    path = begun(controller)
    told(controller, do="nudge", factor="÷3")
    (before,) = controller.runs()
    os.truncate(path, 5000)
    status = wait_for_state(controller, "blocked")
    assert "was cut to 5,000 of " in str(status["reason"])
    assert told(controller, do="record-anew")["status"] == "applied"
    (after,) = controller.runs()
    assert after != before
    wait_for_state(controller, "running")
    assert told(controller, do="undo")["text"] == "there is no intervention to take back"
    assert told(controller, do="nudge", factor="×3", note="later")["status"] == "applied"
    assert told(controller, do="undo")["status"] == "applied"
    told(controller, do="stop")
    new = path.with_name(f"{path.stem}-anew.panda")
    session = read_session(new)
    assert [change.note for change in session.runs["r1"].interventions] == ["later"]
    assert session.runs["r1"].parent is not None
    assert session.runs["r1"].parent.session == before
    assert [verify(new, run).result for run in ("r1", "r2")] == ["exact", "exact"]
    assert path.stat().st_size == 5000


@pytest.mark.parametrize(("kind", "paused"), [(Trained, False), (Intervened, False), (Intervened, True)])
def test_after_a_file_was_cut_the_page_shows_what_is_in_the_new_one(
    controller: Controller, kind: type[Event], paused: bool
) -> None:
    path = begun(controller)
    told(controller, do="nudge", factor="÷3", note="before")
    told(controller, do="note", text="remark")
    told(controller, do="undo")
    told(controller, do="nudge", factor="÷3", note="again")
    if paused:
        told(controller, do="pause")
    with cut_before(kind, path):
        nudge = controller.ask({"do": "nudge", "factor": "÷3", "note": "late"})
        wait_for_state(controller, "blocked")
    assert told(controller, do="record-anew")["status"] == "applied"
    nudge.result(30)
    wait_for_state(controller, "paused" if paused else "running")
    (note,) = notes(controller)
    assert controller.status()["remarks"] == []
    told(controller, do="nudge", factor="×3", note="later")
    assert shown(controller)[1] == [*(["late"] if nudge.result().get("status") == "applied" else []), "later"]
    curve = controller.curve()
    told(controller, do="stop")
    new = controller.path
    assert new is not None
    assert new != path
    assert shown(controller) == recorded(new)
    assert recorded(new)[2] == [note]
    session = read_session(new)
    line = session.runs["r2"]
    assert [change.index for change in line.interventions] == [change.index for change in curve.interventions]
    assert (curve.iteration, len(session.runs)) == (line.iteration, 1)
    assert curve.abandoned == ()
    assert verify(new).result == "exact"


def test_a_full_disk_after_a_file_was_cut_is_waited_for(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = begun(controller)
    told(controller, do="pause")
    told(controller, do="nudge", factor="÷3", note="before")
    os.truncate(path, 0)
    wait_for_state(controller, "blocked")
    with monkeypatch.context() as disk:
        disk.setattr(os, "pwritev", full)
        refused = told(controller, do="record-anew")
        assert (refused["status"], "No space left" in refused["text"]) == ("refused", True)
        assert shown(controller)[1] == ["before"]  # nothing is called recorded
    wait_for_state(controller, "paused")
    assert told(controller, do="nudge", factor="×3", note="later")["status"] == "applied"
    new = controller.path
    assert new is not None
    assert [change.index for change in controller.curve().interventions] == [0]
    assert told(controller, do="undo")["status"] == "applied"
    told(controller, do="stop")
    assert shown(controller)[1] == []
    assert [[change.index for change in run.interventions] for run in read_session(new).runs.values()] == [[0], []]
    assert [verify(new, run).result for run in ("r1", "r2")] == ["exact", "exact"]


def test_nothing_is_gone_back_to_in_a_file_that_was_cut(controller: Controller) -> None:
    path = begun(controller)
    told(controller, do="nudge", factor="÷3")
    wait_until(lambda: controller.curve().iteration >= 300)
    os.truncate(path, path.stat().st_size - 100)
    for message in ({"do": "undo"}, {"do": "branch", "run": "r1"}, {"do": "branch", "run": "r1", "iteration": 10}):
        refused = told(controller, **message)
        assert (refused["status"], "cut to " in refused["text"]) == ("refused", True)
    wait_for_state(controller, "blocked")
    assert told(controller, do="record-anew")["status"] == "applied"
    wait_for_state(controller, "running")
    for message in ({"do": "branch", "run": "r1", "iteration": 10}, {"do": "undo"}):
        assert told(controller, **message)["status"] == "refused"


@pytest.mark.parametrize("kind", [RunEnded, RunStarted])
def test_an_undo_while_its_file_is_cut_names_the_session_that_was_lost(
    controller: Controller, kind: type[Event]
) -> None:
    path = begun(controller)
    (before,) = controller.runs()
    told(controller, do="nudge", factor="÷3", note="first")
    at = controller.curve().interventions[0].iteration
    told(controller, do="pause")
    told(controller, do="run-for", iterations=50)
    wait_for_state(controller, "paused")
    with ThreadPoolExecutor(1) as other:
        with cut_before(kind, path):
            undone = other.submit(told, controller, do="undo")
            wait_for_state(controller, "blocked")
        assert told(controller, do="record-anew")["status"] == "applied"
        assert "was cut to " in undone.result(30)["text"]
    assert undone.result()["status"] == "applied"
    told(controller, do="nudge", factor="÷3", note="second")
    told(controller, do="stop")
    new = controller.path
    assert new is not None
    parent = read_session(new).runs["r2"].parent
    assert parent is not None
    assert (parent.session, parent.run, parent.iteration) == (before, "r1", at)
    assert shown(controller)[:2] == recorded(new)[:2] == (at, ["second"])
    assert set(recorded(new)[2]) <= set(shown(controller)[2])
    assert [verify(new, run).result for run in read_session(new).runs] == ["exact"] * len(read_session(new).runs)


def test_a_file_that_goes_while_a_branch_begins_can_be_written_anew(controller: Controller) -> None:
    path = begun(controller)
    told(controller, do="pause")
    told(controller, do="nudge", factor="÷3")
    with ThreadPoolExecutor(1) as other:
        with removed_before(RunEnded, path):
            undone = other.submit(told, controller, do="undo")
            wait_for_state(controller, "blocked")
        assert told(controller, do="record-anew")["status"] == "applied"
        assert undone.result(30)["status"] == "applied"
    told(controller, do="stop")
    assert [verify(path, run).result for run in ("r1", "r2")] == ["exact", "exact"]


def test_what_is_gone_when_panda_is_closed_is_written_anew(controller: Controller) -> None:
    path = begun(controller)
    path.unlink()
    controller.close()
    session = read_session(path)
    assert (session.state, session.runs["r1"].ended) == ("closed", "interrupted")
    assert verify(path).result == "exact"
