from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trainer.data.normalization import Moments, normalize
from trainer.errors import InvalidData


def training_statistics(
    X: np.ndarray, features: Sequence[str], blocks: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    moments = Moments(X.shape[1])
    for block in np.array_split(X, blocks):
        moments.add(block)
    return moments.statistics(features)


def test_by_hand() -> None:
    # column a: 1, 3, 5, 7    μ = 16/4 = 4    σ² = (9 + 1 + 1 + 9)/4 = 5    (1 - 4)/√5 = -1.3416…
    # column b: 2, 2, 2, 2    constant: μ = 2, σ = 1, all 0
    X = np.array([[1, 2], [3, 2], [5, 2], [7, 2]])
    mean, deviation, constant = training_statistics(X, ("a", "b"))
    assert mean.tolist() == [4, 2]
    assert deviation == pytest.approx([5**0.5, 1])
    assert constant.tolist() == [False, True]
    expected = np.array([[-3, 0], [-1, 0], [1, 0], [3, 0]]) / 5**0.5
    np.testing.assert_allclose(normalize(X, mean, deviation, "float64"), expected, rtol=1e-15)
    # another example on the same scale: (9 - 4)/√5, (5 - 2)/1
    np.testing.assert_allclose(normalize(np.array([[9, 5]]), mean, deviation, "float64"), [[5**0.5, 3]])


@given(arrays(np.float64, (12, 3), elements=st.floats(-1e6, 1e6).map(lambda x: round(x, 3))))
def test_mean_0_and_variance_1(X: np.ndarray) -> None:
    mean, deviation, constant = training_statistics(X, ("a", "b", "c"))
    normalized = normalize(X, mean, deviation, "float64")
    np.testing.assert_allclose(normalized.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(normalized.std(axis=0), np.where(constant, 0, 1), atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "bool"])
def test_every_kind_of_number_gives_the_same(dtype: str) -> None:
    X = np.array([[0, 1], [1, 0], [1, 1]])
    mean, deviation, _ = training_statistics(X.astype(np.float64), "ab")
    other_mean, other_deviation, _ = training_statistics(X.astype(dtype), "ab")
    assert mean.tobytes() == other_mean.tobytes()
    assert deviation.tobytes() == other_deviation.tobytes()
    expected = normalize(X.astype(np.float64), mean, deviation, "float32")
    assert normalize(X.astype(dtype), mean, deviation, "float32").tobytes() == expected.tobytes()


def test_a_constant_that_has_no_exact_sum_is_still_constant() -> None:
    X = np.full((7, 1), 0.1)
    mean, deviation, constant = training_statistics(X, ("a",))
    assert constant[0]
    assert normalize(X, mean, deviation, "float64").tolist() == [[0.0]] * 7


@pytest.mark.parametrize(("values", "word"), [([1e200, -1e200, 0], "large"), ([1e-200, 0, 0], "small")])
def test_ranges_beyond_the_numbers_are_refused(values: list[float], word: str) -> None:
    with pytest.raises(InvalidData, match=f"'width' lie between .* too {word} a range"):
        training_statistics(np.array(values)[:, None], ("width",))


def test_result_is_c_contiguous() -> None:
    X = np.asfortranarray(np.arange(12.0).reshape(4, 3))
    assert normalize(X, np.zeros(3), np.ones(3), "float32").flags.c_contiguous


def test_two_blocks_by_hand() -> None:
    # A = 1, 3: μ = 2, M = 2    B = 5, 7, 9: μ = 7, M = 8    δ = 5    m = 5
    # μ = 2 + 5 · 3/5 = 5    M = 2 + 8 + 25 · 2 · 3/5 = 40    σ² = 40/5 = 8
    moments = Moments(1)
    moments.add(np.array([[1], [3]]))
    moments.add(np.empty((0, 1), int))
    moments.add(np.array([[5], [7], [9]]))
    mean, deviation, _ = moments.statistics("a")
    assert (mean.tolist(), deviation.tolist()) == ([5], [8**0.5])
    assert (moments.low.tolist(), moments.high.tolist()) == ([1], [9])


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16"])
def test_one_block_gives_the_bits_of_numpy(dtype: str) -> None:
    X = (np.random.Generator(np.random.PCG64(1)).normal(50, 20, (3000, 4))).astype(dtype)
    mean, deviation, _ = training_statistics(X, "abcd")
    assert mean.tobytes() == X.mean(axis=0, dtype=np.float64).tobytes()
    assert deviation.tobytes() == X.std(axis=0, dtype=np.float64).tobytes()


@given(
    arrays(np.float64, (24, 2), elements=st.floats(-1e6, 1e6).map(lambda x: round(x, 3))),
    st.integers(1, 24),
    st.sampled_from([0.0, 1e9]),
)
def test_blocks_add_up_to_the_whole(X: np.ndarray, blocks: int, far: float) -> None:
    X = X + far  # a large mean beside the deviation is where sums of squares would lose everything
    whole, parts = training_statistics(X, "ab"), training_statistics(X, "ab", blocks)
    np.testing.assert_allclose(parts[0], whole[0], rtol=1e-13, atol=1e-9)
    np.testing.assert_allclose(parts[1], whole[1], rtol=1e-9, atol=1e-6 if far else 1e-8)
    assert parts[2].tolist() == whole[2].tolist()


@pytest.mark.parametrize("shape", [(700, 1000), (3, 300_000), (270_000, 1), (5, 4)])
def test_many_numbers_are_normalised_in_parts_with_the_same_bits(shape: tuple[int, int]) -> None:
    X = np.random.Generator(np.random.PCG64(1)).integers(0, 255, shape, dtype=np.uint8)
    mean, deviation = X.mean(axis=0), X.std(axis=0) + 1
    made = normalize(X, mean, deviation, "float32")
    assert made.tobytes() == ((X - mean) / deviation).astype("float32").tobytes()
    assert made.flags.c_contiguous
