"""Shift: what the latest shift of the inputs in the middle of a run did to its costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.engine.data_shift import changes_inputs, data_shift
from trainer.recorder.cost_curve import CostCurve

Numbers = NDArray[np.float64]

_BEFORE = 500
"""Iterations before a shift that tell what the cost was."""

_SHOWN = 1000
"""Iterations before a shift that are drawn, at least."""

_STRETCHES = 128

_EACH = 2**20
"""More evaluations than there are in so many iterations: none are averaged with others."""


@dataclass(frozen=True, eq=False)
class Shift:
    """The latest time that inputs which were not shifted came to be.

    Attributes
    ----------
    begun : the iteration at which
    cost : mean cost J before
    dev_cost : the mean of the last evaluations before; NaN where there was none
    lowest : the lowest mean cost of a stretch since, whatever was changed then
    costs : the series "cost" and "dev_cost" from a while before on: iterations and values
    """

    begun: int
    cost: float
    dev_cost: float
    lowest: float
    costs: Mapping[str, tuple[Numbers, Numbers]]


def inputs_changed(curve: CostCurve) -> int | None:
    """The iteration of the latest change that may have changed the inputs; None where there was none."""
    return next((made.iteration for made in reversed(curve.interventions) if changes_inputs(made.after)), None)


def latest_shift(curve: CostCurve) -> Shift | None:
    """What came of the latest shift; None where there was none, or nothing is known of before or since."""
    begun, end = _begun(curve), curve.iteration
    if begun is None or begun == end:
        return None
    before = curve.window(max(curve.start, begun - _BEFORE), begun, 16).train.mean[0]
    begin = max(curve.start, begun - max(_SHOWN, (end - begun) // 4))
    shown = curve.window(begin, end, _STRETCHES, evaluations=_STRETCHES)
    size, dev = shown.train.size, shown.dev.mean.astype(np.float64)
    evaluated = curve.window(max(curve.start, begun - _SHOWN), begun, 1, evaluations=_EACH, until=begun).dev.mean
    ends = curve.start + shown.train.ends
    costs = shown.train.mean[0].astype(np.float64)
    since, dev_before = costs[ends - size >= begun], evaluated[1].astype(np.float64)
    if not len(since):
        return None
    return Shift(
        begun,
        float(before.mean()),
        float(dev_before[-3:].mean()) if len(dev_before) else float("nan"),
        float(since.min()),
        {"cost": (np.minimum(ends, end).astype(np.float64), costs), "dev_cost": (dev[0], dev[1])},
    )


def _begun(curve: CostCurve) -> int | None:
    for made in reversed(curve.interventions):
        if made.iteration > curve.start and changes_inputs(made.after):
            after, before = (data_shift(curve.hyperparameters_at(made.iteration - back)) for back in (0, 1))
            if after is not None and before is None:
                return made.iteration
    return None
