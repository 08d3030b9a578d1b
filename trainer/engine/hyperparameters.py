"""What a person may choose: hyperparameters, changed in flight, and the run config, fixed at birth.

Both are frozen values that validate themselves; nothing is clipped, every refusal names the value and what is allowed.
Each field is declared with its entry (see `specs.py`): what stands here is the only place that names it, beside the
formulas that take it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args

from trainer.data.read_as import DType, ReadAs
from trainer.engine.engines import ENGINES, Engine
from trainer.engine.specs import Spec, checked_number, field, recorded, specs_of
from trainer.engine.specs import Value as Value
from trainer.errors import InvalidHyperparameter
from trainer.numerics.cost import ClassWeights
from trainer.numerics.learning_rate_decay import DECAY_RATES, DECAYS, Decay
from trainer.numerics.parameters import Activation, Architecture
from trainer.numerics.scales import Interval, Scale
from trainer.numerics.updates import Optimizer
from trainer.text import valid_unicode

OPTIMIZERS: tuple[Optimizer, ...] = get_args(Optimizer)
ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
DTYPES: tuple[DType, ...] = get_args(DType)
CLASS_WEIGHTS: tuple[ClassWeights, ...] = get_args(ClassWeights)

NETWORK = "network"
"""The kind of trainable that is this package's own."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_POSITIVE = Interval(0, math.inf, "()")
_NOT_NEGATIVE = Interval(0, math.inf, "[)")

HIDDEN_UNITS = Scale("linear", 50, 100, Interval(1, 1e6, "[]", whole=True))
"""Of `RunConfig.layers`: units of each hidden layer."""

HIDDEN_LAYERS = Scale("linear", 2, 4, Interval(0, 100, "[]", whole=True))
"""Of `RunConfig.layers`: how many hidden layers there are."""


@dataclass(frozen=True)
class Hyperparameters:
    """Everything that may change while training, in the order of its importance (course 2, week 3)."""

    learning_rate: float = field(
        0.1,
        "Learning rate α",
        "α",
        "Step size of an update: α₀, where the schedule in force began; without decay it stays α.",
        scale=Scale("log", 1e-4, 1, Interval(0, 1e6, "(]")),
        group="learning rate and momentum",
    )
    momentum: float = field(
        0.9,
        "Momentum β",
        "β",
        "β of the velocity, which averages over about 1/(1-β) gradients; Adam's β₁.",
        scale=Scale("1-log", 0, 0.999, Interval(0, 1, "[)")),
        group="learning rate and momentum",
    )
    mini_batch_size: int = field(
        64,
        "Mini-batch size",
        "mini-batch",
        "Training examples in each update; 1 (stochastic gradient descent) is allowed without batch norm.",
        scale=Scale("log", 16, 512, Interval(1, math.inf, "[)", whole=True)),
        group="mini-batch and optimizer",
    )
    decay: Decay = field(
        "none", "Decay", "decay", "How α falls from epoch to epoch.", choices=DECAYS, group="learning rate decay"
    )
    decay_rate: float = field(
        1.0,
        "Decay rate",
        "decay rate",
        "How fast α falls; of an exponential or staircase decay at most 1.",
        scale=Scale("log", 1e-3, 10, _NOT_NEGATIVE),
        group="learning rate decay",
    )
    decay_interval: float = field(
        10.0,
        "Decay interval",
        "decay interval",
        "Epochs per stair of the staircase.",
        scale=Scale("log", 1, 100, _POSITIVE),
        group="learning rate decay",
        needs=("decay", ("staircase",)),
    )
    optimizer: Optimizer = field(
        "momentum",
        "Optimizer",
        "optimizer",
        "Gradient descent, momentum, RMSprop or Adam.",
        choices=OPTIMIZERS,
        group="mini-batch and optimizer",
    )
    beta2: float = field(
        0.999,
        "β₂",
        "β₂",
        "Of the averages of squared gradients in RMSprop and Adam.",
        scale=Scale("1-log", 0.9, 0.9999, Interval(0, 1, "[)")),
    )
    epsilon: float = field(
        1e-8,
        "ε",
        "ε",
        "Keeps RMSprop and Adam from dividing by 0.",
        scale=Scale("log", 1e-10, 1e-2, Interval(1e-30, 1, "[]")),  # smaller is 0 in float32, and 0/0 is NaN
    )
    weight_decay: float = field(
        0.0,
        "Weight decay λ",
        "λ",
        "λ of the L2 penalty (λ/2) ‖W‖² on W; 0 is off.",
        scale=Scale("log", 1e-6, 1e-1, _NOT_NEGATIVE),
    )
    clip_norm: float = field(
        0.0,
        "Clip norm",
        "clip norm",
        "Longest gradient, by its global norm; 0 is off.",
        scale=Scale("log", 1e-2, 1e2, _NOT_NEGATIVE),
    )

    def __post_init__(self) -> None:
        """Raises InvalidHyperparameter for a value that is not allowed."""
        for name, spec in HYPERPARAMETERS.items():
            object.__setattr__(self, name, spec.check(getattr(self, name)))
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

    def as_recorded(self) -> dict[str, Value]:
        """The same as records and digests have it: without what came after format 1 and is at its default."""
        return recorded(asdict(self), HYPERPARAMETERS)


