"""Worth, in short: what an intervention was worth, in sentences and curves, as a page shows it.

Its budget is of processor time. When that ends before everything is done, the summary has what there is, and says so.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.errors import SessionDamaged
from trainer.experiments.ghost import Stretch
from trainer.experiments.worth import Outcome, Worth, worth
from trainer.recorder.cost_curve import SMOOTHING, CostCurve
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session import Session, read_session
from trainer.threads import with_threads

_POINTS = 400
_SHORT = 400
_LEAD = 0.4


Points = tuple[list[float], list[float | None]]
Curves = dict[str, Points]


@dataclass(frozen=True)
class WorthSummary:
    """What an intervention was worth, as far as a page shows it.

    Attributes
    ----------
    outcome, text, remark : as of `Worth`
    iteration, before, after : of the intervention
    seeds, method : what other seeds tell, and how it was found, in sentences; "" where there are none
    curves : as `curves` gives them
    """

    outcome: Outcome
    text: str
    remark: str
    iteration: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    seeds: str
    method: str
    curves: Curves


def curves(session: Session, found: Worth) -> Curves:
    """What a chart shows: by name the iterations and the costs there, None where a cost was not finite.

    "with" begins some way before the intervention, "without" at it; both are smoothed as the charts of a run are.
    """
    line = with_ancestors(session, session.run(found.run))
    begin = found.change.iteration
    lead = max(line.initial.iteration, begin - max(1, round(_LEAD * (found.until - begin))))
    drawn: Curves = {}
    for name, stretch, first in (("with", found.with_it, lead), ("without", found.ghost, begin)):
        smoothed, dev = _drawn(session, line, begin, stretch, first)
        drawn[name], drawn[f"dev {name}"] = smoothed, dev
    return drawn


def _drawn(session: Session, line: RecordedRun, begin: int, stretch: Stretch, first: int) -> tuple[Points, Points]:
    """Smoothed cost and dev cost of the line up to its intervention and a stretch from there, from an iteration on."""
    curve = CostCurve()
    curve.begin(line.run, int(session.data["m"]), session.bare_state(line.initial.seq))
    evaluations = [*(e for e in line.evaluations if e.iteration <= begin), *stretch.evaluations]
    costs = np.concatenate([line.costs[: begin - line.initial.iteration], stretch.costs])
    if len(costs) == 0:
        return ([], []), ([], [])
    curve.extend(costs, evaluations, 0.0)
    smoothing = SMOOTHING[0] if curve.iteration - first < _SHORT else SMOOTHING[1]
    window = curve.window(first, curve.iteration, _POINTS, smoothing=smoothing)
    averages, wide = window.smoothed, 4 * window.smoothed.size
    # number i is the smoothed cost after iteration start + 4 (i + 1); a bucket stands where its last one is
    at = [min(curve.start + (averages.first + i + 1) * wide, curve.iteration) for i in range(len(averages))]
    shown = [(t, cost) for t, cost in zip(at, averages.mean[0].tolist(), strict=True) if t >= first]
    dev = [(t, cost) for t, cost in zip(*window.dev.mean[:2].tolist(), strict=True) if t >= first]
    return _rows(shown), _rows(dev)


def _rows(points: Sequence[tuple[float, float]]) -> Points:
    costs: list[float | None] = [float(f"{cost:.6g}") if math.isfinite(cost) else None for _, cost in points]
    return [round(t, 1) for t, _ in points], costs


def summarise_worth(
    path: Path,
    run_name: str,
    record: int,
    iterations: int,
    seeds: int,
    budget: float,
    *,
    progress: Callable[[int, int], None],
) -> WorthSummary:
    """Find out what an intervention was worth, with as many threads as it was recorded with.

    Parameters
    ----------
    record : the number of the record of the intervention
    iterations, seeds, progress : as of `worth`
    budget : in seconds of processor time

    Raises
    ------
    SessionDamaged : there is no such intervention any more
    """
    session = read_session(path)
    run = session.run(run_name)
    change = next((c for c in with_ancestors(session, run).interventions if c.seq == record), None)
    if change is None:
        raise SessionDamaged(f"record {record} of {path.name} is not an intervention of run {run.run} any more")
    began: float | None = None

    def spent() -> bool:
        nonlocal began  # the budget is for computing: it begins when everything is loaded
        began = time.process_time() if began is None else began
        return time.process_time() - began > budget

    with with_threads(session.environment.get("threads", 1)):
        found = worth(session, run, change, iterations=iterations, seeds=seeds, progress=progress, spent=spent)
    over = found.over_seeds
    return WorthSummary(
        outcome=found.outcome,
        text=found.text,
        remark=found.remark,
        iteration=found.change.iteration,
        before=dict(found.change.before),
        after=dict(found.change.after),
        seeds="" if over is None else over.text,
        method="" if over is None else over.method,
        curves=curves(session, found),
    )
