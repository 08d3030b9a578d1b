"""Averages: the smoothed costs of a run, after every fourth iteration.

The smoothed cost is the course's exponentially weighted average with bias correction (course 2, week 2), computed
once over every iteration, so it depends neither on the zoom nor on what is drawn:

    v = β v + (1-β) J        smoothed = v / (1 - β^t)

A cost that damage took away (NaN) leaves v and t as they are. Costs are taken in blocks, which are the same in whatever
pieces the costs come: a curve that is built at once has the bits of one that grew.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

SMOOTHING = (0.9, 0.99, 0.999)
"""The β of the smoothed costs: averages over about 10, 100 and 1,000 iterations."""

EVERY = 4
"""The averages after iterations 4, 8, 12, … are told."""

_BETA = np.array(SMOOTHING)[:, None, None]
_GROUPS = 64
_BLOCK = EVERY * _GROUPS
_AT_ONCE = 128 * _BLOCK


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
        blocks = np.zeros((-(-len(costs) // _BLOCK), _GROUPS, EVERY))
        blocks.reshape(-1)[: len(costs)] = costs
        lost = np.isnan(blocks)
        v, share = _within_blocks(blocks, lost)
        before = _before_blocks(self._v, v[:, :, -1], share[:, :, -1])
        v += share * before[:, :-1, None]
        t = self._known + np.cumsum(EVERY - lost.sum(axis=2)).reshape(lost.shape[:2])
        corrections = _corrections()
        if t[0, 0] < corrections.shape[1]:
            v /= np.take(corrections, t, axis=1, mode="clip")
        v[:, lost[:, :, -1]] = np.nan
        if whole:
            self._v, self._known = before[:, whole], int(t[whole - 1, -1])
        return v.reshape(len(SMOOTHING), -1)[:, : len(costs) // EVERY]


def _within_blocks(costs: Numbers, lost: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """v after every group of a block if it were 0 before the block, and the share that is left of what it was.

    Parameters
    ----------
    costs, lost : `(blocks, groups, costs of a group)`

    Returns
    -------
    `(len(SMOOTHING), blocks, groups)`, the share perhaps of one block for all of them
    """
    beta = _BETA[..., None]
    keep = np.broadcast_to(beta, (len(SMOOTHING), 1, _GROUPS, EVERY))
    if lost.any():
        costs, keep = np.where(lost, 0.0, costs), np.where(lost, 1.0, beta)
    part = (1 - beta) * costs
    while part.shape[-1] > 1:  # two neighbours become one
        first, second = part[..., ::2], part[..., 1::2]
        part = second + keep[..., 1::2] * first
        keep = keep[..., ::2] * keep[..., 1::2]
    v, share = part[..., 0], keep[..., 0]
    s = 1
    while s < _GROUPS:  # with s = 1, 2, 4, …, v[t] += β^s v[t-s] doubles the reach
        v[..., s:] += share[..., s:] * v[..., :-s]
        share[..., s:] *= share[..., :-s].copy()
        s *= 2
    return v, share


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
