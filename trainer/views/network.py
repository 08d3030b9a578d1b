"""The network, live: what the server answers the page that shows what a run under way does with its data.

    GET /panda/network?run=ID&layer=L&unit=K    the pictures (see `pictures`) of the run's network as it is now, with
                                                "run", "iteration" and "shifted", what has become of the inputs, or "";
                                                {"refused"}: why there are none; run beside the server's own loop

A copy of the network is taken between two updates, and the pictures are computed from that.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from trainer.engine.data_shift import shift_text
from trainer.engine.hyperparameters import NETWORK
from trainer.experiments.pictures.still_network import StillNetwork
from trainer.numerics.parameters import Architecture
from trainer.service.process_singleton import the_controller
from trainer.views.pictures import pictures

PATIENCE = 10.0
"""Seconds that a slice of training may take."""

_OPERATIONS = 1e9
"""Of arithmetic that one set of pictures may take for the dev examples, about: ten or twenty milliseconds."""

_OF_A_UNIT = 500
"""Operations that the passes of batch norm, activation and softmax over one number take as long as."""

_FEWEST, _MOST = 500, 10_000


def network_route() -> Route:
    """What answers there."""
    return Route("/panda/network", _network)


def looked_at(architecture: Architecture) -> int:
    """How many dev examples each set of live pictures is of: forward only is a third of the arithmetic of an update."""
    each = architecture.operations(1) / 3 + _OF_A_UNIT * sum(architecture.layer_dims[1:])
    return int(min(max(_OPERATIONS / each, _FEWEST), _MOST))


def live_pictures(run: str, layer: int, unit: int = 0) -> dict[str, Any]:
    """The pictures of a live run, named by its id, as it is now, and how many milliseconds they took."""
    try:
        portrait = the_controller().portrait(run).result(PATIENCE)
    except TimeoutError:
        return {"refused": f"the run has not come to the end of an update for {PATIENCE:.0f} s"}
    except MemoryError as error:
        return {"refused": f"there is not enough memory for a copy of the network ({error})"}
    if portrait is None:
        return {"refused": "there is no run here: start one"}
    shift = shift_text(portrait.state.hyperparameters)
    told = {"run": portrait.run, "iteration": portrait.state.iteration, "shifted": shift}
    if portrait.config.trainable != NETWORK:
        kind = portrait.config.trainable
        return {**told, "refused": f"what is trained is a {kind}, which takes no examples as a network does"}
    began = time.perf_counter()
    network = StillNetwork.of(portrait.config, portrait.dataset, portrait.state)
    drawn = pictures(network, layer, unit, looked_at(network.architecture))
    return {**told, **drawn, "took": round(1000 * (time.perf_counter() - began), 1)}


def _network(request: Request) -> JSONResponse:
    told, status = _asked(request.query_params)
    return JSONResponse(told, status, headers={"Cache-Control": "no-store"})


def _asked(query: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    layer, unit = query.get("layer", "1"), query.get("unit", "0")
    for what, text, first in (("a layer", layer, 1), ("a unit", unit, 0)):
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            return {"refused": f"{what} is a whole number from {first}, but got {text[:40]!r}"}, 400
    return live_pictures(query.get("run", ""), int(layer), int(unit)), 200
