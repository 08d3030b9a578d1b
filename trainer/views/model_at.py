"""The network at an iteration of a recorded run, as the page draws it."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from trainer.data.dataset import Dataset
from trainer.engine.data_shift import shift_text
from trainer.engine.loop import TrainingLoop
from trainer.errors import InvalidInput
from trainer.experiments.pictures.still_network import StillNetwork
from trainer.experiments.predictions import class_probabilities
from trainer.experiments.travel import Visit, travel
from trainer.recorder.session import Session
from trainer.service.frames import plain
from trainer.views.pictures import images, pictures

_MOST_FIELDS = 200

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


def model_at(
    session: Session, run: str, iteration: int, example: object, layer: int = 1, unit: int = 0
) -> dict[str, Any]:
    """What the network does with its data after an iteration.

    Parameters
    ----------
    example : number of the dev example whose class probabilities are told
    layer, unit : which units are drawn, see `pictures`

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
    drawn = images(loop.seen, dataset, np.array([example]))
    return {
        **pictures(StillNetwork(dataset, loop.parameters, loop.running, loop.seen), layer, unit),
        "iteration": iteration,
        "digest": there.digest,
        "from": there.checkpoint.iteration,
        "remark": there.remark,
        "shifted": shift_text(loop.hyperparameters),
        "typed": can_be_typed(dataset),
        "example": {
            "number": example,
            "is": int(dataset.y_dev[example]),
            "probabilities": [plain(p) for p in probabilities.tolist()],
            "image": None if drawn is None else drawn[0],
        },
    }
