"""Speed: how long an iteration takes here, found by a moment of training."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.trainable import build
from trainer.errors import NonFinite
from trainer.experiments.search.trial import loaded

_MOMENT = 0.15
"""Seconds of training that are enough."""


class Speed(NamedTuple):
    """Seconds that an iteration takes, and how many training examples there are."""

    seconds: float
    examples: int


def speed_in_job(
    config: RunConfig, hyperparameters: Hyperparameters, progress: Callable[[int, int], None] | None = None
) -> Speed:
    """Found in a process beside training; raises as loading the data and building a network do."""
    dataset = loaded(config.data, config.read_as)
    loop = build(config, dataset, hyperparameters, None)
    loop.train(np.empty(1))  # not measured: what is needed once
    first, begin = loop.iteration, time.perf_counter()
    with suppress(NonFinite):  # what was trained before counts
        while time.perf_counter() - begin < _MOMENT:
            loop.train(np.empty(loop.at_once))
    return Speed((time.perf_counter() - begin) / max(1, loop.iteration - first), dataset.m)
