"""What is computed beside the server's own loop, awaited there for as long as somebody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any

from trainer.service.looking_ahead import Wish

_LEFT = 0.25
"""Seconds after which it is noticed, at the latest, that nobody does."""


async def awaited(told: Future[dict[str, Any]], wish: Wish, left: Callable[[], Awaitable[bool]]) -> dict[str, Any]:
    """The answer to a wish; `left` is asked whether the client has left, and the wish is given up then."""
    answer = asyncio.wrap_future(told)
    while not (await asyncio.wait([answer], timeout=_LEFT))[0]:
        wish.given_up = await left()
    return answer.result()
