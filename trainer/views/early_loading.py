"""Early loading: a page also asks at once for what Panda's components need, instead of when they are mounted.

It is Streamlit's own file with a few lines added to its head; where that file is not as known here, Streamlit's own
answer is left alone. A page but the first is told where the server is, too: by itself it would ask below its own
address first, in vain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

PAGES = ("sessions", "search", "course")
"""Addresses of the pages but the first, below its."""

_SERVER = '<script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href };</script>'
_INDEX = Path(streamlit.__file__).with_name("static") / "index.html"


@dataclass(frozen=True)
class Needs:
    """What a page is going to need.

    Attributes
    ----------
    modules : their addresses
    script : address of a script; None where it needs none
    """

    modules: list[str]
    script: str | None = None


def early_loading(pages: Mapping[str, Callable[[QueryParams], Needs]]) -> list[Route]:
    """The routes of pages; none where Streamlit's answer is not as known.

    Parameters
    ----------
    pages : address of each below the first, and what it needs where it is asked for with such a query
    """
    if not _INDEX.is_file() or "</head>" not in _INDEX.read_text("utf-8"):
        return []

    def index(request: Request) -> Response:
        name = request.url.path.removeprefix("/")
        needs = pages[name](request.query_params)
        added = [_SERVER] if name else []
        added += [f'<link rel="modulepreload" href="{address}">' for address in needs.modules]
        if needs.script is not None:
            added.append(f'<script async src="{needs.script}" onerror="this.remove()"></script>')
        text = _INDEX.read_text("utf-8").replace("<title>Streamlit</title>", "<title>Panda</title>")
        text = text.replace("</head>", "\n".join([*added, "</head>"]))
        return HTMLResponse(text, headers={"Cache-Control": "no-cache"})

    return [Route(f"/{name}", index) for name in pages]
