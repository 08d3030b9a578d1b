"""The smoothed cost is the course's formula, and has the same bits in whatever pieces the costs come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.recorder.averages import EVERY, SMOOTHING, Averages


@given(n=st.integers(0, 3000), lost=st.floats(0, 1), seed=st.integers(0, 2**32))
def test_they_have_the_same_bits_in_any_pieces(n: int, lost: float, seed: int) -> None:
    numbers = np.random.Generator(np.random.PCG64(seed))
    costs = numbers.lognormal(size=n)
    costs[numbers.integers(0, max(1, n), int(n * lost**8))] = np.nan
    cuts = np.sort(numbers.integers(0, n + 1, numbers.integers(0, 30)))
    at_once, grown = Averages(), Averages()
    whole = at_once.of(costs)
    pieces = [grown.of(piece) for piece in np.split(costs, cuts)]
    assert whole.shape == (len(SMOOTHING), n // EVERY)
    assert np.concatenate(pieces, axis=1).tobytes() == whole.tobytes()


@pytest.mark.parametrize("n", [41_111, 200_000])
def test_they_are_the_formula_however_long_the_run(n: int) -> None:
    costs = np.random.Generator(np.random.PCG64(1)).lognormal(size=n)
    costs[5_000:9_000] = costs[10_001:10_400:3] = np.nan
    found = Averages().of(costs)
    for row, beta in zip(found, SMOOTHING, strict=True):
        v = weight = 0.0
        expected = []
        for t, cost in enumerate(costs.tolist(), 1):
            if cost == cost:
                v, weight = beta * v + (1 - beta) * cost, beta * weight + (1 - beta)
            if t % EVERY == 0:
                expected.append(v / weight if cost == cost else np.nan)
        np.testing.assert_allclose(row, expected, rtol=1e-12)


def test_equal_costs_are_their_average() -> None:
    found = Averages().of(np.full(2000, 0.3))
    np.testing.assert_allclose(found, 0.3, rtol=1e-14)
