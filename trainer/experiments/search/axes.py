"""Axes: along which the boxes and the trials of a search are drawn, each hyperparameter on its proper scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from trainer.experiments.search.box import Box, Values, values_of
from trainer.experiments.search.dimension import SEARCHABLE, Dimension
from trainer.experiments.search.plan import Round
from trainer.experiments.search.trial import Trial

MOST_TICKS = 7
_FEWEST_TICKS = 3


def axes_of(rounds: Sequence[Round], trials: Sequence[Trial]) -> Box:
    """The smallest box with every box of the rounds, and every value of the trials that its scale can show."""
    found: dict[str, Dimension] = {}
    for each in (dimension for round_ in rounds for dimension in round_.box.dimensions):
        known = found.get(each.name)
        found[each.name] = each if known is None else _widened(known, each.bounds())
    for trial in trials:
        for name, value in trial.values.items():
            if name in found and not found[name].holds(value):
                found[name] = _widened(found[name], [value])
    return Box(tuple(found[name] for name in SEARCHABLE if name in found))


def values_on(axes: Box, trial: Trial) -> Values:
    """What a trial has along all axes, also where its round did not draw it."""
    return values_of(axes, trial.config, trial.hyperparameters)


def position_on(axis: Dimension, value: Any) -> float:
    """Where a value is along an axis, in [0, 1]; at an end where the axis does not reach it."""
    if axis.kind == "choice":
        return axis.to_unit(value) if axis.holds(value) else 0.0
    return axis.to_unit(min(max(value, axis.low), axis.high))


def extent_on(axis: Dimension, part: Dimension) -> tuple[float, float]:
    """The part of an axis that a range takes, in [0, 1]; each of n single values takes 1/n."""
    if axis.kind == "real":
        return axis.to_unit(part.low), axis.to_unit(part.high)
    half = 0.5 / axis.count
    positions = [
        position_on(axis, value) for value in (part.values if part.kind == "choice" else (part.low, part.high))
    ]
    return max(0.0, min(positions) - half), min(1.0, max(positions) + half)


def brushed(axes: Box, box: Box, brush: Mapping[str, Sequence[float]]) -> Box:
    """A box where some axes were brushed from one position to another; of the others it keeps its ranges.

    Of single values those are in it whose position was brushed, or the nearest one.
    """
    known = {each.name: each for each in box.dimensions}
    for axis in axes.dimensions:
        if axis.name in brush:
            low, high = sorted(min(max(float(r), 0.0), 1.0) for r in brush[axis.name])
            known[axis.name] = _between(axis, low, high)
    return Box(tuple(known[name] for name in SEARCHABLE if name in known))


def ticks(axis: Dimension) -> list[tuple[float, str]]:
    """Position and text of some round values along an axis."""
    if axis.kind in ("choice", "power of two", "whole"):
        values = axis.spread(int(min(axis.count, MOST_TICKS)))
        return [(axis.to_unit(value), text_of(axis, value)) for value in values]
    scale = axis.spec.scale
    assert scale is not None  # of a real number
    match scale.kind:
        case "log":
            values = _powers(axis.low, axis.high)
        case "1-log":
            values = sorted(1 - distance for distance in _powers(1 - axis.high, 1 - axis.low))
        case "linear":
            values = axis.spread(5)
    return [(axis.to_unit(value), text_of(axis, value)) for value in values]


def text_of(axis: Dimension, value: Any) -> str:
    """A value for people, to four digits along its scale: of β, of 1-β."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if not isinstance(value, float):
        return str(value)
    if axis.spec.scale is not None and axis.spec.scale.kind == "1-log":
        return f"{1 - float(f'{1 - value:.4g}'):.12g}"
    return f"{value:.4g}"


def _widened(known: Dimension, values: Sequence[Any]) -> Dimension:
    if known.kind == "choice":
        order = known.spec.choices or (True, False)
        return replace(known, values=tuple(each for each in order if each in known.values or each in values))
    log = known.spec.scale is not None and known.spec.scale.kind == "log"
    numbers = [float(value) for value in values if value > 0 or not log]
    return replace(known, low=min([known.low, *numbers]), high=max([known.high, *numbers]))


def _between(axis: Dimension, low: float, high: float) -> Dimension:
    if axis.kind == "real":
        ends = [float(text_of(axis, axis.from_unit(r))) for r in (low, high)]
        ends = [min(max(end, axis.low), axis.high) for end in ends]
        if ends[0] >= ends[1]:  # closer together than four digits tell
            ends = [axis.from_unit(max(0.0, low - 0.005)), axis.from_unit(min(1.0, high + 0.005))]
        return replace(axis, low=ends[0], high=ends[1])
    n = int(axis.count)  # value number i is at (i + 1/2) / n
    first, last = math.ceil(low * n - 0.5), math.floor(high * n - 0.5)
    if first > last:
        first = last = min(int((low + high) / 2 * n), n - 1)
    if axis.kind == "choice":
        return replace(axis, values=axis.values[first : last + 1])
    lowest, highest = (float(axis.from_unit((i + 0.5) / n)) for i in (first, last))
    return replace(axis, low=lowest, high=highest)


def _powers(low: float, high: float) -> list[float]:
    """Powers of ten from `low` to `high`, every n-th where there are many; 1, 2 and 5 of each where there are few."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    near = 1e-9
    for digits in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)):
        found = [float(f"{d}e{e}") for e in exponents for d in digits]
        found = [value for value in found if low * (1 - near) <= value <= high * (1 + near)]
        if len(found) >= _FEWEST_TICKS:
            return found[:: math.ceil(len(found) / MOST_TICKS)]
    return [low, high]
