"""Luck or skill: which seeds, and what many paired differences say together."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trainer.experiments.over_seeds import median_interval, other_seeds, summary


@pytest.mark.parametrize(
    ("n", "rank", "coverage"), [(2, 1, 0.5), (5, 1, 0.9375), (6, 1, 0.96875), (9, 2, 0.9609375), (64, 24, 0.9672)]
)
def test_the_interval_covers_what_it_says(n: int, rank: int, coverage: float) -> None:
    found = median_interval(list(range(n)))
    assert (found.rank, found.low, found.high) == (rank, rank - 1, n - rank)
    assert found.coverage == pytest.approx(coverage, abs=5e-5)
    generator = np.random.Generator(np.random.PCG64(n))
    draws = np.sort(generator.exponential(size=(20_000, n)), axis=1)
    inside = (draws[:, rank - 1] <= math.log(2)) & (math.log(2) <= draws[:, n - rank])
    assert inside.mean() == pytest.approx(found.coverage, abs=0.012)


def test_pairs_that_are_not_finite() -> None:
    found = summary(5, [1, 2, 3, 4, 5], [-math.inf, -0.5, math.nan, 0.25, math.inf])
    assert found.text == "helped in 2 of 4 seeds, median −0.12 [−∞, +∞]; in 1 more neither run was finite"
    none = summary(2, [1, 2], [math.nan, math.nan])
    assert none.text == "there is no pair of runs to compare; in 2 more neither run was finite"
    assert none.median is None


def test_other_seeds_stay_within_what_a_seed_can_be() -> None:
    assert other_seeds(1, 3) == (2, 3, 4)
    assert other_seeds(2**63 - 2, 3) == (2**63 - 1, 0, 1)
