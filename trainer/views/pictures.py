"""Pictures of a network as the page draws them: what it does with its data, as JSON-ready values."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.errors import InvalidData, InvalidInput
from trainer.experiments.pictures.judgement import Judgement, evenly, judge
from trainer.experiments.pictures.projection import MOST_FITTED, projection
from trainer.experiments.pictures.still_network import StillNetwork
from trainer.experiments.pictures.units import UnitMaps, activations_over_plane, first_layer_weights
from trainer.experiments.predictions import decision_boundary
from trainer.service.frames import plain

_FEWEST_POINTS, _PLANE = 24, 64
"""Points along each side of a plane: as many as there are examples looked at, within these bounds."""

_MAP = 32
"""Likewise of a unit's map, at most."""

_COLOURS = 252  # a multiple of the colours of a plane, see pictures.js, that a byte can hold
_MOST_CLASSES = 30
"""A confusion matrix of more classes is not drawn; the lowest recalls and the most frequent mistakes are told."""

_MOST_MISTAKES = 12
_MOST_POINTS = 1_000
_WORST = 10
_MOST_PROBABLE = 3
"""Classes whose probability is told of each of the worst examples, beside the true one."""

_MOST_COLUMNS = 4
_MOST_LOOKED_AT = 100
"""Images of which is told whether they are of ink or of light."""

_DARK = 1 / 3
"""Of the range of grey levels: below it an edge is dark."""

_COLUMNS: WeakKeyDictionary[Dataset, dict[int, list[list[str]]]] = WeakKeyDictionary()
"""What is told of dev examples that are rows: the worst ones stay, and to write values takes half a millisecond."""


def pictures(network: StillNetwork, layer: int = 1, unit: int = 0, most: int | None = None) -> dict[str, Any]:
    """All pictures, JSON-ready. What cannot be drawn has a sentence in "why" instead, by the name of its picture.

    Parameters
    ----------
    layer : whose units are drawn, from 1; beyond the last one, the last one's
    unit : that is among those drawn of a layer with very many, from 0; beyond the last one, the last one
    most : dev examples that are looked at, and about as many points of a plane; None is all of them
    """
    dataset, why = network.dataset, dict[str, str]()
    chosen = evenly(dataset, len(dataset.y_dev) if most is None else most)
    points = _PLANE if most is None else min(max(int(most**0.5), _FEWEST_POINTS), _PLANE)
    answer: dict[str, Any] = {
        "classes": list(dataset.classes),
        "examples": len(dataset.y_dev),
        "looked_at": len(chosen),
        "layers": list(network.architecture.layer_dims[1:]),
        "inputs": sum(plan.role == "input" for plan in dataset.plans),
        "dev_shifted": network.seen.X_dev is not dataset.X_dev,
        "why": why,
    }
    with np.errstate(all="ignore"):  # parameters may be so large that nothing finite comes out
        judged = judge(network, chosen)
        if not np.isfinite(judged.losses).all():
            why["all"] = "what the network computes is not a finite number any more: no picture can be drawn of that"
            return answer

        def add(name: str, picture: Callable[[], dict[str, Any]]) -> None:
            try:
                answer[name] = picture()
            except (InvalidInput, InvalidData) as error:
                why[name] = str(error)

        if dataset.X_train.shape[1] == 2:
            add("plane", lambda: _plane(network, judged, points))
        else:
            add("axes", lambda: _axes(network, judged))
        add("units", lambda: _units(network, min(max(layer, 1), network.architecture.L), min(points, _MAP), unit))
        add("weights", lambda: _maps(first_layer_weights(network, unit)))
    return answer | _confusion(dataset, judged) | {"worst": _worst(network, judged)}


def images(seen: Dataset, dataset: Dataset, examples: NDArray[np.intp]) -> list[dict[str, Any]] | None:
    """The inputs of dev examples that are images as grey levels, ink on paper.

    Where the edges of the first images are dark, their numbers are those of ink, and are turned round.

    Parameters
    ----------
    seen : whose images are drawn: the data set after any data shift
    dataset : before it, which tells ink from light
    """
    if dataset.image_shape is None:
        return None
    height, width = dataset.image_shape
    first = _pixels(dataset, slice(0, _MOST_LOOKED_AT)).reshape(-1, height, width)
    middle = first[:, 1:-1, 1:-1]
    edge = (first.sum(dtype=float) - middle.sum(dtype=float)) / max(first.size - middle.size, 1)
    ink = edge < first.min() + _DARK * (first.max() - first.min())
    made = []
    for pixels in _pixels(seen, examples):
        low, high = float(pixels.min()), float(pixels.max())
        grey = 255 * (pixels - low) / max(high - low, 1e-12)
        made.append({"height": height, "width": width, "grey": _bytes(np.rint(255 - grey if ink else grey))})
    return made


def _pixels(dataset: Dataset, examples: NDArray[np.intp] | slice) -> NDArray[np.floating]:
    return dataset.X_dev[examples] * dataset.deviation + dataset.mean


