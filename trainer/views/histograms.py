"""What the server answers about histograms of a layer over time.

    GET /panda/histograms?run=ID&of=W&layer=1                of a live run: its recorded states so far, and as it is now
    GET /panda/histograms?session=NAME&run=R&of=W&layer=1    of a recorded run with its ancestors

`of` is one of W, z, z_tilde, a, dW. With &begin=T&end=T only from one iteration to another. Answered with "run",
"iterations", "edges" of the bins, "shares" (a row for each iteration), "numbers" (how many each row is of), "recorded"
and "damaged" (states), "now" (iteration as it was live, or null), "took" (milliseconds) and "histogram", its entry; or
with {"refused"}: why there are none.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from trainer.engine.gauge_specs import HISTOGRAMS
from trainer.engine.portrait import Portrait
from trainer.errors import InvalidInput, PandaError, SessionNotFound
from trainer.experiments.pictures.histograms import layer_histograms
from trainer.experiments.recorded_run import SESSIONS
from trainer.numerics.histograms import QUANTITIES, Quantity
from trainer.recorder.library import find_session
from trainer.recorder.session import Session
from trainer.service.process_singleton import the_controller
from trainer.service.recorded import session_at
from trainer.views.gauges import iteration_of
from trainer.views.network import PATIENCE


def histograms_route() -> Route:
    """Run beside the server's own loop, as states have to be read."""
    return Route("/panda/histograms", _histograms)


def _histograms(request: Request) -> Response:
    query = request.query_params
    began = time.perf_counter()
    try:
        quantity = _quantity(query.get("of", "W"))
        layer = iteration_of("layer", query.get("layer", ""), 1)
        begin, end = iteration_of("begin", query.get("begin", ""), 0), iteration_of("end", query.get("end", ""), -1)
        session, run, present = _looked_at(query.get("session", ""), query.get("run", ""))
        found = layer_histograms(session, session.run(run), quantity, layer, begin, None if end < 0 else end, present)
    except SessionNotFound as error:
        return PlainTextResponse(f"{error}\n", 404)
    except InvalidInput as error:
        return PlainTextResponse(f"{error}\n", 400)
    except PandaError as error:
        return JSONResponse({"refused": str(error)})
    except MemoryError as error:
        return JSONResponse({"refused": f"there is not enough memory for them ({error})"})
    told = {
        "run": run,
        "iterations": found.iterations.tolist(),
        "edges": found.edges.tolist(),
        "shares": found.shares.round(7).tolist(),
        "numbers": found.numbers,
        "recorded": found.recorded,
        "damaged": found.damaged,
        "now": None if present is None else present.state.iteration,
        "took": round(1000 * (time.perf_counter() - began), 1),
        "histogram": asdict(HISTOGRAMS[quantity]),
    }
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


def _looked_at(name: str, run: str) -> tuple[Session, str, Portrait | None]:
    """A session, the name of a run in it, and that run as it is now where it is live."""
    if name:
        return session_at(find_session(SESSIONS, name)), run, None
    try:
        portrait = the_controller().portrait(run).result(PATIENCE)
    except TimeoutError:
        raise PandaError(f"the run has not come to the end of an update for {PATIENCE:.0f} s") from None
    path: Any = the_controller().status(run).get("path")
    if portrait is None or not path:
        raise PandaError("there is no run here: start one")
    return session_at(Path(path)), portrait.run, portrait


def _quantity(name: str) -> Quantity:
    for quantity in QUANTITIES:
        if quantity == name:
            return quantity
    raise InvalidInput(f"of must be one of {', '.join(QUANTITIES)}, but got {name!r:.40}")
