"""The controller: one run at a time whoever asks, and answers that are plain values."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.waiting import wait_until
from trainer.experiments.compiling import PRIORITY
from trainer.recorder.session import read_session
from trainer.service.controller import Controller
from trainer.service.process_singleton import close_controller, the_controller

IRIS = {"data": "iris", "layers": (8,)}


@pytest.fixture
def controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    monkeypatch.chdir(tmp_path)
    made = Controller()
    yield made
    made.close()


def told(controller: Controller, **wish: object) -> dict[str, object]:
    return controller.submit(wish).result(30)


def test_a_wish_is_done_though_who_asked_has_left(controller: Controller) -> None:
    assert controller.start(IRIS, {}, None) == ""
    for _ in range(20):
        wish = controller.submit({"do": "nudge", "factor": "÷1.1"})
        assert not wish.cancel()
        assert wish.result(30)["status"] == "applied"
    assert told(controller, do="stop")["status"] == "applied"


def test_ten_who_press_start_at_once_start_one_run(controller: Controller, tmp_path: Path) -> None:
    with ThreadPoolExecutor(10) as crowd:
        refusals = list(crowd.map(lambda _: controller.start(IRIS, {}, None), range(10)))
    assert refusals == [""] * 10
    assert controller.live()
    (path,) = (tmp_path / "sessions").glob("*.panda")
    assert path == tmp_path / str(controller.path)
    assert controller.phase() == f"live {controller.path}"


def test_what_cannot_be_started_is_said_and_leaves_nothing(controller: Controller, tmp_path: Path) -> None:
    assert controller.start({"data": "nowhere.csv"}, {}, None) != ""
    assert "learning_rate" in controller.start(IRIS, {"learning_rate": "-1"}, None)
    assert "mini_batch_size must be at most" in controller.start(IRIS, {"mini_batch_size": "5000"}, None)
    assert "layers" in controller.start({"layers": (0,)}, {}, None)
    assert controller.phase() == "idle"
    assert list(tmp_path.rglob("*.panda")) == []


def test_answers_are_plain_and_everybody_is_told(controller: Controller) -> None:
    controller.start(IRIS, {"learning_rate": "0.1"}, None)
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
        "text": "there is no command 'nonsense'",
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
    assert controller.resume()["text"] == "there is no run to go on with: start one"
    controller.start(IRIS, {}, None)
    told(controller, do="nudge", factor="÷3")
    told(controller, do="stop")
    assert controller.path is not None
    stopped, path = controller.curve.iteration, controller.path
    assert controller.phase() == f"over {path}"
    answer = controller.resume()
    assert (answer["status"], answer["iteration"]) == ("applied", stopped)
    assert answer["text"] == f"run r1 goes on from iteration {stopped}"  # however far it has come meanwhile
    told(controller, do="run", iterations="10")
    told(controller, do="pause")
    assert controller.resume(path)["status"] == "applied"
    assert controller.path == path
    assert controller.curve.start == 0
    assert [mark.after for mark in controller.curve.interventions] == [{"learning_rate": 0.0333333}]
    told(controller, do="stop")
    assert read_session(path).run("r1").iteration == controller.curve.iteration >= stopped


def test_notes_are_told_beside_the_curve_also_after_going_back_and_going_on(controller: Controller) -> None:
    controller.start(IRIS, {}, None)
    told(controller, do="pause")
    at = told(controller, do="note", note="odd")["iteration"]
    said = {"iteration": at, "author": "page", "note": "odd"}
    assert controller.status()["notes"] == (said,)
    assert controller.status()["evaluated"] == at
    told(controller, do="nudge", factor="×3")
    controller.undo()
    assert controller.status()["notes"] == (said,)
    controller.add_note("later", str(controller.status()["run"]), 0)
    told(controller, do="stop")
    controller.resume()
    assert [note["note"] for note in controller.noticed.notes] == ["later", "odd"]
    told(controller, do="stop")
    controller.start(IRIS, {}, None)
    assert controller.status()["notes"] == ()


def test_a_branch_of_what_is_under_way_waits_and_one_that_is_refused_changes_nothing(controller: Controller) -> None:
    controller.start(IRIS, {}, None)
    wait_until(lambda: controller.curve.iteration >= 20)
    told(controller, do="checkpoint")
    assert controller.path is not None
    session = read_session(controller.path)
    assert "iteration must be" in controller.branch_from(session, "r1", 10**9)
    assert (controller.status()["run"], controller.status()["state"]) == ("r1", "running")
    assert controller.branch_from(session, "r1", 10) == ""
    status = controller.status()
    assert (status["run"], status["state"], status["iteration"]) == ("r2", "paused", 10)
    told(controller, do="resume")
    assert controller.branch("r1")["status"] == "applied"  # on the Train page it goes on as it was
    assert controller.status()["state"] == "running"


def test_a_session_that_was_deleted_is_not_said_to_be_there(controller: Controller) -> None:
    controller.start(IRIS, {}, None)
    assert controller.status()["path"] == str(controller.path)
    told(controller, do="stop")
    assert controller.path is not None
    assert controller.status()["path"] == str(controller.path)
    controller.path.unlink()
    assert controller.status()["path"] == ""
    assert "there is no session" in str(controller.resume()["text"])


def test_what_is_in_force_is_told_in_full(controller: Controller) -> None:
    controller.start(IRIS, {"momentum": "0.99999999"}, None)
    told(controller, do="intervene", changes={"learning_rate": "0.0123456789"})
    status = controller.status()
    assert isinstance(status["hyperparameters"], dict)
    assert status["hyperparameters"]["momentum"] == 0.99999999
    assert status["learning_rate"] == 0.0123456789


def test_closing_ends_the_run_as_interrupted(controller: Controller) -> None:
    controller.start(IRIS, {}, None)
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
    controller.start(IRIS, {}, None)
    (thread,) = (one for one in threading.enumerate() if one.name == "panda-trainer")
    assert thread.native_id is not None
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, thread.native_id) == min(19, ours + PRIORITY)
