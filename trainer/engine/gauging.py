"""Gauging: when the gauges of a run are measured, so that they take a bounded share of its time.

They are also measured where the run rests: a short run has at least those of its beginning and of its end, and a person
who pauses sees those of what is paused.
"""

from __future__ import annotations

from collections.abc import Callable

from trainer.engine.start import Start
from trainer.engine.trainable import Trainable, gauges_of

CLOSEST_SECONDS = 0.1
"""Training time between two measurements, at least, and a thousandth of all: a long run need not have more of them."""


class Gauging:
    """Of one run. The clock decides when gauges are measured, never what is computed.

    Parameters
    ----------
    start : of the run, with the budget in its config
    tell : called with an iteration and its gauges
    clock : seconds of processor time of this thread, which a busy machine does not stretch
    """

    def __init__(
        self,
        start: Start,
        tell: Callable[[int, dict[str, float]], None],
        clock: Callable[[], float],
    ) -> None:
        self._budget, self._clock, self._tell = start.config.gauge_budget, clock, tell
        self._since = start.seconds
        # a new run begins with them; of one that goes on, or was born from another, that iteration is recorded already
        new = start.parent is None and not start.resumed
        self._at = self._since + (0 if new else CLOSEST_SECONDS)
        self._spent = self._last = 0.0
        self._measured = self._first_at = self._last_at = 0
        self._closed = None if new or start.state is None else start.state.iteration

    def share(self, seconds: float) -> float | None:
        """Of the training time up to now they took this much; None before anything was measured or trained."""
        trained = seconds - self._since
        return self._spent / trained if self._measured and trained > 0 else None

    @property
    def interval(self) -> float | None:
        """Iterations from one measurement to the next, on average; None before the second."""
        return (self._last_at - self._first_at) / (self._measured - 1) if self._measured > 1 else None

    def attend(self, loop: Trainable, seconds: float) -> None:
        """Measure and tell the gauges of the next update where they are due after so much training time.

        They are as long as all of them, with one more that takes as long as the last, are within the budget. A
        trainable that is not a network has none.
        """
        within = self._spent + self._last <= self._budget * (seconds - self._since)
        if self._budget and within and seconds >= self._at:
            self._measure(loop, seconds)

    def rest(self, loop: Trainable, seconds: float) -> None:
        """Measure and tell them where the run ends or pauses, once; what that takes counts for those that follow."""
        if self._budget and loop.iteration != self._closed:
            self._measure(loop, seconds)

    def close(self, iteration: int) -> None:
        """Nothing more is measured at this iteration: gauges are of it before anything is changed there."""
        self._closed = iteration

    def _measure(self, loop: Trainable, seconds: float) -> None:
        self.close(loop.iteration)
        began = self._clock()
        try:
            if found := gauges_of(loop):
                self._tell(loop.iteration, found)
                self._count(loop.iteration)
        except MemoryError:  # a network that leaves no room for them is trained without
            self._budget = 0.0
        self._last = self._clock() - began
        self._spent += self._last
        self._at = seconds + max(CLOSEST_SECONDS, seconds / 1000)

    def _count(self, iteration: int) -> None:
        self._measured += 1
        self._last_at = iteration
        if self._measured == 1:
            self._first_at = iteration
