"""Line: a run from the initial parameters on, with the ancestors that it was born from, as if it were one run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainer.experiments.emerged_schedule import Schedule, emerged_schedule
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.runs import RecordedRun
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

    @property
    def lost(self) -> int:
        """Iterations whose cost damage took away."""
        return int(np.isnan(self.run.costs).sum())


def line_of(session: Session, run: RecordedRun) -> Line:
    """A run of a session with its ancestors."""
    line = with_ancestors(session, run)
    return Line(session, line, emerged_schedule(session, line))
