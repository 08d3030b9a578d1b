"""Segments: which hyperparameters were in force at every iteration of a run, and where in the data it was."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from trainer.engine.hyperparameters import Hyperparameters, Value
from trainer.engine.schedule import begins_anew, rebased
from trainer.engine.state import TrainingState
from trainer.numerics.learning_rate_decay import decayed_learning_rate
from trainer.numerics.mini_batches import fractional_epochs, positions


@dataclass(frozen=True)
class Segment:
    """A stretch with one set of hyperparameters: where it began, and where its learning-rate schedule did."""

    iteration: int
    epoch: int
    offset: int
    hyperparameters: Hyperparameters
    schedule_epoch: int
    schedule_offset: int

    @classmethod
    def of_state(cls, state: TrainingState) -> Segment:
        """The one that begins with a state."""
        return cls(
            state.iteration,
            state.epoch,
            state.offset,
            state.hyperparameters,
            state.schedule_epoch,
            state.schedule_offset,
        )

    def epochs(self, iterations: NDArray[np.int64], m: int) -> NDArray[np.float64]:
        """Passes over the m training examples after these iterations."""
        size = self.hyperparameters.mini_batch_size
        return fractional_epochs(iterations - self.iteration, self.epoch, self.offset, m, size)

    def learning_rates(self, iterations: NDArray[np.int64], m: int) -> NDArray[np.float64]:
        """α in force after these iterations, to the last bit what the next update takes."""
        h = self.hyperparameters
        epochs, offsets = self._positions(iterations, m)
        elapsed = (epochs - self.schedule_epoch) + (offsets - self.schedule_offset) / m
        return decayed_learning_rate(h.decay, h.learning_rate, h.decay_rate, h.decay_interval, np.maximum(elapsed, 0))

    def changed(self, iteration: int, m: int, changes: Mapping[str, Value]) -> Segment:
        """The segment that follows when hyperparameters are changed at an iteration."""
        at = np.array([iteration])
        epochs, offsets = self._positions(at, m)
        position = (int(epochs[0]), int(offsets[0]))
        schedule = position if begins_anew(changes) else (self.schedule_epoch, self.schedule_offset)
        after = rebased(self.hyperparameters, changes, float(self.learning_rates(at, m)[0]))
        return Segment(iteration, *position, after, *schedule)

    def _positions(self, iterations: NDArray[np.int64], m: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        size = self.hyperparameters.mini_batch_size
        return positions(iterations - self.iteration, self.epoch, self.offset, m, size)


class Segments:
    """All segments of a run in order. Iterations beyond the last change belong to the last.

    Parameters
    ----------
    m : training examples
    first : where it began
    """

    def __init__(self, m: int, first: Segment) -> None:
        self._m = m
        self._all = [first]

    @property
    def last(self) -> Segment:
        """The one in force at the end."""
        return self._all[-1]

    def append(self, segment: Segment) -> None:
        """Another one follows."""
        self._all.append(segment)

    def change(self, iteration: int, changes: Mapping[str, Value]) -> None:
        """Hyperparameters were changed at an iteration."""
        self._all.append(self.last.changed(iteration, self._m, changes))

    def at(self, iteration: int) -> Segment:
        """The one in force after an iteration."""
        return self._all[max(0, bisect_right(self._all, iteration, key=lambda segment: segment.iteration) - 1)]

    def epochs(self, iterations: NDArray[np.int64]) -> NDArray[np.float64]:
        """Passes over the training set after these iterations, which ascend."""
        values = np.zeros(len(iterations))
        for segment, mine in self._parts(iterations):
            values[mine] = segment.epochs(iterations[mine], self._m)
        return values

    def learning_rates(self, iterations: NDArray[np.int64]) -> NDArray[np.float64]:
        """α in force after these iterations, which ascend."""
        values = np.zeros(len(iterations))
        for segment, mine in self._parts(iterations):
            values[mine] = segment.learning_rates(iterations[mine], self._m)
        return values

    def _owners(self, iterations: NDArray[np.int64]) -> NDArray[np.intp]:
        return np.searchsorted([segment.iteration for segment in self._all], iterations, side="right") - 1

    def _parts(self, iterations: NDArray[np.int64]) -> Iterator[tuple[Segment, slice]]:
        owners = self._owners(iterations)
        borders = [0, *(np.flatnonzero(np.diff(owners)) + 1).tolist(), len(owners)]
        for begin, end in pairwise(borders):
            if begin < end:
                yield self._all[max(0, int(owners[begin]))], slice(begin, end)
