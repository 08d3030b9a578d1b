"""What the server answers the page that looks ahead of a live run.

    GET or POST /panda/ahead?run=ID&iterations=K&set=NAME=V1,V2      the coming iterations under several candidates
    GET or POST /panda/find-alpha?run=ID&iterations=K                the α finder

Both as JSON, see `LookingAhead`; {"refused"}: why not. They wait beside the server's own loop.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from trainer.service.process_singleton import the_controller


def ahead_routes() -> list[Route]:
    """What answers there."""
    return [
        Route("/panda/ahead", _ahead, methods=["GET", "POST"]),
        Route("/panda/find-alpha", _find_alpha, methods=["GET", "POST"]),
    ]


def _ahead(request: Request) -> JSONResponse:
    query = request.query_params
    told = the_controller().look_ahead(query.get("run", ""), query.get("iterations", ""), query.getlist("set"))
    return JSONResponse(told.result(), headers={"Cache-Control": "no-store"})


def _find_alpha(request: Request) -> JSONResponse:
    query = request.query_params
    told = the_controller().find_alpha(query.get("run", ""), query.get("iterations", ""))
    return JSONResponse(told.result(), headers={"Cache-Control": "no-store"})
