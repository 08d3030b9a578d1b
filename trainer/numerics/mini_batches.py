"""Which examples form which mini-batch: a pure function of (seed, epoch), the same in every numpy."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_SMALL = 16_384
"""Of data with so many examples at most, orders are kept."""


def epoch_order(seed: int, epoch: int, m: int) -> NDArray[np.intp]:
    """The order in which epoch `epoch` visits the m training examples: a permutation of 0..m-1, not to be written to.

    A stable argsort of raw PCG64 words. `Generator.permutation` is not used: its stream may change
    with numpy's version, and then an old session would not replay.

    The latest orders of small data are kept, where one takes as long as some updates of a small network: a run and what
    is computed of its coming iterations visit the same ones.
    """
    return _kept_order(seed, epoch, m) if m <= _SMALL else _order(seed, epoch, m)


@lru_cache(64)
def _kept_order(seed: int, epoch: int, m: int) -> NDArray[np.intp]:
    return _order(seed, epoch, m)


def _order(seed: int, epoch: int, m: int) -> NDArray[np.intp]:
    words = np.random.PCG64(np.random.SeedSequence((seed, epoch))).random_raw(m)
    return np.argsort(words, kind="stable")


def next_mini_batch_size(offset: int, m: int, mini_batch_size: int) -> int:
    """Number of examples of the mini-batch at `offset` of an epoch.

    The last mini-batch has the examples that are left. A single one that is left belongs to the mini-batch before it,
    as over a single example the variance of batch norm is 0. Without batch norm it is the same, so that a run takes the
    same mini-batches with and without; only where the size is 1 each example stands alone.
    """
    left = m - offset
    return left if left <= mini_batch_size + (mini_batch_size > 1) else mini_batch_size


def random_mini_batches(seed: int, epoch: int, m: int, mini_batch_size: int) -> list[NDArray[np.intp]]:
    """All mini-batches of one epoch (course 2, week 2, "Mini-batch gradient descent"), as indices of examples."""
    order = epoch_order(seed, epoch, m)
    batches = []
    offset = 0
    while offset < m:
        size = next_mini_batch_size(offset, m, mini_batch_size)
        batches.append(order[offset : offset + size])
        offset += size
    return batches


def mini_batches_per_epoch(m: int, mini_batch_size: int, offset: int = 0) -> int:
    """Number of mini-batches from `offset` to the end of the epoch."""
    left = m - offset
    whole, rest = divmod(left, mini_batch_size)
    return max(1, whole + (rest > 1))


def fractional_epochs(
    iterations_ahead: NDArray[np.int64], epoch: int, offset: int, m: int, mini_batch_size: int
) -> NDArray[np.float64]:
    """Position in the data after some further iterations, in epochs.

    Parameters
    ----------
    iterations_ahead : whole numbers ≥ 0, any shape
    epoch, offset : the position now, offset < m
    """
    epochs, offsets = positions(iterations_ahead, epoch, offset, m, mini_batch_size)
    return epochs + offsets / m


def positions(
    iterations_ahead: NDArray[np.int64], epoch: int, offset: int, m: int, mini_batch_size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As `fractional_epochs`, exactly: the epochs, and the offsets in their order of the data."""
    to_end = mini_batches_per_epoch(m, mini_batch_size, offset)
    per_epoch = mini_batches_per_epoch(m, mini_batch_size)
    in_this = iterations_ahead < to_end
    beyond = np.maximum(iterations_ahead - to_end, 0)
    later_epochs, batch = np.divmod(beyond, per_epoch)
    epochs = np.where(in_this, epoch, epoch + 1 + later_epochs)
    return epochs, np.where(in_this, offset + iterations_ahead * mini_batch_size, batch * mini_batch_size)
