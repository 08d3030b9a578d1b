"""Scales: ten thousand draws of each hyperparameter against the law that the course gives."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats

from trainer.errors import InvalidInput
from trainer.experiments.search.box import Box
from trainer.experiments.search.dimension import SEARCHABLE, dimension, position

N = 10_000
FEWEST = 0.001
"""Of p: 1 in 1,000 where the law holds; the seed is fixed, so the test is the same each time."""


def draws(name: str, bounds: Sequence[Any], seed: int = 1) -> list[Any]:
    box = Box.of({name: bounds})
    return [box.draw(seed, index)[name] for index in range(N)]


@pytest.mark.parametrize(
    ("name", "low", "high", "law"),
    [
        ("learning_rate", 1e-4, 1.0, stats.loguniform(1e-4, 1.0).cdf),
        ("weight_decay", 1e-6, 0.1, stats.loguniform(1e-6, 0.1).cdf),
        # 1 - β is log-uniform in 1e-3..1, so P(β <= b) = P(1 - β >= 1 - b)
        ("momentum", 0.0, 0.999, lambda b: 1 - stats.loguniform(1e-3, 1.0).cdf(1 - np.asarray(b))),
        ("momentum", 0.9, 0.999, lambda b: 1 - stats.loguniform(1e-3, 0.1).cdf(1 - np.asarray(b))),
        ("beta2", 0.9, 0.9999, lambda b: 1 - stats.loguniform(1e-4, 0.1).cdf(1 - np.asarray(b))),
    ],
)
def test_a_real_number_follows_its_law(name: str, low: float, high: float, law: Callable[..., Any]) -> None:
    values = draws(name, [low, high])
    assert low <= min(values)
    assert max(values) <= high
    assert stats.kstest(values, law).pvalue > FEWEST
    linear = stats.uniform(low, high - low).cdf
    assert stats.kstest(values, linear).pvalue < 1e-9  # the test tells a wrong scale


@pytest.mark.parametrize(
    ("name", "bounds", "allowed"),
    [
        ("hidden_units", [50, 100], list(range(50, 101))),
        ("hidden_layers", [2, 4], [2, 3, 4]),
        ("mini_batch_size", [16, 512], [16, 32, 64, 128, 256, 512]),
        ("mini_batch_size", [10, 100], [16, 32, 64]),
        ("optimizer", ["gd", "momentum", "rmsprop", "adam"], None),
        ("batch_norm", ["on", "off"], [True, False]),
        ("batch_norm", ["off"], [False]),
    ],
)
def test_whole_numbers_and_choices_are_equally_likely(name: str, bounds: list[Any], allowed: list[Any] | None) -> None:
    found = Counter(draws(name, bounds))
    allowed = list(dimension(name, bounds).values) if allowed is None else allowed
    assert set(found) == set(allowed)
    if len(allowed) > 1:
        assert stats.chisquare([found[value] for value in allowed]).pvalue > FEWEST
    if name in ("hidden_units", "hidden_layers", "mini_batch_size"):
        assert all(type(value) is int for value in found)


def test_draws_do_not_depend_on_what_else_is_in_the_box() -> None:
    alone, both = Box.of({"learning_rate": [1e-4, 1]}), Box.first()
    for index in range(100):
        assert alone.draw(7, index)["learning_rate"] == both.draw(7, index)["learning_rate"]
    r = np.array([[position(1, index, name) for name in ("learning_rate", "momentum")] for index in range(N)])
    assert stats.spearmanr(r).pvalue > FEWEST
    assert abs(np.corrcoef(r[1:, 0], r[:-1, 0])[0, 1]) < 0.04  # nor on the trial before
    other = [position(2, index, "learning_rate") for index in range(N)]
    assert abs(np.corrcoef(r[:, 0], other)[0, 1]) < 0.04  # nor on the trial of another seed


def test_a_position_is_the_same_for_ever() -> None:
    assert position(1, 0, "learning_rate") == 0.5773222024891435
    assert position(1, 1, "learning_rate") == 0.9518978862098589
    assert position(2**63 - 1, 99_999, "momentum") == 0.054370224967078995


@pytest.mark.parametrize("name", SEARCHABLE)
def test_positions_and_values_are_each_others_inverse(name: str) -> None:
    spec = SEARCHABLE[name]
    bounds: Sequence[Any] = spec.choices or (True, False)
    if spec.scale is not None:
        bounds = [spec.scale.low, spec.scale.high]
    found = dimension(name, bounds)
    for index in range(200):
        value = found.from_unit(position(3, index, name))
        assert found.holds(value)
        back = found.from_unit(found.to_unit(value))
        assert back == value or math.isclose(back, value, rel_tol=1e-9)
    assert found.holds(found.from_unit(0.0))
    assert found.holds(found.from_unit(1.0))
    assert dimension(name, found.bounds()) == found


@pytest.mark.parametrize(
    ("name", "bounds", "sentence"),
    [
        ("learning_rate", [0.1, 0.1], "the range of learning_rate, 0.1 to 0.1, is empty"),
        ("learning_rate", [1, 0.1], "the range of learning_rate, 1 to 0.1, is reversed"),
        ("learning_rate", ["0", "1"], "learning_rate must be a number above 0 and at most 1e+06, but got 0"),
        ("weight_decay", [0, 1], "weight_decay is drawn on a log scale, so both ends must be above 0, but got 0"),
        ("weight_decay", [-1, 1], "weight_decay must be a number at least 0, but got -1"),
        ("momentum", [0.9, 1.0], "momentum must be a number at least 0 and below 1, but got 1 as an end"),
        ("momentum", ["0.9", "much"], "momentum must be a number"),
        ("learning_rate", [math.nan, 1], "but got nan"),
        ("learning_rate", [1e-3, math.inf], "but got inf"),
        ("learning_rate", [None, 1], "but got None"),
        ("learning_rate", [True, 2], "but got True"),
        ("learning_rate", [0.1], "learning_rate needs two ends, as in learning_rate=LOW:HIGH, but got 0.1"),
        ("learning_rate", [], "but got nothing"),
        ("hidden_units", [8.5, 16], "hidden_units must be a whole number"),
        ("mini_batch_size", [0, 16], "mini_batch_size must be a whole number at least 1"),
        ("mini_batch_size", [33, 63], "there is no power of two from 33 to 63 for mini_batch_size"),
        ("optimizer", ["adam", "best"], "optimizer must be among"),
        ("batch_norm", ["maybe"], "batch_norm must be among on, off, but got 'maybe'"),
        ("dropout", [0, 1], "'dropout' cannot be searched; what can is learning_rate, momentum"),
    ],
)
def test_what_is_no_range_is_refused(name: str, bounds: list[Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        dimension(name, bounds)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
