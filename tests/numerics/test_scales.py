"""Scales and intervals: the course's examples, positions along a knob, what is allowed and how it is said."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.numerics.strategies import PROPERTY
from trainer.engine import hyperparameters
from trainer.numerics.scales import Interval, Scale

ALPHA = Scale("log", 1e-4, 1, Interval(0, 1, "(]"))
BETA = Scale("1-log", 0.9, 0.999, Interval(0, 1, "[)"))
SCALES = {
    **hyperparameters.SCALES,
    "hidden_units": hyperparameters.HIDDEN_UNITS,
    "hidden_layers": hyperparameters.HIDDEN_LAYERS,
}
UNITS = Scale("linear", 50, 100, Interval(1, 1000, whole=True))


def test_log_scale_gives_each_decade_of_alpha_a_quarter_of_the_knob() -> None:
    # r ~ U(-4, 0), α = 10^r: -4 + 4 · (0, 1/4, 1/2, 3/4, 1)
    knob = [ALPHA.from_unit(r) for r in (0, 0.25, 0.5, 0.75, 1)]
    assert knob == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1], rel=1e-12)


def test_one_minus_log_scale_spreads_the_averaging_window() -> None:
    # 1 - β = 10^r, r ~ U(-3, -1): β = 0.9, 0.99, 0.999 average over 1 / (1 - β) = 10, 100, 1000 values
    knob = [BETA.from_unit(r) for r in (0, 0.5, 1)]
    assert knob == pytest.approx([0.9, 0.99, 0.999], rel=1e-12)
    assert [1 / (1 - beta) for beta in knob] == pytest.approx([10, 100, 1000], rel=1e-9)
    # the same small change is nothing at 0.9 (window 10 → 10.05) and half of a factor 2 at 0.999 (1000 → 2000)
    assert BETA.to_unit(0.9005) - BETA.to_unit(0.9) < 0.002
    assert pytest.approx(2000) == 1 / (1 - 0.9995)


def test_linear_scale_of_hidden_units() -> None:
    # 50 + r · 50, rounded: 50, 62.5 → 62, 75, 100
    assert [UNITS.from_unit(r) for r in (0, 0.25, 0.5, 1)] == [50, 62, 75, 100]


def test_random_draws_are_uniform_along_the_knob_not_in_the_value() -> None:
    generator = np.random.Generator(np.random.PCG64(1))
    draws = np.array([ALPHA.draw(generator) for _ in range(4000)])
    decades = np.histogram(np.log10(draws), bins=[-4, -3, -2, -1, 0])[0]
    # 1000 ± √(4000 · 1/4 · 3/4) = 1000 ± 27 each; a uniform draw of α would put 3600 into the last
    assert decades.sum() == 4000
    assert (np.abs(decades - 1000) < 5 * 27).all()


@pytest.mark.parametrize("name", SCALES)
def test_ends_of_every_knob_are_allowed_values_and_its_ends(name: str) -> None:
    scale = SCALES[name]
    for r, end in ((0, scale.low), (1, scale.high)):
        assert end in scale.valid
        assert scale.from_unit(r) == pytest.approx(end, rel=1e-12)
        assert scale.from_unit(r) in scale.valid
        assert scale.to_unit(end) == pytest.approx(r, abs=1e-15)


@pytest.mark.parametrize("name", SCALES)
def test_values_beyond_the_knob_sit_at_its_ends(name: str) -> None:
    scale = SCALES[name]
    assert scale.to_unit(scale.low - 1) == pytest.approx(0, abs=1e-15)
    assert scale.to_unit(scale.high + 1) == pytest.approx(1, abs=1e-15)


@PROPERTY
@given(st.sampled_from([name for name, scale in SCALES.items() if not scale.valid.whole]), st.floats(0, 1))
def test_to_unit_is_the_inverse_of_from_unit(name: str, r: float) -> None:
    scale = SCALES[name]
    value = scale.from_unit(r)
    assert scale.low <= value <= scale.high
    assert scale.to_unit(value) == pytest.approx(r, abs=1e-9)


@PROPERTY
@given(st.sampled_from([name for name, scale in SCALES.items() if scale.valid.whole]), st.floats(0, 1))
def test_whole_values_come_out_whole_and_allowed(name: str, r: float) -> None:
    scale = SCALES[name]
    value = scale.from_unit(r)
    assert value == int(value)
    assert value in scale.valid


@pytest.mark.parametrize(
    ("interval", "inside", "outside"),
    [
        (Interval(0, 1, "[]"), [0, 0.5, 1], [-5e-324, 1.0000000000000002]),
        (Interval(0, 1, "()"), [5e-324, 0.5], [0, -0.0, 1]),
        (Interval(0, 1, "[)"), [0, 0.9999999999999999], [1]),
        (Interval(0, 1, "(]"), [1], [0]),
        (Interval(0, math.inf, "[)"), [0, 1e308, 10**300], [-1, 10**400]),
        (Interval(2, math.inf, "[)", whole=True), [2, 3.0, 10**18], [1, 2.5, 10**400]),
    ],
)
def test_interval_by_hand(interval: Interval, inside: list[float], outside: list[float]) -> None:
    assert [value in interval for value in inside] == [True] * len(inside)
    assert [value in interval for value in [*outside, math.nan, math.inf, -math.inf]] == [False] * (len(outside) + 3)


@pytest.mark.parametrize(
    ("interval", "sentence"),
    [
        (Interval(0, 1, "[)"), "a number at least 0 and below 1"),
        (Interval(0, 1e6, "(]"), "a number above 0 and at most 1e+06"),
        (Interval(0, math.inf, "()"), "a number above 0"),
        (Interval(2, math.inf, "[)", whole=True), "a whole number at least 2"),
    ],
)
def test_interval_in_words(interval: Interval, sentence: str) -> None:
    assert str(interval) == sentence
