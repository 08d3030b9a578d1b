"""Averages: the smoothed costs of a run, iteration after iteration.

The smoothed cost is the course's exponentially weighted average with bias correction (course 2, week 2), computed
once over every iteration, so it depends neither on the zoom nor on what is drawn:

    v = β v + (1-β) J        smoothed = v / (1 - β^t)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SMOOTHING = (0.9, 0.99, 0.999)
"""The β of the smoothed costs: averages over about 10, 100 and 1,000 iterations."""


class Averages:
    """The exponentially weighted averages, with bias correction, of all costs so far, for every β of SMOOTHING."""

    def __init__(self) -> None:
        self._v = np.zeros((len(SMOOTHING), 1))
        self._t = 0

    def of(self, costs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Those after the next iterations, `(len(SMOOTHING), n)`; what damage took away (NaN) stays away."""
        known = ~np.isnan(costs)
        smoothed = np.full((len(SMOOTHING), len(costs)), np.nan)
        if known.any():
            smoothed[:, known] = self._next(costs[known])
        return smoothed

    def _next(self, costs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Those of the next known costs."""
        beta = np.array(SMOOTHING)[:, None]
        t = np.arange(1, len(costs) + 1)
        # v = β v + (1-β) J, for all iterations at once: with s = 1, 2, 4, …, v[t] += β^s v[t-s] doubles the reach
        v = (1 - beta) * costs
        s = 1
        while s < len(costs):
            v[:, s:] += beta**s * v[:, :-s]
            s *= 2
        v += beta**t * self._v
        self._v = v[:, -1:]
        # smoothed = v / (1 - β^t)
        averages: NDArray[np.float64] = v / -np.expm1((self._t + t) * np.log(beta))
        self._t += len(costs)
        return averages
