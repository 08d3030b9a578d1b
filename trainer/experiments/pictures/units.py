"""Units: what each unit of a layer sees of the plane of two inputs, and of the pixels of an image, as small maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.errors import InvalidInput
from trainer.experiments.pictures.still_network import StillNetwork
from trainer.experiments.predictions import plane

MOST_UNITS = 128
"""Of a layer at a time."""

MOST_PIXELS = 32
"""Along each side of a map: of a larger image every second pixel is taken, or every third, …"""


@dataclass(frozen=True, eq=False)
class UnitMaps:
    """One map for each unit that is drawn.

    Attributes
    ----------
    maps : `(drawn, height, width)`
    units : of the layer, drawn or not
    first : of those that are drawn, counted from 0
    every : a map has every so many pixels of an image
    """

    maps: NDArray[np.floating]
    units: int
    first: int
    every: int = 1


def activations_over_plane(network: StillNetwork, layer: int, points: int, unit: int = 0) -> UnitMaps:
    """a[l] of each unit at every point of the plane; of the last layer, the probability of each class.

    Rows go up the second input.

    Parameters
    ----------
    layer : 1, …, L
    points : along each axis
    unit : that is among those drawn, counted from 0; beyond the last one, the last one

    Raises
    ------
    InvalidInput : the network has another number of inputs
    """
    X, _ = plane(network.seen, points)
    A = network.activations(X, layer)
    drawn = _with(unit, len(A))
    return UnitMaps(A[drawn].reshape(-1, points, points), len(A), drawn.start)


def first_layer_weights(network: StillNetwork, unit: int = 0) -> UnitMaps:
    """The row of W[1] that each unit of the first layer has, as an image of the weights of its pixels; `unit` likewise.

    Raises
    ------
    InvalidInput : the inputs are not the pixels of an image
    """
    if network.dataset.image_shape is None:
        raise InvalidInput("first-layer weights are drawn where the inputs are the pixels of an image")
    height, width = network.dataset.image_shape
    every = -(-max(height, width) // MOST_PIXELS)
    W = network.parameters.W[1]
    drawn = _with(unit, len(W))
    return UnitMaps(W[drawn].reshape(-1, height, width)[:, ::every, ::every], len(W), drawn.start, every)


def _with(unit: int, units: int) -> slice:
    first = min(max(unit, 0), units - 1) // MOST_UNITS * MOST_UNITS
    return slice(first, first + MOST_UNITS)
