"""Successive halving: of the trials of a round a third goes on at each rung, the others are stopped early.

K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", AISTATS 2016.
All trials of a round are compared at the same share of their iterations, when all of them have come there, so that who
goes on depends on nothing but their dev costs there: not on how many workers there are, nor on which was faster.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from trainer.experiments.search.trial import Trial

KEPT = 3
"""One of so many goes on."""

RUNGS = 2
"""How often a trial is compared before its end: after 1/9 and 1/3 of its iterations."""

SHARE = sum((KEPT**rung - (KEPT ** (rung - 1) if rung else 0)) / KEPT**RUNGS / KEPT**rung for rung in range(RUNGS + 1))
"""Of the iterations that all trials would have without it, about so many are left."""


def targets(iterations: int) -> tuple[int, ...]:
    """The iterations after which a trial is compared, one for each rung, and its last one."""
    return tuple(math.ceil(iterations / KEPT**rung) for rung in range(RUNGS, -1, -1))


def goes_on(trials: Sequence[Trial], rung: int) -> set[int]:
    """The numbers of those trials of a round that go on from a rung: the best third of those that came there."""
    came = sorted((cost, t.index) for t in trials if (cost := _dev_cost(t, targets(t.iterations)[rung])) is not None)
    return {index for _, index in came[: math.ceil(len(came) / KEPT)]}


def _dev_cost(trial: Trial, iteration: int) -> float | None:
    return next((dev_cost for at, dev_cost, _ in trial.curve if at == iteration), None)
