"""What the server answers beside Streamlit: the WebSocket of the live page, its modules, Plotly.js; origin-checked."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket
from streamlit import config

from trainer.service.origin_check import OriginCheck
from trainer.service.process_singleton import close_controller, the_controller
from trainer.service.socket import LiveSocket
from trainer.views.ahead import ahead_routes
from trainer.views.early_loading import PAGES, Needs, early_loading
from trainer.views.gauges import gauge_routes
from trainer.views.histograms import histograms_route
from trainer.views.modules import FOREVER, modules_route, with_imports
from trainer.views.network import network_route
from trainer.views.playback import routes as playback_routes
from trainer.views.plotly_script import plotly_address, plotly_route

SCRIPT = Path(__file__).with_name("page.py")


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """The trainer lives as long as the server, and ends with everything recorded."""
    _end_normally_on_sigterm()
    _keep_the_script_in_the_search_path()
    the_controller().compiling.start()
    # what is loaded by now stays: it need not be searched again by every garbage collection while training goes on
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        await run_in_threadpool(close_controller)


def _end_normally_on_sigterm() -> None:
    """uvicorn raises at its end the signal that it was ended by, and SIGTERM then ends the process without its exit
    functions, one of which gives back the semaphores of the pools of processes; so it is told no signal, which is 0."""
    on_exit = signal.getsignal(signal.SIGTERM)  # uvicorn's own, by now
    if not callable(on_exit):
        return
    with suppress(ValueError):  # a server in another thread than the main one is ended in another way
        signal.signal(signal.SIGTERM, lambda _number, frame: on_exit(0, frame))


def _keep_the_script_in_the_search_path() -> None:
    """Streamlit puts the script's folder into sys.path for each of its runs and takes it out again, unless it is there
    already; what another thread is looking for at that moment (a module, a version) is then found nowhere."""
    folder = str(SCRIPT.parent)
    if folder not in sys.path:
        sys.path.append(folder)


def routes() -> list[BaseRoute]:
    """The routes of the live page."""
    return [
        *early_loading({"": _train_page, **dict(zip(PAGES, _BELOW_THE_FIRST, strict=True))}),
        WebSocketRoute("/panda/live", _live),
        modules_route(),
        plotly_route(FOREVER),
        *playback_routes(),
        *gauge_routes(),
        histograms_route(),
        Route("/panda/search", _search),
        Route("/panda/search/measuring", _measuring),
        Route("/panda/advice", _advice),
        network_route(),
        *ahead_routes(),
    ]


def middleware() -> list[Middleware]:
    """The origin check."""
    return [Middleware(OriginCheck, names=_configured_names)]


def _configured_names() -> Collection[str]:
    options = [config.get_option("server.address"), config.get_option("browser.serverAddress")]
    return [name for name in [*options, *config.get_option("server.allowedHosts")] if name]


async def _live(websocket: WebSocket) -> None:
    await LiveSocket(websocket, the_controller()).serve()


def _advice(request: Request) -> JSONResponse:
    """GET /panda/advice?run=ID: what the rules say of a live run."""
    said = the_controller().advice(request.query_params.get("run", ""))
    return JSONResponse(said, headers={"Cache-Control": "no-store"})


def _search(request: Request) -> JSONResponse:
    """GET /panda/search?id=ID: how a search stands; run beside the server's own loop, as it may have to be read.

    With &since=REVISION only what changed since, and the next revision; the first one is empty.
    """
    searches, search, since = the_controller().searches, *map(request.query_params.get, ("id", "since"))
    status = searches.look(search or "") if since is None else searches.look_since(search or "", since)
    return JSONResponse(status, headers={"Cache-Control": "no-store"})


def _measuring(_request: Request) -> JSONResponse:
    """GET /panda/search/measuring: whether it is being found out how long what is set up takes."""
    return JSONResponse(the_controller().searches.measuring, headers={"Cache-Control": "no-store"})


def _train_page(_query: QueryParams) -> Needs:
    """Plotly.js takes the browser a second: asked for early where there is something to draw, else not at all yet."""
    script = plotly_address() if the_controller().path is not None else None
    return Needs(with_imports(("main.js", "live.js")), script)


def _sessions_page(query: QueryParams) -> Needs:
    """The list, runs compared, or a session opened."""
    if "compare" in query:
        modules = ("main.js", "back.js", "comparison.js", "static_chart.js", "comparison_tables.js")
        return Needs(with_imports(modules), plotly_address())
    if query.get("session"):
        return Needs(with_imports(("main.js", "back.js", "session_head.js", "playback.js")), plotly_address())
    return Needs(with_imports(("main.js", "session_list.js")))


def _search_page(_query: QueryParams) -> Needs:
    return Needs(with_imports(("main.js", "search_time.js", "search.js")), plotly_address())


def _course_page(_query: QueryParams) -> Needs:
    return Needs([])


_BELOW_THE_FIRST = (_sessions_page, _search_page, _course_page)
