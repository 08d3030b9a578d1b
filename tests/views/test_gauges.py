"""GET /panda/gauges: of the live run and of recorded ones, in JSON that any browser reads; bad input in a sentence."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.requests import Request
from starlette.routing import Route

from tests.waiting import wait_until
from trainer.engine.absent_gauges import absent_gauges
from trainer.engine.gauge_specs import GAUGES
from trainer.engine.hyperparameters import RunConfig
from trainer.recorder.gauge_history import GaugeHistory
from trainer.recorder.session import read_session
from trainer.service.gauges import gauges_as_plain
from trainer.service.process_singleton import close_controller, the_controller
from trainer.views.gauges import gauge_routes
from trainer.views.session_facts import head

DRIFT = "/panda/population-drift"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    close_controller()


def answer(path: str = "/panda/gauges", **query: object) -> tuple[int, str]:
    scope = {"type": "http", "headers": [], "query_string": urlencode(query).encode()}
    (route,) = [each for each in gauge_routes() if isinstance(each, Route) and each.path == path]
    found = route.endpoint(Request(scope))
    return found.status_code, bytes(found.body).decode()


def ask(path: str = "/panda/gauges", **query: object) -> dict[str, Any]:
    status, body = answer(path, **query)
    assert status == 200, body
    found: dict[str, Any] = json.loads(body, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    return found


def test_before_any_run_there_are_none() -> None:
    nothing = {"names": [], "iterations": [], "values": [], "gauges": [], "layers": 0, "absent": [], "share": 0}
    assert ask() == {**nothing, "used": None, "every": None}
    assert ask(run="nowhere") == ask()


def test_noise_that_could_not_be_measured_is_absent_and_a_gradient_of_0_is_not() -> None:
    history = GaugeHistory()
    for iteration, noise in enumerate((0.0, 3.0)):
        history.add(iteration, {"gradient_noise": noise, "gradient_norm": 0.0, "gradient_norm[1]": math.inf})
    told = gauges_as_plain(history, RunConfig())
    assert dict(zip(told["names"], told["values"], strict=True)) == {
        "gradient_noise": [None, 3.0],
        "gradient_norm": [0.0, 0.0],
        "gradient_norm[1]": ["inf", "inf"],
    }


def test_what_was_live_is_played_back(tmp_path: Path) -> None:
    controller = the_controller()
    config: dict[str, object] = {"data": "iris", "layers": (8,), "gauge_budget": 0.5}
    started = controller.ask({"do": "start", "config": config, "hyperparameters": {}, "iterations": 20_000}).result(30)
    assert started["status"] == "applied", started
    first = ask()
    assert first["iterations"][0] == 0
    while controller.live():
        controller.ask({"do": "stop"}).result(30)
    live, name = ask(), str(controller.path and controller.path.name)
    assert ask(run=controller.runs()[0]) == live
    played = ask(session=name, run="r1")
    assert 0 < live["used"] < 1
    assert 0 < live["every"] <= 20_000
    assert (played["used"], played["every"]) == (None, None)  # it is not on the record
    assert live["iterations"] == played["iterations"]
    assert dict(zip(live["names"], live["values"], strict=True)) == dict(
        zip(played["names"], played["values"], strict=True)
    )
    named = {name.partition("[")[0] for name in played["names"]}
    assert [spec["name"] for spec in played["gauges"]] == [name for name in GAUGES if name in named]
    assert all(spec["shows"] and spec["normal"] and spec["course"] for spec in played["gauges"])
    facts = dict(head(read_session(tmp_path / "sessions" / name), "r1")["more"])
    assert facts["Gauges"].startswith("measured ")
    assert facts["Gauges"].endswith(", in at most 50 % of the training time")
    last = live["iterations"][-1]
    assert ask(since=last)["iterations"] == []
    assert ask(session=name, run="r1", since=0)["iterations"] == live["iterations"][1:]


@pytest.mark.parametrize(
    ("config", "named", "said"),
    [
        ({"gauge_budget": 0}, (), ["share of the training time in which they are measured is 0"]),
        ({}, (), ["recorded by a version of Panda that measured none"]),
        ({"trainable": "quadratic"}, (), ["what is trained is a quadratic"]),
        ({"layers": ()}, ("gradient_noise",), ["softmax regression", "no velocity v"]),
        ({"batch_norm": False, "activation": "tanh"}, ("gradient_noise",), ["no batch norm", "not tanh", "velocity"]),
        ({}, ("gradient_momentum_cosine",), ["Gradient noise is not shown"]),
        ({}, tuple(GAUGES), []),
    ],
)
def test_what_is_absent_is_told_with_the_reason(
    config: dict[str, Any], named: tuple[str, ...], said: list[str]
) -> None:
    found = absent_gauges(RunConfig(**config), named)
    assert len(found) == len(said)
    assert all(part in sentence for part, sentence in zip(said, found, strict=True))


def test_bad_input_is_answered_in_a_sentence() -> None:
    assert answer(since="soon") == (400, "since must be an iteration, a whole number at least 0, but got 'soon'\n")
    assert answer(since="9" * 40)[0] == 400
    assert answer(since="٣")[0] == 400
    assert answer(session="../../etc/passwd", run="r1")[0] == 404
    assert answer(session="none.panda", run="r1") == (404, "there is no session 'none.panda' here\n")


def test_population_drift_is_of_a_live_run_now_and_of_a_recorded_one_at_an_iteration(tmp_path: Path) -> None:
    assert ask(DRIFT) == {"refused": "there is no run here: start one"}
    controller = the_controller()
    config: dict[str, object] = {"data": "iris", "layers": (8, 6)}
    message = {"do": "start", "config": config, "hyperparameters": {}, "iterations": 300}
    assert controller.ask(message).result(30)["status"] == "applied"
    live = ask(DRIFT)
    assert set(live["values"]) == {"population_drift[1]", "population_drift[2]"}
    assert live["gauge"]["name"] == "population_drift"
    wait_until(lambda: not controller.live())
    name = str(controller.path and controller.path.name)
    played = ask(DRIFT, session=name, run="r1", at=live["iteration"])
    assert (played["iteration"], played["values"]) == (live["iteration"], live["values"])
    begin, end = ask(DRIFT, session=name, run="r1"), ask(DRIFT, session=name, run="r1", at=300)
    assert begin["iteration"] == 0
    assert end["values"]["population_drift[1]"] < begin["values"]["population_drift[1]"]
    assert answer(DRIFT, session=name, run="r1", at=301)[0] == 400
    assert answer(DRIFT, session=name, run="r1", at="x")[0] == 400
    assert answer(DRIFT, session=name, run="r9")[0] == 404


def test_population_drift_needs_batch_norm() -> None:
    controller = the_controller()
    config: dict[str, object] = {"data": "iris", "layers": (), "batch_norm": True}
    assert controller.ask({"do": "start", "config": config, "hyperparameters": {}}).result(30)["status"] == "applied"
    assert "no hidden layer with batch norm" in ask(DRIFT)["refused"]
    assert controller.ask({"do": "stop"}).result(30)["status"] == "applied"
