"""Verdict: was one babysat run better than the best of many random trials, at equal compute? Told over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from trainer.experiments.caviar.contest import Result
from trainer.experiments.over_seeds import COVERAGE, MedianInterval, interval_method, median_interval, signed

Winner = Literal["panda", "caviar", "undecided"]

Curve = tuple[tuple[int, float], ...]
"""(compute, dev cost)."""


@dataclass(frozen=True)
class SeedResult:
    """What came out under one seed.

    Attributes
    ----------
    best : the trial with the lowest dev cost; None where all diverged
    diverged : how many trials did
    difference : of the dev costs, panda's minus the best trial's: infinite where one diverged, NaN where both did
    panda_curve : the panda's dev cost
    caviar_curve : the lowest dev cost of the trials so far, one after the other; from the first that has one
    """

    seed: int
    panda: Result
    best: Result | None
    diverged: int
    difference: float
    panda_curve: Curve
    caviar_curve: Curve


@dataclass(frozen=True)
class Verdict:
    """What came out over all seeds.

    Attributes
    ----------
    better : in how many of them the panda's dev cost was lower
    median, interval : of the differences that are not NaN; None where there is none
    text : all of it in a sentence
    method : which interval that is, in a sentence
    """

    winner: Winner
    better: int
    of: int
    median: float | None
    interval: MedianInterval | None
    text: str
    method: str


def seed_result(panda: Result, trials: Sequence[Result]) -> SeedResult:
    """Compare the panda with the best of its trials, which are in order."""
    best = min(trials, key=lambda trial: (trial.dev_cost, trial.trial))
    curve, spent, lowest = list[tuple[int, float]](), 0, math.inf
    for trial in trials:
        spent, lowest = spent + trial.points[-1][1], min(lowest, trial.dev_cost)
        if math.isfinite(lowest):
            curve.append((spent, lowest))
    compute = dict(panda.points)
    return SeedResult(
        panda.seed,
        panda,
        best if math.isfinite(best.dev_cost) else None,
        sum(math.isinf(trial.dev_cost) for trial in trials),
        panda.dev_cost - best.dev_cost,
        tuple((compute[t], dev_cost) for t, dev_cost, _ in panda.curve),
        tuple(curve),
    )


def verdict(differences: Sequence[float]) -> Verdict:
    """Who was better, by the interval of the median of paired differences of dev cost; undecided where 0 is in it."""
    known = [d for d in differences if not math.isnan(d)]
    better, n, neither = sum(d < 0 for d in known), len(known), len(differences) - len(known)
    left_out = f"; in {neither} more both diverged" if neither else ""
    if not known:
        return Verdict("undecided", 0, 0, None, None, "undecided: panda and caviar diverged with every seed", "")
    median, interval = statistics.median(known), median_interval(known)
    sure = interval.coverage >= COVERAGE
    winner: Winner = "undecided"
    if sure and interval.high < 0:
        winner = "panda"
    elif sure and interval.low > 0:
        winner = "caviar"
    said = {
        "panda": "the panda was better",
        "caviar": "caviar was better",
        "undecided": "undecided, as 0 is in the interval" if sure else "undecided, as there are too few seeds",
    }[winner]
    text = (
        f"{said}: the panda's dev cost was lower in {better} of {n} seeds, median difference {signed(median)}"
        f" [{signed(interval.low)}, {signed(interval.high)}]{left_out}"
    )
    return Verdict(winner, better, n, median, interval, text, interval_method(interval, n))
