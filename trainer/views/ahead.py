"""What the server answers the page that looks ahead of a live run.

    GET or POST /panda/ahead?run=ID&iterations=K&set=NAME=V1,V2&orders=M    the coming iterations under candidates
    GET or POST /panda/find-alpha?run=ID&iterations=K                       the α finder
    GET or POST /panda/speed-limit?run=ID                                   the largest stable α, an estimate
    GET or POST /panda/came?run=ID&iteration=T      {"smoothed": the cost that came then, by the β of the smoothing}
    GET or POST /panda/looking-ahead?run=ID         {"what", "done", "total"}: how far what is computed of it is

As JSON, see `LookingAhead`; {"refused"}: why not. They wait beside the server's own loop, and what is computed is given
up where the client leaves.
"""

from __future__ import annotations

import math
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from trainer.errors import PandaError
from trainer.recorder.averages import SMOOTHING
from trainer.service.awaited import awaited
from trainer.service.looking_ahead import Wish
from trainer.service.process_singleton import the_controller
from trainer.service.typed_text import whole_number
from trainer.views.labels import in_labels


def ahead_routes() -> list[Route]:
    """What answers there."""
    return [
        Route("/panda/ahead", _ahead, methods=["GET", "POST"]),
        Route("/panda/find-alpha", _find_alpha, methods=["GET", "POST"]),
        Route("/panda/speed-limit", _speed_limit, methods=["GET", "POST"]),
        Route("/panda/looking-ahead", _looking_ahead, methods=["GET", "POST"]),
        Route("/panda/came", _came, methods=["GET", "POST"]),
    ]


async def _ahead(request: Request) -> JSONResponse:
    query, wish = request.query_params, Wish()
    run, iterations, orders = (query.get(name, "") for name in ("run", "iterations", "orders"))
    told = the_controller().look_ahead(run, iterations, query.getlist("set"), orders, wish=wish)
    return _json(await awaited(told, wish, request.is_disconnected))


async def _find_alpha(request: Request) -> JSONResponse:
    query, wish = request.query_params, Wish()
    told = the_controller().find_alpha(query.get("run", ""), query.get("iterations", ""), wish=wish)
    return _json(await awaited(told, wish, request.is_disconnected))


async def _speed_limit(request: Request) -> JSONResponse:
    wish = Wish()
    told = the_controller().speed_limit(request.query_params.get("run", ""), wish=wish)
    return _json(await awaited(told, wish, request.is_disconnected))


def _looking_ahead(request: Request) -> JSONResponse:
    return _json(the_controller().looking_ahead(request.query_params.get("run", "")))


def _came(request: Request) -> JSONResponse:
    query = request.query_params
    try:
        iteration = whole_number("iteration", query.get("iteration", ""))
    except PandaError as error:
        return _json({"refused": str(error)})
    curve = the_controller().curve(query.get("run", ""))
    so_far, dev_cost = curve.so_far(iteration), curve.dev_cost(iteration)
    smoothed = {f"{beta:g}": v for beta, v in zip(SMOOTHING, so_far.values, strict=True)} if so_far.known else {}
    return _json({"smoothed": smoothed, "dev_cost": dev_cost if math.isfinite(dev_cost) else None})


def _json(told: dict[str, Any]) -> JSONResponse:
    if "refused" in told:
        told = {"refused": in_labels(told["refused"])}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})
