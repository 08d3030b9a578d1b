"""α finder: which learning rates help from where a run is, on clones that never touch it.

Two answers. The range test (L. N. Smith, "Cyclical learning rates for training neural networks", 2017) makes one update
at each α of an exponential sweep: cheap, and it shows from where on the cost leaves. The grid trains a clone at each α
for as many iterations as one looks ahead: what is suggested rests on its dev costs alone. Its range goes on to halfway
to the next rates, which are tried too.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from trainer.engine.hyperparameters import Hyperparameters
from trainer.engine.wording import number_text
from trainer.errors import InvalidInput, NonFinite
from trainer.experiments.alpha_suggestion import Grid, Suggestion, Verdict, faster, halfway, harmful, suggested
from trainer.experiments.clones import Boundary, Clone
from trainer.experiments.ghost import Effort
from trainer.experiments.guess import cost_of_guess
from trainer.experiments.look_ahead import ITERATIONS, check_iterations
from trainer.experiments.speed_limit import SpeedLimit, speed_limit
from trainer.recorder.averages import smoothed

LOWEST, HIGHEST = 1e-5, 10.0
"""The learning rates that are tried."""

GRID = 25
"""Learning rates of the grid: four in each power of ten."""

BETWEEN = 3
"""Learning rates between them that are tried at most: the ends and the middle of what is suggested."""

EVALUATED = (0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares of the iterations after which the dev cost of a rate is taken; what is suggested goes by their mean."""

SWEEP = 120
"""Updates of the range test."""

_LEFT = 4.0
"""The range test ends where the smoothed cost is so many times that of the same mini-batches without the sweep."""


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
    low, high : the suggested range, within which all that was tried does well, or where no α helps, does least harm
        or makes no difference; None where the network is thrown away
    verdict : which of these
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
    verdict: Verdict
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
    here = _or_infinite(clone.loop.evaluate().dev_cost)
    present, h = clone.loop.learning_rate, clone.loop.hyperparameters
    effort = Effort(2 * (SWEEP + 1) + (GRID + BETWEEN) * iterations, progress, spent)
    swept, swept_costs = _range_test(clone, effort)
    rates = [float(f"{rate:.4g}") for rate in np.geomspace(LOWEST, HIGHEST, GRID)]
    tried = [_trained(clone, rate, iterations, effort) for rate in rates]
    costs, dev_costs, later = zip(*tried, strict=True)
    grid = Grid(rates, dev_costs, later, here, cost_of_guess(boundary), iterations)
    found = suggested(grid)
    limit, remark = _limit(boundary, spent or (lambda: False))
    low, high, reason = _widened(clone, grid, found, limit, effort)
    harm = harmful(grid, found, limit)
    fast = faster(found.high, limit, iterations)
    notes = [harm, fast, *_stale(h), remark, boundary.planned(iterations), boundary.beyond(iterations), boundary.remark]
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
        found.verdict,
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


class _Tried(NamedTuple):
    """What training at a rate came to: smoothed cost, dev cost, and mean dev cost of the later part of it."""

    cost: float
    dev_cost: float
    later: float


def _trained(clone: Clone, rate: float, iterations: int, effort: Effort) -> _Tried:
    """Train at a rate; all is infinite where that broke. The clone goes back."""
    begin, costs, dev_costs = clone.loop.iteration, np.empty(iterations), list[float]()
    try:
        clone.loop.intervene({"learning_rate": rate})
        done = 0
        for share in EVALUATED:
            until = round(share * iterations)
            clone.train(costs[done:until], effort)
            dev_costs.append(_or_infinite(clone.loop.evaluate().dev_cost))
            done = until
        return _Tried(smoothed(costs)[-1], dev_costs[-1], statistics.fmean(dev_costs))
    except NonFinite:
        effort.skip(begin + iterations - clone.loop.iteration)
        return _Tried(math.inf, math.inf, math.inf)
    finally:
        clone.go_back()


def _widened(
    clone: Clone, grid: Grid, found: Suggestion, limit: SpeedLimit | None, effort: Effort
) -> tuple[float | None, float | None, str]:
    """Low, high, and why: what is suggested, as far as halfway to the next rates where α there does well too.

    And α in the middle of that: else it stays as it is.
    """
    if found.low is None or found.high is None or found.verdict != "suggested":
        return found.low, found.high, found.reason

    def does_well(rate: float) -> bool:
        return grid.is_good(_trained(clone, rate, grid.iterations, effort).later)

    wider = [rate for rate in halfway(grid, found, limit) if rate is not None and does_well(rate)]
    low, high = min([found.low, *wider]), max([found.high, *wider])
    if not wider or not does_well(math.sqrt(low * high)):
        return found.low, found.high, found.reason
    rates = " and ".join(f"α = {number_text(rate)}" for rate in wider)
    do = "do" if len(wider) > 1 else "does"
    return low, high, f"{found.reason}; between the rates of the grid {rates} {do} well too"


def _or_infinite(cost: float) -> float:
    return cost if math.isfinite(cost) else math.inf


def _limit(boundary: Boundary, spent: Callable[[], bool]) -> tuple[SpeedLimit | None, str]:
    try:
        return speed_limit(boundary, spent), ""
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
