"""Measuring: what is measured of a run beside its costs: evaluations on the dev set, and gauges."""

from __future__ import annotations

from collections.abc import Callable

from trainer.engine.announcer import Announcer
from trainer.engine.events import Evaluation
from trainer.engine.gauging import Gauging
from trainer.engine.start import Start
from trainer.engine.trainable import Trainable


class Measuring:
    """Of one run.

    Parameters
    ----------
    announcer : tells of what was measured
    processor : clock of what gauges take, in seconds: `Clocks.processor`

    Attributes
    ----------
    evaluation : the latest; None before the first
    gauging : when gauges are measured, and what they took so far
    """

    def __init__(self, start: Start, loop: Trainable, announcer: Announcer, processor: Callable[[], float]) -> None:
        self._loop, self._announcer = loop, announcer
        self.evaluation: Evaluation | None = None
        self.gauging = Gauging(start, announcer.add_gauges, processor)

    def attend(self, seconds: float) -> None:
        """Evaluate, and measure gauges where they are due after so much training time."""
        self.evaluate()
        self.gauging.attend(self._loop, seconds)

    def rest(self, seconds: float) -> None:
        """Evaluate and measure gauges where the run ends or pauses."""
        self.evaluate()
        self.gauging.rest(self._loop, seconds)

    def evaluate(self) -> None:
        """Evaluate, once at an iteration."""
        if self.evaluation is None or self.evaluation.iteration != self._loop.iteration:
            self.evaluation = self._loop.evaluate()
            self._announcer.add_evaluation(self.evaluation)
