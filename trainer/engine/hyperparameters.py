"""What a person may choose: hyperparameters, changed in flight, and the run config, fixed at birth.

Both are frozen values that validate themselves; nothing is clipped, every refusal names the value and what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, get_args

from trainer.data.preparation import DType
from trainer.engine.engines import ENGINES, Engine
from trainer.errors import InvalidHyperparameter
from trainer.numerics.learning_rate_decay import DECAY_RATES, DECAYS, Decay
from trainer.numerics.parameters import Activation, Architecture
from trainer.numerics.scales import SCALES, Interval
from trainer.numerics.updates import Optimizer

Value = float | int | str

OPTIMIZERS: tuple[Optimizer, ...] = get_args(Optimizer)
ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
DTYPES: tuple[DType, ...] = get_args(DType)

SCHEDULE = frozenset({"learning_rate", "decay", "decay_rate", "decay_interval"})
"""Setting any of these starts the learning-rate schedule anew from the α in force."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Hyperparameters:
    """Everything that may change while training, in the order of its importance (course 2, week 3).

    Attributes
    ----------
    learning_rate : α₀, where the schedule in force began; without decay it is α
    momentum : β of the velocity; Adam's β₁
    mini_batch_size : examples per update
    decay, decay_rate, decay_interval : schedule of α; the interval, in epochs, is the staircase's
    optimizer : "gd", "momentum", "rmsprop" or "adam"
    beta2, epsilon : of RMSprop and Adam
    weight_decay : λ of the L2 penalty on W; 0 is off
    clip_norm : longest gradient, by global norm; 0 is off
    """

    learning_rate: float = 0.1
    momentum: float = 0.9
    mini_batch_size: int = 64
    decay: Decay = "none"
    decay_rate: float = 1.0
    decay_interval: float = 10.0
    optimizer: Optimizer = "momentum"
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    clip_norm: float = 0.0

    def __post_init__(self) -> None:
        for name in HYPERPARAMETERS:
            value = getattr(self, name)
            if name in CHOICES:
                _check_choice(name, value, CHOICES[name])
            else:
                object.__setattr__(self, name, _checked_number(name, value, SCALES[name].valid))
        allowed = DECAY_RATES[self.decay]
        if self.decay_rate not in allowed:
            raise InvalidHyperparameter(
                f"decay_rate must be {allowed} where decay is {self.decay}, but got {self.decay_rate!r}"
            )

    def changed(self, changes: Mapping[str, Value]) -> Hyperparameters:
        """These with some values replaced; raises InvalidHyperparameter for an unknown name or a value not allowed."""
        for name in changes:
            if name not in HYPERPARAMETERS:
                raise InvalidHyperparameter(
                    f"{name!r} is not a hyperparameter; those that may change are {', '.join(HYPERPARAMETERS)}"
                )
        return replace(self, **changes)  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, Value]:
        """Name → value, JSON-ready."""
        return asdict(self)


HYPERPARAMETERS: tuple[str, ...] = tuple(field.name for field in fields(Hyperparameters))
CHOICES: dict[str, tuple[str, ...]] = {"decay": DECAYS, "optimizer": OPTIMIZERS}


@dataclass(frozen=True)
class RunConfig:
    """What is fixed when a run is born.

    Attributes
    ----------
    data : name of a bundled or generated data set, or path of a file
    label : column of the labels in a file of the user's; "" is the default one
    layers : hidden units of each hidden layer; () is softmax regression
    batch_norm, batch_norm_epsilon, ewa_decay : batch norm, its ε, and ρ of its running statistics
    seed : of the split, the initial parameters and the order of data
    dtype : "float32" or "float64"
    dev_fraction : share of the examples kept for the dev set
    engine : "compiled", or "reference", which is numpy and slower; each has its own bits
    evaluate_every : iterations between two evaluations on the dev set; 0 lets the trainer choose by its cost
    """

    data: str = "digits"
    label: str = ""
    layers: tuple[int, ...] = (128, 64)
    batch_norm: bool = True
    activation: Activation = "relu"
    batch_norm_epsilon: float = 1e-5
    ewa_decay: float = 0.9
    seed: int = 1
    dtype: DType = "float32"
    dev_fraction: float = 0.2
    engine: Engine = "compiled"
    evaluate_every: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.layers, list | tuple):
            raise InvalidHyperparameter(f"layers must be a list of whole numbers, but got {self.layers!r}")
        layers = tuple(_checked_number("layers", n, SCALES["hidden_units"].valid) for n in self.layers)
        object.__setattr__(self, "layers", layers)
        for name in ("data", "label"):
            if not isinstance(getattr(self, name), str):
                raise InvalidHyperparameter(f"{name} must be text, but got {getattr(self, name)!r}")
        if not isinstance(self.batch_norm, bool):
            raise InvalidHyperparameter(f"batch_norm must be True or False, but got {self.batch_norm!r}")
        if len(self.layers) > SCALES["hidden_layers"].valid.high:
            raise InvalidHyperparameter(f"layers: at most 100 hidden layers are allowed, but got {len(self.layers)}")
        _check_choice("activation", self.activation, ACTIVATIONS)
        _check_choice("dtype", self.dtype, DTYPES)
        _check_choice("engine", self.engine, ENGINES)
        for name, allowed in _CONFIG_INTERVALS.items():
            object.__setattr__(self, name, _checked_number(name, getattr(self, name), allowed))

    def architecture(self, inputs: int, classes: int) -> Architecture:
        """The network for a data set with so many inputs and classes."""
        return Architecture((inputs, *self.layers, classes), self.batch_norm, self.activation, self.batch_norm_epsilon)

    def as_dict(self) -> dict[str, Any]:
        """Name → value, JSON-ready."""
        return {**asdict(self), "layers": list(self.layers)}


_CONFIG_INTERVALS = {
    "batch_norm_epsilon": Interval(1e-8, 1, "[]"),
    "ewa_decay": Interval(0, 1, "[)"),
    "seed": Interval(0, 2**63 - 1, "[]", whole=True),
    "dev_fraction": Interval(0, 1, "()"),
    "evaluate_every": Interval(0, 10**9, "[]", whole=True),
}


def parse_number(name: str, text: str) -> float:
    """A number as typed by a person: ASCII digits, one point, perhaps an exponent; nothing else.

    >>> parse_number("learning_rate", " 1e-3 ")
    0.001
    """
    if not _NUMBER.fullmatch(text.strip()):
        raise InvalidHyperparameter(f"{name} must be a number such as 0.01 or 1e-3, but got {text!r}")
    return float(text)


def parse_changes(text: str) -> dict[str, Value]:
    """Changes as typed, `"learning_rate=0.001 decay=inverse-time"`; checked for form, not yet for range."""
    changes: dict[str, Value] = {}
    for word in text.split():
        name, equals, value = word.partition("=")
        if not equals:
            raise InvalidHyperparameter(f"a change is written NAME=VALUE, but got {word!r}")
        if name in changes:
            raise InvalidHyperparameter(f"{name} is set twice in {text!r}")
        changes[name] = value if name in CHOICES or name not in HYPERPARAMETERS else parse_number(name, value)
    if not changes:
        raise InvalidHyperparameter(f"no NAME=VALUE in {text!r}; names are {', '.join(HYPERPARAMETERS)}")
    return changes


def _check_choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidHyperparameter(f"{name} must be one of {', '.join(allowed)}, but got {value!r}")


def _checked_number(name: str, value: object, allowed: Interval) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in allowed:
        raise InvalidHyperparameter(f"{name} must be {allowed}, but got {value!r}")
    return int(value) if allowed.whole else float(value)
