"""Line: a run from the initial parameters on, with the ancestors that it was born from, as if it were one run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from trainer.engine.gauge_specs import is_gauge
from trainer.experiments.emerged_schedule import Schedule, emerged_schedule
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.runs import Column, RecordedRun
from trainer.recorder.session import Session


@dataclass(frozen=True, eq=False)
class Line:
    """A run with its ancestors, and what was in force at every iteration of it."""

    session: Session
    run: RecordedRun
    schedule: Schedule

    @property
    def iterations(self) -> int:
        """How many there are; the first is that after `run.initial.iteration`."""
        return len(self.run.costs)

    @cached_property
    def evaluated(self) -> tuple[str, ...]:
        """Names of the series that were measured when the dev set was evaluated, also of a newer Panda."""
        further = {name for evaluation in self.run.evaluations for name in evaluation.measures}
        return ("dev_cost", "dev_accuracy", *sorted(further))

    def evaluations(self) -> NDArray[np.float64]:
        """`(evaluations, series)`: the values of all of `evaluated`; NaN where a series was not measured then."""
        return np.array(
            [
                (e.dev_cost, e.dev_accuracy, *(e.measures.get(name, np.nan) for name in self.evaluated[2:]))
                for e in self.run.evaluations
            ],
            np.float64,
        ).reshape(-1, len(self.evaluated))

    @cached_property
    def gauges(self) -> dict[str, Column]:
        """The gauges that were measured now and then, by name."""
        return {name: column for name, column in self.run.columns.items() if is_gauge(name)}

    @property
    def lost(self) -> int:
        """Iterations whose cost damage took away."""
        return int(np.isnan(self.run.costs).sum())


def line_of(session: Session, run: RecordedRun) -> Line:
    """A run of a session with its ancestors."""
    line = with_ancestors(session, run)
    return Line(session, line, emerged_schedule(session, line))
