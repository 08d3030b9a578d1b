"""The WebSocket between a live page and the controller: frames out, one in flight; views and wishes in.

The client's first message is {"token", "view"}; without the token of this process the connection ends. Later ones:

    {"got": n}                     frame n arrived; only then is the next one sent
    {"view": {…}}                  look elsewhere
    {"hidden": true | false}       the tab is not seen; nothing is sent meanwhile
    {"ask": k, "do": …, …}         a wish (see `wishes`), answered by {"ask": k, "status", "iteration", "text", …}
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections import deque
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from trainer.errors import InvalidInput
from trainer.service.controller import Controller
from trainer.service.frames import Feed

REFRESH_SECONDS = 0.25
FIRST_MESSAGE_SECONDS = 10.0
_FOREIGN, _NONSENSE = 4401, 4400


class LiveSocket:
    """One connection."""

    def __init__(self, websocket: WebSocket, controller: Controller) -> None:
        self._websocket, self._controller = websocket, controller
        self._feed = Feed(controller.curve)
        self._wake = asyncio.Event()
        self._hidden = False
        self._in_flight = False
        self._number = 0
        self._told: dict[str, object] = {}
        self._seen: object = None
        self._answers: deque[str] = deque()

    async def serve(self) -> None:
        """Until the client leaves."""
        await self._websocket.accept()
        try:
            async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
                first = await self._receive()
            if not hmac.compare_digest(
                str(first.get("token", "")).encode("utf-8", "replace"), self._controller.token.encode()
            ):
                await self._refuse(_FOREIGN, "this page is not of this server: reload it")
                return
            self._feed.view = self._feed.view.changed(_mapping(first.get("view")))
            await self._talk()
        except* InvalidInput as errors:
            await self._refuse(_NONSENSE, str(errors.exceptions[0])[:100])
        except* (WebSocketDisconnect, TimeoutError):
            pass

    async def _refuse(self, code: int, why: str) -> None:
        if self._websocket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect):  # it may have left meanwhile
                await self._websocket.close(code, why)

    async def _talk(self) -> None:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._wake.set)

        leave = self._controller.watch(wake)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send())
                while True:
                    self._take(await self._receive(), tasks)
        finally:
            leave()

    def _take(self, message: dict[str, Any], tasks: asyncio.TaskGroup) -> None:
        if message.get("got") == self._number:
            self._in_flight = False
        if "hidden" in message:
            self._hidden = bool(message["hidden"])
        if "view" in message:
            self._feed.view = self._feed.view.changed(_mapping(message["view"]))
            self._seen = None
        if "hidden" in message or "view" in message:
            self._wake.set()
        if "ask" in message:
            tasks.create_task(self._answer(message))

    async def _answer(self, wish: dict[str, Any]) -> None:
        answer: dict[str, object]
        match wish.get("do"):
            case "resume" if not self._controller.live():
                answer = await asyncio.to_thread(self._controller.resume)
            case "undo":
                answer = await asyncio.to_thread(self._controller.undo, str(wish.get("run", ""))[:40])
            case "branch":
                answer = await asyncio.to_thread(self._controller.branch, str(wish.get("run", ""))[:40])
            case _:
                answer = await asyncio.wrap_future(self._controller.submit(wish))
        self._answers.append(json.dumps({"ask": wish["ask"], **answer}))
        self._wake.set()

    async def _send(self) -> None:
        """All that is sent: a second task could send after the first one found that the client has left."""
        while True:
            while self._answers:
                await self._websocket.send_text(self._answers.popleft())
            if not self._hidden and not self._in_flight:
                frame = self._next_frame()
                if frame is not None:
                    self._in_flight = True
                    await self._websocket.send_bytes(frame)
            try:
                async with asyncio.timeout(REFRESH_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    def _next_frame(self) -> bytes | None:
        curve = self._controller.curve
        if curve is not self._feed.curve:
            view, self._feed = self._feed.view, Feed(curve)
            self._feed.view = view
            self._told, self._seen = {}, None
        status = self._controller.status()
        seen = (status, curve.iteration)
        if seen == self._seen:
            return None
        self._seen = seen
        changed = {name: value for name, value in status.items() if name not in self._told or self._told[name] != value}
        frame = self._feed.frame(self._number + 1, changed)
        if frame is not None:
            self._number += 1
            self._told = status
        return frame

    async def _receive(self) -> dict[str, Any]:
        try:
            return _mapping(json.loads(await self._websocket.receive_text()))
        except (KeyError, ValueError, RecursionError):  # bytes, or no JSON
            raise InvalidInput("a message must be JSON") from None


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInput(f"a message must be a JSON object, but got {str(value)[:40]}")
    return value
