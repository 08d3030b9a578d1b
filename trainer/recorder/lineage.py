"""Lineage: a run and those it was born from, told as one line.

Going back or branching never erases anything: it begins a run whose initial state is that of another run at some
iteration. What led to a state is therefore the child from its beginning on, and before that its parent up to there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from trainer.recorder.runs import RecordedIntervention, RecordedRun
from trainer.recorder.session import Session


def with_ancestors(session: Session, run: RecordedRun) -> RecordedRun:
    """The run as if it had been one from its first ancestor's initial state on; it keeps its name.

    Nothing of an ancestor after the point where its child was born is in it. Records keep their numbers, so states
    are found as ever. A run without a parent in this session is returned as it is.
    """
    line, *descendants = reversed(list(ancestors(session, run)))
    for child in descendants:
        line = _continued(line, child)
    return line


def _continued(parent: RecordedRun, run: RecordedRun) -> RecordedRun:
    """A line up to where a child of it was born, and then that child."""
    assert run.parent is not None
    line = up_to(parent, run.parent.iteration, _left_before(parent, run))
    here, seconds = run.initial.iteration, float(line.timeline[-1, 1])
    own = run.timeline[1:] if len(run.timeline) > 1 else np.array([[here, seconds, run.initial.seq]])
    return replace(
        run,
        parent=line.parent,
        initial=line.initial,
        costs=np.concatenate([line.costs, run.costs]),
        evaluations=(*line.evaluations, *(e for e in run.evaluations if e.iteration > here)),
        interventions=(*line.interventions, *run.interventions),
        checkpoints=(*line.checkpoints, *run.checkpoints),
        notes=(*line.notes, *run.notes),
        moments=(*line.moments, *run.moments),
        timeline=np.concatenate([line.timeline, own]),
        started=line.started,
    )


def _left_before(parent: RecordedRun, run: RecordedRun) -> int:
    """Number of the parent's record before which it was left for a child: nothing from there on is in the child."""
    assert run.parent is not None
    origin, born = run.parent, run.initial.seq
    if origin.before is not None:
        return min(origin.before, born)
    same = [c.seq for c in parent.checkpoints if (c.iteration, c.digest) == (origin.iteration, origin.digest)]
    return max((seq for seq in same if seq < born), default=born)


def left_at_birth(session: Session, run: RecordedRun) -> list[RecordedIntervention]:
    """What was changed in the parent of a run at the iteration where this was born, and is not in it."""
    parent = _parent(session, run)
    if parent is None:
        return []
    limit = _left_before(parent, run)
    return [
        change for change in parent.interventions if change.iteration == run.initial.iteration and change.seq >= limit
    ]


def up_to(line: RecordedRun, iteration: int, before: int) -> RecordedRun:
    """A run as it was at an iteration, with what was recorded there before the record of that number."""

    def counts(at: int, seq: int) -> bool:
        return at < iteration or (at == iteration and seq < before)

    marks, seconds = line.timeline[:, 0], line.timeline[:, 1]
    there = np.array([[iteration, np.interp(iteration, marks, seconds), line.timeline[marks <= iteration, 2][-1]]])
    return replace(
        line,
        costs=line.costs[: iteration - line.initial.iteration],
        evaluations=tuple(e for e in line.evaluations if e.iteration <= iteration),
        interventions=tuple(i for i in line.interventions if counts(i.iteration, i.seq)),
        # the state recorded with a change is the one before it
        checkpoints=tuple(
            c for c in line.checkpoints if counts(c.iteration, c.seq) or (c.iteration, c.seq) == (iteration, before)
        ),
        notes=tuple(n for n in line.notes if counts(n.iteration, n.seq)),
        moments=tuple(m for m in line.moments if counts(m.iteration, m.seq)),
        ended=None,
        detail="",
        timeline=np.concatenate([line.timeline[marks < iteration], there]),
    )


def abandoned(session: Session, run: RecordedRun) -> Iterator[tuple[RecordedRun, int, int]]:
    """What of the session is not in the line of a run: a run, and after which iteration, from which record on.

    Runs in the order in which they began; each is left from its own beginning on, an ancestor from its child's birth.
    """
    births: dict[str, tuple[int, int]] = {}
    child: RecordedRun | None = None
    for ancestor in ancestors(session, run):
        births[ancestor.run] = (
            (ancestor.iteration, sys.maxsize)
            if child is None
            else (child.initial.iteration, _left_before(ancestor, child))
        )
        child = ancestor
    for other in session.runs.values():
        after, before = births.get(other.run, (other.initial.iteration, 0))
        if after < other.iteration or any(change.seq >= before for change in other.interventions):
            yield other, after, before


def ancestors(session: Session, run: RecordedRun) -> Iterator[RecordedRun]:
    """The run, its parent, and so on, as far as they are in this session."""
    while True:
        yield run
        parent = _parent(session, run)
        if parent is None:
            return
        run = parent


def _parent(session: Session, run: RecordedRun) -> RecordedRun | None:
    origin = run.parent
    if origin is None or origin.session not in ("", session.id):
        return None
    parent = session.runs.get(origin.run)
    if parent is None or parent.initial.seq > run.initial.seq:
        return None  # a parent was there before its child; anything else is not of our making
    return parent if parent.initial.iteration <= origin.iteration <= parent.iteration else None
