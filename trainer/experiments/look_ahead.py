"""Look-ahead: the coming iterations of a run under several candidates, each on a clone of its state.

An arm is trained on the very mini-batches that are coming, with what is planned for them. Where its changes are made at
that iteration, the run goes on bit for bit as the arm did: both end in the same digest.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trainer.engine.data_shift import dev_shift
from trainer.engine.hyperparameters import Value
from trainer.engine.wording import number_text
from trainer.errors import CommandRefused, InvalidInput, NonFinite
from trainer.experiments.arm_line import arm_line
from trainer.experiments.candidates import Candidate, rates_around
from trainer.experiments.clones import Boundary, Clone
from trainer.experiments.ghost import Effort
from trainer.experiments.over_seeds import MOST as MOST_SEEDS
from trainer.experiments.over_seeds import other_seeds
from trainer.recorder.averages import SoFar

ITERATIONS, FEWEST, MOST = 200, 50, 5_000
"""How far ahead: where nothing was chosen, at least, and at most."""

_NEARLY = 0.01
"""Arms whose dev costs differ by no more than this share are not told apart."""


@dataclass(frozen=True, eq=False)
class Arm:
    """What the coming iterations bring under one candidate.

    Attributes
    ----------
    iterations, smoothed : the line of the smoothed cost, as `arm_line`
    cost : J of the last mini-batch; None where there was none
    dev_cost, dev_accuracy : at its end; None where it broke
    dev_costs : the same with other coming orders of the data, where those were asked for; infinite where it broke
    broke : the iteration whose cost or gradient was not finite, which ended it; None where nothing like that happened
    digest : of the state at its end
    diverges : it broke, or its dev cost is higher than before and than that of a guess; only the former where the
        candidate shifts the dev set
    """

    label: str
    changes: Mapping[str, Value]
    iterations: tuple[int, ...]
    smoothed: tuple[tuple[float, ...], ...]
    cost: float | None
    dev_cost: float | None
    dev_accuracy: float | None
    dev_costs: tuple[float, ...]
    broke: int | None
    digest: str
    diverges: bool


@dataclass(frozen=True, eq=False)
class LookAhead:
    """All arms.

    Attributes
    ----------
    run, at : from where
    iterations : how far
    dev_cost : at the beginning
    best : index of the arm with the lowest dev cost, in the median of all orders; None where every arm broke, and where
        their dev costs are of other inputs
    sentence : that in words
    remark : a sentence where it is not simply as asked or as recorded; else ""
    """

    run: str
    at: int
    iterations: int
    dev_cost: float
    arms: tuple[Arm, ...]
    best: int | None
    sentence: str
    remark: str


def look_ahead(
    boundary: Boundary,
    candidates: Sequence[Candidate] = (),
    iterations: int = ITERATIONS,
    *,
    end: int | None = None,
    seeds: int = 0,
    progress: Callable[[int, int], None] | None = None,
    spent: Callable[[], bool] | None = None,
) -> LookAhead:
    """Train a clone for each candidate.

    Parameters
    ----------
    candidates : by default the α in force × FACTORS
    iterations : how far ahead
    end : the iteration at which the run ends, beyond which nothing comes; None where it has no planned end
    seeds : with so many other coming orders of the data too
    progress : called with (iterations done, of how many)
    spent : whether to give up; asked every few iterations

    Raises
    ------
    InvalidInput : iterations or seeds are out of bounds, or a candidate is not allowed
    CommandRefused : the run ends here, or α is 0
    JobFailed : it was given up
    """
    ahead, remark = _how_far(boundary.state.iteration, iterations, end)
    if isinstance(seeds, bool) or not isinstance(seeds, int) or not 0 <= seeds <= MOST_SEEDS:
        raise InvalidInput(f"seeds must be a whole number from 0 to {MOST_SEEDS}, but got {seeds!r}")
    clone = Clone(boundary)
    candidates = candidates or rates_around(clone.loop.learning_rate)
    if not candidates:
        raise CommandRefused("the learning rate in force has decayed to 0: choose candidates that set learning_rate")
    shift, shifts = dev_shift(clone.loop.hyperparameters), []
    for candidate in candidates:
        clone.loop.intervene(candidate.changes)
        shifts.append(dev_shift(clone.loop.hyperparameters))
        clone.go_back()
    here = clone.loop.evaluate().dev_cost
    effort = Effort(len(candidates) * (1 + seeds) * ahead, progress, spent)
    others = [[] for _ in candidates] if not seeds else _other_orders(boundary, candidates, ahead, seeds, effort)
    before = [here if its == shift else math.inf for its in shifts]
    arms = tuple(
        _arm(clone, boundary.so_far, c, ahead, cost, costs, effort)
        for c, cost, costs in zip(candidates, before, others, strict=True)
    )
    alike = all(its == shifts[0] for its in shifts)
    best = _best(arms) if alike else None
    return LookAhead(
        boundary.run,
        boundary.state.iteration,
        ahead,
        here,
        arms,
        best,
        _sentence(arms, best, ahead) if alike else _unlike(arms, ahead),
        "; ".join(each for each in (boundary.remark, remark) if each),
    )


def check_iterations(iterations: int) -> None:
    """Raise InvalidInput unless one can look so far ahead."""
    if isinstance(iterations, bool) or not isinstance(iterations, int) or not FEWEST <= iterations <= MOST:
        raise InvalidInput(f"iterations must be a whole number from {FEWEST} to {MOST:,}, but got {iterations!r}")


def _how_far(at: int, iterations: int, end: int | None) -> tuple[int, str]:
    check_iterations(iterations)
    if end is None or at + iterations <= end:
        return iterations, ""
    if at >= end:
        raise CommandRefused(f"the run ends here, at iteration {end:,}: nothing comes after it")
    left = f"only {end - at:,} of {iterations:,} iterations are looked ahead" if end - at > 1 else "only 1 iteration"
    return end - at, f"the run ends at iteration {end:,}: {left}"


def _arm(
    clone: Clone,
    so_far: SoFar,
    candidate: Candidate,
    ahead: int,
    here: float,
    other_orders: Sequence[float],
    effort: Effort,
) -> Arm:
    at, broke = clone.loop.iteration, None
    clone.loop.intervene(candidate.changes)
    costs = np.empty(ahead)
    try:
        clone.train(costs, effort)
    except NonFinite:
        broke = clone.loop.iteration + 1
        effort.skip(at + ahead - clone.loop.iteration)
    costs = costs[: clone.loop.iteration - at]
    evaluation = None if broke is not None else clone.loop.evaluate()
    digest = clone.loop.state().digest()
    classes = len(clone.loop.dataset.classes)
    clone.go_back()
    dev_cost = None if evaluation is None else evaluation.dev_cost
    return Arm(
        candidate.label,
        dict(candidate.changes),
        *arm_line(so_far, at, costs),
        float(costs[-1]) if len(costs) else None,
        dev_cost,
        None if evaluation is None else evaluation.dev_accuracy,
        tuple(other_orders),
        broke,
        digest,
        # a guess, which gives each class the same probability, costs log C
        dev_cost is None or not dev_cost <= max(here, math.log(classes)),
    )


def _other_orders(
    boundary: Boundary, candidates: Sequence[Candidate], ahead: int, seeds: int, effort: Effort
) -> list[list[float]]:
    """For each candidate the dev costs with other coming orders of the data."""
    found: list[list[float]] = [[] for _ in candidates]
    costs = np.empty(ahead)
    for seed in other_seeds(boundary.config.seed, seeds):
        clone = Clone(boundary, seed)
        for candidate, dev_costs in zip(candidates, found, strict=True):
            clone.loop.intervene(candidate.changes)
            try:
                clone.train(costs, effort)
                dev_costs.append(clone.loop.evaluate().dev_cost)
            except NonFinite:
                dev_costs.append(math.inf)
            clone.go_back()
    return found


def _best(arms: Sequence[Arm]) -> int | None:
    costs = [_typical(arm) for arm in arms]
    return costs.index(min(costs)) if math.isfinite(min(costs)) else None


def _typical(arm: Arm) -> float:
    """The median of its dev costs over all orders of the data, its own and others; infinite where it broke."""
    return statistics.median([cost if math.isfinite(cost) else math.inf for cost in (_own(arm), *arm.dev_costs)])


def _own(arm: Arm) -> float:
    return math.inf if arm.dev_cost is None else arm.dev_cost


def _unlike(arms: Sequence[Arm], ahead: int) -> str:
    broke = [arm.label for arm in arms if arm.broke is not None]
    first = f"none is best after {ahead:,}: their dev costs are of other inputs"
    return f"{first}; {', '.join(broke)} {'diverge' if len(broke) > 1 else 'diverges'}" if broke else first


def _sentence(arms: Sequence[Arm], best: int | None, ahead: int) -> str:
    diverging = [arm.label for arm in arms if arm.diverges]
    if best is None or len(diverging) == len(arms):
        every = "every candidate diverges" if len(arms) > 1 else f"{arms[0].label} diverges"
        return f"{every} within {ahead:,} iterations"
    arm = arms[best]
    told = f"dev cost {number_text(_typical(arm), 3)} after {ahead:,}"
    if arm.dev_costs:
        low, high = (number_text(end([_own(arm), *arm.dev_costs]), 3) for end in (min, max))
        told += f", the median of {len(arm.dev_costs) + 1} orders of the data ({low} to {high})"
    first = f"{arm.label} is best: {told}" if len(arms) > 1 else f"{arm.label}: {told}"
    near = [other.label for other in arms if other is not arm and _typical(other) <= (1 + _NEARLY) * _typical(arm)]
    if near:
        first += f", and {', '.join(near)} within {_NEARLY:.0%} of that"
    verb = "diverge" if len(diverging) > 1 else "diverges"
    return f"{first}; {', '.join(diverging)} {verb}" if diverging else first
