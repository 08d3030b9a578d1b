"""Averages: the smoothed costs of a run, after every fourth iteration.

The smoothed cost is the course's exponentially weighted average with bias correction (course 2, week 2), computed
once over every iteration, so it depends neither on the zoom nor on what is drawn:

    v = β v + (1-β) J        smoothed = v / (1 - β^t)

A cost that damage took away (NaN) leaves v and t as they are. Costs are taken in blocks, which are the same in whatever
pieces the costs come: a curve that is built at once has the bits of one that grew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from trainer.numerics.optimizers import update_average_weight

Numbers = NDArray[np.float64]

SMOOTHING = (0.9, 0.99, 0.999)
"""The β of the smoothed costs: averages over about 10, 100 and 1,000 iterations."""

EVERY = 4
"""The averages after iterations 4, 8, 12, … are told."""

_BETA = np.array(SMOOTHING)[:, None, None]
_GROUPS = 64
_BLOCK = EVERY * _GROUPS
_AT_ONCE = 128 * _BLOCK


@dataclass(frozen=True)
class SoFar:
    """Where the averages stand after some costs.

    Attributes
    ----------
    known : how many costs
    values : the smoothed cost for every β of SMOOTHING; of no costs 0
    """

    known: int = 0
    values: tuple[float, ...] = (0.0,) * len(SMOOTHING)

    def after(self, costs: Numbers) -> list[list[float]]:
        """The smoothed costs after each of further ones, a row for every β of SMOOTHING."""
        return [smoothed(costs, beta, v, self.known) for beta, v in zip(SMOOTHING, self.values, strict=True)]


NOTHING_YET = SoFar()

_MEMORY = 40_000
"""Costs: what the longest average still holds of one before these is lost in rounding."""


def so_far(costs: Numbers) -> SoFar:
    """Where the averages stand after some costs, without those that damage took away.

    >>> so_far(np.array([1.0, math.nan, 1.0]))
    SoFar(known=2, values=(1.0, 1.0, 1.0))
    """
    known = costs[np.isfinite(costs)][-_MEMORY:]
    return SoFar(len(known), tuple(row[-1] for row in NOTHING_YET.after(known))) if len(known) else NOTHING_YET


def smoothed(costs: Numbers, beta: float = SMOOTHING[0], before: float = 0.0, known: int = 0) -> list[float]:
    """The smoothed cost after each of some costs; they go on from `before`, that of `known` others.

    >>> [round(cost, 3) for cost in smoothed(np.array([1.0, 2.0, 2.0]), 0.5)]
    [1.0, 1.667, 1.857]
    >>> [round(cost, 3) for cost in smoothed(np.array([2.0, 2.0]), 0.5, 1.0, 1)]
    [1.667, 1.857]
    """
    weight = 1 - beta**known
    v = before * weight
    averages = []
    for cost in costs.tolist():
        v = beta * v + (1 - beta) * cost
        weight = update_average_weight(weight, beta)
        averages.append(v / weight)
    return averages


class Averages:
    """The exponentially weighted averages, with bias correction, for every β of SMOOTHING."""

    def __init__(self) -> None:
        # after the last whole block: v for each β, and how many costs are known; then the costs that follow it
        self._v = np.zeros(len(SMOOTHING))
        self._known = 0
        self._rest: Numbers = np.empty(0)

    def of(self, costs: Numbers) -> Numbers:
        """Those that the next costs lead to, `(len(SMOOTHING), n)`; NaN where the cost of that very iteration is."""
        told = len(self._rest) // EVERY
        costs = np.concatenate([self._rest, costs])
        found = [self._of_blocks(costs[at : at + _AT_ONCE]) for at in range(0, len(costs), _AT_ONCE)]
        self._rest = costs[len(costs) // _BLOCK * _BLOCK :].copy()
        return np.concatenate([np.empty((len(SMOOTHING), 0)), *found], axis=1)[:, told:]

    def _of_blocks(self, costs: Numbers) -> Numbers:
        """Those after every fourth of these costs, of which the first begins a block."""
        whole = len(costs) // _BLOCK
        filled = np.zeros((-(-len(costs) // _BLOCK), _GROUPS, EVERY))
        filled.reshape(-1)[: len(costs)] = costs
        columns = np.ascontiguousarray(filled.T)
        lost = np.isnan(columns)
        damaged = bool(lost.any())
        v, share = _within_blocks(columns, lost if damaged else None)
        before = _before_blocks(self._v, v[:, -1], share[:, -1])
        v += share * before[:, None, :-1]
        corrections = _corrections()
        if self._known < corrections.shape[1]:
            t = self._known + np.cumsum(EVERY - lost.sum(axis=0).T).reshape(v.shape[:0:-1]).T
            v /= np.take(corrections, t, axis=1, mode="clip")
        if damaged:
            v[:, lost[-1]] = np.nan
        if whole:
            self._v = before[:, whole]
            self._known += whole * _BLOCK - int(lost[:, :, :whole].sum())
        return v.transpose(0, 2, 1).reshape(len(SMOOTHING), -1)[:, : len(costs) // EVERY]


def _within_blocks(costs: Numbers, lost: NDArray[np.bool_] | None) -> tuple[Numbers, Numbers]:
    """v after every group of a block if it were 0 before the block, and the share that is left of what it was.

    Parameters
    ----------
    costs, lost : `(costs of a group, groups, blocks)`; None where no cost is lost

    Returns
    -------
    `(len(SMOOTHING), groups, blocks)`, the share perhaps of one block for all of them
    """
    keep = np.broadcast_to(_BETA[..., None], (len(SMOOTHING), EVERY, _GROUPS, 1))
    if lost is not None:
        costs, keep = np.where(lost, 0.0, costs), np.where(lost, 1.0, keep)
    # divided first, so that no sum is too large for a float
    costs = costs / EVERY
    v = keep[:, 1] * costs[0]
    v += costs[1]
    for j in range(2, EVERY):
        v *= keep[:, j]
        v += costs[j]
    v *= EVERY * (1 - _BETA)
    share = np.multiply.reduce(keep, axis=1)
    for g in range(1, _GROUPS):
        v[:, g] += share[:, g] * v[:, g - 1]
    return v, np.multiply.accumulate(share, axis=1)


def _before_blocks(v: Numbers, ends: Numbers, shares: Numbers) -> Numbers:
    """v before each block and after the last, `(len(SMOOTHING), blocks + 1)`."""
    rows = zip(v.tolist(), ends.tolist(), np.broadcast_to(shares, ends.shape).tolist(), strict=True)
    return np.array(
        [
            list(accumulate(zip(end, share, strict=True), lambda v, block: block[0] + block[1] * v, initial=begin))
            for begin, end, share in rows
        ]
    )


@lru_cache(maxsize=1)
def _corrections() -> Numbers:
    """1 - β^t for every β and t = 0, 1, 2, … until nothing is left to correct; 1 where no cost is known yet."""
    last = math.ceil(54 * math.log(2) / -math.log(max(SMOOTHING)))
    corrections: Numbers = -np.expm1(np.arange(last + 1) * np.log(_BETA[:, 0]))
    corrections[:, 0] = 1.0
    assert (corrections[:, -1] == 1.0).all()
    return corrections
