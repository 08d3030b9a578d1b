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
from trainer.views.host import Host
from trainer.views.socket import LiveSocket


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.chdir(tmp_path)
    made = Host()
    yield made
    made.close()


def header(frame: bytes | None) -> dict[str, Any]:
    assert frame is not None
    (length,) = struct.unpack_from("<I", frame)
    return cast("dict[str, Any]", json.loads(frame[4 : 4 + length]))


def test_a_refresh_in_the_middle_of_an_undo_does_not_keep_the_page_from_what_came_of_it(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert host.start({"data": "iris", "layers": (8,)}, {}, None) == ""
    host.submit({"do": "pause"}).result(30)
    host.submit({"do": "nudge", "factor": "×3"}).result(30)
    socket = LiveSocket(cast("WebSocket", None), host)
    assert header(socket._next_frame())["run"] == "r1"
    parts = abandoned_parts

    def refresh_first(*arguments: Any) -> Any:
        assert header(socket._next_frame())["status"]["run"] == "r2"  # the run is another one, the curve not yet
        return parts(*arguments)

    monkeypatch.setattr("trainer.views.host.abandoned_parts", refresh_first)
    assert host.undo("r1")["status"] == "applied"
    told = header(socket._next_frame())
    assert told["run"] == "r2"
    assert [part["run"] for part in told["abandoned"]] == ["r1"]
    assert host.undo("r1")["text"] == "run r1 is not under way any more, but r2"
