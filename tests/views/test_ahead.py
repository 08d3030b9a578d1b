"""What the server answers a page that looks ahead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from trainer.service.process_singleton import close_controller, the_controller
from trainer.views.ahead import ahead_routes


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    close_controller()


def answered(address: str) -> dict[str, Any]:
    path, _, query = address.partition("?")
    (route,) = [each for each in ahead_routes() if each.path == path]
    assert route.methods is not None
    assert route.methods >= {"GET", "POST"}
    response = route.endpoint(Request({"type": "http", "query_string": query.encode(), "headers": []}))
    assert response.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = json.loads(response.body)
    return found


def test_the_coming_iterations_and_the_alpha_finder() -> None:
    assert answered("/panda/ahead") == {"refused": "there is no run here: start one"}
    told = the_controller().ask({"do": "start", "config": {"data": "wine"}, "hyperparameters": {}}).result(30)
    assert told["status"] == "applied", told
    run = the_controller().status()["id"]
    found = answered(f"/panda/ahead?run={run}&iterations=60&set=momentum=0.5,0.9&set=optimizer=gd")
    assert [arm["changes"] for arm in found["arms"]] == [
        {"momentum": 0.5, "optimizer": "gd"},
        {"momentum": 0.9, "optimizer": "gd"},
    ]
    assert found["arms"][0]["iterations"][-1] == found["at"] + 60
    found = answered(f"/panda/find-alpha?run={run}&iterations=50")
    assert found["limit"]["optimizer"] == "momentum"
    assert answered("/panda/ahead?iterations=9")["refused"].startswith("iterations must be")
