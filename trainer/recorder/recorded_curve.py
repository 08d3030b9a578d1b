"""The curve of a recorded run, put together from its session: the same CostCurve that a live run has."""

from __future__ import annotations

from collections import deque

import numpy as np

from trainer.engine.events import Evaluation
from trainer.errors import SessionDamaged
from trainer.recorder.cost_curve import Abandoned, CostCurve
from trainer.recorder.lineage import abandoned
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
    evaluations = deque(run.evaluations)
    for checkpoint in run.checkpoints:
        if curve.run:
            _extend(curve, run, evaluations, checkpoint.iteration)
        curve.begin(run.run, m, session.bare_state(checkpoint.seq))
        change = changes.get(checkpoint.seq)
        if change is not None:
            curve.intervene(change.index, change.iteration, change.author, change.note, change.before, change.after)
    _extend(curve, run, evaluations, run.iteration)
    return curve


def _extend(curve: CostCurve, run: RecordedRun, evaluations: deque[Evaluation], until: int) -> None:
    """Take the curve on to an iteration, with the pace of time as it was recorded."""
    first, marks = run.initial.iteration, run.timeline[:, 0]
    for end in [*np.unique(marks[(marks > curve.iteration) & (marks < until)]).astype(int).tolist(), until]:
        costs = run.costs[curve.iteration - first : end - first]
        lost = np.full(max(0, end - curve.iteration) - len(costs), np.nan)
        seconds = float(np.interp(end, marks, run.timeline[:, 1]))
        passed = []
        while evaluations and evaluations[0].iteration <= end:
            passed.append(evaluations.popleft())
        curve.extend(np.concatenate([costs, lost]), passed, seconds)


def abandoned_parts(session: Session, run: RecordedRun) -> tuple[Abandoned, ...]:
    """What of a session is not in the line of a run, as the charts show it behind that line."""
    return tuple(_coarse(*left) for left in abandoned(session, run))[-MOST_ABANDONED:]


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
