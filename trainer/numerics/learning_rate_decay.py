"""Learning-rate decay: α as a pure function of the epochs since the schedule began.

Course 2, week 2, "Learning rate decay". Epochs are counted in fractions (half-way through the data is 0.5), and
from the moment at which the schedule was last set, so every schedule starts exactly at its α₀.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from trainer.numerics.scales import Interval

Decay = Literal["none", "inverse-time", "exponential", "inverse-sqrt", "staircase"]
DECAYS: tuple[Decay, ...] = get_args(Decay)

DECAY_RATES: dict[Decay, Interval] = {
    "none": Interval(0, np.inf, "[)"),
    "inverse-time": Interval(0, np.inf, "[)"),
    "exponential": Interval(0, 1, "(]"),
    "inverse-sqrt": Interval(0, np.inf, "[)"),
    "staircase": Interval(0, 1, "(]"),
}
"""Valid decay rates of each kind of decay."""


def decayed_learning_rate(
    decay: Decay,
    learning_rate: float,
    decay_rate: float,
    decay_interval: float,
    epochs: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """α at some epochs of the schedule.

        none           α = α₀                                       by hand: the α that was last set
        inverse-time   α = α₀ / (1 + rate · epoch)
        exponential    α = rate^epoch · α₀                          e.g. rate 0.95
        inverse-sqrt   α = α₀ / √(1 + rate · epoch)                 the course's k/√epoch · α₀, finite at epoch 0
        staircase      α = rate^⌊epoch / interval⌋ · α₀             e.g. halved every 10 epochs

    Parameters
    ----------
    learning_rate : α₀, where the schedule began
    decay_interval : epochs per stair
    epochs : since the schedule began, any shape

    >>> [round(float(decayed_learning_rate("inverse-time", 0.2, 1.0, 1.0, e)), 3) for e in (1, 2, 3, 4)]
    [0.1, 0.067, 0.05, 0.04]
    """
    epochs = np.asarray(epochs, np.float64)
    with np.errstate(over="ignore"):  # an infinite divisor or number of stairs makes α 0, which is right
        match decay:
            case "none":
                return np.full_like(epochs, learning_rate)
            case "inverse-time":
                return learning_rate / (1 + decay_rate * epochs)
            case "exponential":
                return decay_rate**epochs * learning_rate
            case "inverse-sqrt":
                return learning_rate / np.sqrt(1 + decay_rate * epochs)
            case "staircase":
                return decay_rate ** np.floor(epochs / decay_interval) * learning_rate