HYPERPARAMETERS: dict[str, Spec] = specs_of(Hyperparameters)
"""Name → entry."""

CHOICES: dict[str, tuple[str, ...]] = {name: spec.choices for name, spec in HYPERPARAMETERS.items() if spec.choices}
SCALES: dict[str, Scale] = {name: spec.scale for name, spec in HYPERPARAMETERS.items() if spec.scale is not None}


@dataclass(frozen=True)
class RunConfig:
    """What is fixed when a run is born."""

    data: str = field("digits", "Data", "data", "Name of a bundled or generated data set, or path of a file.")
    label: str = field("", "Label column", "label", "Column of the labels in a file; empty is the default one.")
    layers: tuple[int, ...] = field(
        (128, 64), "Hidden layers", "layers", "Hidden units of each layer, such as 128, 64. Empty: softmax regression."
    )
    batch_norm: bool = field(True, "Batch norm", "batch norm", "Whether z is normalised before the activation.")
    activation: Activation = field("relu", "Activation", "activation", "Of hidden units.", choices=ACTIVATIONS)
    batch_norm_epsilon: float = field(
        1e-5, "ε of batch norm", "ε of batch norm", "Added to the variance.", valid=Interval(1e-8, 1, "[]")
    )
    ewa_decay: float = field(
        0.9, "ρ of batch norm", "ρ", "Of batch norm's running statistics.", valid=Interval(0, 1, "[)")
    )
    seed: int = field(
        1,
        "Seed",
        "seed",
        "Of the split, the initial parameters and the order of the data.",
        valid=Interval(0, 2**63 - 1, "[]", whole=True),
    )
    dtype: DType = field("float32", "Precision", "precision", "Of all numbers.", choices=DTYPES)
    dev_fraction: float = field(
        0.2,
        "Share of the dev set",
        "dev share",
        "Share of the examples that is kept for the dev set.",
        valid=Interval(0, 1, "()"),
    )
    engine: Engine = field(
        "compiled",
        "Engine",
        "engine",
        "Compiled code, or the reference, which is numpy and slower; each has its own bits.",
        choices=ENGINES,
    )
    evaluate_every: int = field(
        0,
        "Evaluated every",
        "evaluated every",
        "Iterations between two evaluations on the dev set; 0 lets the trainer choose by its cost.",
        valid=Interval(0, 10**9, "[]", whole=True),
    )
    class_weights: ClassWeights = field(
        "none",
        "Class weights",
        "class weights",
        "Balanced: in the cost, and the dev cost, an example of class c counts m / (C m_c) times, so that rare classes"
        " count as much as frequent ones; the accuracy counts every example alike.",
        choices=CLASS_WEIGHTS,
        since=2,
    )
    leave_out: tuple[str, ...] = field(
        (), "Columns left out", "left out", "Columns of a table that are not inputs.", since=2
    )
    trainable: str = field(
        NETWORK, "Trainable", "trainable", "The kind of what is trained; that of this package is a network.", since=2
    )

    def __post_init__(self) -> None:
        """Raises InvalidHyperparameter for a value that is not allowed."""
        if not isinstance(self.layers, list | tuple):
            raise InvalidHyperparameter(f"layers must be a list of whole numbers, but got {self.layers!r}")
        layers = tuple(checked_number("layers", n, HIDDEN_UNITS.valid) for n in self.layers)
        object.__setattr__(self, "layers", layers)
        if len(self.layers) > HIDDEN_LAYERS.valid.high:
            raise InvalidHyperparameter(f"layers: at most 100 hidden layers are allowed, but got {len(self.layers)}")
        if not isinstance(self.leave_out, list | tuple) or not all(isinstance(name, str) for name in self.leave_out):
            raise InvalidHyperparameter(f"leave_out must be a list of names of columns, but got {self.leave_out!r}")
        object.__setattr__(self, "leave_out", tuple(self.leave_out))
        for name, spec in RUN_CONFIG.items():
            value = getattr(self, name)
            if isinstance(spec.default, str) and not spec.choices and not isinstance(value, str):
                raise InvalidHyperparameter(f"{name} must be text, but got {value!r}")
            if isinstance(value, str):
                value = valid_unicode(value)
            if isinstance(spec.default, bool) and not isinstance(value, bool):
                raise InvalidHyperparameter(f"{name} must be True or False, but got {value!r}")
            object.__setattr__(self, name, spec.check(value))

    @property
    def read_as(self) -> ReadAs:
        """How its data are read."""
        return ReadAs(self.label, self.leave_out, self.seed, self.dev_fraction, self.dtype)

    def architecture(self, inputs: int, classes: int) -> Architecture:
        """The network for a data set with this many inputs and classes."""
        return Architecture((inputs, *self.layers, classes), self.batch_norm, self.activation, self.batch_norm_epsilon)

    def as_dict(self) -> dict[str, Any]:
        """Name → value, JSON-ready."""
        return {**asdict(self), "layers": list(self.layers), "leave_out": list(self.leave_out)}

    def as_recorded(self) -> dict[str, Any]:
        """The same as records have it: without what came after format 1 and is at its default."""
        values = recorded(asdict(self), RUN_CONFIG)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


RUN_CONFIG: dict[str, Spec] = specs_of(RunConfig)
"""Name → entry."""


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
