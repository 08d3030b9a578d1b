"""What the server answers about gauges.

    GET /panda/gauges?run=ID&since=N              of a live run; without an id that of the server's own trainer
    GET /panda/gauges?session=NAME&run=R&since=N  of a recorded run with its ancestors

Answered with JSON as `gauges_as_plain` has it, of what was measured after iteration N; by default of everything.

    GET /panda/population-drift?run=ID                 of a live run, as it is now
    GET /panda/population-drift?session=NAME&run=R&at=T   of a recorded run after an iteration

Answered with "run", "iteration", "values" (by name) and "gauge", its entry; or with {"refused"}: why it is not known.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from trainer.engine.gauge_specs import POPULATION_DRIFT
from trainer.engine.loop import TrainingLoop
from trainer.engine.trainable import Trainable, build
from trainer.errors import InvalidInput, PandaError, SessionError, SessionNotFound
from trainer.experiments.recorded_run import SESSIONS
from trainer.recorder.library import find_session, stamp
from trainer.service.frames import plain
from trainer.service.gauges import gauges_as_plain
from trainer.service.process_singleton import the_controller
from trainer.service.recorded import gauges_as_of, session_as_of, session_at
from trainer.views.model_at import visit
from trainer.views.network import PATIENCE

_DIGITS = 18


def gauge_routes() -> list[BaseRoute]:
    """Run beside the server's own loop, as a session may have to be read."""
    return [Route("/panda/gauges", _gauges), Route("/panda/population-drift", _population_drift)]


def _gauges(request: Request) -> Response:
    query = request.query_params
    run, name = query.get("run", ""), query.get("session", "")
    try:
        since = iteration_of("since", query.get("since", ""), -1)
        if not name:
            found = the_controller().gauges(since, run)
        else:
            path = find_session(SESSIONS, name)
            seen = query.get("stamp") or str(stamp(path))
            config = session_as_of(path, seen).run(run).config
            found = gauges_as_plain(gauges_as_of(path, seen, run), config, since)
    except SessionNotFound as error:
        return PlainTextResponse(f"{error}\n", 404)
    except PandaError as error:
        return PlainTextResponse(f"{error}\n", 400)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def _population_drift(request: Request) -> Response:
    query = request.query_params
    run, name = query.get("run", ""), query.get("session", "")
    try:
        found = _of_live(run) if not name else _of_recorded(name, run, iteration_of("at", query.get("at", ""), 0))
    except SessionNotFound as error:
        return PlainTextResponse(f"{error}\n", 404)
    except InvalidInput as error:
        return PlainTextResponse(f"{error}\n", 400)
    except SessionError as error:
        found = {"refused": str(error)}
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def _of_live(run: str) -> dict[str, Any]:
    try:
        portrait = the_controller().portrait(run).result(PATIENCE)
        if portrait is None:
            return {"refused": "there is no run here: start one"}
        return _drift_of(build(portrait.config, portrait.dataset, state=portrait.state), portrait.run)
    except TimeoutError:
        return {"refused": f"the run has not come to the end of an update for {PATIENCE:.0f} s"}
    except MemoryError as error:
        return {"refused": f"there is not enough memory for a copy of the network ({error})"}


def _of_recorded(name: str, run: str, at: int) -> dict[str, Any]:
    session = session_at(find_session(SESSIONS, name))
    return _drift_of(visit(session, session.run(run).run, at).loop, run)


def _drift_of(loop: Trainable, run: str) -> dict[str, Any]:
    drift = loop.population_drift() if isinstance(loop, TrainingLoop) else {}
    if not drift:
        return {"refused": "there are no running statistics: what is trained has no hidden layer with batch norm"}
    values = {name: plain(value) for name, value in drift.items()}
    return {"run": run, "iteration": loop.iteration, "values": values, "gauge": asdict(POPULATION_DRIFT)}


def iteration_of(name: str, text: str, default: int) -> int:
    """An iteration as asked for, or where none is given; raises InvalidInput."""
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise InvalidInput(f"{name} must be an iteration, a whole number at least 0, but got {text!r:.40}")
    return int(text)
