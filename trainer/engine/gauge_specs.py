"""Gauge specs: everything that the product knows of a gauge but its value, one entry each.

The formulas are in `trainer/numerics/gauges.py`. A gauge that is measured for each layer has the layer in brackets in
records, exports and series, `z_mean[2]`; its entry is that of the name before the bracket.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trainer.numerics.histograms import Quantity

_LAYER = re.compile(r"(.+)\[([1-9]\d{0,3})\]", re.ASCII)

TO_CALL_DEAD = 32
"""Examples that a mini-batch has at least where a unit that is 0 for all of them is probably 0 for others too."""


@dataclass(frozen=True)
class GaugeSpec:
    """The entry of one gauge.

    Attributes
    ----------
    name : as in records and exports, without a layer
    label : as charts and tables name it
    shows : one sentence: what it shows
    normal : one sentence: what is normal, and what it means where it is not
    course : row of the course's table that it belongs to
    scale : of its axis
    low, high : between which values it is healthy; None where that end is open
    percent : whether a value is shown as a percentage
    positive : whether only a value above 0 is one; what is recorded as 0 could not be measured, and is not drawn
    whole, layers : whether there is one of the whole network, and whether there is one of each layer that can have it
    """

    name: str
    label: str
    shows: str
    normal: str
    course: int
    scale: Literal["log", "linear"] = "linear"
    low: float | None = None
    high: float | None = None
    percent: bool = False
    positive: bool = False
    whole: bool = False
    layers: bool = True


_ALL = (
    GaugeSpec(
        "gradient_norm",
        "gradient norm |dθ|",
        "Length of the gradient of the next mini-batch before clipping, of all parameters and of those of each layer.",
        "It changes slowly, and layers stay within a factor of 100 of each other; towards 0 in the first layers is a"
        " vanishing gradient, a sudden rise announces a divergence, and small everywhere while the cost is high is a"
        " plateau.",
        course=17,
        scale="log",
        whole=True,
    ),
    GaugeSpec(
        "update_ratio",
        "update : weight |ΔW| / |W|",
        "How far the next update moves the weights of a layer, relative to their length.",
        "About 1e-3; well above 1e-2 the learning rate α is too high, well below 1e-4 it is too low, unless the cost"
        " has come down already, when the ratio falls with it.",
        course=1,
        scale="log",
        low=1e-4,
        high=1e-2,
    ),
    GaugeSpec(
        "z_mean",
        "mean of z",
        "Mean of z[l] over the units of a layer and the examples of the mini-batch, before batch norm.",
        "It drifts slowly; when it keeps running away, the inputs of the next layer shift (covariate shift).",
        course=11,
    ),
    GaugeSpec(
        "z_std",
        "spread of z",
        "Standard deviation of z[l] over the units of a layer and the examples of the mini-batch, before batch norm.",
        "It has about the same size, near 1, in all hidden layers; growing or shrinking from layer to layer, the signal"
        " explodes or fades. In the last layer it grows as the network becomes sure.",
        course=11,
        scale="log",
    ),
    GaugeSpec(
        "z_norm_mean",
        "mean of z_norm",
        "Mean of z_norm[l], which is z[l] normalised over the mini-batch.",
        "0 up to rounding: that is what batch norm does.",
        course=9,
    ),
    GaugeSpec(
        "z_norm_std",
        "spread of z_norm",
        "Standard deviation of z_norm[l], which is z[l] normalised over the mini-batch.",
        "1; less where units hardly vary, so that ε counts beside their variance.",
        course=9,
        low=0.9,
        high=1.1,
    ),
    GaugeSpec(
        "z_tilde_mean",
        "mean of z~",
        "Mean of z~[l] = γ z_norm + β, which the activation takes.",
        "It begins at 0 and is then what the network learns, the mean of β; far below 0, ReLU units die.",
        course=9,
    ),
    GaugeSpec(
        "z_tilde_std",
        "spread of z~",
        "Standard deviation of z~[l] = γ z_norm + β, which the activation takes.",
        "It begins at 1 and is then what the network learns with γ and β, mostly from 0.3 to 3.",
        course=9,
        scale="log",
    ),
    GaugeSpec(
        "gamma_mean",
        "mean of γ",
        "Mean over the units of γ[l], the spread that batch norm gives z~.",
        "It begins at 1 and moves slowly; near 0 the layer lets hardly anything through.",
        course=9,
    ),
    GaugeSpec(
        "beta_mean",
        "mean of β",
        "Mean over the units of β[l], the mean that batch norm gives z~.",
        "It begins at 0 and moves slowly, mostly within -1 and 1.",
        course=9,
    ),
    GaugeSpec(
        "dead_units",
        "dead units",
        "Share of the ReLU units of a layer whose activation is 0 for every example of the mini-batch.",
        f"Below 10 % of mini-batches of at least {TO_CALL_DEAD} examples, as to few examples many a live unit does not"
        " answer; a dead unit learns nothing and bends no boundary, and many of them come of a high α or a bad"
        " initialisation.",
        course=13,
        high=0.1,
        percent=True,
    ),
    GaugeSpec(
        "running_drift",
        "drift of running statistics",
        "How far z_norm[l] of this mini-batch is from itself when computed with the running statistics, as in dev cost"
        " and predictions: the root mean square of the difference, in standard deviations.",
        "Below 0.5, less with larger mini-batches; it begins high, as running statistics start at 0 and 1, and stays"
        " high where they are stale: ρ near 1, or weights that move fast.",
        course=10,
        scale="log",
        high=0.5,
    ),
    GaugeSpec(
        "gradient_momentum_cosine",
        "gradient · momentum",
        "Cosine of the angle between the gradient and the velocity v of momentum or Adam.",
        "A little above 0: near 1 the run glides down a slope and bears a higher α or β; below 0 for long, it"
        " oscillates, so α or β is too high.",
        course=15,
        low=-0.2,
        whole=True,
        layers=False,
    ),
    GaugeSpec(
        "gradient_noise",
        "gradient noise",
        "Simple noise scale (McCandlish et al. 2018) from the halves of the mini-batch: the mini-batch size at which"
        " noise and gradient are as long. Absent where it cannot be measured: where the halves disagree so much that"
        " nothing of the gradient is left, or agree so well that nothing of the noise is (recorded as 0).",
        "It grows while the cost falls, and jumps about; where it stays far above the mini-batch size, a larger"
        " mini-batch or a lower α calms the run.",
        course=11,
        scale="log",
        positive=True,
        whole=True,
        layers=False,
    ),
)

POPULATION_DRIFT = GaugeSpec(
    "population_drift",
    "running statistics against the training set",
    "How far z_norm[l] of up to 4,096 training examples, which go through as one mini-batch, is from itself when"
    " computed with the running statistics: the root mean square of the difference, in standard deviations.",
    "Below 0.3: the running average and one pass over the training set are two estimates of the same; further apart,"
    " the running statistics are stale or noisy, and dev cost and predictions suffer.",
    course=10,
    scale="log",
    high=0.3,
)
"""Measured when it is asked for, and not recorded."""

HISTOGRAMS: dict[Quantity, GaugeSpec] = {
    "W": GaugeSpec(
        "W",
        "weights W",
        "All weights of W[l].",
        "One hump around 0 that widens slowly as the network learns; it stands still where α is too low or the gradient"
        " vanishes, and spreads fast where α is too high.",
        course=1,
    ),
    "z": GaugeSpec(
        "z",
        "z",
        "z[l] of every unit and every example of the next mini-batch, before batch norm.",
        "One broad hump; where it wanders off or keeps widening, the inputs of the next layer shift (covariate shift).",
        course=11,
    ),
    "z_tilde": GaugeSpec(
        "z_tilde",
        "z~",
        "z~[l] = γ z_norm + β of every unit and every example of the next mini-batch, which the activation takes.",
        "A hump around 0, about as wide as 1, that moves slowly with γ and β; nearly all below 0, ReLU units die.",
        course=9,
    ),
    "a": GaugeSpec(
        "a",
        "activations a",
        "a[l] of every unit and every example of the next mini-batch; of the last layer the class probabilities.",
        "ReLU: about half of them 0, and a tail that falls off; nearly all 0, units die. tanh and sigmoid: crowded at"
        " their ends, units are saturated. Class probabilities part towards 0 and 1 as the network becomes sure.",
        course=13,
    ),
    "dW": GaugeSpec(
        "dW",
        "gradient dW",
        "Every element of dW[l] of the next mini-batch, before clipping.",
        "One narrow hump around 0 that narrows as the cost falls; a single line at 0 in the first layers is a vanishing"
        " gradient, a sudden widening announces a divergence.",
        course=17,
    ),
}
"""Of which numbers of a layer there are histograms; computed when they are asked for, and not recorded."""

GAUGES: dict[str, GaugeSpec] = {spec.name: spec for spec in _ALL}
"""Name without a layer → entry."""


def split_layer(name: str) -> tuple[str, int | None]:
    """A name as in records, and its layer where it has one.

    >>> split_layer("z_mean[2]"), split_layer("gradient_noise")
    (('z_mean', 2), ('gradient_noise', None))
    """
    found = _LAYER.fullmatch(name)
    return (name, None) if found is None else (found[1], int(found[2]))


def is_gauge(name: str) -> bool:
    """Whether this version knows a gauge of this name."""
    base, layer = split_layer(name)
    spec = GAUGES.get(base)
    return spec is not None and (spec.whole if layer is None else spec.layers)


def drawn(name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What charts and numbers show of the values of a gauge with this name: NaN where it could not be measured."""
    spec = GAUGES.get(split_layer(name)[0])
    return np.where(values > 0, values, np.nan) if spec is not None and spec.positive else values
