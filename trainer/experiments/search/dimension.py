"""Dimension: one hyperparameter of a box, and how its values are drawn.

Scales are those of the one table (`engine/specs.py`), after "Using an appropriate scale to pick hyperparameters"
(course 2, week 3): α and λ log, β 1-log, layers and units uniform whole numbers, the mini-batch size powers of two,
everything that is chosen from a list with equal chances.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from trainer.engine.hyperparameters import (
    DATA_SHIFT,
    HIDDEN_LAYERS,
    HIDDEN_UNITS,
    HYPERPARAMETERS,
    RUN_CONFIG,
    parse_number,
)
from trainer.engine.specs import Spec
from trainer.errors import InvalidInput
from trainer.numerics.scales import Scale

Kind = Literal["real", "whole", "power of two", "choice"]

_LAYERS = Spec("hidden_layers", 2, "Hidden layers", "layers", "How many hidden layers there are.", scale=HIDDEN_LAYERS)
_UNITS = Spec("hidden_units", 64, "Hidden units", "units", "Of each hidden layer.", scale=HIDDEN_UNITS)
_ON_OFF = (True, False)

SEARCHABLE: dict[str, Spec] = {
    # in the order of importance, course 2, week 3
    **{name: HYPERPARAMETERS[name] for name in ("learning_rate", "momentum")},
    "hidden_units": _UNITS,
    "mini_batch_size": HYPERPARAMETERS["mini_batch_size"],
    "hidden_layers": _LAYERS,
    **{name: spec for name, spec in HYPERPARAMETERS.items() if name not in {"learning_rate", "momentum", *DATA_SHIFT}},
    "batch_norm": RUN_CONFIG["batch_norm"],
    "activation": RUN_CONFIG["activation"],
}
"""Name → entry of everything that a box can have, the most important first; on other inputs no trial is better."""


@dataclass(frozen=True)
class Dimension:
    """One hyperparameter of a box.

    Attributes
    ----------
    spec : its entry
    kind : "real" along a scale, "whole" uniform, "power of two" uniform, or "choice"
    low, high : ends of a number
    values : of a choice, in the order of the table
    """

    spec: Spec
    kind: Kind
    low: float = 0.0
    high: float = 0.0
    values: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """Of the hyperparameter."""
        return self.spec.name

    @property
    def count(self) -> float:
        """How many values it has; infinite for a real number."""
        match self.kind:
            case "real":
                return math.inf
            case "choice":
                return len(self.values)
            case _:
                return len(self._whole())

    def from_unit(self, r: float) -> Any:
        """The value at position r in [0, 1) of the box."""
        if self.kind == "real":
            return self._scale().from_unit(r)
        values = self.values if self.kind == "choice" else self._whole()
        # each of n values has 1/n of the room: value number ⌊n r⌋
        return values[min(int(r * len(values)), len(values) - 1)]

    def to_unit(self, value: Any) -> float:
        """The position in [0, 1] of a value; of n values, the middle of the room that one has."""
        if self.kind == "real":
            return self._scale().to_unit(value)
        values = self.values if self.kind == "choice" else self._whole()
        if self.kind != "choice":
            value = min(values, key=lambda each: abs(each - value))
        return (list(values).index(value) + 0.5) / len(values)

    def spread(self, n: int) -> list[Any]:
        """n values at equal distances along the box, its ends among them; of a choice all of them."""
        if self.kind == "choice":
            return list(self.values)
        positions = [i / (n - 1) for i in range(n)] if n > 1 else [0.5]
        if self.kind == "real":
            return [self.from_unit(r) for r in positions]
        values = self._whole()
        return [values[round(r * (len(values) - 1))] for r in positions]

    def holds(self, value: Any) -> bool:
        """Whether a value lies in it."""
        return value in self.values if self.kind == "choice" else self.low <= value <= self.high

    def bounds(self) -> list[Any]:
        """JSON-ready: [low, high] of a number, else its values."""
        if self.kind == "choice":
            return list(self.values)
        return [int(self.low), int(self.high)] if self.spec.whole else [self.low, self.high]

    def _scale(self) -> Scale:
        assert self.spec.scale is not None  # of a real number
        return replace(self.spec.scale, low=self.low, high=self.high)

    def _whole(self) -> Sequence[int]:
        if self.kind == "whole":
            return range(int(self.low), int(self.high) + 1)
        return [2**i for i in range(math.ceil(math.log2(self.low)), math.floor(math.log2(self.high)) + 1)]


def dimension(name: str, bounds: Sequence[Any]) -> Dimension:
    """A dimension from two ends, or from the values of a choice.

    Raises
    ------
    InvalidInput : it cannot be searched, or the ends are empty, reversed, or not allowed on its scale
    """
    spec = SEARCHABLE.get(name)
    if spec is None:
        raise InvalidInput(f"{name!r} cannot be searched; what can is {', '.join(SEARCHABLE)}")
    if spec.scale is None:
        return Dimension(spec, "choice", values=_choices(spec, bounds))
    if len(bounds) != 2:
        got = ", ".join(map(str, bounds)) or "nothing"
        raise InvalidInput(f"{name} needs two ends, as in {name}=LOW:HIGH, but got {got}")
    low, high = (_end(spec, end) for end in bounds)
    if low > high or (low == high and not spec.whole):
        why = "is empty" if low == high else "is reversed"
        raise InvalidInput(f"the range of {name}, {low:g} to {high:g}, {why}: the first end must be below the second")
    if spec.scale.kind == "log" and low <= 0:
        raise InvalidInput(f"{name} is drawn on a log scale, so both ends must be above 0, but got {low:g}")
    kind: Kind = "real" if not spec.whole else "power of two" if spec.scale.kind == "log" else "whole"
    found = Dimension(spec, kind, low, high)
    if not found.count:
        raise InvalidInput(f"there is no power of two from {low:g} to {high:g} for {name}")
    return found


def position(seed: int, index: int, name: str) -> float:
    """The position in [0, 1) of a hyperparameter of a trial: a pure function of the search's seed and its number.

    It is the first raw word of a PCG64, whose stream no version of numpy changes, as 53 bits of a float. It depends on
    no other hyperparameter of the box, so that one more leaves those of before where they were.
    """
    words = np.random.PCG64(np.random.SeedSequence([seed, index, zlib.crc32(name.encode())]))
    return (int(words.random_raw()) >> 11) * 2.0**-53


def _choices(spec: Spec, values: Sequence[Any]) -> tuple[Any, ...]:
    allowed = spec.choices or _ON_OFF
    words = {"on": True, "off": False, "true": True, "false": False} if not spec.choices else {}
    chosen = [words.get(value.lower(), value) if isinstance(value, str) else value for value in values]
    of = ", ".join(spec.choices) or "on, off"
    if not chosen:
        raise InvalidInput(f"{spec.name} has no value to choose from; what is allowed is {of}")
    for value, typed in zip(chosen, values, strict=True):
        if value not in allowed:
            raise InvalidInput(f"{spec.name} must be among {of}, but got {typed!r}")
    return tuple(value for value in allowed if value in chosen)


def _end(spec: Spec, end: Any) -> float:
    value = parse_number(spec.name, end) if isinstance(end, str) else end
    assert spec.interval is not None  # of a number
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in spec.interval:
        raise InvalidInput(f"{spec.name} must be {spec.interval}, but got {_as_given(end)} as an end of its range")
    return float(value)


def _as_given(end: Any) -> str:
    """A number as a person wrote it, or without the point that a whole one has as a float; anything else quoted."""
    if isinstance(end, str):
        return end.strip()
    return str(int(end)) if isinstance(end, float) and end.is_integer() else repr(end)
