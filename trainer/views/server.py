"""What the server answers beside Streamlit: the WebSocket of the live page, its modules, Plotly.js; origin-checked."""

from __future__ import annotations

import gc
import hashlib
import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket
from streamlit import config

from trainer.service.origin_check import OriginCheck
from trainer.service.process_singleton import close_controller, the_controller
from trainer.service.socket import LiveSocket
from trainer.views.early_loading import early_loading
from trainer.views.playback import routes as playback_routes
from trainer.views.plotly_script import plotly_address, plotly_route

SCRIPT = Path(__file__).with_name("page.py")
MODULES = Path(__file__).with_name("frontend")
_FIRST = ("main.js", "live.js")
_IMPORT = re.compile(r'from "\./([a-z_]+\.js)";$', re.MULTILINE)
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
        *early_loading(_first_modules, _first_script),
        WebSocketRoute("/panda/live", _live),
        Route("/panda/modules/{version}/{name}", _module),
        plotly_route(_FOREVER),
        *playback_routes(),
    ]


def middleware() -> list[Middleware]:
    """The origin check."""
    return [Middleware(OriginCheck, names=_configured_names)]


def module_address(name: str = "main.js") -> str:
    """Where a module of the page is; another address after every change, so that it can be cached for ever."""
    stats = ((path.name, path.stat()) for path in sorted(MODULES.iterdir()) if path.suffix in _TYPES)
    return f"/panda/modules/{_digest(tuple((file, at.st_mtime_ns, at.st_size) for file, at in stats))}/{name}"


@lru_cache(maxsize=1)
def _digest(files: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, _, _ in files:
        digest.update(name.encode() + (MODULES / name).read_bytes())
    return digest.hexdigest()[:16]


def _configured_names() -> Collection[str]:
    options = [config.get_option("server.address"), config.get_option("browser.serverAddress")]
    return [name for name in [*options, *config.get_option("server.allowedHosts")] if name]


async def _live(websocket: WebSocket) -> None:
    await LiveSocket(websocket, the_controller()).serve()


def _first_modules() -> list[str]:
    """Addresses of the modules of the first page: those of the live view, and all that they import."""
    names = list(_FIRST)
    for found in names:  # which grows
        imported = _IMPORT.findall((MODULES / found).read_text("utf-8"))
        names += [other for other in dict.fromkeys(imported) if other not in names]
    folder = module_address("")
    return [folder + name for name in names]


def _first_script() -> str | None:
    """Plotly.js takes the browser a second: asked for early where there is something to draw, else not at all yet."""
    return plotly_address() if the_controller().path is not None else None


def _module(request: Request) -> Response:
    path = MODULES / request.path_params["name"]
    if path.parent != MODULES or path.suffix not in _TYPES or not path.is_file():
        return PlainTextResponse("there is no such module\n", 404)
    return Response(path.read_bytes(), media_type=_TYPES[path.suffix], headers=_FOREVER)
