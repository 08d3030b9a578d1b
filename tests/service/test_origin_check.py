"""The origin check: who may speak to this server."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from trainer.service.origin_check import OriginCheck, host_name


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "reached"})


def asked(kind: str, headers: list[tuple[str, str]], names: tuple[str, ...] = ()) -> list[Message]:
    """What comes back for a request with these headers."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": f"{kind}.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": kind, "path": "/", "headers": [(k.encode(), v.encode()) for k, v in headers]}
    asyncio.run(OriginCheck(inner, lambda: names)(scope, receive, send))
    return sent


REACHED = [{"type": "reached"}]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "headers",
    [
        [("host", "localhost:8501")],
        [("host", "LOCALHOST:8501")],
        [("host", "127.0.0.1")],
        [("host", "[::1]:8501")],
        [("host", "localhost:8501"), ("origin", "http://localhost:8501")],
        [("host", "[::1]:8501"), ("origin", "http://[::1]:8501")],
    ],
)
def test_a_page_of_this_server_is_welcome(kind: str, headers: list[tuple[str, str]]) -> None:
    assert asked(kind, headers) == REACHED


FOREIGN = [
    [],
    [("host", "")],
    [("host", "evil.example")],
    [("host", "localhost.evil.example")],
    [("host", "evil.example#localhost")],
    [("host", "localhost@evil.example")],
    [("host", "localhost:99999999")],
    [("host", "localhost/..")],
    [("host", "localhost"), ("host", "evil.example")],
    [("host", "localhost:8501"), ("origin", "http://evil.example")],
    [("host", "localhost:8501"), ("origin", "null")],
    [("host", "localhost:8501"), ("origin", "http://localhost:3000")],
    [("host", "localhost:8501"), ("origin", "http://127.0.0.1:8501")],
    [("host", "localhost:8501"), ("origin", "http://localhost:8501"), ("origin", "http://evil.example")],
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_others_are_not(headers: list[tuple[str, str]]) -> None:
    assert asked("http", headers)[0]["status"] == 403
    (closed,) = asked("websocket", headers)
    assert (closed["type"], closed["code"]) == ("websocket.close", 1008)


def test_a_configured_name_is_welcome_too() -> None:
    headers = [("host", "Train.lan:8501"), ("origin", "http://train.lan:8501")]
    assert asked("http", headers)[0]["status"] == 403
    assert asked("http", headers, ("train.lan",)) == REACHED


def test_the_lifespan_passes() -> None:
    assert asked("lifespan", []) == REACHED


@pytest.mark.parametrize(("host", "name"), [("a.b:1", "a.b"), ("a.b.", "a.b"), ("a:b", None), ("", None)])
def test_host_name(host: str, name: str | None) -> None:
    assert host_name(host) == name
