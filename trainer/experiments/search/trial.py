"""Trial: one short run inside a search, computed in legs by whatever process has time.

A trial is a pure function of its config, hyperparameters, data and number of iterations, so its bits are the same
wherever its legs are computed, however long they are, and however often one of them has to be computed again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np

from trainer.data.dataset import Dataset
from trainer.data.loading import load_dataset
from trainer.data.read_as import ReadAs
from trainer.engine.events import Evaluation
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.state import TrainingState
from trainer.engine.trainable import build
from trainer.errors import InvalidData, NonFinite, PandaError
from trainer.experiments.search.box import Box, Values, values_of

State = Literal["waiting", "training", "finished", "stopped", "diverged", "failed"]
"""Stopped early by successive halving, or by a person; failed: it raised, hung, or its process ended thrice."""

OVER: tuple[State, ...] = ("finished", "stopped", "diverged", "failed")

LEG_SECONDS = 0.5
"""A leg ends at the first chance after this; where it ends changes no bits."""

MOST_EVALUATIONS = 20
"""Of a trial, at equal distances."""

Point = tuple[int, float, float]
"""Iteration, dev cost, dev accuracy."""


@dataclass
class Trial:
    """One trial, and how far it is.

    Attributes
    ----------
    index : its number in the search, from 0
    round : number of the round that it was drawn in
    values : what was drawn, or given
    config, hyperparameters : all that it trains with
    iterations : that it has when it is finished
    state : how it stands
    curve : evaluations on the dev set so far
    cost : J of its latest iteration; None before the first
    seconds : that its legs took
    digest : of its state at the end; "" before
    reason : why it is not finished; else ""
    begun, ended : seconds that the search had been under way; None before, and where an earlier version recorded it
    """

    index: int
    round: int
    values: Values
    config: RunConfig
    hyperparameters: Hyperparameters
    iterations: int
    state: State = "waiting"
    done: int = 0
    curve: list[Point] = field(default_factory=list)
    cost: float | None = None
    seconds: float = 0.0
    digest: str = ""
    reason: str = ""
    begun: float | None = None
    ended: float | None = None

    @property
    def over(self) -> bool:
        """Whether it has ended, well or badly."""
        return self.state in OVER

    @property
    def dev_cost(self) -> float | None:
        """The latest; None where it diverged or failed, or before the first."""
        return None if self.state in ("diverged", "failed") or not self.curve else self.curve[-1][1]

    @property
    def dev_accuracy(self) -> float | None:
        """The latest, likewise."""
        return None if self.dev_cost is None else self.curve[-1][2]

    def values_in(self, box: Box) -> Values:
        """What it has of what a box draws, also where that was not drawn for it, since it came into the box later."""
        has = {**values_of(box, self.config, self.hyperparameters), **self.values}
        return {name: has[name] for name in box.names}

    @property
    def rank(self) -> tuple[float, int]:
        """Lower is better: those with a dev cost first, of equal ones the earlier."""
        return (math.inf if self.dev_cost is None else self.dev_cost, self.index)


@dataclass(frozen=True, eq=False)
class Leg:
    """Some iterations of a trial.

    Attributes
    ----------
    fingerprint : of the data set
    state : that it begins with; None for the seeded initial parameters
    changes : made at its beginning
    until : iteration at which the leg ends, if time does not end it before
    evaluate : iterations after which the dev set is evaluated, in order
    """

    config: RunConfig
    hyperparameters: Hyperparameters
    fingerprint: str
    state: TrainingState | None
    changes: Values
    until: int
    evaluate: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class LegResult:
    """What came of a leg.

    Attributes
    ----------
    state : at its end; None where it failed
    broke : why cost or gradient was not finite, which ended it; else ""
    failed : why it raised; else ""
    no_data : why the data set of the search cannot be loaded any more; else ""
    """

    iteration: int
    state: TrainingState | None
    evaluations: tuple[Point, ...]
    cost: float | None
    seconds: float
    broke: str = ""
    failed: str = ""
    no_data: str = ""


def evaluation_points(first: int, iterations: int, dataset: Dataset, mini_batch_size: int) -> tuple[int, ...]:
    """Iterations after which a trial is evaluated: at equal distances, the last among them, and not too often."""
    closest = max(64, math.ceil(10 * len(dataset.y_dev) / mini_batch_size))
    n = max(1, min(MOST_EVALUATIONS, iterations // closest))
    return tuple(first + math.ceil(iterations * i / n) for i in range(1, n + 1))


def run_leg(leg: Leg, dataset: Dataset | None, progress: Callable[[int, int], None] | None = None) -> LegResult:
    """Compute a leg; whatever goes wrong in it is its result.

    Parameters
    ----------
    dataset : None where this process loads it by itself
    """
    began = time.perf_counter()
    try:
        dataset = dataset or _dataset(leg)
    except PandaError as error:
        return LegResult(0, None, (), None, time.perf_counter() - began, no_data=str(error))
    try:
        return _computed(leg, dataset, began)
    except PandaError as error:
        why = str(error)
    except Exception as error:  # noqa: BLE001 - a trial that raises is a result, and the search goes on
        why = f"{type(error).__name__}: {error}"
    return LegResult(0, None, (), None, time.perf_counter() - began, failed=why)


def _computed(leg: Leg, dataset: Dataset, began: float) -> LegResult:
    loop = build(leg.config, dataset, leg.hyperparameters, leg.state)
    if leg.changes:
        loop.intervene(leg.changes)
    evaluations: list[Point] = []
    cost, broke, spent = None, "", False
    while loop.iteration < leg.until and not broke and not spent:
        next_point = next((t for t in leg.evaluate if t > loop.iteration), leg.until)
        first = loop.iteration
        costs = np.empty(min(loop.at_once, min(next_point, leg.until) - first))
        try:
            loop.train(costs)
        except NonFinite as error:
            broke = str(error)
        if done := loop.iteration - first:
            cost = float(costs[done - 1])
        if loop.iteration in leg.evaluate and not broke:
            point = _point(loop.evaluate())
            if math.isfinite(point[1]):
                evaluations.append(point)
            else:  # here, and not at the end of the leg, whose place depends on the time that it took
                broke = f"the dev cost after iteration {point[0]} is not finite"
        spent = time.perf_counter() - began > LEG_SECONDS
    return LegResult(loop.iteration, loop.state(), tuple(evaluations), cost, time.perf_counter() - began, broke)


def _point(evaluation: Evaluation) -> Point:
    return evaluation.iteration, evaluation.dev_cost, evaluation.dev_accuracy


def _dataset(leg: Leg) -> Dataset:
    config = leg.config
    dataset = loaded(config.data, config.read_as)
    if dataset.fingerprint != leg.fingerprint:
        raise InvalidData(f"the data set {config.data} is not the one that the search began with")
    return dataset


@lru_cache(maxsize=1)
def loaded(data: str, read_as: ReadAs) -> Dataset:
    """A data set, kept by a process of a pool for its next job."""
    return load_dataset(data, read_as)
