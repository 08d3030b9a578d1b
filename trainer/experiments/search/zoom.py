"""Coarse to fine: the box around the trials that did best (course 2, week 3, "Tuning process")."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from trainer.engine.wording import number_text
from trainer.experiments.search.box import OF_A_DECAY, Box
from trainer.experiments.search.dimension import Dimension
from trainer.experiments.search.trial import Trial

SHARE = 0.25
"""Of the trials, the best ones, that a zoomed box lies around."""

FEWEST = 3


def best_of(trials: Sequence[Trial]) -> list[Trial]:
    """Those that a zoomed box lies around, the best first: a quarter of all that are over, at least three."""
    over = sorted((trial for trial in trials if trial.over and trial.dev_cost is not None), key=lambda t: t.rank)
    return over[: max(FEWEST, math.ceil(SHARE * len(over)))]


def zoomed(box: Box, trials: Sequence[Trial]) -> Box:
    """A smaller box around the best trials inside a box; the same one where fewer than two are there.

    Of each number from the lowest to the highest of the best ones, along its scale, and half of the mean distance of
    n points in the box further on both sides, but not beyond it; to three digits. A choice keeps the values that the
    best ones have; where these have no decay, what belongs to a decay is left out.
    """
    values = {trial.index: trial.values_in(box) for trial in trials}
    inside = [trial for trial in trials if box.holds(values[trial.index])]
    best = [values[trial.index] for trial in best_of(inside)]
    if len(best) < 2:
        return box
    margin = 0.5 / (len(inside) ** (1 / len(box.dimensions)) + 1)
    around = [_around(each, [has[each.name] for has in best], margin) for each in box.dimensions]
    if any(each.name == "decay" and each.values == ("none",) for each in around):
        around = [each for each in around if each.name not in OF_A_DECAY]  # they have no effect without one
    return Box(tuple(around))


def _around(of: Dimension, values: Sequence[Any], margin: float) -> Dimension:
    if of.kind == "choice":
        kept = tuple(value for value in of.values if value in values)
        return replace(of, values=kept)
    positions = [of.to_unit(value) for value in values]
    low, high = max(0.0, min(positions) - margin), min(1.0, max(positions) + margin)
    exact = replace(of, low=float(of.from_unit(low)), high=float(of.from_unit(high)))
    if of.kind != "real":
        return exact
    ends = [min(max(float(number_text(end, 3)), of.low), of.high) for end in (exact.low, exact.high)]
    short = replace(of, low=ends[0], high=ends[1])
    return short if short.low < short.high and all(map(short.holds, values)) else exact
