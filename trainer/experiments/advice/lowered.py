"""Lowered: α that was set far lower in the middle of a run, while the cost still fell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.recorder.cost_curve import CostCurve

_FAR = 1 / 100
"""The share of α, at most, that is far lower: what people divide it by near the end of a run is less."""

_AT_ONCE = 200
"""Iterations between two changes of α, at most, that are one: a button that is pressed several times."""

_BEFORE = 2000
"""Iterations before it that tell whether the cost fell, at most."""

_STRETCHES = 128


@dataclass(frozen=True, eq=False)
class Lowered:
    """The latest change of α, to a hundredth and less, while the cost fell.

    Attributes
    ----------
    iteration : at which it was
    learning_rate : α in force before
    begin : the iteration from which on the cost fell
    costs : the cost J from there on: iterations and values
    """

    iteration: int
    learning_rate: float
    begin: int
    costs: tuple[NDArray[np.float64], NDArray[np.float64]]


def lowered_in_a_fall(curve: CostCurve) -> Lowered | None:
    """What the latest change of α was, if it was such a one."""
    of_alpha = [made.iteration for made in curve.interventions if "learning_rate" in made.after]
    if not of_alpha or of_alpha[-1] <= curve.start + 1:
        return None
    at = of_alpha[-1]
    for earlier in reversed(of_alpha):
        at = earlier if at - earlier < _AT_ONCE else at
    if at <= curve.start + 1:
        return None
    before, now = (float(curve.learning_rates(np.array([i]))[0]) for i in (at - 1, of_alpha[-1]))
    if not now <= before * _FAR * (1 + 1e-9):
        return None
    others = (made.iteration for made in reversed(curve.interventions) if made.iteration < at)
    begin = max(next(others, curve.start), at - _BEFORE)
    _, costs = _costs(curve, begin, at)
    half = len(costs) // 2
    if not falls(costs[:half], costs[half:]):
        return None
    return Lowered(at, before, begin, _costs(curve, begin, curve.iteration))


def _costs(curve: CostCurve, begin: int, end: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    train = curve.window(begin, end, _STRETCHES).train
    return np.minimum(curve.start + train.ends, end).astype(np.float64), train.mean[0].astype(np.float64)


def falls(before: NDArray[np.float64], after: NDArray[np.float64]) -> bool:
    """Whether the later costs are lower than the earlier ones by more than their scatter; not of fewer than 3."""
    if len(before) < 3 or len(after) < 3:
        return False
    return float(before.mean() - after.mean()) > 2 * standard_error(before, after)


def standard_error(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """The standard error of the difference of two means."""
    return math.hypot(before.std() / math.sqrt(len(before)), after.std() / math.sqrt(len(after)))
