"""Early loading: Streamlit's first page also asks for what Panda's components need, at once instead of when mounted.

It is Streamlit's own file with a few lines added to its head; where that file is not as known here, Streamlit's own
answer is left alone. The other pages are the same file, which is told where the server is: by itself it would ask
below the address of the page first, in vain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

PAGES = ("sessions",)
"""Addresses of the pages but the first, below its."""

_SERVER = '<script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href };</script>'
_INDEX = Path(streamlit.__file__).with_name("static") / "index.html"


def early_loading(modules: Callable[[], Sequence[str]], script: Callable[[], str | None]) -> list[Route]:
    """The routes of the first page and of the others; none where Streamlit's is not as known.

    Parameters
    ----------
    modules : addresses of the modules that the first page needs
    script : address of a script that it needs, if it does
    """
    if not _INDEX.is_file() or "</head>" not in _INDEX.read_text("utf-8"):
        return []

    def index(_request: Request) -> Response:
        added = [f'<link rel="modulepreload" href="{address}">' for address in modules()]
        if (address := script()) is not None:
            added.append(f'<script async src="{address}" onerror="this.remove()"></script>')
        return _index_with(*added)

    def page(_request: Request) -> Response:
        return _index_with(_SERVER)

    return [Route("/", index), *(Route(f"/{name}", page) for name in PAGES)]


def _index_with(*added: str) -> Response:
    text = _INDEX.read_text("utf-8").replace("<title>Streamlit</title>", "<title>Panda</title>")
    return HTMLResponse(text.replace("</head>", "\n".join([*added, "</head>"])), headers={"Cache-Control": "no-cache"})
