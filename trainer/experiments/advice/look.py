"""Look: what the rules of advice look at: the costs since the latest change, the evaluations, and the gauges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.recorder.cost_curve import CostCurve
from trainer.recorder.pyramid import Buckets

Numbers = NDArray[np.float64]
Gauges = Mapping[str, tuple[Numbers, Numbers]]
"""Name of a gauge → the iterations at which it was measured, and its values there."""

_BUCKETS = 256
"""Most stretches that the costs are averaged over."""

_WHILE = 5000
"""Iterations that are looked at, at most, but for the dev cost: a long run is judged by what it does now."""

_MEASURED = 10
"""Measurements of the gauges that are looked at, at least, if there are so many since the latest change: a fast run
makes thousands of iterations between two of them."""

_MOST = 2**20
"""More evaluations than are kept."""

_EVALUATIONS = 512
"""Most evaluations that are looked at; of more, neighbours are averaged."""

_POINTS = 64
"""Most points of what is drawn as evidence."""


@dataclass(frozen=True, eq=False)
class Look:
    """A run as the rules see it.

    Attributes
    ----------
    config, hyperparameters : in force
    learning_rate : α in force
    m, classes : training examples and classes
    iteration : updates done
    changed : the iteration of the latest change, or of the beginning of the run
    since : where what is looked at begins: there, or a while ago where that was longer ago
    at, costs, highest : the last iteration of each stretch after `since`, its mean cost J and its greatest
    evaluated, dev_costs : the iterations of all evaluations, and the dev cost there; of many, means of neighbours
    best : the iteration of the evaluation with the lowest dev cost of all, and that cost
    gauges : those after `since`; of a fast run the latest 10 after `changed`
    first : of each gauge its first measurement after the latest change, or from the beginning on: iteration and value
    rates : iterations after `since`, and α in force there
    """

    config: RunConfig
    hyperparameters: Hyperparameters
    learning_rate: float
    m: int
    classes: int
    iteration: int
    changed: int
    since: int
    at: Numbers
    costs: Numbers
    highest: Numbers
    evaluated: Numbers
    dev_costs: Numbers
    best: tuple[int, float]
    gauges: Gauges
    first: Mapping[str, tuple[float, float]]
    rates: tuple[Numbers, Numbers]

    @property
    def passed(self) -> int:
        """Iterations that are looked at."""
        return self.iteration - self.since

    @property
    def of_guessing(self) -> float:
        """The cost of giving every class the same probability: log C."""
        return math.log(self.classes)

    def mean_cost(self, begin: float, end: float) -> float:
        """Mean cost J between two shares, 0 to 1, of the iterations that are looked at; NaN where it has none."""
        low, high = (self.since + share * self.passed for share in (begin, end))
        inside = self.costs[(self.at > low) & (self.at <= high)]
        return float(inside.mean()) if len(inside) else math.nan

    def layers(self, gauge: str) -> dict[int, Numbers]:
        """Of each layer that has it, the latest values of a gauge: the second half of those that are looked at."""
        found = {}
        for name, (_, values) in self.gauges.items():
            if name.startswith(f"{gauge}[") and len(values):
                found[int(name[len(gauge) + 1 : -1])] = values[len(values) // 2 :]
        return found

    def evidence(self, series: str, begin: int) -> tuple[Numbers, Numbers]:
        """Iterations and values of a series after `begin`, or of a gauge all that is looked at: at most some points.

        Of a gauge the first measurement is there too where it is not before `begin`. Of more points the lowest and the
        highest of equal parts are taken, so that every mean of what is looked at lies between those that are drawn.
        """
        if series in self.gauges:
            iterations, values = self.gauges[series]
            at, value = self.first.get(series, (math.inf, math.nan))
            if at >= begin and not (iterations <= at).any():
                iterations, values = np.append(at, iterations), np.append(value, values)
            there = np.arange(len(iterations))
        else:
            known = {
                "cost": (self.at, self.costs),
                "dev_cost": (self.evaluated, self.dev_costs),
                "learning_rate": self.rates,
            }
            iterations, values = known.get(series, (np.empty(0), np.empty(0)))
            there = np.flatnonzero(iterations >= begin)
        if len(there) > _POINTS:
            parts = np.array_split(there, _POINTS // 2)
            there = np.unique([part[pick(values[part])] for part in parts for pick in (np.argmin, np.argmax)])
        return iterations[there], values[there]

    def latest(self, gauge: str) -> Numbers:
        """The latest values of a gauge of the whole network: the second half of those that are looked at."""
        values = self.gauges.get(gauge, (np.empty(0), np.empty(0)))[1]
        return values[len(values) // 2 :]


def look_at(
    curve: CostCurve, config: RunConfig, hyperparameters: Hyperparameters, m: int, classes: int, gauges: Gauges
) -> Look:
    """What there is to see of a run, from its curve and its gauges."""
    end = curve.iteration
    changed = curve.interventions[-1].iteration if curve.interventions else curve.start
    since = max(changed, end - _WHILE)
    begin = changed + 1 if curve.interventions else changed  # what was measured at a change came before it
    train = curve.window(since, end, _BUCKETS).train
    dev = curve.window(curve.start, end, 1, evaluations=_EVALUATIONS).dev
    at = np.minimum(curve.start + (train.first + 1 + np.arange(len(train))) * train.size, end)
    rates = np.unique(np.linspace(since, end, 64).astype(np.int64))
    return Look(
        config,
        hyperparameters,
        float(curve.learning_rates(np.array([end]))[0]),
        m,
        classes,
        end,
        changed,
        since,
        at.astype(np.float64),
        train.mean[0].astype(np.float64),
        train.high[0].astype(np.float64),
        dev.mean[0].astype(np.float64),
        dev.mean[1].astype(np.float64),
        _best(curve, dev),
        _latest(gauges, changed, since),
        _first(gauges, begin),
        (rates.astype(np.float64), curve.learning_rates(rates)),
    )


def _best(curve: CostCurve, dev: Buckets) -> tuple[int, float]:
    """The evaluation with the lowest dev cost: found in the bucket with the lowest, by looking at that alone."""
    if not len(dev) or np.isnan(dev.low[1]).all():
        return curve.start, math.inf
    k = int(np.nanargmin(dev.low[1]))
    begin, end = int(dev.low[0][k]), int(dev.high[0][k])
    each = curve.window(begin, end, 1, evaluations=_MOST).dev
    i = int(np.nanargmin(each.low[1]))
    return int(each.mean[0][i]), float(each.low[1][i])


def _latest(gauges: Gauges, changed: int, since: int) -> Gauges:
    """Those measured after `since`, or the latest ones after the change where those are more."""
    measured = np.unique(np.concatenate([iterations for iterations, _ in gauges.values()] or [np.empty(0)]))
    after = measured[measured > changed]
    first = min([since + 1, *after[-_MEASURED:][:1]])
    return {
        name: (iterations[iterations >= first], values[iterations >= first])
        for name, (iterations, values) in gauges.items()
    }


def _first(gauges: Gauges, begin: int) -> dict[str, tuple[float, float]]:
    """Of each gauge that was measured from an iteration on, the first of these."""
    found = {}
    for name, (iterations, values) in gauges.items():
        there = np.flatnonzero(iterations >= begin)
        if len(there):
            found[name] = float(iterations[there[0]]), float(values[there[0]])
    return found
