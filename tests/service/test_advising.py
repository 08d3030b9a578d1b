"""Advice on a live run: told with its evidence, taken under its own name, and verified like any other change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.service.test_controller import start, told
from tests.waiting import wait_until
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session
from trainer.service.controller import Controller


@pytest.fixture
def noisy_table(tmp_path: Path) -> str:
    """A table of 200 examples, a third of whose labels are wrong: they can only be learned by heart."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((200, 20))
    y = np.where(rng.random(200) < 0.65, X[:, :3].argmax(axis=1), rng.integers(0, 3, 200))
    np.savez(tmp_path / "noise.npz", X=X, y=y)
    return str(tmp_path / "noise.npz")


def first(controller: Controller, rule: str) -> dict[str, Any]:
    """The most urgent advice, once it is of this rule."""
    wait_until(lambda: [said["rule"] for said in controller.advice()][:1] == [rule])
    return controller.advice()[0]


def test_advice_is_told_with_its_evidence_and_taken_under_its_own_name(controller: Controller) -> None:
    start(controller, {"data": "digits"}, learning_rate="1e-4")
    said = first(controller, "α too low")
    assert said["evidence"]["values"]
    assert len(said["evidence"]["values"]) == len(said["evidence"]["iterations"])
    refused = told(controller, do="take-advice", rule="plateau")
    assert refused["status"] == "refused"
    assert refused["text"] == "the advice 'plateau' is not given any more: the run is another by now"
    answer = told(controller, do="take-advice", rule="α too low")
    assert (answer["status"], answer["author"], answer["after"]) == ("applied", "advice", {"learning_rate": 0.001})
    told(controller, do="stop")
    assert controller.path is not None
    session = read_session(controller.path)
    (change,) = session.run("r1").interventions
    assert change.author == "advice"
    assert change.note.startswith("Each update moves the weights of a layer by")  # it says why
    assert verify(controller.path).result == "exact"
    assert controller.advice() == []  # it is over


def test_going_back_waits_there_in_a_new_run(controller: Controller, noisy_table: str) -> None:
    start(controller, {"data": noisy_table}, learning_rate="0.05")
    said = first(controller, "over-fitting")
    answer = told(controller, do="take-advice", rule="over-fitting")
    assert (answer["status"], answer["author"]) == ("applied", "advice"), answer["text"]
    status = controller.status()
    assert (status["run"], status["state"]) == ("r2", "paused")
    assert int(str(status["iteration"])) < said["end"]


def test_nothing_is_said_of_a_healthy_run_nor_where_there_is_none(controller: Controller) -> None:
    assert controller.advice() == []
    start(controller, {"data": "spiral"})
    wait_until(lambda: controller.curve().iteration >= 1000)
    assert controller.advice() == []
    assert told(controller, do="take-advice", rule="plateau")["status"] == "refused"
