"""The dev cost of panda and caviar against compute, over all seeds, as a chart shows it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from trainer.experiments.caviar.verdict import SeedResult


@dataclass(frozen=True)
class Band:
    """A dev cost against compute.

    Attributes
    ----------
    shares : of the panda's compute, ascending, above 0 and up to 1
    low, median, high : over the seeds, low and high a quarter from either end; infinite where it has not begun, or
        diverged
    """

    shares: tuple[float, ...]
    low: tuple[float, ...]
    median: tuple[float, ...]
    high: tuple[float, ...]


def bands(results: Sequence[SeedResult], trials: int) -> tuple[Band, Band]:
    """The panda's, and that of the best trial so far, of at least one seed."""
    total = results[0].panda.points[-1][1]
    at = [compute for _, compute in results[0].panda.points]
    near = 0.5 * total / trials  # a trial ends not quite where its share does
    panda = [[_latest(result.panda_curve, compute, 0) for compute in at] for result in results]
    caviar = [[_latest(result.caviar_curve, compute, near) for compute in at] for result in results]
    for mine, result in zip(panda, results, strict=True):
        if math.isinf(result.panda.dev_cost):
            mine[-1] = math.inf
    shares = tuple(compute / total for compute in at)
    return _band(shares, panda), _band(shares, caviar)


def _latest(curve: Sequence[tuple[int, float]], compute: int, near: float) -> float:
    return next((cost for at, cost in reversed(curve) if at <= compute + near), math.inf)


def _band(shares: tuple[float, ...], rows: Sequence[Sequence[float]]) -> Band:
    columns = [sorted(column) for column in zip(*rows, strict=True)]
    quarter = len(rows) // 4
    return Band(
        shares,
        tuple(column[quarter] for column in columns),
        tuple(statistics.median(column) for column in columns),
        tuple(column[-1 - quarter] for column in columns),
    )
