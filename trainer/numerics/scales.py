"""Scales: a scale holds the values that a hyperparameter may take, and how they are spread along a knob.

Three kinds, after "Using an appropriate scale to pick hyperparameters" (course 2, week 3):

    linear   value = low + r (high - low)              r ~ U(0, 1)
    log      value = low (high / low)^r                α in 1e-4..1: as much room for 1e-4..1e-3 as for 0.1..1
    1-log    1 - value is on a log scale               β in 0.9..0.999: 1/(1-β), the averaging window, is what matters

Validation, the knobs of the page and the random draws of a search use the same scale.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Interval:
    """The allowed numbers: all finite ones between two ends.

    Attributes
    ----------
    low, high : the ends; either may be infinite
    closed : which ends are allowed themselves, as in "[]", "[)", "(]", "()"
    whole : only whole numbers are allowed
    """

    low: float
    high: float
    closed: Literal["[]", "[)", "(]", "()"] = "[]"
    whole: bool = False

    def __contains__(self, value: float) -> bool:
        finite = -sys.float_info.max <= value <= sys.float_info.max  # an int may be larger than any float
        if not finite or (self.whole and value != int(value)):
            return False
        above = value >= self.low if self.closed[0] == "[" else value > self.low
        below = value <= self.high if self.closed[1] == "]" else value < self.high
        return above and below

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        low = f"{self.low:g}" if math.isfinite(self.low) else ""
        high = f"{self.high:g}" if math.isfinite(self.high) else ""
        from_ = f"at least {low}" if self.closed[0] == "[" else f"above {low}"
        to = f"at most {high}" if self.closed[1] == "]" else f"below {high}"
        return f"{kind} {' and '.join(part for part, end in ((from_, low), (to, high)) if end)}"


@dataclass(frozen=True)
class Scale:
    """How the values of one hyperparameter are spread along a knob, and which values are valid.

    A knob goes from `low` to `high`; a typed value may be anything in `valid`.

    Attributes
    ----------
    kind : "linear", "log" or "1-log"
    low, high : the ends of the knob and of a search's first box
    valid : the interval of values that are allowed
    """

    kind: Literal["linear", "log", "1-log"]
    low: float
    high: float
    valid: Interval

    def from_unit(self, r: float) -> float:
        """The value at position r in [0, 1] of the knob."""
        match self.kind:
            case "linear":
                value = self.low + r * (self.high - self.low)
            case "log":
                # value = low (high / low)^r = 10^(log low + r (log high - log low))
                value = self.low * (self.high / self.low) ** r
            case "1-log":
                # 1 - value = (1 - low) ((1 - high) / (1 - low))^r
                value = 1 - (1 - self.low) * ((1 - self.high) / (1 - self.low)) ** r
        value = min(max(value, self.low), self.high)
        return float(round(value)) if self.valid.whole else value

    def to_unit(self, value: float) -> float:
        """The position in [0, 1] of a value on the knob; values beyond its ends sit at the ends."""
        value = min(max(value, self.low), self.high)
        match self.kind:
            case "linear":
                return (value - self.low) / (self.high - self.low)
            case "log":
                return math.log(value / self.low) / math.log(self.high / self.low)
            case "1-log":
                return math.log((1 - value) / (1 - self.low)) / math.log((1 - self.high) / (1 - self.low))

    def draw(self, generator: np.random.Generator) -> float:
        """A random value, uniform along the knob: `r ~ U(0, 1)`, then `from_unit(r)`."""
        return self.from_unit(generator.random())
