"""What the server answers beside Streamlit: the WebSocket of the live page, its modules, Plotly.js; origin-checked."""

from __future__ import annotations

import gc
import gzip
import hashlib
import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket
from streamlit import config

from trainer.service.origin_check import OriginCheck
from trainer.service.process_singleton import close_controller, the_controller
from trainer.service.socket import LiveSocket
from trainer.views.playback import routes as playback_routes

SCRIPT = Path(__file__).with_name("page.py")
MODULES = Path(__file__).with_name("frontend")
_STREAMLIT_INDEX = Path(streamlit.__file__).with_name("static") / "index.html"
_WRAPPER = ('} (typeof self !== "undefined" ? self : this, () => {', "return Plotly;\n}));")
_IMPORT = re.compile(r'^import .* from "\./([a-z_]+\.js)";$', re.MULTILINE)
_TYPES = {".js": "text/javascript", ".css": "text/css"}
_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """The trainer lives as long as the server, and ends with everything recorded."""
    the_controller().compiling.start()
    # what is loaded by now stays: it need not be searched again by every garbage collection while training goes on
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        await run_in_threadpool(close_controller)


def routes() -> list[BaseRoute]:
    """The routes of the live page."""
    return [
        Route("/", _index),
        WebSocketRoute("/panda/live", _live),
        Route("/panda/modules/{version}/{name}", _module),
        Route("/panda/plotly/{version}/plotly.js", _plotly),
        *playback_routes(),
    ]


def middleware() -> list[Middleware]:
    """The origin check."""
    return [Middleware(OriginCheck, names=_configured_names)]


def module_address(name: str = "main.js") -> str:
    """Where a module of the page is; another address after every change, so that it can be cached for ever."""
    digest = hashlib.sha256()
    for path in sorted(MODULES.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return f"/panda/modules/{digest.hexdigest()[:16]}/{name}"


def plotly_address() -> str:
    """Where Plotly.js is."""
    return f"/panda/plotly/{version('plotly')}/plotly.js"


def _configured_names() -> Collection[str]:
    options = [config.get_option("server.address"), config.get_option("browser.serverAddress")]
    return [name for name in [*options, *config.get_option("server.allowedHosts")] if name]


async def _live(websocket: WebSocket) -> None:
    await LiveSocket(websocket, the_controller()).serve()


def _index(_request: Request) -> Response:
    """Streamlit's first page, which asks for what Panda adds to it at once instead of when it is mounted.

    Plotly.js takes the browser a second, so it is asked for here where there is something to draw, and not while
    somebody waits for nothing but the button Start.
    """
    folder = module_address("")
    early = [f'<link rel="modulepreload" href="{folder}{name}">' for name in _with_imports("main.js")]
    if the_controller().path is not None:
        early.append(f'<script async src="{plotly_address()}" onerror="this.remove()"></script>')
    text = _STREAMLIT_INDEX.read_text("utf-8").replace("<title>Streamlit</title>", "<title>Panda</title>")
    return HTMLResponse(text.replace("</head>", "\n".join([*early, "</head>"])), headers={"Cache-Control": "no-cache"})


def _with_imports(name: str) -> list[str]:
    """A module and all that it imports, itself or by others."""
    names = [name]
    for found in names:  # which grows
        imported = _IMPORT.findall((MODULES / found).read_text("utf-8"))
        names += [other for other in dict.fromkeys(imported) if other not in names]
    return names


def _module(request: Request) -> Response:
    path = MODULES / request.path_params["name"]
    if path.parent != MODULES or path.suffix not in _TYPES or not path.is_file():
        return PlainTextResponse("there is no such module\n", 404)
    return Response(path.read_bytes(), media_type=_TYPES[path.suffix], headers=_FOREVER)


def _plotly(_request: Request) -> Response:
    return Response(
        _compressed_plotly(), media_type="text/javascript", headers={**_FOREVER, "Content-Encoding": "gzip"}
    )


def _plotly_file() -> str:
    return str(files("plotly").joinpath("package_data", "plotly.min.js"))


@cache
def _compressed_plotly() -> bytes:
    return gzip.compress(unwrapped(Path(_plotly_file()).read_text("utf-8")).encode(), 6)


def unwrapped(script: str) -> str:
    """Plotly.js without the function that is around it, where it is the one that is known.

    A browser compiles a function that is handed to another one twice: here all 4.8 MB, once for nothing.
    """
    before, begin, inner = script.partition(_WRAPPER[0])
    body, end, after = inner.rpartition(_WRAPPER[1])
    if not begin or not end or after.strip():
        return script
    licence, comment_end, _ = before.partition("*/")
    return licence + comment_end + body
