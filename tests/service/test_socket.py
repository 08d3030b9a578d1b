"""What a connected page is sent, whenever it asks."""

from __future__ import annotations

import json
import struct
from typing import Any, cast

import pytest
from starlette.websockets import WebSocket

from trainer.recorder.recorded_curve import abandoned_parts
from trainer.service.controller import Controller
from trainer.service.frame_header import FrameHeader
from trainer.service.protocol import Told, typed
from trainer.service.socket import LiveSocket


def header(frame: bytes | None) -> dict[str, Any]:
    assert frame is not None
    (length,) = struct.unpack_from("<I", frame)
    found = json.loads(frame[4 : 4 + length])
    typed(found, FrameHeader)
    return cast("dict[str, Any]", found)


def test_a_refresh_in_the_middle_of_an_undo_does_not_keep_the_page_from_what_came_of_it(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {"data": "iris", "layers": (8,)}
    assert controller.ask({"do": "start", "config": config, "hyperparameters": {}}).result(30)["status"] == "applied"
    controller.ask({"do": "pause"}).result(30)
    controller.ask({"do": "nudge", "factor": "×3"}).result(30)
    socket = LiveSocket(cast("WebSocket", None), controller)
    assert header(socket._next_frame())["run"] == "r1"
    parts = abandoned_parts

    def refresh_first(*arguments: Any) -> Any:
        assert header(socket._next_frame())["status"]["run"] == "r2"  # the run is another one, the curve not yet
        return parts(*arguments)

    undo = {"do": "undo", "run": "r1"}
    monkeypatch.setattr("trainer.service.own_trainer.abandoned_parts", refresh_first)
    told = controller.ask(undo).result(30)
    assert typed({"ask": 1, **told}, Told).status == "applied"
    told = header(socket._next_frame())
    assert told["run"] == "r2"
    assert [part["run"] for part in told["abandoned"]] == ["r1"]
    assert controller.ask(undo).result(30)["text"] == "run r1 is not under way any more, but r2"
