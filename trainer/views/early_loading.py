"""Early loading: Streamlit's first page also asks for what Panda's components need, at once instead of when mounted.

It is Streamlit's own file with a few lines added to its head; where that file is not as known here, Streamlit's own
answer is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_INDEX = Path(streamlit.__file__).with_name("static") / "index.html"


def early_loading(modules: Callable[[], Sequence[str]], script: Callable[[], str | None]) -> list[Route]:
    """The route of the first page; none where Streamlit's is not as known.

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
        text = _INDEX.read_text("utf-8").replace("<title>Streamlit</title>", "<title>Panda</title>")
        return HTMLResponse(
            text.replace("</head>", "\n".join([*added, "</head>"])), headers={"Cache-Control": "no-cache"}
        )

    return [Route("/", index)]
