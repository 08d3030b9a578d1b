"""GET /panda/histograms: of the live run and of recorded ones, in JSON; bad input in a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.requests import Request

from tests.waiting import wait_until
from trainer.engine.gauge_specs import HISTOGRAMS
from trainer.numerics.histograms import BINS, QUANTITIES
from trainer.service.process_singleton import close_controller, the_controller
from trainer.views.histograms import histograms_route


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    close_controller()


def answer(**query: object) -> tuple[int, str]:
    scope = {"type": "http", "headers": [], "query_string": urlencode(query).encode()}
    found = histograms_route().endpoint(Request(scope))
    return found.status_code, bytes(found.body).decode()


def ask(**query: object) -> dict[str, Any]:
    status, body = answer(**query)
    assert status == 200, body
    found: dict[str, Any] = json.loads(body, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    return found


def start(**config: object) -> None:
    message = {"do": "start", "config": {"data": "iris", **config}, "hyperparameters": {}, "iterations": 300}
    assert the_controller().ask(message).result(30)["status"] == "applied"


def test_of_a_run_live_and_then_recorded() -> None:
    assert ask() == {"refused": "there is no run here: start one"}
    start(layers=(8, 6))
    live = ask(of="z", layer=2)
    assert live["iterations"][0] == 0
    assert live["iterations"][-1] == live["now"]
    assert len(live["edges"]) == BINS + 1
    assert all(len(row) == BINS and 0 < sum(row) <= 1 for row in live["shares"])
    wait_until(lambda: not the_controller().live())
    path = the_controller().path
    assert path is not None
    name = path.name
    for of in QUANTITIES:
        played = ask(session=name, run="r1", of=of, layer=1)
        assert (played["iterations"][0], played["iterations"][-1], played["now"]) == (0, 300, None)
        assert (played["histogram"]["label"], played["damaged"]) == (HISTOGRAMS[of].label, 0)
        assert played["histogram"]["shows"]
        assert played["histogram"]["normal"]
    assert ask(session=name, run="r1", begin=300)["iterations"] == [300]
    assert ask(session=name, run="r1", begin=301) == {"refused": "no state is recorded from iteration 301"}
    assert ask(of="z", layer=2)["iterations"][-1] == 300  # the run that is over here


def test_every_quantity_has_its_sentences() -> None:
    assert tuple(HISTOGRAMS) == QUANTITIES


def test_what_is_not_there_and_bad_input_are_answered_in_a_sentence() -> None:
    start(layers=())
    assert answer(of="z_tilde") == (
        400,
        "there is no z~ in layer 1: this is softmax regression, without hidden layers\n",
    )
    assert answer(layer=2)[1] == "layer must be a whole number from 1 to 1, but got 2\n"
    assert answer(of="v")[1] == "of must be one of W, z, z_tilde, a, dW, but got 'v'\n"
    assert answer(layer="x")[0] == 400
    assert answer(session="../../etc/passwd", run="r1")[0] == 404
    assert answer(session="none.panda", run="r1")[0] == 404
