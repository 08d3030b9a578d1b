"""α after nudges: back is exactly back, and what is set is short."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.engine.nudging import nudged
from trainer.service.protocol import NUDGES

BACK = {"÷3": "×3", "×3": "÷3", "÷1.1": "×1.1", "×1.1": "÷1.1"}

rates = st.floats(1e-12, 1e5)
short_rates = st.builds(lambda n, e: float(f"{n}e{e}"), st.integers(1, 999), st.integers(-12, 2))
words = st.lists(st.sampled_from(list(NUDGES)), min_size=1, max_size=12)


class Alpha:
    """α, and the changes of it on the record."""

    def __init__(self, value: float) -> None:
        self.value = value
        self.changes: list[tuple[float, float]] = []

    def set(self, value: float) -> None:
        self.changes.append((self.value, value))
        self.value = value

    def nudge(self, name: str) -> float:
        self.set(nudged(self.value, NUDGES[name], self.changes))
        return self.value


@pytest.mark.parametrize(
    ("start", "name", "there"),
    [
        (0.1, "÷3", 0.03333),
        (0.1, "×3", 0.3),
        (0.1, "÷1.1", 0.09091),
        (0.1, "×1.1", 0.11),
        (0.05, "×3", 0.15),
        (0.0123456789, "×3", 0.03704),
        (1e-7, "÷3", 3.333e-8),
    ],
)
def test_what_a_nudge_sets(start: float, name: str, there: float) -> None:
    alpha = Alpha(start)
    assert alpha.nudge(name) == there
    assert alpha.nudge(BACK[name]) == start


@given(rates, words)
def test_the_way_back_is_exactly_the_way_there(start: float, word: list[str]) -> None:
    alpha = Alpha(start)
    way = [start, *(alpha.nudge(name) for name in word)]
    back = [alpha.nudge(BACK[name]) for name in reversed(word)]
    assert back == way[-2::-1]
    assert [alpha.nudge(name) for name in word] == way[1:]


@given(rates, words, st.lists(st.one_of(st.sampled_from(list(NUDGES)), rates), max_size=20))
def test_whatever_was_done_before(start: float, word: list[str], before: list[str | float]) -> None:
    alpha = Alpha(start)
    for act in before:
        if isinstance(act, str):
            alpha.nudge(act)
        else:
            alpha.set(act)
    there = alpha.value
    for name in word:
        alpha.nudge(name)
    for name in reversed(word):
        alpha.nudge(BACK[name])
    assert alpha.value == there


@given(short_rates, st.sampled_from(list(NUDGES)))
def test_a_short_number_comes_back_without_the_record(start: float, name: str) -> None:
    there = nudged(start, NUDGES[name], [])
    assert nudged(there, NUDGES[BACK[name]], []) == start


@given(rates, st.sampled_from(list(NUDGES)))
def test_it_is_short_and_near_the_product(start: float, name: str) -> None:
    there = nudged(start, NUDGES[name], [])
    assert there == float(f"{there:.4g}")
    assert math.isclose(there, start * NUDGES[name], rel_tol=1e-3)
