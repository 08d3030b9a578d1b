"""α finder: which learning rates help from where a run is, on clones that never touch it.

Two answers. The range test (L. N. Smith, "Cyclical learning rates for training neural networks", 2017) makes one update
at each α of an exponential sweep: cheap, and it shows from where on the cost leaves. The grid trains a clone at each α
for as many iterations as one looks ahead: what is suggested rests on it alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from trainer.engine.hyperparameters import Hyperparameters
from trainer.engine.wording import number_text
from trainer.errors import InvalidInput, NonFinite
from trainer.experiments.clones import Boundary, Clone
from trainer.experiments.ghost import Effort
from trainer.experiments.look_ahead import ITERATIONS, check_iterations
from trainer.experiments.speed_limit import SpeedLimit, speed_limit
from trainer.recorder.averages import smoothed

LOWEST, HIGHEST = 1e-5, 10.0
"""The learning rates that are tried."""

GRID = 25
"""Learning rates of the grid: four in each power of ten."""

SWEEP = 120
"""Updates of the range test."""

_LEFT = 4.0
"""The range test ends where the smoothed cost is so many times that of the same mini-batches without the sweep."""

_NEARLY = 0.05
"""Suggested are the rates around the best whose dev cost fell at least by 1 - this share of the best one's fall."""

_ALIKE = 0.05
"""Training costs are alike that differ by less than this share of the dev cost."""

_CLOSE = 2.0
"""An α that does harm is close to one that is suggested: at most so many times it."""


@dataclass(frozen=True, eq=False)
class FoundAlpha:
    """What was found.

    Attributes
    ----------
    run, at : from where
    iterations : that each α of the grid was trained
    present : α in force there
    dev_cost : there
    learning_rates, costs, dev_costs : the grid: smoothed cost and dev cost at the end of each; infinite where it broke
    swept, swept_costs : the range test: α of each update, and the smoothed cost after it
    low, high : the suggested range; None where every α of the grid broke
    reason : why that range, in a sentence
    notes : what makes this answer stale, and what is not as it should be, each a sentence
    limit : None where the curvature is not known, which is then among the notes
    """

    run: str
    at: int
    iterations: int
    present: float
    dev_cost: float
    learning_rates: tuple[float, ...]
    costs: tuple[float, ...]
    dev_costs: tuple[float, ...]
    swept: tuple[float, ...]
    swept_costs: tuple[float, ...]
    low: float | None
    high: float | None
    reason: str
    notes: tuple[str, ...]
    limit: SpeedLimit | None


def find_alpha(
    boundary: Boundary,
    iterations: int = ITERATIONS,
    *,
    progress: Callable[[int, int], None] | None = None,
    spent: Callable[[], bool] | None = None,
) -> FoundAlpha:
    """Try learning rates from LOWEST to HIGHEST.

    Parameters
    ----------
    iterations : that each α of the grid is trained
    progress : called with (iterations done, of how many)
    spent : whether to give up; asked every few iterations

    Raises
    ------
    InvalidInput : iterations are out of bounds
    JobFailed : it was given up
    """
    check_iterations(iterations)
    clone = Clone(boundary)
    here = clone.loop.evaluate().dev_cost
    present, h = clone.loop.learning_rate, clone.loop.hyperparameters
    effort = Effort(2 * (SWEEP + 1) + GRID * iterations, progress, spent)
    swept, swept_costs = _range_test(clone, effort)
    rates = [float(f"{rate:.4g}") for rate in np.geomspace(LOWEST, HIGHEST, GRID)]
    ends = [_trained(clone, rate, iterations, effort) for rate in rates]
    costs, dev_costs = tuple(end[0] for end in ends), tuple(end[1] for end in ends)
    low, high, reason = _suggested(rates, costs, dev_costs, here, iterations)
    limit, remark = _limit(boundary)
    notes = [harmful(rates, dev_costs, here, high, limit), *_stale(h), remark, boundary.remark]
    return FoundAlpha(
        boundary.run,
        boundary.state.iteration,
        iterations,
        present,
        here,
        tuple(rates),
        costs,
        dev_costs,
        swept,
        swept_costs,
        low,
        high,
        reason,
        tuple(note for note in notes if note),
        limit,
    )


def _range_test(clone: Clone, effort: Effort) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """α of each update, and the smoothed cost after it, up to where the cost leaves; the clone goes back.

    Late in training the costs of mini-batches differ by powers of ten: one that is hard is no cost that leaves. So each
    is compared with what it costs where α stays at the lowest.
    """
    rates, costs, cost = np.geomspace(LOWEST, HIGHEST, SWEEP).tolist(), list[float](), np.empty(1)
    unswept = _unswept(clone, effort)
    try:
        for rate in [*rates, rates[-1]]:  # the last one is for the cost after the one before it
            clone.loop.intervene({"learning_rate": rate})
            clone.train(cost, effort)
            costs.append(float(cost[0]))
            line = smoothed(np.array(costs[1:]))
            if line and line[-1] > _LEFT * unswept[len(line) - 1]:
                break
    except NonFinite:
        pass
    effort.skip(SWEEP + 1 - len(costs))
    clone.go_back()
    after = smoothed(np.array(costs[1:]))
    return tuple(rates[: len(after)]), tuple(after)


