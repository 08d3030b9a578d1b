"""OriginCheck: the middleware before everything that this server answers; it lets in only pages that it served itself.

A page of another site can send requests to a server on this machine, and can make its own name point here (DNS
rebinding). Both are told by headers that such a page cannot choose: Host is the name that was asked for, Origin the
page that asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class OriginCheck:
    """ASGI middleware; answers 403 to an HTTP request or WebSocket with a foreign Host or Origin.

    Parameters
    ----------
    app : what is behind it
    names : host names, beside those of this machine, under which the page may be visited
    """

    def __init__(self, app: ASGIApp, names: Callable[[], Collection[str]] = frozenset) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the app answer."""
        if scope["type"] not in ("http", "websocket") or self._welcome(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "foreign Host or Origin"})
        else:
            answer = PlainTextResponse("Panda answers only pages that it served itself.\n", 403)
            await answer(scope, receive, send)

    def _welcome(self, headers: Headers) -> bool:
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or len(origins) > 1:
            return False
        name = host_name(hosts[0])
        if name is None or name not in LOCAL_NAMES | {n.lower() for n in self._names()}:
            return False
        # a page of this very server: the same name and the same port
        return not origins or urlsplit(origins[0]).netloc.lower() == hosts[0].lower()


def host_name(host: str) -> str | None:
    """The name in a Host header, without port and brackets; None where it is not a plain one.

    >>> host_name("[::1]:8501"), host_name("localhost"), host_name("evil@localhost")
    ('::1', 'localhost', None)
    """
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # a number in range, or ValueError
    except ValueError:
        return None
    if parts.netloc != host or "@" in host or parts.hostname is None:
        return None
    return parts.hostname.lower().rstrip(".")
