"""What the server answers a page that looks ahead."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from tests.waiting import wait_until
from trainer.engine.wording import measured_text
from trainer.errors import JobFailed
from trainer.experiments.clones import Boundary
from trainer.service.process_singleton import close_controller, the_controller
from trainer.views.ahead import ahead_routes


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    close_controller()


async def never() -> Message:
    """What a client that stays sends."""
    await asyncio.get_running_loop().create_future()
    raise AssertionError


def answered(address: str) -> dict[str, Any]:
    path, _, query = address.partition("?")
    (route,) = [each for each in ahead_routes() if each.path == path]
    assert route.methods is not None
    assert route.methods >= {"GET", "POST"}
    request = Request({"type": "http", "query_string": query.encode(), "headers": []}, never)
    response = route.endpoint(request)
    response = asyncio.run(response) if asyncio.iscoroutine(response) else response
    assert response.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = json.loads(response.body)
    return found


def test_the_coming_iterations_and_the_alpha_finder() -> None:
    assert answered("/panda/ahead") == {"refused": "there is no run here: start one"}
    assert answered("/panda/speed-limit") == {"refused": "there is no run here: start one"}
    assert answered("/panda/looking-ahead") == {"what": "", "done": 0, "total": 0}
    told = the_controller().ask({"do": "start", "config": {"data": "wine"}, "hyperparameters": {}}).result(30)
    assert told["status"] == "applied", told
    run = the_controller().status()["id"]
    found = answered(f"/panda/ahead?run={run}&iterations=60&set=momentum=0.5,0.9&set=optimizer=gd")
    assert [arm["changes"] for arm in found["arms"]] == [
        {"momentum": 0.5, "optimizer": "gd"},
        {"momentum": 0.9, "optimizer": "gd"},
    ]
    assert found["arms"][0]["iterations"][-1] == found["at"] + 60
    assert len(answered(f"/panda/ahead?run={run}&iterations=50&set=momentum=0.5&orders=2")["arms"][0]["dev_costs"]) == 2
    refused = "Other orders must be a whole number from 0 to 64, but got '-1'"
    assert answered(f"/panda/ahead?run={run}&orders=-1") == {"refused": refused}
    found = answered(f"/panda/find-alpha?run={run}&iterations=50")
    assert found["limit"]["optimizer"] == "momentum"
    limit = answered(f"/panda/speed-limit?run={run}")
    assert limit["text"].startswith(
        f"momentum is stable up to about α = {measured_text(limit['learning_rate'])} here (an estimate: "
    )
    assert limit["at"] >= found["at"]
    assert answered("/panda/ahead?iterations=9")["refused"].startswith("Iterations ahead must be")
    for iterations in ("0", "-5", "49", "5001"):
        refused = f"Iterations ahead must be a whole number from 50 to 5,000, but got '{iterations}'"
        assert answered(f"/panda/ahead?iterations={iterations}") == {"refused": refused}
    refused = "Learning rate α must be a number above 0 and at most 1e+06, but got 2e6"
    assert answered("/panda/ahead?set=2e6,1") == {"refused": refused}


def test_what_came_is_the_smoothed_cost_of_the_run() -> None:
    told = the_controller().ask({"do": "start", "config": {"data": "wine"}, "hyperparameters": {}}).result(30)
    assert told["status"] == "applied", told
    at = answered("/panda/ahead?iterations=50&set=momentum=0.5")["at"]
    curve = the_controller().curve()
    assert answered(f"/panda/came?iteration={at}") == {
        "smoothed": dict(zip(("0.9", "0.99", "0.999"), curve.so_far(at).values, strict=True)),
        "dev_cost": curve.dev_cost(at) if math.isfinite(curve.dev_cost(at)) else None,
    }
    assert answered("/panda/came?iteration=x")["refused"].startswith("iteration must be a whole number")


async def gone() -> Message:
    """What a client that has left sends."""
    return {"type": "http.disconnect"}


def test_what_nobody_waits_for_is_given_up() -> None:
    told = the_controller().ask({"do": "start", "config": {"data": "digits"}, "hyperparameters": {}}).result(30)
    assert told["status"] == "applied", told
    (route,) = [each for each in ahead_routes() if each.path == "/panda/find-alpha"]
    request = Request({"type": "http", "query_string": b"iterations=5000", "headers": []}, gone)
    assert b"nobody waits for it any more" in asyncio.run(route.endpoint(request)).body


def test_a_speed_limit_that_nobody_waits_for_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def computed_until_then(_: Boundary, spent: Callable[[], bool]) -> None:
        wait_until(spent)
        raise JobFailed("the curvature was given up")

    monkeypatch.setattr("trainer.service.looking_ahead.speed_limit", computed_until_then)
    told = the_controller().ask({"do": "start", "config": {"data": "wine"}, "hyperparameters": {}}).result(30)
    assert told["status"] == "applied", told
    (route,) = [each for each in ahead_routes() if each.path == "/panda/speed-limit"]
    request = Request({"type": "http", "query_string": b"", "headers": []}, gone)
    assert b"nobody waits for it any more" in asyncio.run(route.endpoint(request)).body
