"""Lineage: a run and those it was born from, told as one line.

Going back or branching never erases anything: it begins a run whose initial state is that of another run at some
iteration. What led to a state is therefore the child from its beginning on, and before that its parent up to there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from trainer.engine.events import PlannedChange
from trainer.recorder.runs import RecordedIntervention, RecordedPlan, RecordedRun, join
from trainer.recorder.session import Session


def with_ancestors(session: Session, run: RecordedRun) -> RecordedRun:
    """The run as if it had been one from its first ancestor's initial state on; it keeps its name.

    Nothing of an ancestor after the point where its child was born is in it. Records keep their numbers, so states
    are found as ever. A run without a parent in this session is returned as it is.
    """
    return run if _parent(session, run) is None else _joined(session, run)


@lru_cache(maxsize=2)  # a page asks for the same line several times, and a copy of all costs is in it
def _joined(session: Session, run: RecordedRun) -> RecordedRun:
    line = list(ancestors(session, run))
    parts = [run]
    for child, parent in pairwise(line):
        parts.append(_recorded_until(parent, child.initial.iteration, _left_before(parent, child)))
    parts.reverse()
    first, *children = parts
    timeline = line[-1].timeline
    for child in reversed(line[:-1]):
        timeline = _continued(timeline, child)
    return replace(
        run,
        parent=first.parent,
        initial=first.initial,
        costs=np.concatenate([part.costs for part in parts]),
        columns={
            name: join([part.columns[name] for part in parts if name in part.columns])
            for name in dict.fromkeys(chain.from_iterable(part.columns for part in parts))
        },
        evaluations=(
            *first.evaluations,
            *(e for child in children for e in child.evaluations if e.iteration > child.initial.iteration),
        ),
        interventions=tuple(chain.from_iterable(part.interventions for part in parts)),
        checkpoints=tuple(chain.from_iterable(part.checkpoints for part in parts)),
        notes=tuple(chain.from_iterable(part.notes for part in parts)),
        moments=tuple(chain.from_iterable(part.moments for part in parts)),
        foreign=tuple(chain.from_iterable(part.foreign for part in parts)),
        timeline=timeline,
        started=first.started,
    )


def taken_along(
    session: Session, run: RecordedRun, owner: RecordedRun, iteration: int, before: int
) -> tuple[PlannedChange, ...]:
    """The plans that a new run has which begins at an iteration of a run, before the record of a number.

    Those for a later iteration that waited there, and those that wait in the run by now; for the very iteration the
    latter alone: what was made there is in the new run or was left on purpose. What an actor took back is not.

    Parameters
    ----------
    owner : the run, or its ancestor, which was at that iteration
    """
    own = {plan.change.plan for plan in run.plans if plan.fate == "waiting"}
    latest: dict[str, RecordedPlan] = {}
    planned_before: set[str] = set()
    for one in ancestors(session, run):
        for plan in one.plans:
            latest.setdefault(plan.change.plan, plan)
            if one is owner and (plan.iteration, plan.seq) < (iteration, before):
                planned_before.add(plan.change.plan)
        if one is owner:
            break
    found = [
        plan.change
        for name, plan in latest.items()
        if plan.fate != "cancelled"
        and (name in own or name in planned_before)
        and (plan.change.at > iteration or (plan.change.at == iteration and name in own))
    ]
    return tuple(sorted(found, key=lambda change: change.at))


def _continued(timeline: NDArray[np.float64], run: RecordedRun) -> NDArray[np.float64]:
    """The timeline of a line up to where a child of it was born, and then that child's."""
    before = _until(timeline, run.initial.iteration)
    born = np.array([[run.initial.iteration, before[-1, 1], run.initial.seq]])
    return np.concatenate([before, run.timeline[1:] if len(run.timeline) > 1 else born])


def _until(timeline: NDArray[np.float64], iteration: int) -> NDArray[np.float64]:
    marks, seconds, records = timeline.T
    there = np.array([[iteration, np.interp(iteration, marks, seconds), records[marks <= iteration][-1]]])
    return np.concatenate([timeline[marks < iteration], there])


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
    line = _recorded_until(line, iteration, before)
    return replace(line, ended=None, detail="", timeline=_until(line.timeline, iteration))


def _recorded_until(line: RecordedRun, iteration: int, before: int) -> RecordedRun:
    def counts(at: int, seq: int) -> bool:
        return at < iteration or (at == iteration and seq < before)

    return replace(
        line,
        costs=line.costs[: iteration - line.initial.iteration],
        columns={name: (at[at <= iteration], values[at <= iteration]) for name, (at, values) in line.columns.items()},
        evaluations=tuple(e for e in line.evaluations if e.iteration <= iteration),
        interventions=tuple(i for i in line.interventions if counts(i.iteration, i.seq)),
        # the state recorded with a change is the one before it
        checkpoints=tuple(
            c for c in line.checkpoints if counts(c.iteration, c.seq) or (c.iteration, c.seq) == (iteration, before)
        ),
        notes=tuple(n for n in line.notes if counts(n.iteration, n.seq)),
        moments=tuple(m for m in line.moments if counts(m.iteration, m.seq)),
        foreign=tuple(f for f in line.foreign if counts(f.iteration, f.seq)),
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
    return parent if parent.initial.iteration <= run.initial.iteration == origin.iteration <= parent.iteration else None
