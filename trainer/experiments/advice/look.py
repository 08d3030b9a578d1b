"""Look: what the rules of advice look at: the costs since the latest change, the evaluations, and the gauges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainer.engine.data_shift import data_shift
from trainer.engine.gauge_specs import drawn, split_layer
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.experiments.advice.lowered import Lowered, lowered_in_a_fall
from trainer.experiments.advice.shift import Shift, inputs_changed, latest_shift
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

_ENOUGH = 3
"""Measurements of a gauge that rules go by, at least: fewer may be chance. Of a run that has ended those there are."""

_EVALUATIONS = 512
"""Most evaluations that are looked at; of more, neighbours are averaged."""

_POINTS = 64
"""Most points of what is drawn as evidence."""


_ALIVE = 0.2
"""Share of dead units of a layer that does no harm."""


class Alive(NamedTuple):
    """The latest measurement of a layer whose units were alive: iteration, share of dead units, and α in force there.

    Where something was changed there, the iteration before.
    """

    iteration: int
    share: float
    learning_rate: float


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
    begun : the iteration before the first that is known
    inputs_changed : the iteration of the latest change of the inputs; None where there was none
    shift : what came of the latest shift of the inputs; None where there was none in the middle of the run
    lowered : the latest change of α, if that was to a hundredth and less while the cost fell
    at, costs, highest : the last iteration of each stretch after `since`, its mean cost J and its greatest
    evaluated, dev_costs, dev_accuracies : iterations, dev costs and dev accuracies of the evaluations since the inputs
        are what they are: those before are of another dev set, or of a network for other inputs. Of many, means of
        neighbours
    best : the iteration of the evaluation with the lowest of these dev costs, that cost, and its dev accuracy
    gauges : those after `since`; of a fast run the latest 10 after `changed`
    first : of each gauge its first measurement since the inputs are what they are: iteration and value
    alive : layer → when its units were last seen alive, since the inputs are what they are
    rates : iterations after `since`, and α in force there
    ended : whether the run has come to its end: nothing more will be measured
    """

    config: RunConfig
    hyperparameters: Hyperparameters
    learning_rate: float
    m: int
    classes: int
    iteration: int
    changed: int
    since: int
    begun: int
    inputs_changed: int | None
    shift: Shift | None
    lowered: Lowered | None
    at: Numbers
    costs: Numbers
    highest: Numbers
    evaluated: Numbers
    dev_costs: Numbers
    dev_accuracies: Numbers
    best: tuple[int, float, float]
    gauges: Gauges
    first: Mapping[str, tuple[float, float]]
    alive: Mapping[int, Alive]
    rates: tuple[Numbers, Numbers]
    ended: bool = False

    @property
    def passed(self) -> int:
        """Iterations that are looked at."""
        return self.iteration - self.since

    @property
    def of_guessing(self) -> float:
        """The cost of giving every class the same probability: log C."""
        return math.log(self.classes)

    @property
    def convex(self) -> bool:
        """Whether the cost has one minimum and no saddle: that of softmax regression, which stands nowhere else."""
        return not self.config.layers

    @property
    def training_inputs_alone(self) -> bool:
        """Whether the training inputs are shifted, and those of the dev set are not: the dev cost is of others."""
        return self.hyperparameters.shift_dev == "off" and data_shift(self.hyperparameters) is not None

    @property
    def inputs_since(self) -> int:
        """The iteration since which the inputs are what they are."""
        return self.begun if self.inputs_changed is None else self.inputs_changed

    def mean_cost(self, begin: float, end: float) -> float:
        """Mean cost J between two shares, 0 to 1, of the iterations that are looked at; NaN where it has none."""
        low, high = (self.since + share * self.passed for share in (begin, end))
        inside = self.costs[(self.at > low) & (self.at <= high)]
        return float(inside.mean()) if len(inside) else math.nan

    def far_above(self, now: float, usual: float) -> bool:
        """Whether a cost is far above another: twice as high, and by a quarter of a guess's."""
        return now > max(2 * usual, usual + 0.25 * self.of_guessing)

    def layers(self, gauge: str) -> dict[int, Numbers]:
        """Of each layer where it was measured often enough, the latest values of a gauge, as `latest`."""
        latest = {l: self.latest(f"{gauge}[{l}]") for l in _of_layers(self.gauges, gauge)}
        return {l: values for l, values in latest.items() if self.are_enough(values)}

    def are_enough(self, values: Numbers) -> bool:
        """Whether something was measured so often that rules may go by it."""
        return len(values) >= (1 if self.ended else _ENOUGH)

    def evidence(self, series: str, begin: int) -> tuple[Numbers, Numbers]:
        """Iterations and values of a series after `begin`, or of a gauge all that is looked at: at most some points.

        From before the latest shift on a cost is that of `shift`, so that what the shift did to it is there; from
        before α was lowered on that of `lowered`.
        Of a gauge the first measurement is there too where it is not before `begin`. Of more points the lowest and the
        highest of equal parts are taken, so that every mean of what is looked at lies between those that are drawn.
        Of the dev cost `best` is among them: sentences name it, and it may be lower than every mean of neighbours.
        """
        if series in self.gauges:
            iterations, values = self.gauges[series]
            at, value = self.first.get(series, (math.inf, math.nan))
            if at >= begin and not (iterations <= at).any():
                iterations, values = np.append(at, iterations), np.append(value, values)
            there = np.flatnonzero(~np.isnan(drawn(series, values)))
        else:
            known = {
                "cost": (self.at, self.costs),
                "dev_cost": (self.evaluated, self.dev_costs),
                "learning_rate": self.rates,
            }
            if self.shift is not None and begin < self.shift.begun:
                known |= self.shift.costs
            if self.lowered is not None and self.lowered.begin <= begin < self.lowered.iteration:
                known["cost"] = self.lowered.costs
            iterations, values = known.get(series, (np.empty(0), np.empty(0)))
            there = np.flatnonzero(iterations >= begin)
        if len(there) > _POINTS:
            parts = np.array_split(there, _POINTS // 2)
            there = np.unique([part[pick(values[part])] for part in parts for pick in (np.argmin, np.argmax)])
        iterations, values = iterations[there], values[there]
        best, lowest, _ = self.best
        if series == "dev_cost" and best >= begin and math.isfinite(lowest):
            others = iterations != best
            iterations, values = np.append(iterations[others], best), np.append(values[others], lowest)
            order = np.argsort(iterations)
            return iterations[order], values[order]
        return iterations, values

    def latest(self, gauge: str) -> Numbers:
        """The latest values of a gauge: the second half of those that are looked at."""
        values = self.gauges.get(gauge, (np.empty(0), np.empty(0)))[1]
        return values[len(values) // 2 :]


def look_at(
    curve: CostCurve, config: RunConfig, hyperparameters: Hyperparameters, m: int, classes: int, gauges: Gauges
) -> Look:
    """What there is to see of a run, from its curve and its gauges."""
    end = curve.iteration
    changed = curve.interventions[-1].iteration if curve.interventions else curve.start
    since = max(changed, end - _WHILE)
    reshaped = inputs_changed(curve)
    begin = curve.start if reshaped is None else reshaped + 1  # what was measured at a change came before it
    train = curve.window(since, end, _BUCKETS).train
    dev = _from(curve.window(begin, end, 1, evaluations=_EVALUATIONS).dev, begin)
    at = np.minimum(curve.start + train.ends, end)
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
        curve.start,
        reshaped,
        latest_shift(curve),
        lowered_in_a_fall(curve),
        at.astype(np.float64),
        train.mean[0].astype(np.float64),
        train.high[0].astype(np.float64),
        dev.mean[0].astype(np.float64),
        dev.mean[1].astype(np.float64),
        dev.mean[2].astype(np.float64),
        _best(curve, dev),
        _latest(gauges, changed, since),
        _first(gauges, begin),
        _alive(curve, gauges, begin),
        (rates.astype(np.float64), curve.learning_rates(rates)),
    )


def _from(dev: Buckets, begin: int) -> Buckets:
    """The evaluations from an iteration on: a window holds one before it too."""
    there = dev.low[0] >= begin
    return replace(dev, low=dev.low[:, there], high=dev.high[:, there], mean=dev.mean[:, there])


def _best(curve: CostCurve, dev: Buckets) -> tuple[int, float, float]:
    """The evaluation with the lowest dev cost: found in the bucket with the lowest, by looking at that alone."""
    if not len(dev) or np.isnan(dev.low[1]).all():
        return curve.start, math.inf, math.nan
    k = int(np.nanargmin(dev.low[1]))
    begin, end = int(dev.low[0][k]), int(dev.high[0][k])
    each = _from(curve.window(begin, end, 1, evaluations=_MOST).dev, begin)
    i = int(np.nanargmin(each.low[1]))
    return int(each.mean[0][i]), float(each.low[1][i]), float(each.mean[2][i])


def _latest(gauges: Gauges, changed: int, since: int) -> Gauges:
    """Those measured after `since`, or the latest ones after the change where those are more."""
    measured = np.unique(np.concatenate([iterations for iterations, _ in gauges.values()] or [np.empty(0)]))
    after = measured[measured > changed]
    first = min([since + 1, *after[-_MEASURED:][:1]])
    return {
        name: (iterations[iterations >= first], values[iterations >= first])
        for name, (iterations, values) in gauges.items()
    }


def _alive(curve: CostCurve, gauges: Gauges, begin: int) -> dict[int, Alive]:
    """As `Look.alive`, of what was measured from an iteration on."""
    changes, found = {made.iteration for made in curve.interventions}, {}
    for l, (iterations, shares) in _of_layers(gauges, "dead_units").items():
        there = np.flatnonzero((iterations >= begin) & (shares < _ALIVE))
        if len(there):
            at = int(iterations[there[-1]])
            at -= at in changes and at > curve.start
            alpha = float(curve.learning_rates(np.array([at]))[0])
            found[l] = Alive(at, float(shares[there[-1]]), alpha)
    return found


def _of_layers(gauges: Gauges, gauge: str) -> dict[int, tuple[Numbers, Numbers]]:
    """Layer → what was measured of it."""
    split = ((split_layer(name), measured) for name, measured in gauges.items())
    return {l: measured for (base, l), measured in split if base == gauge and l is not None}


def _first(gauges: Gauges, begin: int) -> dict[str, tuple[float, float]]:
    """Of each gauge that was measured from an iteration on, the first of these."""
    found = {}
    for name, (iterations, values) in gauges.items():
        there = np.flatnonzero(iterations >= begin)
        if len(there):
            found[name] = float(iterations[there[0]]), float(values[there[0]])
    return found
