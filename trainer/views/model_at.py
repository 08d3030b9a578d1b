"""The network at an iteration of a recorded run, as the page draws it."""

from __future__ import annotations

import base64
from collections.abc import Hashable
from functools import lru_cache
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.engine.loop import TrainingLoop
from trainer.errors import InvalidInput
from trainer.experiments.predictions import class_probabilities, confusion, decision_boundary
from trainer.experiments.travel import Visit, travel
from trainer.recorder.session import Session
from trainer.service.frames import plain

_PLANE = 96
_COLOURS = 252  # a multiple of the colours of a plane, see pictures.js, that a byte can hold
_MOST_CLASSES = 30
"""A confusion matrix of more classes is not drawn; the lowest recalls and the most frequent mistakes are told."""

_MOST_MISTAKES = 12
_MOST_POINTS = 600
_MOST_FIELDS = 200
_MOST_LOOKED_AT = 100
"""Images of which is told whether they are of ink or of light."""

_DARK = 1 / 3
"""Of the range of grey levels: below it an edge is dark."""

_DATASETS: WeakValueDictionary[Hashable, Dataset] = WeakValueDictionary()
"""Data sets in use, by what tells them apart."""


@lru_cache(maxsize=4)
def visit(session: Session, run: str, iteration: int) -> Visit:
    """A run of a session at an iteration; the latest ones asked for are at hand. Raises as `travel`."""
    there = travel(session, session.run(run), iteration)
    # one copy of the data for all that are at hand, however many these are
    data = there.loop.dataset
    same = (data.fingerprint, data.name, data.classes, data.features, data.image_shape, data.columns)
    there.loop.dataset = _DATASETS.setdefault(same, data)
    return there


def can_be_typed(dataset: Dataset) -> bool:
    """Whether a person would type an example: not the pixels of an image, nor hundreds of columns."""
    inputs = sum(plan.role == "input" for plan in dataset.plans)
    return dataset.image_shape is None and inputs <= _MOST_FIELDS


def model_at(session: Session, run: str, iteration: int, example: object) -> dict[str, Any]:
    """What the network does with its data after an iteration.

    Parameters
    ----------
    example : number of the dev example whose class probabilities are told

    Raises
    ------
    InvalidInput : there is no such iteration or example, or what was trained is not a network
    SessionError : as `travel`
    """
    there = visit(session, run, iteration)
    loop, dataset = there.loop, there.loop.dataset
    if not isinstance(loop, TrainingLoop):
        raise InvalidInput(f"run {run} trained a {loop.config.trainable}, which takes no examples as a network does")
    probabilities = class_probabilities(loop, example)  # type: ignore[arg-type]
    assert isinstance(example, int)
    found = confusion(loop)
    answer: dict[str, Any] = {
        "iteration": iteration,
        "digest": there.digest,
        "from": there.checkpoint.iteration,
        "remark": there.remark,
        "classes": list(dataset.classes),
        "accuracy": found.accuracy,
        "recall": [None if np.isnan(recall) else recall for recall in found.recall.tolist()],
        "confusion": found.matrix().tolist() if found.classes <= _MOST_CLASSES else None,
        "mistakes": found.mistakes(_MOST_MISTAKES),
        "examples": len(dataset.y_dev),
        "typed": can_be_typed(dataset),
        "example": {
            "number": example,
            "is": int(dataset.y_dev[example]),
            "probabilities": [plain(p) for p in probabilities.tolist()],
            "image": _image(dataset, example),
        },
    }
    if dataset.X_train.shape[1] == 2:
        classes, certainty, ends = decision_boundary(loop, _PLANE)
        shown = slice(None, None, max(1, dataset.m // _MOST_POINTS))
        answer["plane"] = {
            "points": _PLANE,
            "ends": ends.astype(float).tolist(),
            "classes": _bytes(classes % _COLOURS),
            "certainty": _bytes(255 * certainty),
            "x": np.round(dataset.X_train[shown], 4).astype(float).tolist(),
            "y": dataset.y_train[shown].tolist(),
            "features": list(dataset.features),
        }
    return answer


def _image(dataset: Dataset, example: int) -> dict[str, Any] | None:
    """The inputs of an example that is an image as grey levels, ink on paper.

    Where the edges of the first images are dark, their numbers are those of ink, and are turned round.
    """
    if dataset.image_shape is None:
        return None
    height, width = dataset.image_shape
    first = _pixels(dataset, slice(0, _MOST_LOOKED_AT)).reshape(-1, height, width)
    middle = first[:, 1:-1, 1:-1]
    edge = (first.sum(dtype=float) - middle.sum(dtype=float)) / max(first.size - middle.size, 1)
    ink = edge < first.min() + _DARK * (first.max() - first.min())
    pixels = _pixels(dataset, example)
    low, high = float(pixels.min()), float(pixels.max())
    grey = 255 * (pixels - low) / max(high - low, 1e-12)
    return {"height": height, "width": width, "grey": _bytes(np.rint(255 - grey if ink else grey))}


def _pixels(dataset: Dataset, examples: int | slice) -> NDArray[np.floating]:
    return dataset.X_dev[examples] * dataset.deviation + dataset.mean


def _bytes(values: NDArray[Any]) -> str:
    return base64.b64encode(np.clip(values, 0, 255).astype(np.uint8).tobytes()).decode()
