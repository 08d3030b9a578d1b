"""Importance: how much each hyperparameter of a search matters for the dev cost, and how sure that is.

A random forest learns log dev cost from the positions of two thirds of the trials along their scales. On the other
third, one hyperparameter at a time is shuffled among the trials, and what that costs the forest is its importance:

    importance = (squared error with it shuffled - squared error as it is) / (2 · variance of the log dev cost)

Shuffling what alone decides doubles the variance, so 0 is "the forest does without it", and 1 "nothing else matters".
Repeated over splits and shuffles, whose mean and standard deviation are told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trainer.experiments.search.box import Box, values_of
from trainer.experiments.search.dimension import Dimension
from trainer.experiments.search.trial import Trial

FEWEST = 10
"""Trials that are over, below which nothing is said."""

_SPLITS, _SHUFFLES, _TREES = 6, 10, 60
_LEAST_COST = 1e-12


@dataclass(frozen=True)
class HyperparameterImportance:
    """Of one hyperparameter: mean and standard deviation over splits and shuffles."""

    name: str
    mean: float
    std: float


@dataclass(frozen=True)
class Importance:
    """Of all hyperparameters of a box.

    Attributes
    ----------
    of : the most important first; None where nothing can be said
    text : why nothing can be said, or from which trials it was found, in a sentence
    """

    of: tuple[HyperparameterImportance, ...] | None
    text: str


def importance(dimensions: Sequence[Dimension], trials: Sequence[Trial], seed: int = 1) -> Importance:
    """How much each dimension matters for the dev cost of the trials; a pure function of all three.

    Trials that diverged count as the worst dev cost there is. Trials that failed are left out, and so are those that
    lie outside of the dimensions.
    """
    box = Box(tuple(dimensions))
    rows = [(values_of(box, t.config, t.hyperparameters), t) for t in trials if t.over and t.state != "failed"]
    rows = [(values, t) for values, t in rows if box.holds(values) and (t.state == "diverged" or t.curve)]
    costs = [t.dev_cost for _, t in rows if t.dev_cost is not None]
    if len(rows) < FEWEST or not costs:
        there = "none of them has a dev cost" if len(rows) >= FEWEST else f"there are {len(rows)}"
        return Importance(None, f"importance needs at least {FEWEST} trials that are over, but {there}")
    worst = max(costs)
    y = np.log([max(worst if t.dev_cost is None else t.dev_cost, _LEAST_COST) for _, t in rows])
    if (variance := float(y.var())) < 1e-12:
        return Importance(None, f"all {len(rows)} trials have the same dev cost, so no hyperparameter matters")
    X = np.array([[each.to_unit(values[each.name]) for each in dimensions] for values, _ in rows])
    drops = np.concatenate([_drops(X, y, seed, split) for split in range(_SPLITS)], axis=1) / (2 * variance)
    found = [
        HyperparameterImportance(each.name, float(drop.mean()), float(drop.std()))
        for each, drop in zip(dimensions, drops, strict=True)
    ]
    diverged = len(rows) - len(costs)
    counted = f"; the {diverged} that diverged count as the worst dev cost of the others" if diverged else ""
    return Importance(
        tuple(sorted(found, key=lambda each: -each.mean)),
        f"permutation importance of a random forest, from {len(rows)} trials, ± standard deviation over {_SPLITS}"
        f" splits and {_SHUFFLES} shuffles of each{counted}",
    )


def importance_in_job(
    dimensions: Sequence[Dimension], trials: Sequence[Trial], progress: Callable[[int, int], None]
) -> Importance:
    """`importance` as a job beside training: a forest in this process would take the time of a live run."""
    progress(0, 1)
    return importance(dimensions, trials)


def _drops(X: np.ndarray, y: np.ndarray, seed: int, split: int) -> np.ndarray:
    """(dimensions, shuffles): by how much the squared error on the left-out third grows."""
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance

    state = (seed * 1_000_003 + split) % 2**32
    order = np.argsort(np.random.PCG64(state).random_raw(len(y)), kind="stable")
    n = math.ceil(len(y) / 3)
    forest = RandomForestRegressor(_TREES, random_state=state).fit(X[order[n:]], y[order[n:]])
    shuffled = permutation_importance(
        forest,
        X[order[:n]],
        y[order[:n]],
        scoring="neg_mean_squared_error",
        n_repeats=_SHUFFLES,
        random_state=state,
    )
    drops: np.ndarray = shuffled.importances
    return drops
