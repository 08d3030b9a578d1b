"""Pace: the training time of a run, its speed, when its next periodic checkpoint is due, and by which clocks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from trainer.engine.intervals import seconds_to_next_checkpoint


class Clocks(NamedTuple):
    """Of the trainer thread, each in seconds; they never decide what is computed.

    Attributes
    ----------
    wall : for slices and training time
    processor : what the thread itself has used, for what gauges may take: a busy machine does not stretch it
    """

    wall: Callable[[], float]
    processor: Callable[[], float]


class Pace:
    """Pauses are no training time.

    Attributes
    ----------
    seconds : of training so far, with those that a resumed run has behind it
    rate : iterations per second, an average that forgets within about a second
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.rate = 0.0
        self._checkpoint_at = 0.0

    @property
    def checkpoint_due(self) -> bool:
        """Whether it is time for a periodic checkpoint."""
        return self.seconds >= self._checkpoint_at

    def trained(self, iterations: int, seconds: float) -> None:
        """Iterations were made in a time."""
        self.seconds += seconds
        if seconds > 0:
            forgotten = 1 - math.exp(-seconds) if self.rate else 1.0
            self.rate += forgotten * (iterations / seconds - self.rate)

    def checkpointed(self, nbytes: int) -> None:
        """A state of this size was recorded just now: the next one is due a while from here."""
        self._checkpoint_at = self.seconds + seconds_to_next_checkpoint(self.seconds, nbytes)
