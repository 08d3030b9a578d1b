"""Plotly.js, from the Python package of the same name and never from a CDN; without the function that is around it."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_WRAPPER = ('} (typeof self !== "undefined" ? self : this, () => {', "return Plotly;\n}));")


def plotly_address() -> str:
    """Where Plotly.js is."""
    return f"/panda/plotly/{version('plotly')}/plotly.js"


def plotly_route(headers: dict[str, str]) -> Route:
    """What answers there, with these headers."""

    def script(_request: Request) -> Response:
        compressed = {**headers, "Content-Encoding": "gzip"}
        return Response(_compressed(), media_type="text/javascript", headers=compressed)

    return Route("/panda/plotly/{version}/plotly.js", script)


@cache
def _compressed() -> bytes:
    script = files("plotly").joinpath("package_data", "plotly.min.js").read_text("utf-8")
    return gzip.compress(unwrapped(script).encode(), 6)


def unwrapped(script: str) -> str:
    """Plotly.js without the function that is around it; as it is where that is another one than the one known here.

    A browser compiles a function that is handed to another one twice: here all 4.8 MB, once for nothing.
    """
    before, begin, inner = script.partition(_WRAPPER[0])
    body, end, after = inner.rpartition(_WRAPPER[1])
    if not begin or not end or after.strip():
        return script
    licence, comment_end, _ = before.partition("*/")
    return licence + comment_end + body
