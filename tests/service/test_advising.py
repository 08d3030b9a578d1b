"""Advice on a live run: told with its evidence, taken under its own name, and verified like any other change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.browser.recorded import damage
from tests.service.test_controller import start, told
from tests.waiting import wait_until
from trainer.engine.status import Status
from trainer.experiments.advice.piece import Advice
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session
from trainer.recorder.writer import Writer
from trainer.service.advising import still_given
from trainer.service.controller import Controller
from trainer.service.read_model import ReadModel


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
    assert said["evidence"]["usual"] == 1e-3
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


def test_the_reason_that_is_recorded_is_the_sentence_that_was_read(controller: Controller) -> None:
    start(controller, {"data": "digits"}, learning_rate="1e-4")
    read = first(controller, "α too low")
    wait_until(lambda: first(controller, "α too low")["sentence"] != read["sentence"])
    answer = told(controller, do="take-advice", rule="α too low", at=read["end"])
    assert (answer["status"], answer["after"]) == ("applied", {"learning_rate": 0.001})
    told(controller, do="stop")
    assert controller.path is not None
    (change,) = read_session(controller.path).run("r1").interventions
    assert change.note == read["sentence"]
    assert change.iteration > read["end"]


def test_a_sentence_whose_button_does_something_else_by_now_is_not_taken() -> None:
    model, status = ReadModel(), Status(state="running")
    for action, end in (("α 1", 10), ("α 1", 20), ("α 2", 30)):
        model.told.append((0, [Advice("α too low", f"As of {end}.", "cost", 0, end, action)]))
        taken = {at: still_given(model, status, "α too low", at) for at in (None, 10, 40)}
        assert taken[None] == taken[40] == model.told[-1][1][0]  # of 40 it is not known what was told
        sentence = None if taken[10] is None else taken[10].sentence
        assert sentence == (None if end == 30 else "As of 10.")


def test_going_back_waits_there_in_a_new_run(controller: Controller, noisy_table: str) -> None:
    start(controller, {"data": noisy_table}, learning_rate="0.05")
    said = first(controller, "over-fitting")
    answer = told(controller, do="take-advice", rule="over-fitting")
    assert (answer["status"], answer["author"]) == ("applied", "advice"), answer["text"]
    status = controller.status()
    assert (status["run"], status["state"]) == ("r2", "paused")
    assert int(str(status["iteration"])) < said["end"]


def test_after_a_shift_that_broke_the_network_its_button_leads_to_before_it(controller: Controller) -> None:
    start(controller, {"data": "digits", "batch_norm": False}, learning_rate="0.1")
    wait_until(lambda: controller.curve().iteration >= 600)
    shift = told(controller, do="intervene", changes={"input_shift": "30"})
    said = first(controller, "shifted inputs")
    assert said["back_to"] == shift["iteration"] - 1
    assert told(controller, do="take-advice", rule="shifted inputs")["status"] == "applied"
    status = controller.status()
    assert (status["run"], status["iteration"]) == ("r2", said["back_to"])
    h = controller.curve().hyperparameters
    assert h is not None
    assert h.input_shift == 0


def too_low_to_its_end(controller: Controller) -> Path:
    """A run that has come to its end with too low an α; where it is recorded."""
    h = {"learning_rate": "1e-5"}
    asked: dict[str, object] = {"do": "start", "config": {"data": "digits"}, "hyperparameters": h, "iterations": 20_000}
    assert told(controller, **asked)["status"] == "applied"
    wait_until(lambda: controller.status()["state"] == "finished")
    assert controller.path is not None
    return controller.path


def test_of_a_run_that_has_ended_before_it_was_heard_the_change_is_made_where_the_latest_was(
    controller: Controller,
) -> None:
    ended = too_low_to_its_end(controller)
    before = read_session(ended).run("r1")
    (said,) = controller.advice()
    assert (said["rule"], said["action"], said["back_to"]) == ("α too low", "Back to iteration 0: α 1e-4", 0)
    answer = told(controller, do="take-advice", rule="α too low", at=said["end"])
    assert (answer["status"], answer["author"], answer["after"]) == ("applied", "advice", {"learning_rate": 1e-4})
    assert answer["text"].startswith("went back to iteration 0, in run r2; run r1 is kept as it was; ")
    status = controller.status()
    assert (status["run"], status["state"], status["iteration"], status["iterations"]) == ("r2", "paused", 0, 20_000)
    assert controller.path == ended
    assert [left.run for left in controller.curve().abandoned] == ["r1"]
    told(controller, do="resume")
    wait_until(lambda: controller.status()["state"] == "finished")
    assert controller.status()["iteration"] == 20_000
    session = read_session(ended)
    (change,) = session.run("r2").interventions
    assert (change.iteration, change.author, change.note) == (0, "advice", said["sentence"])
    old = session.run("r1")
    assert (old.iteration, old.ended, old.costs.tobytes()) == (20_000, "finished", before.costs.tobytes())
    assert old.checkpoints[-1].digest == before.checkpoints[-1].digest
    assert verify(ended).result == "exact"


def test_the_change_in_a_run_that_has_ended_is_taken_back_by_undo(controller: Controller) -> None:
    ended = too_low_to_its_end(controller)
    assert told(controller, do="take-advice", rule="α too low")["status"] == "applied"
    assert told(controller, do="undo", run="r2")["status"] == "applied"
    status = controller.status()
    assert (status["run"], status["state"], status["iteration"], status["iterations"]) == ("r3", "paused", 0, 20_000)
    assert status["learning_rate"] == 1e-5
    told(controller, do="stop")
    assert controller.path == ended
    assert verify(ended).result == "exact"


def test_where_the_record_of_a_run_that_has_ended_is_taken_or_gone_nothing_is_changed(
    controller: Controller, tmp_path: Path
) -> None:
    ended = too_low_to_its_end(controller)
    recorded, elsewhere = ended.read_bytes(), tmp_path / "elsewhere.panda"
    writer = Writer.open(ended)
    locked = told(controller, do="take-advice", rule="α too low")
    writer.close()
    ended.rename(elsewhere)
    gone = told(controller, do="take-advice", rule="α too low")
    elsewhere.rename(ended)
    assert [(answer["status"], answer["text"]) for answer in (locked, gone)] == [
        ("refused", f"{ended} is being recorded by another process: one records, everybody else watches"),
        ("refused", f"the record of run r1 is not at {ended} any more, so there is no way back in it"),
    ]
    assert ended.read_bytes() == recorded
    assert (controller.status()["state"], controller.curve().iteration) == ("finished", 20_000)
    assert told(controller, do="take-advice", rule="α too low")["status"] == "applied"
    assert list(ended.parent.iterdir()) == [ended]


def test_a_damaged_record_is_not_gone_back_in_and_stays_as_it_is(controller: Controller) -> None:
    ended = too_low_to_its_end(controller)
    name = damage(ended)
    damaged = ended.read_bytes()
    answer = told(controller, do="take-advice", rule="α too low")
    assert answer["status"] == "refused"
    assert name in answer["text"]
    assert ended.read_bytes() == damaged
    assert (controller.status()["state"], controller.curve().iteration) == ("finished", 20_000)


def test_nothing_is_said_of_a_healthy_run_nor_where_there_is_none(controller: Controller) -> None:
    assert controller.advice() == []
    start(controller, {"data": "spiral"})
    wait_until(lambda: controller.curve().iteration >= 1000)
    assert controller.advice() == []
    assert told(controller, do="take-advice", rule="plateau")["status"] == "refused"
