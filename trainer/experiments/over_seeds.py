"""Luck or skill: a whole session run again with other seeds, each time with and without an intervention."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from trainer.data.dataset import Dataset
from trainer.engine.trainable import build
from trainer.errors import InvalidInput, SessionError
from trainer.experiments.ghost import Effort, Stretch, earlier, later, play
from trainer.recorder.library import file_of_session
from trainer.recorder.runs import RecordedIntervention, RecordedRun
from trainer.recorder.session import Session

FEWEST, MOST = 2, 64
"""Seeds that can be asked for."""

SEEDS_TEXT = "a seed changes the initial parameters and the order of the data, not the split into training and dev set"

COVERAGE = 0.95
"""The interval of the median is the narrowest that covers it with at least this probability, or the widest there is."""


@dataclass(frozen=True)
class MedianInterval:
    """An interval of the median, from the k-th smallest to the k-th largest number.

    Attributes
    ----------
    coverage : the probability that such an interval holds the median of what the numbers were drawn from
    """

    low: float
    high: float
    rank: int
    coverage: float


@dataclass(frozen=True)
class OverSeeds:
    """What an intervention was worth under other seeds.

    Attributes
    ----------
    asked : number of seeds wanted
    seeds : those that were run, with and without it
    differences : dev cost with minus without for each of them; negative where it helped, infinite where one of the two
        was not finite, NaN where neither was
    median, interval : of the differences that are not NaN; None where there is none
    text : all of it in a sentence
    method : which interval that is, in a sentence
    """

    asked: int
    seeds: tuple[int, ...]
    differences: tuple[float, ...]
    median: float | None
    interval: MedianInterval | None
    text: str
    method: str


def check_seeds(seeds: int) -> None:
    """Raise InvalidInput unless this number of other seeds can be asked for; 0 is none."""
    if isinstance(seeds, bool) or not isinstance(seeds, int) or not (seeds == 0 or FEWEST <= seeds <= MOST):
        raise InvalidInput(f"seeds must be 0 or a whole number from {FEWEST} to {MOST}, but got {seeds!r}")


def check_beginning(session: Session, line: RecordedRun, instead: str = "") -> None:
    """Raise SessionError unless a line begins with initial parameters, which another seed would make others.

    Parameters
    ----------
    instead : what else can be asked, as the end of the sentence
    """
    if line.initial.iteration or line.parent is not None:
        where = ""
        if line.parent is not None:
            path = file_of_session(session.path.parent, line.parent.session)
            of = line.parent.session[:8] or "another session"
            where = f" from run {line.parent.run} of {f'session {of}' if path is None else f'{path.name} ({of})'}"
        raise SessionError(
            f"run {line.run} was born{where} at iteration {line.initial.iteration}, so it cannot be run again from its"
            f" start with other seeds: make the same changes in a run that begins at iteration 0 and ask"
            f" there{instead}"
        )


def other_seeds(seed: int, n: int) -> tuple[int, ...]:
    """The n seeds that follow one; that of the session itself is left out, since it was seen when nudging."""
    return tuple((seed + i) % 2**63 for i in range(1, n + 1))


def run_over_seeds(
    line: RecordedRun, change: RecordedIntervention, dataset: Dataset, at: int, seeds: int, effort: Effort
) -> OverSeeds:
    """Run the whole line from initial parameters of other seeds, up to an iteration, with and without a change.

    The data set and its split stay; the initial parameters and the order of data are those of the seed. Both runs of a
    pair are one up to the change. A pair that is not finished when the budget ends does not count.
    """
    done: list[int] = []
    differences: list[float] = []
    for seed in other_seeds(line.config.seed, seeds):
        loop = build(replace(line.config, seed=seed), dataset, line.initial.hyperparameters)
        trunk = play(loop, earlier(line, change), change.iteration, (), effort)
        if trunk.broke is None:
            state = loop.state()
            with_it = play(loop, [*_at_once(line, change), change, *later(line, change)], at, {at}, effort)
            loop.restore(state)
            without = play(loop, [*_at_once(line, change), *later(line, change)], at, {at}, effort)
            difference = paired_difference(with_it, without, at)
        else:
            effort.skip(2 * (at - change.iteration))
            difference = math.nan
        if effort.ended:
            break
        done.append(seed)
        differences.append(difference)
    return summary(seeds, done, differences)


def paired_difference(with_it: Stretch, without: Stretch, at: int) -> float:
    """Dev cost with minus without; infinite where one of them is not finite, NaN where neither is."""
    cost = [math.inf if math.isnan(c) else c for c in (_cost(with_it, at), _cost(without, at))]
    return cost[0] - cost[1]


def summary(asked: int, seeds: Sequence[int], differences: Sequence[float]) -> OverSeeds:
    """Counts, median and interval of paired differences, told in sentences."""
    known = sorted(d for d in differences if not math.isnan(d))
    n, helped = len(known), sum(d < 0 for d in known)
    cut = f"; the budget ended after {len(seeds)} of {asked} seeds" if len(seeds) < asked else ""
    neither = len(differences) - n
    left_out = f"; in {neither} more neither run was finite" if neither else ""
    if not known:
        text = f"there is no pair of runs to compare{left_out}{cut}"
        return OverSeeds(asked, tuple(seeds), tuple(differences), None, None, text, "")
    median, interval = statistics.median(known), median_interval(known)
    same = sum(d == 0 for d in known)
    ties = f" (no difference in {same})" if same else ""
    of = f"{signed(median)} [{signed(interval.low)}, {signed(interval.high)}]"
    text = f"helped in {helped} of {n} seeds{ties}, median {of}{left_out}{cut}"
    return OverSeeds(asked, tuple(seeds), tuple(differences), median, interval, text, interval_method(interval, n))


def interval_method(interval: MedianInterval, n: int) -> str:
    """Which interval that is of n paired differences, in a sentence."""
    ends = (
        "smallest to largest"
        if interval.rank == 1
        else f"{_nth(interval.rank)} smallest to {_nth(interval.rank)} largest"
    )
    return (
        f"interval of the median by order statistics (sign test): {ends} of {n} paired differences of dev cost,"
        f" coverage {interval.coverage:.1%}"
    )


def median_interval(numbers: Sequence[float]) -> MedianInterval:
    """The distribution-free interval of the median by order statistics, which inverts the sign test.

    The number of draws below the median is binomial, B ~ Bin(n, 1/2), so the interval from the k-th smallest to the
    k-th largest holds the median with probability 1 - 2 P(B ≤ k-1), whatever the distribution (at least so, where
    equal numbers can occur). W. J. Conover, Practical Nonparametric Statistics, 3rd edition, section 3.2.

    >>> median_interval(list(range(8)))
    MedianInterval(low=0, high=7, rank=1, coverage=0.9921875)
    >>> median_interval(list(range(9))).rank
    2
    """
    ordered, n = sorted(numbers), len(numbers)
    rank, coverage = 1, _coverage(n, 1)
    while rank + 1 <= n // 2 and _coverage(n, rank + 1) >= COVERAGE:
        rank, coverage = rank + 1, _coverage(n, rank + 1)
    return MedianInterval(ordered[rank - 1], ordered[n - rank], rank, coverage)


def signed(difference: float) -> str:
    """A difference for people: two digits that count, and its sign.

    >>> signed(-0.0312), signed(0.0), signed(float("inf"))
    ('−0.031', '±0', '+∞')
    """
    if math.isnan(difference):
        return "undefined"
    if math.isinf(difference):
        return "+∞" if difference > 0 else "−∞"
    if difference == 0:
        return "±0"
    text = f"{difference:+.0f}" if abs(difference) >= 100 else f"{difference:+.2g}"
    return text.replace("-", "−")


def _at_once(line: RecordedRun, change: RecordedIntervention) -> list[RecordedIntervention]:
    """Changes made at the same iteration just before this one."""
    return [other for other in earlier(line, change) if other.iteration == change.iteration]


def _cost(stretch: Stretch, at: int) -> float:
    cost = None if stretch.broke is not None else stretch.dev_cost(at)
    return math.nan if cost is None or not math.isfinite(cost) else cost


def _coverage(n: int, rank: int) -> float:
    outside: int = 2 * sum(math.comb(n, i) for i in range(rank))
    return 1 - outside / (1 << n)


def _nth(rank: int) -> str:
    return {2: "2nd", 3: "3rd"}.get(rank, f"{rank}th")
