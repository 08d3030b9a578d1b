"""Planned changes by messages of the page: what waits is shown, also after a session was gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until
from trainer.recorder.recorded_curve import recorded_curve
from trainer.recorder.session import read_session
from trainer.service.controller import Controller


@pytest.fixture
def controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    """With a run that is paused."""
    monkeypatch.chdir(tmp_path)
    made = Controller()
    told(made, do="start", config={"data": "iris", "layers": (4,)}, hyperparameters={})
    wait_until(lambda: made.curve().iteration > 10)
    told(made, do="pause")
    yield made
    made.close()


def told(controller: Controller, **message: object) -> dict[str, Any]:
    return controller.ask(message).result(30)


def waiting(controller: Controller) -> list[tuple[str, int]]:
    curve = controller.curve()
    return [(mark.change.plan, mark.change.at) for mark in curve.plans if mark.waits(curve.iteration)]


def plan(controller: Controller, at: int, momentum: str = "0.5") -> dict[str, Any]:
    return told(controller, do="plan", changes={"momentum": momentum}, at=str(at), note="later")


def test_what_waits_is_shown_before_and_after_the_session_is_gone_on_with(controller: Controller) -> None:
    here = controller.curve().iteration
    assert plan(controller, here + 10**6)["status"] == "applied"
    assert plan(controller, here + 10**7)["author"] == "page"
    expected = [("r1-1", here + 10**6), ("r1-2", here + 10**7)]
    assert waiting(controller) == expected
    told(controller, do="stop")
    assert told(controller, do="resume-session")["status"] == "applied"
    assert waiting(controller) == expected
    assert told(controller, do="cancel-plan", plan="r1-1")["status"] == "applied"
    again = told(controller, do="cancel-plan", plan="r1-1")
    assert (again["status"], again["text"]) == ("refused", "no plan 'r1-1' waits; plans that wait: r1-2")
    assert waiting(controller) == expected[1:]


def test_undo_shows_what_it_takes_along(controller: Controller) -> None:
    here = controller.curve().iteration
    plan(controller, here + 10**6)
    told(controller, do="nudge", factor="×3")
    plan(controller, here + 10**7)
    assert told(controller, do="undo")["status"] == "applied"
    assert controller.status()["run"] == "r2"
    assert waiting(controller) == [("r1-1", here + 10**6), ("r1-2", here + 10**7)]
    assert controller.path is not None
    session = read_session(controller.path)
    left = recorded_curve(session, session.runs["r1"])  # in it they wait no longer: that run goes nowhere
    assert [mark.waits(left.iteration) for mark in left.plans] == [False, False]
    assert [mark.over for mark in left.plans] == [left.iteration, left.iteration]
    assert plan(controller, here + 10**8)["status"] == "applied"
    assert waiting(controller)[2:] == [("r2-1", here + 10**8)]


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"at": "-1", "changes": {"momentum": "0.5"}}, "whole number of at least 0, but got '-1'"),
        ({"at": "1e99", "changes": {"momentum": "0.5"}}, "at most 1,000,000,000,000 ahead"),
        ({"at": "0", "changes": {"momentum": "0.5"}}, "the run is at iteration"),
        ({"at": "1e9", "changes": {}}, "nothing was changed, so there is nothing to plan"),
        ({"at": "1e9", "changes": {"momentum": "2"}}, "momentum must be"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_a_sentence(
    controller: Controller, wish: dict[str, Any], sentence: str
) -> None:
    answer = told(controller, do="plan", **wish)
    assert answer["status"] == "refused"
    assert sentence in answer["text"]
    assert waiting(controller) == []
