"""Pictures of the network of a live run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.quadratic import Quadratic
from tests.waiting import wait_until
from trainer.engine.trainable import TRAINABLES
from trainer.experiments.verify import verify
from trainer.numerics.parameters import Architecture
from trainer.service.controller import Controller
from trainer.service.process_singleton import close_controller, the_controller
from trainer.views.network import live_pictures, looked_at


@pytest.fixture
def controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    monkeypatch.chdir(tmp_path)
    yield the_controller()
    close_controller()


def start(controller: Controller, **config: object) -> None:
    told = controller.ask({"do": "start", "config": config, "hyperparameters": {}}).result(30)
    assert told["status"] == "applied", told


def test_they_follow_the_run_and_the_record_is_as_without_them(controller: Controller) -> None:
    assert live_pictures("", 1)["refused"] == "there is no run here: start one"
    start(controller, data="spiral", layers=(8,))
    seen: list[int] = []

    def follows() -> bool:
        told = live_pictures("", 1)
        assert (told["run"], told["units"]["units"], told["looked_at"]) == ("r1", 8, told["examples"])
        seen.append(told["iteration"])
        return seen[-1] > seen[0] + 1000

    wait_until(follows)
    assert seen == sorted(seen)
    controller.ask({"do": "stop"}).result(30)
    status = controller.status()
    assert live_pictures(str(status["id"]), 2)["iteration"] == status["iteration"]
    path = controller.path
    assert path is not None
    assert verify(path).result == "exact"
    assert live_pictures("another", 1) == {"refused": "there is no run here: start one"}


def test_what_is_no_network_has_a_sentence(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRAINABLES, "quadratic", Quadratic)
    start(controller, data="iris", trainable="quadratic")
    told = live_pictures("", 1)
    assert told["refused"] == "what is trained is a quadratic, which takes no examples as a network does"
    assert controller.live()


def test_a_large_network_looks_at_fewer_dev_examples() -> None:
    assert looked_at(Architecture((2, 8, 3))) == 10_000
    # 235,530 weights, of 2 operations each, and 394 units of 500
    assert looked_at(Architecture((784, 256, 128, 10))) == 1e9 // (2 * 235_530 + 500 * 394)
    assert looked_at(Architecture((784, *(1024,) * 9, 10))) == 500
