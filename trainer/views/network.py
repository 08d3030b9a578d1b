"""The network, live: what the server answers the page that shows what a run under way does with its data.

    GET /panda/network?run=ID&layer=L    the pictures (see `pictures`) of the run's network as it is now, with "run" and
                                         "iteration"; {"refused"}: why there are none; run beside the server's own loop

A copy of the network is taken between two updates, and the pictures are computed from that.
"""

from __future__ import annotations

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

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


def live_pictures(run: str, layer: int) -> dict[str, Any]:
    """The pictures of a live run, named by its id, as it is now, and how many milliseconds they took."""
    try:
        portrait = the_controller().portrait(run).result(PATIENCE)
    except TimeoutError:
        return {"refused": f"the run has not come to the end of an update for {PATIENCE:.0f} s"}
    except MemoryError as error:
        return {"refused": f"there is not enough memory for a copy of the network ({error})"}
    if portrait is None:
        return {"refused": "there is no run here: start one"}
    told = {"run": portrait.run, "iteration": portrait.state.iteration}
    if portrait.config.trainable != NETWORK:
        kind = portrait.config.trainable
        return {**told, "refused": f"what is trained is a {kind}, which takes no examples as a network does"}
    began = time.perf_counter()
    network = StillNetwork.of(portrait.config, portrait.dataset, portrait.state)
    drawn = pictures(network, layer, looked_at(network.architecture))
    return {**told, **drawn, "took": round(1000 * (time.perf_counter() - began), 1)}


def _network(request: Request) -> JSONResponse:
    run, layer = request.query_params.get("run", ""), request.query_params.get("layer", "1")
    if not (layer.isascii() and layer.isdigit() and len(layer) < 10):
        told, status = {"refused": f"a layer is a whole number from 1, but got {layer[:40]!r}"}, 400
    else:
        told, status = live_pictures(run, int(layer)), 200
    return JSONResponse(told, status, headers={"Cache-Control": "no-store"})
