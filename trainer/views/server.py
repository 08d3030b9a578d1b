"""What the server answers beside Streamlit: the WebSocket of the live page, its modules, Plotly.js; origin-checked."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket
from streamlit import config

from trainer.service.origin_check import OriginCheck
from trainer.service.process_singleton import close_controller, the_controller
from trainer.service.socket import LiveSocket
from trainer.views.early_loading import early_loading
from trainer.views.modules import FOREVER, modules_route, with_imports
from trainer.views.playback import routes as playback_routes
from trainer.views.plotly_script import plotly_address, plotly_route

SCRIPT = Path(__file__).with_name("page.py")


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
        modules_route(),
        plotly_route(FOREVER),
        *playback_routes(),
    ]


def middleware() -> list[Middleware]:
    """The origin check."""
    return [Middleware(OriginCheck, names=_configured_names)]


def _configured_names() -> Collection[str]:
    options = [config.get_option("server.address"), config.get_option("browser.serverAddress")]
    return [name for name in [*options, *config.get_option("server.allowedHosts")] if name]


async def _live(websocket: WebSocket) -> None:
    await LiveSocket(websocket, the_controller()).serve()


def _first_modules() -> list[str]:
    """Addresses of the modules of the first page: those of the live view, and all that they import."""
    return with_imports(("main.js", "live.js"))


def _first_script() -> str | None:
    """Plotly.js takes the browser a second: asked for early where there is something to draw, else not at all yet."""
    return plotly_address() if the_controller().path is not None else None
