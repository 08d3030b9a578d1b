"""Mini-batches: the pinned order of data, the last one, a size that changes on the way, the way ahead in epochs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.numerics.strategies import PROPERTY
from trainer.numerics.mini_batches import (
    epoch_order,
    fractional_epochs,
    mini_batches_per_epoch,
    next_mini_batch_size,
    random_mini_batches,
)

examples = st.integers(2, 300)
sizes = st.integers(1, 100)


@pytest.mark.parametrize(
    ("seed", "epoch", "m", "order"),
    [
        (1, 0, 10, [9, 2, 4, 7, 5, 0, 8, 6, 3, 1]),
        (1, 1, 10, [5, 6, 3, 0, 7, 2, 1, 4, 9, 8]),
        (2, 0, 10, [7, 3, 6, 0, 8, 1, 4, 9, 5, 2]),
        (2**63 - 1, 10**6, 7, [3, 1, 4, 6, 2, 5, 0]),
    ],
)
def test_the_order_of_data_is_pinned(seed: int, epoch: int, m: int, order: list[int]) -> None:
    """Literals: a numpy that orders otherwise could not replay a session recorded before."""
    assert epoch_order(seed, epoch, m).tolist() == order


def test_the_order_of_a_whole_set_is_pinned() -> None:
    order = epoch_order(1, 3, 1437)
    assert order[:5].tolist() == [1251, 1053, 165, 485, 1377]
    assert int(order @ np.arange(1437) % 1_000_003) == 928515


@PROPERTY
@given(st.integers(0, 2**63 - 1), st.integers(0, 10**6), st.integers(1, 300))
def test_each_epoch_is_a_permutation_and_depends_on_seed_and_epoch_only(seed: int, epoch: int, m: int) -> None:
    order = epoch_order(seed, epoch, m)
    np.testing.assert_array_equal(np.sort(order), np.arange(m))
    np.random.seed(epoch % 2**32)  # the global generator has no say
    np.testing.assert_array_equal(epoch_order(seed, epoch, m), order)
    if m > 20:  # 1 in 20! to be the same by chance
        assert not np.array_equal(epoch_order(seed, epoch + 1, m), order)
        assert not np.array_equal(epoch_order((seed + 1) % 2**63, epoch, m), order)


@pytest.mark.parametrize(
    ("m", "size", "expected"),
    [
        (6, 2, [2, 2, 2]),
        (7, 2, [2, 2, 3]),  # 2, 2, 2 and a last one of 1: it goes to the one before
        (8, 3, [3, 3, 2]),
        (7, 3, [3, 4]),
        (5, 5, [5]),
        (6, 5, [6]),
        (5, 64, [5]),
        (2, 2, [2]),
        (3, 2, [3]),
        (3, 1, [1, 1, 1]),  # stochastic gradient descent
        (1, 1, [1]),
    ],
)
def test_sizes_by_hand(m: int, size: int, expected: list[int]) -> None:
    assert [len(batch) for batch in random_mini_batches(1, 0, m, size)] == expected


@PROPERTY
@given(examples, sizes)
def test_an_epoch_is_cut_into_mini_batches_and_a_last_one_of_one_example_is_not_formed(m: int, size: int) -> None:
    batches = random_mini_batches(1, 2, m, size)
    np.testing.assert_array_equal(np.concatenate(batches), epoch_order(1, 2, m))
    lengths = [len(batch) for batch in batches]
    assert all(length == size for length in lengths[:-1])
    assert min(2, size) <= lengths[-1] <= size + (size > 1)
    assert mini_batches_per_epoch(m, size) == len(batches)


@PROPERTY
@given(examples, st.lists(sizes, min_size=1, max_size=40))
def test_the_size_may_change_in_the_middle_of_an_epoch(m: int, wanted: list[int]) -> None:
    """Every example is seen once in the epoch; a mini-batch of one is formed where the size is or just was 1."""
    offset = 0
    for step in range(m):
        size = wanted[step % len(wanted)]
        taken = next_mini_batch_size(offset, m, size)
        assert taken in (size, m - offset)
        assert taken > 1 or size == 1 or (step and wanted[(step - 1) % len(wanted)] == 1)
        assert mini_batches_per_epoch(m, size, offset) == len(list(remaining(offset, m, size)))
        offset += taken
        if offset == m:
            break
    assert offset == m


def remaining(offset: int, m: int, size: int) -> list[int]:
    lengths = []
    while offset < m:
        lengths.append(next_mini_batch_size(offset, m, size))
        offset += lengths[-1]
    return lengths


def test_fractional_epochs_by_hand() -> None:
    # m = 7, size 2: mini-batches of 2, 2, 3. From epoch 4, offset 2: then 4, then epoch 5 at 0, 2, 4, epoch 6 at 0
    ahead = fractional_epochs(np.arange(6), 4, 2, 7, 2)
    np.testing.assert_allclose(ahead, [4 + 2 / 7, 4 + 4 / 7, 5, 5 + 2 / 7, 5 + 4 / 7, 6], rtol=1e-15)


@PROPERTY
@given(examples, sizes, st.lists(sizes, max_size=10), st.integers(0, 1000))
def test_fractional_epochs_are_those_of_stepping_one_by_one(
    m: int, size: int, sizes_before: list[int], epoch: int
) -> None:
    offset = 0
    for before in sizes_before:  # an offset that a change of the size has left behind
        offset = (offset + next_mini_batch_size(offset, m, before)) % m
    ahead = fractional_epochs(np.arange(60), epoch, offset, m, size)
    stepped = []
    for _ in range(60):
        stepped.append(epoch + offset / m)
        offset += next_mini_batch_size(offset, m, size)
        epoch, offset = (epoch + 1, 0) if offset == m else (epoch, offset)
    np.testing.assert_allclose(ahead, stepped, rtol=1e-14)
    assert all(later > earlier for earlier, later in pairwise(ahead))