def _confusion(dataset: Dataset, judged: Judgement) -> dict[str, Any]:
    found = judged.confusion(len(dataset.classes))
    return {
        "accuracy": found.accuracy,
        "recall": [None if np.isnan(recall) else recall for recall in found.recall.tolist()],
        "confusion": found.matrix().tolist() if found.classes <= _MOST_CLASSES else None,
        "mistakes": found.mistakes(_MOST_MISTAKES),
    }


def _plane(network: StillNetwork, judged: Judgement, points: int) -> dict[str, Any]:
    """The decision boundary, and dev examples on it."""
    classes, certainty, ends = decision_boundary(network, points)
    return {
        "points": points,
        "ends": ends.astype(float).tolist(),
        "classes": _bytes(classes % _COLOURS),
        "certainty": _bytes(255 * certainty),
        "features": list(network.dataset.features),
        **_points(network.seen.X_dev[judged.examples], judged),
    }


def _axes(network: StillNetwork, judged: Judgement) -> dict[str, Any]:
    """Dev examples of more than two inputs on the principal axes of the training inputs.

    The axes are those of before any data shift, and where the examples were then is in sight too, so that they are seen
    to move.
    """
    dataset = network.dataset
    axes = projection(dataset)
    X = axes.of(network.seen.X_dev[judged.examples])
    told = _points(X, judged)
    both = np.concatenate([X, axes.of(dataset.X_dev[judged.examples])])
    low, high = both.min(axis=0), both.max(axis=0)
    margin = np.maximum(0.06 * (high - low), 1e-6)
    return {
        **told,
        "ends": np.stack([low - margin, high + margin], axis=1).tolist(),
        "shares": [plain(share) for share in axes.shares.tolist()],
        "fitted": axes.fitted if axes.fitted == MOST_FITTED < dataset.m else None,
    }


def _points(X: NDArray[np.floating], judged: Judgement) -> dict[str, Any]:
    """Where examples are, their classes, and whether they were taken for these; evenly spread ones of very many."""
    shown = slice(None, None, -(-len(X) // _MOST_POINTS))
    return {
        "x": np.round(X[shown].astype(float), 4).tolist(),
        "y": judged.y[shown].tolist(),
        "right": judged.right[shown].tolist(),
    }


def _units(network: StillNetwork, layer: int, points: int, unit: int) -> dict[str, Any]:
    inputs, L = network.architecture.layer_dims[0], network.architecture.L
    if inputs != 2:
        raise InvalidInput(f"what each unit sees is drawn over the plane of 2 inputs, but there are {inputs}")
    return {"layer": layer, "output": layer == L, **_maps(activations_over_plane(network, layer, points, unit))}


def _maps(drawn: UnitMaps) -> dict[str, Any]:
    """Each map as bytes: 128 is 0, 255 and 1 are its own largest size, which is told."""
    largest = np.abs(drawn.maps).max(axis=(1, 2), keepdims=True)
    levels = 128 + 127 * drawn.maps / np.where(largest > 0, largest, 1)
    return {
        "height": drawn.maps.shape[1],
        "width": drawn.maps.shape[2],
        "maps": [_bytes(np.rint(level)) for level in levels],
        "largest": [plain(value) for value in largest.ravel().astype(float).tolist()],
        "units": drawn.units,
        "first": drawn.first,
        "every": drawn.every,
    }


def _worst(network: StillNetwork, judged: Judgement) -> list[dict[str, Any]]:
    """The dev examples of the highest losses, with their most probable classes and the true one."""
    dataset, worst = network.dataset, judged.worst(_WORST)
    numbers = judged.examples[worst]
    drawn = images(network.seen, dataset, numbers)
    told = []
    for k, probabilities in enumerate(network.predict(network.seen.X_dev[numbers].T).T):
        actual, number = int(judged.y[worst[k]]), int(numbers[k])
        first = np.argsort(-probabilities, kind="stable")[:_MOST_PROBABLE].tolist()
        shown = first if actual in first else [*first[: _MOST_PROBABLE - 1], actual]
        told.append(
            {
                "number": number,
                "is": actual,
                "loss": plain(float(judged.losses[worst[k]])),
                "probabilities": [[c, plain(float(probabilities[c]))] for c in shown],
                "image": None if drawn is None else drawn[k],
                "columns": [] if drawn is not None else _columns(network, number),
            }
        )
    return told


def _columns(network: StillNetwork, number: int) -> list[list[str]]:
    """Name and value of the first columns of a dev example, as a person would type them, after any data shift.

    What is words, or has an input that says whether it is missing, has no such text after a shift: it is as before.
    """
    dataset, seen = network.dataset, network.seen
    known = _COLUMNS.setdefault(seen, {})
    if number not in known:
        values = seen.values_of(seen.X_dev[number])
        if seen.X_dev is not dataset.X_dev:
            before = dataset.values_of(dataset.X_dev[number])
            told_before = [plan.name for plan in dataset.plans if plan.kind != "numbers" or plan.indicator]
            values |= {name: f"{before[name] or 'missing'} before the shift" for name in told_before if name in before}
        known[number] = [[name, value] for name, value in list(values.items())[:_MOST_COLUMNS]]
    return known[number]


def _bytes(values: NDArray[Any]) -> str:
    return base64.b64encode(np.clip(values, 0, 255).astype(np.uint8).tobytes()).decode()
