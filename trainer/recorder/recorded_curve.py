"""The curve of a recorded run, put together from its session: the same CostCurve that a live run has."""

from __future__ import annotations

from collections import deque

import numpy as np

from trainer.errors import SessionDamaged
from trainer.recorder.cost_curve import Abandoned, CostCurve
from trainer.recorder.lineage import abandoned
from trainer.recorder.plan_marks import PlanMark
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session import Session

MOST_ABANDONED = 24
"""Parts that were left and are shown; the latest ones."""

_POINTS = 160


def recorded_curve(session: Session, run: RecordedRun) -> CostCurve:
    """Everything that the charts of a recorded run show, as far as it is recorded.

    Where it stands in the data and under which hyperparameters is taken from the recorded states, so a damaged
    record costs only what it said itself; a cost that is lost is NaN.

    Raises
    ------
    SessionDamaged : the size of the training set is lost, and with it what an iteration is in epochs
    """
    m = session.data.get("m")
    if not isinstance(m, int):
        raise SessionDamaged(
            f"the record of the data set of {session.path.name} is damaged: without its size the curve has no epochs"
        )
    curve = CostCurve()
    changes = {intervention.seq: intervention for intervention in run.interventions}
    stretches = _Stretches(run)
    for checkpoint in run.checkpoints:
        if curve.run:
            stretches.extend(curve, checkpoint.iteration)
        curve.begin(run.run, m, session.bare_state(checkpoint.seq))
        change = changes.get(checkpoint.seq)
        if change is not None:
            curve.intervene(change.index, change.iteration, change.author, change.note, change.before, change.after)
    stretches.extend(curve, run.iteration)
    left = run.ended == "left" and run.run != list(session.runs)[-1]
    end = run.iteration if left else None  # what waited there waits in the run that it was left for
    curve.plans = tuple(
        PlanMark(plan.change, plan.iteration, end if plan.over is None else plan.over) for plan in run.plans
    )
    return curve


class _Stretches:
    """The costs and evaluations of a run, from one mark of its timeline to the next."""

    def __init__(self, run: RecordedRun) -> None:
        self._run = run
        self._marks = np.unique(run.timeline[:, 0]).astype(int)
        self._evaluated = np.array([evaluation.iteration for evaluation in run.evaluations], int)
        self._passed = 0

    def extend(self, curve: CostCurve, until: int) -> None:
        """Take the curve on to an iteration, with the pace of time as it was recorded."""
        run, first = self._run, self._run.initial.iteration
        begin = np.searchsorted(self._marks, curve.iteration, side="right")
        ends = np.append(self._marks[begin : np.searchsorted(self._marks, until)], [until] * (until > curve.iteration))
        seconds = np.interp(ends, run.timeline[:, 0], run.timeline[:, 1])
        passed = np.searchsorted(self._evaluated, ends, side="right")
        for end, second, after in zip(ends.tolist(), seconds.tolist(), passed.tolist(), strict=True):
            costs = run.costs[curve.iteration - first : end - first]
            curve.extend(costs, run.evaluations[self._passed : after], second)
            self._passed = after


def abandoned_parts(session: Session, run: RecordedRun) -> tuple[Abandoned, ...]:
    """What of a session is not in the line of a run, as the charts show it behind that line."""
    latest = deque(abandoned(session, run), maxlen=MOST_ABANDONED)
    return tuple(_coarse(*left) for left in latest)


def _coarse(run: RecordedRun, after: int, before: int) -> Abandoned:
    costs = run.costs[after - run.initial.iteration :]
    pieces = np.array_split(costs, max(1, min(_POINTS, len(costs))))
    ends = after + np.cumsum([len(piece) for piece in pieces])
    middles = [end - (len(piece) - 1) / 2 for end, piece in zip(ends.tolist(), pieces, strict=True)]
    known = [
        (at, float(np.nanmean(piece))) for at, piece in zip(middles, pieces, strict=True) if not np.isnan(piece).all()
    ]
    evaluations = [(e.iteration, e.dev_cost, e.dev_accuracy) for e in run.evaluations if e.iteration > after]
    latest = run.interventions[-1] if run.interventions else None
    if latest is not None and latest.iteration <= after and latest.seq < before:
        latest = None  # it is in the line
    return Abandoned(
        run.run,
        run.iteration,
        {} if latest is None else {"before": latest.before, "after": latest.after},
        tuple(at for at, _ in known),
        tuple(cost for _, cost in known),
        tuple(evaluations[:: max(1, len(evaluations) // _POINTS)]),
    )
