"""A pyramid keeps every extreme at every level, whatever the pieces in which it was fed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.recorder.pyramid import Buckets, Pyramid


def fed(values: np.ndarray, pieces: list[int], capacity: int = 2**21) -> Pyramid:
    pyramid = Pyramid(1, capacity)
    at = 0
    for piece in [*pieces, len(values)]:
        pyramid.append(values[None, at : at + piece])
        at += piece
    return pyramid


def expected(values: np.ndarray, found: Buckets, stop: int) -> list[tuple[float, float, float]]:
    places = range(found.first, found.first + len(found))
    cut = [values[i * found.size : min((i + 1) * found.size, stop)] for i in places]
    return [(piece.min(), piece.max(), piece.mean()) for piece in cut]


@given(
    n=st.integers(1, 3000),
    pieces=st.lists(st.integers(0, 700), max_size=8),
    stretch=st.tuples(st.integers(0, 3000), st.integers(0, 3000)),
    k=st.integers(0, 14),
)
def test_every_bucket_is_what_the_numbers_say(n: int, pieces: list[int], stretch: tuple[int, int], k: int) -> None:
    values = np.random.default_rng(n).standard_normal(n).astype(np.float32).astype(np.float64)
    start, stop = min(stretch), max(stretch)
    found = fed(values, pieces).buckets(start, stop, 2**k)
    stop = min(stop, n)
    assert found.size == 2**k
    assert len(found) == max(0, -(-stop // found.size) - min(start, stop) // found.size)
    for i, (low, high, mean) in enumerate(expected(values, found, stop)):
        assert found.low[0, i] == np.float32(low)
        assert found.high[0, i] == np.float32(high)
        assert found.mean[0, i] == pytest.approx(mean, rel=1e-4, abs=1e-5)
    assert found.whole == sum((found.first + i + 1) * found.size <= stop for i in range(len(found)))


def test_one_number_among_a_million_is_seen_at_every_width() -> None:
    values = np.ones(1_000_001)
    values[654_321] = 77.0
    pyramid = fed(values, [1000] * 1000)
    for k in range(21):
        found = pyramid.buckets(0, len(values), 2**k)
        assert found.high.max() == 77.0
        assert np.argmax(found.high[0]) == 654_321 // 2**k


def test_what_is_forgotten_is_still_known_more_coarsely() -> None:
    n = 100_000
    values = np.arange(n, dtype=np.float64)
    values[100] = 1e6
    pyramid = fed(values, [999] * 100, capacity=4096)
    recent = pyramid.buckets(n - 50, n, 1)
    assert recent.size == 1
    assert recent.mean[0].tolist() == values[-50:].tolist()
    old = pyramid.buckets(90, 110, 1)
    assert old.size > 1
    assert old.high.max() == 1e6
    for stop in range(64, 400):
        found = pyramid.buckets(0, stop, 64)
        assert found.low[0, 0] == 0
        assert stop - 1 <= found.high[0, -1] if stop > 128 else found.high[0].max() >= stop - 1
    assert pyramid.nbytes < 4096 * 4 + 8 * 3 * 4096 * 4


def test_means_alone_are_the_same_means_and_take_less_room() -> None:
    numbers = np.random.Generator(np.random.PCG64(5)).random((3, 100_000))
    both, alone = Pyramid(3), Pyramid(3, extremes=False)
    for pyramid in (both, alone):
        pyramid.append(numbers)
    for size in (1, 8, 64, 2048):
        expected, found = both.buckets(1234, 98_765, size), alone.buckets(1234, 98_765, size)
        assert (found.first, found.size, found.whole) == (expected.first, expected.size, expected.whole)
        assert np.array_equal(found.mean, expected.mean)
    assert alone.nbytes < 0.75 * both.nbytes


def test_a_number_that_is_missing_hides_no_other() -> None:
    values = np.array([1.0, np.nan, 3.0, 2.0])
    found = fed(values, []).buckets(0, 4, 4)
    assert (found.low[0, 0], found.high[0, 0]) == (1.0, 3.0)


def test_a_number_beyond_float32_is_drawn_at_its_end() -> None:
    found = fed(np.array([1e300]), []).buckets(0, 1, 1)
    assert found.high[0, 0] == np.finfo(np.float32).max


def test_locate_counts_the_numbers_before() -> None:
    values = np.arange(0, 200_000, 2, dtype=np.float64)
    pyramid = fed(values, [100] * 10)
    assert [pyramid.locate(0, v) for v in (-1, 0, 1, 2, 1000, 10**9)] == [0, 0, 1, 1, 500, len(values)]
