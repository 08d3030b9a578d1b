"""Signs: what several rules ask of a run, each a number or yes or no."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from trainer.engine.gauge_specs import GAUGES, TO_CALL_DEAD
from trainer.experiments.advice.look import Look, Numbers
from trainer.experiments.advice.lowered import falls, standard_error

FEWEST = 200
"""Iterations after a change before anything is said of it."""

HEALTHY_RATIO = GAUGES["update_ratio"].low or 0.0
"""The least ‖ΔW‖ / ‖W‖ that the gauge calls healthy."""


def lowest(look: Look) -> float:
    """The lowest mean cost of a tenth of the iterations that are looked at."""
    means = [look.mean_cost(k / 10, (k + 1) / 10) for k in range(10)]
    return float(np.nanmin(means))


def learns(look: Look) -> bool:
    """Whether the cost falls: it is lower in the last quarter than in the half before, by more than its noise."""
    before, after = (look.costs[between(look, *part)] for part in ((0.25, 0.75), (0.75, 1.0)))
    if len(before) < 3 or len(after) < 3:
        return False
    fall = float(before.mean() - after.mean())
    return fall > max(2 * standard_error(before, after), 0.02 * float(before.mean()))


def between(look: Look, begin: float, end: float) -> NDArray[np.bool_]:
    """Which stretches lie between two shares, 0 to 1, of the iterations that are looked at."""
    low, high = (look.since + share * look.passed for share in (begin, end))
    return np.logical_and(look.at > low, look.at <= high)


def update_ratio(look: Look) -> float:
    """The greatest of the layers' ‖ΔW‖ / ‖W‖, of each the median; NaN where it was not measured often enough."""
    return _ratio_and_layer(look)[0]


def fastest_layer(look: Look) -> str:
    """The name of the gauge of which that is the greatest."""
    return f"update_ratio[{_ratio_and_layer(look)[1]}]"


def _ratio_and_layer(look: Look) -> tuple[float, int]:
    ratios = [(float(np.median(v)), l) for l, v in look.layers("update_ratio").items()]
    return max(ratios, default=(math.nan, 1))


def hardly_moves(look: Look) -> bool:
    """Whether no layer moves as far as is healthy, and the cost by a few per cent of itself."""
    first, last = look.mean_cost(0.4, 0.6), look.mean_cost(0.8, 1)
    return update_ratio(look) < HEALTHY_RATIO and last > 0.93 * first


def still_falls(look: Look) -> bool:
    """Whether the cost falls at all, by more than its scatter: from the first half of what is looked at to the last."""
    return falls(*(look.costs[between(look, *part)] for part in ((0.0, 0.5), (0.5, 1.0))))


def past_its_minimum(look: Look) -> bool:
    """Whether the dev cost has been lower, well before: what there was to learn is learned."""
    if len(look.dev_costs) < 6:
        return False
    later = look.best[0] < look.inputs_since + 0.75 * (look.iteration - look.inputs_since)
    return later and float(smoothed(look.dev_costs)[-1]) > 1.1 * look.best[1]


def swings(look: Look) -> bool:
    """Whether the dev cost jumps up and down, by half of itself and more."""
    dev = look.dev_costs[look.evaluated > look.since + 0.3 * look.passed]
    if len(dev) < 3 or dev.max() < 0.1 * look.of_guessing:
        return False
    rises = dev[1:] / np.maximum(dev[:-1], 1e-9)
    return bool((rises > 1.5).any() and (rises < 1 / 1.3).any())


def dead(look: Look) -> tuple[float, int]:
    """The greatest share of dead units that a layer has, and the layer.

    0 where it was not measured often enough, or of mini-batches of too few examples.
    """
    if look.hyperparameters.mini_batch_size < min(TO_CALL_DEAD, look.m):
        return 0.0, 0
    shares = [(float(np.median(v)), l) for l, v in look.layers("dead_units").items()]
    return max(shares, default=(0.0, 0))


MANY_DEAD = 0.4
"""Share of dead units of a layer that does harm."""


def fades(look: Look) -> bool:
    """Whether the gradient is lost on its way back: in some layer a thirtieth of what it is in another.

    Batch norm makes ±1 of two examples whatever they are, so that layers before it have next to no gradient: that comes
    of the mini-batch, and not of the network.
    """
    if look.config.batch_norm and look.hyperparameters.mini_batch_size <= 2:
        return False
    norms = [float(np.median(values)) for values in look.layers("gradient_norm").values()]
    return len(norms) > 1 and min(norms) < max(norms) / 30


def done(look: Look) -> bool:
    """Whether there is little left to learn."""
    return look.mean_cost(0.8, 1) < 0.05 * look.of_guessing


def well_under_way(look: Look) -> bool:
    """Whether most of what there is to learn is learned."""
    return look.mean_cost(0.8, 1) < 0.3 * look.of_guessing


def smoothed(values: Numbers) -> Numbers:
    """Means of each value with its two neighbours."""
    if len(values) < 3:
        return values
    padded = np.concatenate([values[:1], values, values[-1:]])
    return np.convolve(padded, np.ones(3) / 3, "valid")
