"""A small search of a server."""

from __future__ import annotations

from typing import Any

from tests.waiting import wait_until
from trainer.service.controller import Controller

IRIS: dict[str, Any] = {"data": "iris", "layers": (8,)}
WISH: dict[str, Any] = {
    "config": IRIS,
    "hyperparameters": {"mini_batch_size": "32", "learning_rate": "0.05"},
    "box": {"learning_rate": ["1e-3", "1"], "momentum": ["0", "0.99"]},
    "sampler": "random",
    "trials": "6",
    "rounds": "2",
    "epochs": "4",
    "seed": "1",
    "halving": False,
    "mine": False,
}
ENDLESS = WISH | {"trials": "5000"}


def begun(controller: Controller, **others: Any) -> str:
    told = controller.searches.start(WISH | others)
    assert told["status"] == "applied", told["text"]
    return told["id"]


def finished(controller: Controller, search: str) -> dict[str, Any]:
    wait_until(lambda: controller.searches.under_way == "")
    status = controller.searches.look(search)
    assert status["state"] == "finished", status["reason"]
    return status


def over(status: dict[str, Any]) -> list[dict[str, Any]]:
    return [trial for trial in status["trials"] if trial["state"] in ("finished", "diverged", "stopped", "failed")]
