"""The WebSocket between a live page and the controller: frames and answers out, one frame in flight; asks in.

What the messages are stands in `protocol`. Without the token of this process in the first one the connection ends.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections import deque
from contextlib import suppress
from typing import Any

from msgspec import UNSET
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from trainer.errors import InvalidInput
from trainer.service.controller import Controller
from trainer.service.frames import Feed
from trainer.service.protocol import Hello, Signal, parsed, typed

REFRESH_SECONDS = 0.25
FIRST_MESSAGE_SECONDS = 10.0
_FOREIGN, _NONSENSE = 4401, 4400


class LiveSocket:
    """One connection, which shows one live run.

    Parameters
    ----------
    run : id of the run, as `Hello` names it
    """

    def __init__(self, websocket: WebSocket, controller: Controller, run: str = "") -> None:
        self._websocket, self._controller, self._run = websocket, controller, run
        self._feed = Feed()
        self._wake = asyncio.Event()
        self._hidden = False
        self._in_flight = False
        self._answers: deque[str] = deque()

    async def serve(self) -> None:
        """Until the client leaves."""
        await self._websocket.accept()
        try:
            async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
                first = await self._receive()
            token = str(first.get("token", "")).encode("utf-8", "replace")
            if not hmac.compare_digest(token, self._controller.token.encode()):
                await self._refuse(_FOREIGN, "this page is not of this server: reload it")
                return
            hello = typed(first, Hello)
            self._run, self._feed.view = hello.run, self._feed.view.looking(hello.view)
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
        if "ask" in message:
            tasks.create_task(self._answer(message))
            return
        signal = typed(message, Signal)
        if signal.got == self._feed.number:
            self._in_flight = False
        if signal.hidden is not UNSET:
            self._hidden = signal.hidden
            self._wake.set()
        if signal.view is not UNSET:
            self._feed.view = self._feed.view.looking(signal.view)
            self._wake.set()

    async def _answer(self, message: dict[str, Any]) -> None:
        answer = await asyncio.wrap_future(self._controller.ask(message, self._run))
        self._answers.append(json.dumps({"ask": message["ask"], **answer}))
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
        # the curve first: a status that is newer than the curve differs from the next one, so that both are sent again
        curve = self._controller.curve(self._run)
        return self._feed.frame(curve, self._controller.status(self._run))

    async def _receive(self) -> dict[str, Any]:
        try:
            return parsed(await self._websocket.receive_text())
        except KeyError:  # bytes
            raise InvalidInput("a message must be JSON") from None
