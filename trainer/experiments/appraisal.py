"""Appraisal: what an intervention was worth, as a task in the background, with the curves that show it.

    python -m trainer.experiments.appraisal SESSION RUN RECORD ITERATIONS SEEDS SECONDS

Its budget is of processor time. When that ends before everything is done, it tells what it has, and that it ended.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trainer.errors import SessionDamaged
from trainer.experiments.background import Progress, Task, work
from trainer.experiments.ghost import Stretch
from trainer.experiments.worth import Worth
from trainer.experiments.worth import worth as worth_of
from trainer.recorder.cost_curve import SMOOTHING, CostCurve
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.runs import RecordedIntervention, RecordedRun
from trainer.recorder.session import Session, read_session
from trainer.threads import with_threads

MODULE = "trainer.experiments.appraisal"

BUDGET_SECONDS = 300
"""Of processor time, unless another budget is asked for."""

_POINTS = 400
_SHORT = 400
_LEAD = 0.4


def appraisal(
    path: Path,
    run: str,
    change: RecordedIntervention,
    iterations: int,
    seeds: int = 0,
    budget: float = BUDGET_SECONDS,
) -> Task:
    """To find out what an intervention was worth after so many iterations; what is found holds while the file grows.

    Parameters
    ----------
    change : of the run or of its ancestors
    seeds, budget : as `worth` takes seeds, and in seconds of processor time
    """
    arguments = (run, str(change.seq), str(iterations), str(seeds), str(budget))
    return Task(MODULE, path, arguments, "is being run without an intervention", grows=True)


def curves(session: Session, worth: Worth) -> dict[str, list[list[float | None]]]:
    """What a chart shows: by name a row of iterations and one of costs, with a hole where a cost was not finite.

    "with" begins some way before the intervention, "without" at it; both are smoothed as the charts of a run are.
    """
    line = with_ancestors(session, session.run(worth.run))
    begin = worth.change.iteration
    lead = max(line.initial.iteration, begin - max(1, round(_LEAD * (worth.until - begin))))
    found: dict[str, list[list[float | None]]] = {}
    for name, stretch, first in (("with", worth.with_it, lead), ("without", worth.ghost, begin)):
        smoothed, dev = _drawn(session, line, begin, stretch, first)
        found[name], found[f"dev {name}"] = smoothed, dev
    return found


def _drawn(
    session: Session, line: RecordedRun, begin: int, stretch: Stretch, first: int
) -> tuple[list[list[float | None]], list[list[float | None]]]:
    """Smoothed cost and dev cost of the line up to its intervention and a stretch from there, from an iteration on."""
    curve = CostCurve()
    curve.begin(line.run, int(session.data["m"]), session.bare_state(line.initial.seq))
    evaluations = [*(e for e in line.evaluations if e.iteration <= begin), *stretch.evaluations]
    costs = np.concatenate([line.costs[: begin - line.initial.iteration], stretch.costs])
    if len(costs) == 0:
        return [[], []], [[], []]
    curve.extend(costs, evaluations, 0.0)
    smoothing = SMOOTHING[0] if curve.iteration - first < _SHORT else SMOOTHING[1]
    window = curve.window(first, curve.iteration, _POINTS, smoothing=smoothing)
    averages, wide = window.smoothed, 4 * window.smoothed.size
    # number i is the smoothed cost after iteration start + 4 (i + 1); a bucket stands where its last one is
    at = [min(curve.start + (averages.first + i + 1) * wide, curve.iteration) for i in range(len(averages))]
    shown = [(t, cost) for t, cost in zip(at, averages.mean[0].tolist(), strict=True) if t >= first]
    dev = [(t, cost) for t, cost in zip(*window.dev.mean[:2].tolist(), strict=True) if t >= first]
    return _rows(shown), _rows(dev)


def _rows(points: Sequence[tuple[float, float]]) -> list[list[float | None]]:
    costs = [float(f"{cost:.6g}") if math.isfinite(cost) else None for _, cost in points]
    return [[round(t, 1) for t, _ in points], costs]


def _appraise(path: Path, wanted: list[str], tell: Callable[[int, int], None]) -> Progress:
    session = read_session(path)
    run = session.run(wanted[0])
    number, iterations, seeds, budget = int(wanted[1]), int(wanted[2]), int(wanted[3]), float(wanted[4])
    change = next((c for c in with_ancestors(session, run).interventions if c.seq == number), None)
    if change is None:
        raise SessionDamaged(f"record {number} of {path.name} is not an intervention of run {run.run} any more")
    began: float | None = None

    def spent() -> bool:
        nonlocal began  # the budget is for computing: it begins when everything is loaded
        began = time.process_time() if began is None else began
        return time.process_time() - began > budget

    with with_threads(session.environment.get("threads", 1)):
        worth = worth_of(
            session,
            run,
            change,
            iterations=iterations,
            seeds=seeds,
            progress=tell,
            spent=spent,
        )
    over, done = worth.over_seeds, len(worth.ghost.costs)
    found: dict[str, Any] = {
        "remark": worth.remark,
        "iteration": worth.change.iteration,
        "before": dict(worth.change.before),
        "after": dict(worth.change.after),
        "seeds": "" if over is None else over.text,
        "method": "" if over is None else over.method,
        "curves": curves(session, worth),
    }
    return Progress(done, done, worth.outcome, worth.text, found)


if __name__ == "__main__":
    work(lambda tell: _appraise(Path(sys.argv[1]), sys.argv[2:], tell))
