"""What the server answers about gauges.

    GET /panda/gauges?run=ID&since=N              of a live run; without an id that of the server's own trainer
    GET /panda/gauges?session=NAME&run=R&since=N  of a recorded run with its ancestors

Answered with JSON as `gauges_as_plain` has it, of what was measured after iteration N; by default of everything.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from trainer.errors import InvalidInput, PandaError, SessionNotFound
from trainer.experiments.recorded_run import SESSIONS
from trainer.recorder.library import find_session, stamp
from trainer.service.gauges import gauges_as_plain
from trainer.service.process_singleton import the_controller
from trainer.service.recorded import gauges_as_of

_DIGITS = 18


def gauges_route() -> Route:
    """Run beside the server's own loop, as a session may have to be read."""
    return Route("/panda/gauges", _gauges)


def _gauges(request: Request) -> Response:
    query = request.query_params
    run, name = query.get("run", ""), query.get("session", "")
    try:
        since = _since(query.get("since", ""))
        if not name:
            found = the_controller().gauges(since, run)
        else:
            path = find_session(SESSIONS, name)
            found = gauges_as_plain(gauges_as_of(path, query.get("stamp") or str(stamp(path)), run), since)
    except SessionNotFound as error:
        return PlainTextResponse(f"{error}\n", 404)
    except PandaError as error:
        return PlainTextResponse(f"{error}\n", 400)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def _since(text: str) -> int:
    """The iteration; -1 where none is given, which is before the first. Raises InvalidInput."""
    if not text:
        return -1
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise InvalidInput(f"since must be an iteration, a whole number at least 0, but got {text!r:.40}")
    return int(text)
