"""What a connected page is sent, whenever it asks."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.websockets import WebSocket

from trainer.recorder.recorded_curve import abandoned_parts
from trainer.service.controller import Controller
from trainer.service.socket import LiveSocket


@pytest.fixture
def controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    monkeypatch.chdir(tmp_path)
    made = Controller()
    yield made
    made.close()


def header(frame: bytes | None) -> dict[str, Any]:
    assert frame is not None
    (length,) = struct.unpack_from("<I", frame)
    return cast("dict[str, Any]", json.loads(frame[4 : 4 + length]))


def test_a_refresh_in_the_middle_of_an_undo_does_not_keep_the_page_from_what_came_of_it(
    controller: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert controller.start({"data": "iris", "layers": (8,)}, {}, None) == ""
    controller.submit({"do": "pause"}).result(30)
    controller.submit({"do": "nudge", "factor": "×3"}).result(30)
    socket = LiveSocket(cast("WebSocket", None), controller)
    assert header(socket._next_frame())["run"] == "r1"
    parts = abandoned_parts

    def refresh_first(*arguments: Any) -> Any:
        assert header(socket._next_frame())["status"]["run"] == "r2"  # the run is another one, the curve not yet
        return parts(*arguments)

    monkeypatch.setattr("trainer.service.controller.abandoned_parts", refresh_first)
    assert controller.undo("r1")["status"] == "applied"
    told = header(socket._next_frame())
    assert told["run"] == "r2"
    assert [part["run"] for part in told["abandoned"]] == ["r1"]
    assert controller.undo("r1")["text"] == "run r1 is not under way any more, but r2"
