"""The schedules of α: each by hand, their starts, their shapes, their ranges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.numerics.strategies import PROPERTY
from trainer.numerics.learning_rate_decay import DECAY_RATES, DECAYS, Decay, decayed_learning_rate


@pytest.mark.parametrize(
    ("decay", "rate", "epochs", "expected"),
    [
        ("none", 1.0, [0, 7.5, 1e6], [0.2, 0.2, 0.2]),
        # the course's table: 0.2 / (1 + 1 · epoch)
        ("inverse-time", 1.0, [0, 1, 2, 3, 4], [0.2, 0.1, 0.2 / 3, 0.05, 0.04]),
        # 0.2 / (1 + 0.5 · 1.5) = 0.2 / 1.75
        ("inverse-time", 0.5, [1.5], [0.1142857142857143]),
        # the course's 0.95^epoch: 0.95² · 0.2 = 0.9025 · 0.2; 0.95^0.5 = 0.9746794345
        ("exponential", 0.95, [0, 1, 2, 0.5], [0.2, 0.19, 0.1805, 0.1949358869]),
        # 0.2 / √(1 + 1 · 3) = 0.1; 0.2 / √(1 + 1 · 8) = 0.2 / 3
        ("inverse-sqrt", 1.0, [0, 3, 8], [0.2, 0.1, 0.2 / 3]),
        # 0.2 / √(1 + 4 · 6) = 0.2 / 5
        ("inverse-sqrt", 4.0, [6], [0.04]),
        # halved every 10 epochs
        ("staircase", 0.5, [0, 9.999, 10, 19.999, 20, 35], [0.2, 0.2, 0.1, 0.1, 0.05, 0.025]),
    ],
)
def test_by_hand(decay: Decay, rate: float, epochs: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(decayed_learning_rate(decay, 0.2, rate, 10.0, np.array(epochs)), expected, rtol=1e-9)


def test_the_interval_is_the_width_of_a_stair() -> None:
    # ⌊0.5 / 0.25⌋ = 2 stairs of 0.1: 0.1² · 1
    assert decayed_learning_rate("staircase", 1.0, 0.1, 0.25, 0.5) == pytest.approx(0.01, rel=1e-15)


@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
def test_any_shape(decay: Decay, shape: tuple[int, ...]) -> None:
    alpha = decayed_learning_rate(decay, 0.2, 0.5, 2.0, np.ones(shape))
    assert np.shape(alpha) == shape
    assert np.asarray(alpha).dtype == np.float64


@PROPERTY
@given(st.sampled_from(DECAYS), st.floats(1e-6, 1e6), st.floats(0.001, 1), st.floats(0.1, 100), st.floats(0, 1e4))
def test_starts_at_alpha_0_and_never_rises(
    decay: Decay, learning_rate: float, rate: float, interval: float, epochs: float
) -> None:
    start, here, later = decayed_learning_rate(decay, learning_rate, rate, interval, np.array([0, epochs, epochs + 1]))
    assert start == learning_rate
    assert start >= here >= later >= 0


@pytest.mark.parametrize("decay", DECAYS)
def test_the_largest_rate_lets_alpha_vanish_without_a_warning(decay: Decay) -> None:
    rate = min(DECAY_RATES[decay].high, 1e308)
    alpha = decayed_learning_rate(decay, 0.1, rate, 5e-324, 1e3)
    assert 0 <= alpha <= 0.1


@pytest.mark.parametrize("decay", DECAYS)
def test_which_rates_are_allowed(decay: Decay) -> None:
    """A factor per epoch above 1 would be growth; a rate below 0 would send α through infinity."""
    allowed = DECAY_RATES[decay]
    factor = decay in ("exponential", "staircase")
    assert 0.95 in allowed
    assert 1 in allowed
    assert (0 in allowed) == (not factor)
    assert (1.5 in allowed) == (not factor)
    assert not {-0.1, math.inf, -math.inf} & {rate for rate in (-0.1, math.inf, -math.inf) if rate in allowed}
    assert math.nan not in allowed