def _unswept(clone: Clone, effort: Effort) -> list[float]:
    """The smoothed costs of the same mini-batches at the lowest α; not finite from where that breaks. It goes back."""
    costs = np.full(SWEEP + 1, math.inf)
    clone.loop.intervene({"learning_rate": LOWEST})
    with suppress(NonFinite):
        clone.train(costs, effort)
    clone.go_back()
    return smoothed(costs[1:])


def _trained(clone: Clone, rate: float, iterations: int, effort: Effort) -> tuple[float, float]:
    """The smoothed cost and the dev cost after training at a rate; infinite where that broke. The clone goes back."""
    begin, costs = clone.loop.iteration, np.empty(iterations)
    try:
        clone.loop.intervene({"learning_rate": rate})
        clone.train(costs, effort)
        dev_cost = clone.loop.evaluate().dev_cost
        return smoothed(costs)[-1], dev_cost if math.isfinite(dev_cost) else math.inf
    except NonFinite:
        effort.skip(begin + iterations - clone.loop.iteration)
        return math.inf, math.inf
    finally:
        clone.go_back()


def _suggested(
    rates: list[float], costs: tuple[float, ...], dev_costs: tuple[float, ...], here: float, iterations: int
) -> tuple[float | None, float | None, str]:
    """Low, high, and why.

    A dev set is small, and now and then an α that is far too large ends on a lucky dev cost: so the training cost
    decides which third of the rates is looked at, and the dev cost which of these. Training costs that differ by next
    to nothing beside the dev cost, as late in training, decide nothing.
    """
    third = sorted(costs)[len(rates) // 3 - 1]
    alike = min(costs) + _ALIKE * here
    allowed = [i for i, cost in enumerate(costs) if cost <= max(third, alike)]
    at = min(allowed, key=dev_costs.__getitem__)
    best = dev_costs[at]
    if not math.isfinite(best):
        return None, None, f"every α from {LOWEST:g} to {HIGHEST:g} diverges within {iterations:,} iterations"
    nearly = best + _NEARLY * abs(here - best)
    good = [i in allowed and dev_costs[i] <= nearly for i in range(len(rates))]
    low = high = at
    while low > 0 and good[low - 1]:
        low -= 1
    while high + 1 < len(rates) and good[high + 1]:
        high += 1
    moved = f"from {number_text(here, 3)} to {number_text(best, 3)}, with α = {number_text(rates[at])}"
    first = "the dev cost falls most" if best < here else "no α lowers the dev cost: it rises least"
    reason = f"after {iterations:,} iterations {first}, {moved}"
    if high > low:
        reason += f", and within {_NEARLY:.0%} of that from {number_text(rates[low])} to {number_text(rates[high])}"
    return (
        rates[low],
        rates[high],
        f"{reason}; only the {len(allowed)} of {len(rates)} rates with the lowest training cost count",
    )


def harmful(
    rates: list[float], dev_costs: tuple[float, ...], here: float, high: float | None, limit: SpeedLimit | None
) -> str:
    """Which α above the suggested ones does harm, where that is close or where the speed limit would allow it."""
    worse = [rate for rate, cost in zip(rates, dev_costs, strict=True) if high and rate > high and not cost <= here]
    if high is None or not worse or not dev_costs[rates.index(high)] <= here:
        return ""
    allowed = limit is not None and worse[0] <= limit.learning_rate
    if worse[0] > _CLOSE * high and not allowed:
        return ""
    told = f"α = {number_text(worse[0])} ends on a higher dev cost than it begins with"
    return f"{told}, although it is below the speed limit, which holds nearby alone" if allowed else told


def _limit(boundary: Boundary) -> tuple[SpeedLimit | None, str]:
    try:
        return speed_limit(boundary), ""
    except (NonFinite, InvalidInput) as error:
        return None, f"no speed limit: {error}"


def _stale(h: Hyperparameters) -> list[str]:
    """Which settings make the answer stale, in words."""
    notes = []
    if h.decay != "none":
        notes.append(
            f"α decays ({h.decay}, rate {number_text(h.decay_rate)}): what is found is α at this iteration, from"
            " which the decay begins anew; find it again after some epochs"
        )
    if h.optimizer in ("momentum", "adam"):
        window = 1 / (1 - h.momentum)
        notes.append(f"it holds for β = {number_text(h.momentum)}: where β is changed, find α again")
        if window > SWEEP / 10:
            notes.append(
                f"β averages over about {window:.0f} gradients, so the range test of {SWEEP} updates lags behind;"
                " the grid does not"
            )
    if h.clip_norm:
        notes.append("gradients are clipped, which the speed limit does not count")
    return notes
