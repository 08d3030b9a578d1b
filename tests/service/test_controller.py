"""The controller: one run at a time whoever asks, and answers that are plain values."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until
from trainer.experiments.compiling import PRIORITY
from trainer.recorder.session import read_session
from trainer.service.controller import Controller
from trainer.service.process_singleton import close_controller, the_controller

IRIS: dict[str, object] = {"data": "iris", "layers": (8,)}
NONSENSE = (
    "do must be one of pause, resume, stop, checkpoint, record-anew, run, note, nudge, intervene, plan,"
    " cancel-plan, start, resume-session, continue-in-new-session, undo, branch, rename, annotate, promote,"
    " take-advice, but got 'nonsense'"
)


def told(controller: Controller, **message: object) -> dict[str, Any]:
    return controller.ask(message).result(30)


def start(controller: Controller, config: dict[str, object], **hyperparameters: str) -> dict[str, Any]:
    return told(controller, do="start", config=config, hyperparameters=hyperparameters)


def test_a_wish_is_done_though_who_asked_has_left(controller: Controller) -> None:
    assert start(controller, IRIS)["status"] == "applied"
    for _ in range(20):
        wish = controller.ask({"do": "nudge", "factor": "÷1.1"})
        assert not wish.cancel()
        assert wish.result(30)["status"] == "applied"
    assert told(controller, do="stop")["status"] == "applied"


def test_ten_who_press_start_at_once_start_one_run(controller: Controller, tmp_path: Path) -> None:
    with ThreadPoolExecutor(10) as crowd:
        answers = list(crowd.map(lambda _: start(controller, IRIS), range(10)))
    assert sorted(answer["status"] for answer in answers) == ["applied", *["refused"] * 9]
    assert {answer["text"] for answer in answers if answer["status"] == "refused"} == {
        "another run is under way: stop it first"
    }
    assert controller.live()
    (path,) = (tmp_path / "sessions").glob("*.panda")
    assert path == tmp_path / str(controller.path)
    assert controller.phase() == f"live {controller.path}"


def test_what_cannot_be_started_is_said_and_leaves_nothing(controller: Controller, tmp_path: Path) -> None:
    assert start(controller, {"data": "nowhere.csv"})["status"] == "refused"
    assert "learning_rate" in start(controller, IRIS, learning_rate="-1")["text"]
    assert "mini_batch_size must be at most" in start(controller, IRIS, mini_batch_size="5000")["text"]
    assert "layers" in start(controller, {"layers": (0,)})["text"]
    assert controller.phase() == "idle"
    assert list(tmp_path.rglob("*.panda")) == []


def test_answers_are_plain_and_everybody_is_told(controller: Controller) -> None:
    start(controller, IRIS, learning_rate="0.1")
    calls: list[int] = []
    leave = controller.watch(lambda: calls.append(1))
    answer = told(controller, do="nudge", factor="×3", note="up")
    assert (answer["status"], answer["before"], answer["after"]) == (
        "applied",
        {"learning_rate": 0.1},
        {"learning_rate": 0.3},
    )
    assert told(controller, do="intervene", changes={"momentum": "1"})["status"] == "refused"
    assert told(controller, do="nonsense") | {"iteration": 0} == {
        "status": "refused",
        "iteration": 0,
        "text": NONSENSE,
        "before": {},
        "after": {},
        "author": "page",
    }
    assert len(calls) == 2
    leave()
    told(controller, do="checkpoint")
    assert len(calls) == 2
    status = controller.status()
    assert (status["state"], status["learning_rate"]) == ("running", 0.3)


def test_a_run_that_was_stopped_goes_on_in_its_session_with_its_curve(controller: Controller) -> None:
    assert told(controller, do="resume-session")["text"] == "there is no run to go on with: start one"
    start(controller, IRIS)
    told(controller, do="nudge", factor="÷3")
    told(controller, do="stop")
    assert controller.path is not None
    stopped, path = controller.curve().iteration, controller.path
    assert controller.phase() == f"over {path}"
    answer = told(controller, do="resume-session")
    assert (answer["status"], answer["iteration"]) == ("applied", stopped)
    assert answer["text"] == f"run r1 goes on from iteration {stopped}"  # however far it has come meanwhile
    told(controller, do="run", iterations="10")
    told(controller, do="pause")
    assert told(controller, do="resume-session", session=str(path))["status"] == "applied"
    assert controller.path == path
    assert controller.curve().start == 0
    assert [mark.after for mark in controller.curve().interventions] == [{"learning_rate": 0.03333}]
    told(controller, do="stop")
    assert read_session(path).run("r1").iteration == controller.curve().iteration >= stopped


def test_notes_are_told_beside_the_curve_also_after_going_back_and_going_on(controller: Controller) -> None:
    start(controller, IRIS)
    told(controller, do="pause")
    at = told(controller, do="note", note="odd")["iteration"]
    said = {"iteration": at, "author": "page", "note": "odd"}
    assert controller.status()["notes"] == (said,)
    assert controller.status()["evaluated"] == at
    told(controller, do="nudge", factor="×3")
    told(controller, do="undo")
    assert controller.status()["notes"] == (said,)
    run, path = str(controller.status()["run"]), str(controller.path)
    assert told(controller, do="annotate", session=path, text="later", run=run)["status"] == "applied"
    told(controller, do="stop")
    told(controller, do="resume-session")
    notes = controller.status()["notes"]
    assert isinstance(notes, tuple)
    assert [note["note"] for note in notes] == ["later", "odd"]
    told(controller, do="stop")
    start(controller, IRIS)
    assert controller.status()["notes"] == ()


def test_a_branch_of_what_is_under_way_waits_and_one_that_is_refused_changes_nothing(controller: Controller) -> None:
    start(controller, IRIS)
    wait_until(lambda: controller.curve().iteration >= 20)
    told(controller, do="checkpoint")
    assert controller.path is not None
    branch = {"do": "branch", "session": str(controller.path), "run": "r1", "paused": True}
    assert "iteration must be" in told(controller, **branch, iteration=10**9)["text"]
    assert (controller.status()["run"], controller.status()["state"]) == ("r1", "running")
    assert told(controller, **branch, iteration=10)["status"] == "applied"
    status = controller.status()
    assert (status["run"], status["state"], status["iteration"]) == ("r2", "paused", 10)
    told(controller, do="resume")
    assert told(controller, do="branch", run="r1")["status"] == "applied"  # on the Train page it goes on as it was
    assert controller.status()["state"] == "running"


def test_a_session_that_was_deleted_is_not_said_to_be_there(controller: Controller) -> None:
    start(controller, IRIS)
    assert controller.status()["path"] == str(controller.path)
    told(controller, do="stop")
    assert controller.path is not None
    assert controller.status()["path"] == str(controller.path)
    controller.path.unlink()
    assert controller.status()["path"] == ""
    assert "there is no session" in str(told(controller, do="resume-session")["text"])


def test_what_is_in_force_is_told_in_full(controller: Controller) -> None:
    start(controller, IRIS, momentum="0.99999999")
    told(controller, do="intervene", changes={"learning_rate": "0.0123456789"})
    status = controller.status()
    assert isinstance(status["hyperparameters"], dict)
    assert status["hyperparameters"]["momentum"] == 0.99999999
    assert status["learning_rate"] == 0.0123456789


def test_closing_ends_the_run_as_interrupted(controller: Controller) -> None:
    start(controller, IRIS)
    controller.close()
    assert controller.path is not None
    assert read_session(controller.path).run("r1").ended == "interrupted"
    assert told(controller, do="pause")["status"] == "refused"


def test_there_is_one_controller_for_everybody_until_it_is_closed() -> None:
    with ThreadPoolExecutor(10) as crowd:
        first, *others = crowd.map(lambda _: the_controller(), range(50))
    assert all(one is first for one in others)
    close_controller()
    close_controller()
    second = the_controller()
    assert second is not first
    assert the_controller() is second
    close_controller()


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux only")
def test_the_page_comes_before_training(controller: Controller) -> None:
    start(controller, IRIS)
    (thread,) = (one for one in threading.enumerate() if one.name == "panda-trainer")
    assert thread.native_id is not None
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, thread.native_id) == min(19, ours + PRIORITY)


def test_a_run_that_is_stopped_and_resumed_still_ends_where_it_was_to(controller: Controller) -> None:
    assert controller.ask({"do": "start", "config": IRIS, "hyperparameters": {}, "iterations": 10**9}).result(30)
    for do in ("stop", "resume-session", "pause"):
        assert told(controller, do=do)["status"] == "applied"
    assert controller.status()["iterations"] == 10**9
