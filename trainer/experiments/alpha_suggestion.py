"""Which α of a grid are suggested, why, and what is to be known of them: all of it from the costs that they came to."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from trainer.engine.wording import measured_text, number_text
from trainer.experiments.guess import GO_BACK, going_back, is_thrown_away
from trainer.experiments.look_ahead import NEARLY
from trainer.experiments.speed_limit import SpeedLimit

Verdict = Literal["suggested", "least harm", "no difference"]

_NEARLY = 0.1
"""Suggested are the rates around the best whose dev cost changes by at most this share less, or more, than its does,
and which are among the best third."""

_CLOSE = 2.0
"""An α that does harm is close to one that is suggested: at most so many times it."""


@dataclass(frozen=True)
class Grid:
    """What the learning rates of the grid came to, each on a clone.

    Attributes
    ----------
    rates : from the smallest to the largest
    dev_costs : of each at its end; infinite where it broke
    later : of each, the mean of that and of some before, likewise
    here : the dev cost before
    guess : that of a guess
    iterations : that each was trained
    """

    rates: Sequence[float]
    dev_costs: Sequence[float]
    later: Sequence[float]
    here: float
    guess: float
    iterations: int

    @property
    def around(self) -> list[float]:
        """The mean later dev cost of each rate and the one or two beside it, by which the best is chosen.

        A dev set is small, and with small mini-batches the dev cost goes up and down: now and then an α that is far too
        large, or too small, is lucky in the end. It was not all the while, and those beside it are not.
        """
        return [statistics.fmean(self.later[max(0, i - 1) : i + 2]) for i in range(len(self.rates))]

    def is_good(self, later: float) -> bool:
        """Whether another α that came to this is one of the best third, and lowers the dev cost."""
        return later < self.here and _in_best_third(later, self.later)


@dataclass(frozen=True)
class Suggestion:
    """Which rates of the grid are suggested, and why.

    Attributes
    ----------
    low, high : the smallest and the largest; both None where there is none
    reason : in a sentence
    verdict : whether the dev cost falls with them; else it rises least, or it stays as it is
    """

    low: float | None
    high: float | None
    reason: str
    verdict: Verdict


def suggested(grid: Grid) -> Suggestion:
    """Which rates of the grid are suggested: those that help most, or where none helps, those that harm least.

    Where the best changes next to nothing, those that do not either. None where the network is thrown away, or diverges
    whatever is tried.
    """
    rates, dev_costs, here, iterations = grid.rates, grid.dev_costs, grid.here, grid.iterations
    lucky = min(range(len(rates)), key=dev_costs.__getitem__)
    lowest = dev_costs[lucky]
    if not math.isfinite(lowest):
        every = f"every α from {number_text(rates[0])} to {number_text(rates[-1])}"
        every += f" diverges within {iterations:,} iterations"
        every += f"; {GO_BACK}" if is_thrown_away(grid.guess, here) else ""
        return Suggestion(None, None, every, "least harm")
    if is_thrown_away(grid.guess, here, lowest):
        least = f"the dev cost is {measured_text(lowest)} at least after {iterations:,} iterations"
        told = f"{least} ({_named(grid, lucky)}), {going_back(grid.guess)}"
        return Suggestion(None, None, f"no α that was tried helps: {told}", "least harm")
    around = grid.around
    at = min(range(len(rates)), key=lambda i: (around[i], grid.later[i]))
    best = around[at]
    if math.isclose(best, here, rel_tol=NEARLY):
        return _no_difference(grid, around, at)
    helps = best < here
    low, high = _nearly_as_good(grid, around, at)
    change = f"around {_named(grid, at)}, from {measured_text(here)} to about {measured_text(best)}"
    if helps:
        reason = f"{'after' if lowest < here else 'within'} {iterations:,} iterations the dev cost falls most {change}"
    else:
        none = "no α" if lowest >= here else "no range of α"
        reason = f"{none} lowers the dev cost within {iterations:,} iterations: it rises least {change}"
    if high > low:
        less = "less" if helps else "more"
        reason += f", and hardly {less} from {number_text(rates[low])} to {number_text(rates[high])}"
    if helps and lowest >= here:
        reason += f"; in the end each α comes to {measured_text(lowest)} at least"
    if lowest < best and not low - 1 <= lucky <= high + 1:
        told = f"{_named(grid, lucky)} ends on {measured_text(lowest)}"
        reason += f"; {told}, but around it the dev cost is about {measured_text(around[lucky])}"
    return Suggestion(rates[low], rates[high], reason, "suggested" if helps else "least harm")


def _no_difference(grid: Grid, around: Sequence[float], at: int) -> Suggestion:
    """The rates around the best that leave the dev cost as it is, as the best does."""
    low, high = _around([math.isclose(cost, grid.here, rel_tol=NEARLY) for cost in around], at)
    stays = f"the dev cost stays at about {measured_text(grid.here)} for {grid.iterations:,} iterations"
    if low == high:
        none = "no α" if min(grid.dev_costs) >= grid.here else "no range of α"
        reason = f"{none} lowers the dev cost: with {_named(grid, at)}, {stays}"
    else:
        first, last = (number_text(grid.rates[i]) for i in (low, high))
        reason = f"which α makes no difference: {stays} with every α from {first} to {last}"
    return Suggestion(grid.rates[low], grid.rates[high], reason, "no difference")


def _nearly_as_good(grid: Grid, around: Sequence[float], at: int) -> tuple[int, int]:
    """The first and the last of the rates around the best that are nearly as good as it is."""
    # the change begins at a guess: that from far above it would leave room for rates that hardly learn
    highest = around[at] + _NEARLY * abs(min(grid.here, grid.guess) - around[at])
    return _around([cost <= highest and _in_best_third(cost, around) for cost in around], at)


def _around(are: Sequence[bool], at: int) -> tuple[int, int]:
    """The first and the last of those around one that are so."""
    low = high = at
    while low > 0 and are[low - 1]:
        low -= 1
    while high + 1 < len(are) and are[high + 1]:
        high += 1
    return low, high


def _in_best_third(cost: float, costs: Sequence[float]) -> bool:
    return sum(each < cost for each in costs) < len(costs) / 3


def halfway(grid: Grid, found: Suggestion, limit: SpeedLimit | None) -> tuple[float | None, float | None]:
    """The rates halfway, in log α, from what is suggested to the next ones of the grid; the upper one within the limit.

    None where the grid ends, or where what is suggested is above the limit already.
    """
    if found.low is None or found.high is None:
        return None, None
    low, high = grid.rates.index(found.low), grid.rates.index(found.high)
    below = _between(grid.rates[low - 1], found.low) if low > 0 else None
    above = _between(found.high, grid.rates[high + 1]) if high + 1 < len(grid.rates) else None
    if above is not None and limit is not None and limit.learning_rate < above:
        above = limit.learning_rate if limit.learning_rate > found.high else None
    return below, above


def _between(low: float, high: float) -> float:
    return float(f"{math.sqrt(low * high):.4g}")


def _named(grid: Grid, at: int) -> str:
    edge = {0: ", the smallest that is tried", len(grid.rates) - 1: ", the largest that is tried"}.get(at, "")
    return f"α = {number_text(grid.rates[at])}{edge}"


def harmful(grid: Grid, found: Suggestion, limit: SpeedLimit | None) -> str:
    """Which α above those that help does harm, where that is close or where the speed limit would allow it."""
    costs, high = zip(grid.rates, grid.dev_costs, strict=True), found.high if found.verdict == "suggested" else None
    worse = [rate for rate, cost in costs if high is not None and rate > high and not cost <= grid.here]
    if high is None or not worse:
        return ""
    allowed = limit is not None and worse[0] <= limit.learning_rate
    if worse[0] > _CLOSE * high and not allowed:
        return ""
    told = f"α = {number_text(worse[0])} ends on a higher dev cost than it begins with"
    return f"{told}, although it is below the speed limit, which holds nearby alone" if allowed else told


def faster(high: float | None, limit: SpeedLimit | None, iterations: int) -> str:
    """That what is suggested is above the speed limit, in a sentence; else ""."""
    if high is None or limit is None or high <= limit.learning_rate:
        return ""
    told = f"α = {number_text(high)} is {measured_text(high / limit.learning_rate, 2)} times the speed limit"
    return f"{told}: it did well for the {iterations:,} iterations that were tried, and may not for more"
