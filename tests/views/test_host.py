"""The host: one run at a time whoever asks, and answers that are plain values."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trainer.experiments.compiling import PRIORITY
from trainer.recorder.session import read_session
from trainer.views.host import Host
from trainer.views.registry import close_host, the_host

IRIS = {"data": "iris", "layers": (8,)}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.chdir(tmp_path)
    made = Host()
    yield made
    made.close()


def told(host: Host, **wish: object) -> dict[str, object]:
    return host.submit(wish).result(30)


def test_a_wish_is_done_though_who_asked_has_left(host: Host) -> None:
    assert host.start(IRIS, {}, None) == ""
    for _ in range(20):
        wish = host.submit({"do": "nudge", "factor": "÷1.1"})
        assert not wish.cancel()
        assert wish.result(30)["status"] == "applied"
    assert told(host, do="stop")["status"] == "applied"


def test_ten_who_press_start_at_once_start_one_run(host: Host, tmp_path: Path) -> None:
    with ThreadPoolExecutor(10) as crowd:
        refusals = list(crowd.map(lambda _: host.start(IRIS, {}, None), range(10)))
    assert refusals == [""] * 10
    assert host.live()
    (path,) = (tmp_path / "sessions").glob("*.panda")
    assert path == tmp_path / str(host.path)
    assert host.phase() == f"live {host.path}"


def test_what_cannot_be_started_is_said_and_leaves_nothing(host: Host, tmp_path: Path) -> None:
    assert host.start({"data": "nowhere.csv"}, {}, None) != ""
    assert "learning_rate" in host.start(IRIS, {"learning_rate": "-1"}, None)
    assert "mini_batch_size must be at most" in host.start(IRIS, {"mini_batch_size": "5000"}, None)
    assert "layers" in host.start({"layers": (0,)}, {}, None)
    assert host.phase() == "idle"
    assert list(tmp_path.rglob("*.panda")) == []


def test_answers_are_plain_and_everybody_is_told(host: Host) -> None:
    host.start(IRIS, {"learning_rate": "0.1"}, None)
    calls: list[int] = []
    leave = host.watch(lambda: calls.append(1))
    answer = told(host, do="nudge", factor="×3", note="up")
    assert (answer["status"], answer["before"], answer["after"]) == (
        "applied",
        {"learning_rate": 0.1},
        {"learning_rate": 0.3},
    )
    assert told(host, do="intervene", changes={"momentum": "1"})["status"] == "refused"
    assert told(host, do="nonsense") | {"iteration": 0} == {
        "status": "refused",
        "iteration": 0,
        "text": "there is no command 'nonsense'",
        "before": {},
        "after": {},
        "author": "page",
    }
    assert len(calls) == 2
    leave()
    told(host, do="checkpoint")
    assert len(calls) == 2
    status = host.status()
    assert (status["state"], status["learning_rate"]) == ("running", 0.3)


def test_a_run_that_was_stopped_goes_on_in_its_session_with_its_curve(host: Host) -> None:
    assert host.resume()["text"] == "there is no run to go on with: start one"
    host.start(IRIS, {}, None)
    told(host, do="nudge", factor="÷3")
    told(host, do="stop")
    assert host.path is not None
    stopped, path = host.curve.iteration, host.path
    assert host.phase() == f"over {path}"
    answer = host.resume()
    assert (answer["status"], answer["iteration"]) == ("applied", stopped)
    assert answer["text"] == f"run r1 goes on from iteration {stopped}"  # however far it has come meanwhile
    told(host, do="run", iterations="10")
    told(host, do="pause")
    assert host.resume(path)["status"] == "applied"
    assert host.path == path
    assert host.curve.start == 0
    assert [mark.after for mark in host.curve.interventions] == [{"learning_rate": 0.0333333}]
    told(host, do="stop")
    assert read_session(path).run("r1").iteration == host.curve.iteration >= stopped


def test_notes_are_told_beside_the_curve_also_after_going_back_and_going_on(host: Host) -> None:
    host.start(IRIS, {}, None)
    told(host, do="pause")
    at = told(host, do="note", note="odd")["iteration"]
    said = {"iteration": at, "author": "page", "note": "odd"}
    assert host.status()["notes"] == (said,)
    assert host.status()["evaluated"] == at
    told(host, do="nudge", factor="×3")
    host.undo()
    assert host.status()["notes"] == (said,)
    host.add_note("later", str(host.status()["run"]), 0)
    told(host, do="stop")
    host.resume()
    assert [note["note"] for note in host.noticed.notes] == ["later", "odd"]
    told(host, do="stop")
    host.start(IRIS, {}, None)
    assert host.status()["notes"] == ()


def test_a_branch_of_what_is_under_way_waits_and_one_that_is_refused_changes_nothing(host: Host) -> None:
    host.start(IRIS, {}, None)
    while host.curve.iteration < 20:
        pass
    told(host, do="checkpoint")
    assert host.path is not None
    session = read_session(host.path)
    assert "iteration must be" in host.branch_from(session, "r1", 10**9)
    assert (host.status()["run"], host.status()["state"]) == ("r1", "running")
    assert host.branch_from(session, "r1", 10) == ""
    status = host.status()
    assert (status["run"], status["state"], status["iteration"]) == ("r2", "paused", 10)
    told(host, do="resume")
    assert host.branch("r1")["status"] == "applied"  # on the Train page it goes on as it was
    assert host.status()["state"] == "running"


def test_a_session_that_was_deleted_is_not_said_to_be_there(host: Host) -> None:
    host.start(IRIS, {}, None)
    assert host.status()["path"] == str(host.path)
    told(host, do="stop")
    assert host.path is not None
    assert host.status()["path"] == str(host.path)
    host.path.unlink()
    assert host.status()["path"] == ""
    assert "there is no session" in str(host.resume()["text"])


def test_what_is_in_force_is_told_in_full(host: Host) -> None:
    host.start(IRIS, {"momentum": "0.99999999"}, None)
    told(host, do="intervene", changes={"learning_rate": "0.0123456789"})
    status = host.status()
    assert isinstance(status["hyperparameters"], dict)
    assert status["hyperparameters"]["momentum"] == 0.99999999
    assert status["learning_rate"] == 0.0123456789


def test_closing_ends_the_run_as_interrupted(host: Host) -> None:
    host.start(IRIS, {}, None)
    host.close()
    assert host.path is not None
    assert read_session(host.path).run("r1").ended == "interrupted"
    assert told(host, do="pause")["status"] == "refused"


def test_there_is_one_host_for_everybody_until_it_is_closed() -> None:
    with ThreadPoolExecutor(10) as crowd:
        found = set(crowd.map(lambda _: id(the_host()), range(50)))
    assert len(found) == 1
    close_host()
    close_host()
    assert id(the_host()) not in found or the_host().phase() == "idle"
    close_host()


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux only")
def test_the_page_comes_before_training(host: Host) -> None:
    host.start(IRIS, {}, None)
    (thread,) = (one for one in threading.enumerate() if one.name == "panda-trainer")
    assert thread.native_id is not None
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, thread.native_id) == min(19, ours + PRIORITY)
