"""Two runs live at once in one process, each commanded and shown by its id, whatever trains them."""

from __future__ import annotations

import json
import struct
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.websockets import WebSocket

from tests.engine.watching import start
from tests.examples import TEST
from tests.waiting import wait_until
from trainer.engine.commands import Answer, Command, SessionCommand, StartRun
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.portrait import Portrait
from trainer.engine.status import Status
from trainer.engine.trainer import Trainer
from trainer.errors import CommandRefused
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session
from trainer.service.controller import GONE, Controller
from trainer.service.own_trainer import OwnTrainer
from trainer.service.read_model import ReadModel
from trainer.service.socket import LiveSocket

SMALL = RunConfig(data="iris", layers=(8,))


def told(controller: Controller, run: str, **message: object) -> dict[str, Any]:
    return controller.ask(message, run, TEST).result(30)


def shown(controller: Controller, run: str) -> dict[str, Any]:
    frame = LiveSocket(cast("WebSocket", None), controller, run)._next_frame()
    assert frame is not None
    (length,) = struct.unpack_from("<I", frame)
    return cast("dict[str, Any]", json.loads(frame[4 : 4 + length])["status"])


def test_two_recorded_runs_are_nudged_by_id_and_both_verify_exact(controller: Controller) -> None:
    beside = OwnTrainer()
    beside.carry_out(StartRun(SMALL, Hyperparameters(learning_rate=0.02), actor=TEST))
    controller.add(beside)
    config = {"data": "iris", "layers": (4, 4)}
    assert told(controller, "", do="start", config=config, hyperparameters={})["status"] == "applied"
    first, second = controller.runs()
    assert controller.live(first)
    assert controller.live(second)
    for run, before, after in ((first, 0.1, 0.3), (second, 0.02, 0.06)):
        answer = told(controller, run, do="nudge", factor="×3", note="up")
        assert (answer["before"], answer["after"]) == ({"learning_rate": before}, {"learning_rate": after})
        assert answer["author"] == "test"
    assert told(controller, second, do="undo")["status"] == "applied"
    assert (shown(controller, first)["run"], shown(controller, second)["run"]) == ("r1", "r2")
    assert [shown(controller, run)["learning_rate"] for run in (first, second)] == [0.3, 0.02]
    paths = [Path(str(controller.status(run)["path"])) for run in (first, second)]
    for run in (first, second):
        assert told(controller, run, do="stop")["status"] == "applied"
    assert [read_session(path).id for path in paths] == [first, second]
    for path in paths:
        for run in read_session(path).runs:
            assert verify(path, run).result == "exact"


def test_an_id_that_is_not_live_is_refused_and_shown_as_gone(controller: Controller) -> None:
    config = {"data": "iris", "layers": (4,)}
    told(controller, "", do="start", config=config, hyperparameters={})
    (first,) = controller.runs()
    told(controller, first, do="stop")
    assert controller.phase(first).startswith("over ")
    told(controller, "", do="start", config=config, hyperparameters={})
    answer = told(controller, first, do="nudge", factor="÷3")
    assert (answer["status"], answer["text"]) == ("refused", f"there is no live run {first} here any more")
    meant = told(controller, "", do="nudge", factor="÷3", of=first)  # as a tab that still shows the first one asks
    assert (meant["status"], meant["text"]) == (answer["status"], answer["text"])
    assert told(controller, "", do="nudge", factor="÷3", of=controller.runs()[0])["status"] == "applied"
    assert shown(controller, first) == {"state": "idle", "phase": GONE}
    assert controller.config(first) == {}


class Unrecorded:
    """Another kind of source: its trainer keeps no session."""

    id = "look-ahead"

    def __init__(self) -> None:
        self.model = ReadModel()
        self._trainer = Trainer()
        self._trainer.submit(start(subscribers=(self.model.receive,))).result(30)

    def status(self) -> Status:
        return self._trainer.status()

    def portrait(self) -> Future[Portrait | None]:
        return self._trainer.portrait()

    def submit(self, command: Command) -> Future[Answer]:
        return self._trainer.submit(command)

    def carry_out(self, command: SessionCommand) -> Answer:
        raise CommandRefused("it keeps no session")

    def close(self) -> None:
        self._trainer.close()


def test_what_trains_a_run_is_not_noticed_by_what_shows_it(controller: Controller) -> None:
    controller.add(Unrecorded())
    assert controller.runs() == ["look-ahead"]
    assert told(controller, "look-ahead", do="pause")["status"] == "applied"
    assert told(controller, "look-ahead", do="nudge", factor="×3")["after"] == {"learning_rate": 0.3}
    answer = told(controller, "look-ahead", do="undo")
    assert (answer["status"], answer["text"]) == ("refused", "it keeps no session")
    status = shown(controller, "look-ahead")
    assert (status["state"], status["learning_rate"], status["phase"]) == ("paused", 0.3, "live")
    assert controller.phase() == "idle"


class ByHand(Unrecorded):
    """Answers when it is told to."""

    id = "by hand"

    def __init__(self) -> None:
        super().__init__()
        self.answer: Future[Answer] = Future()

    def submit(self, command: Command) -> Future[Answer]:
        return self.answer


def test_an_answer_is_there_before_the_watchers_are_called(controller: Controller) -> None:
    source = ByHand()
    controller.add(source)
    asked = controller.ask({"do": "pause"}, "by hand")
    there: list[bool] = []
    controller.watch(lambda: there.append(asked.done()))
    source.answer.set_result(Answer("applied", 0, "paused at iteration 0"))
    assert there == [True]


def test_after_undo_the_cost_of_the_iteration_is_shown_before_the_next_one(controller: Controller) -> None:
    config = {"data": "iris", "layers": (4,)}
    told(controller, "", do="start", config=config, hyperparameters={})
    (first,) = controller.runs()
    wait_until(lambda: shown(controller, first)["iteration"] > 0)
    told(controller, first, do="pause")
    before = shown(controller, first)
    told(controller, first, do="nudge", factor="×3")
    assert told(controller, first, do="undo")["status"] == "applied"
    after = shown(controller, first)
    assert (after["run"], after["iteration"]) == ("r2", before["iteration"])
    assert after["cost"] == pytest.approx(before["cost"], rel=1e-5)
    assert after["cost"] is not None


def test_a_branch_into_a_new_session_shows_the_cost_of_the_iteration_where_it_waits(controller: Controller) -> None:
    config = {"data": "iris", "layers": (4,)}
    told(controller, "", do="start", config=config, hyperparameters={}, iterations=40)
    wait_until(lambda: controller.status()["state"] == "finished")
    cost, path = controller.status()["cost"], str(controller.path)
    assert isinstance(cost, float)
    for iteration, expected in ((40, cost), (0, None)):
        branch = {"do": "branch", "session": path, "run": "r1", "paused": True, "iteration": iteration}
        assert controller.ask(branch).result(30)["status"] == "applied"
        status = controller.status()
        assert (status["state"], status["iteration"], status["cost"]) == ("paused", iteration, expected)
        assert status["path"] != path
        told(controller, "", do="stop")
