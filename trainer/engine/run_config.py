"""The run config: what a person chooses once, when a run is born. A frozen value that validates itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, get_args

from trainer.data.read_as import DType, ReadAs
from trainer.engine.engines import ENGINES, Engine
from trainer.engine.specs import Spec, checked_number, field, recorded, specs_of
from trainer.errors import InvalidHyperparameter
from trainer.numerics.cost import ClassWeights
from trainer.numerics.parameters import Activation, Architecture
from trainer.numerics.scales import Interval, Scale
from trainer.text import valid_unicode

ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
DTYPES: tuple[DType, ...] = get_args(DType)
CLASS_WEIGHTS: tuple[ClassWeights, ...] = get_args(ClassWeights)

NETWORK = "network"
"""The kind of trainable that is this package's own."""

HIDDEN_UNITS = Scale("linear", 50, 100, Interval(1, 1e6, "[]", whole=True))
"""Of `RunConfig.layers`: units of each hidden layer."""

HIDDEN_LAYERS = Scale("linear", 2, 4, Interval(0, 100, "[]", whole=True))
"""Of `RunConfig.layers`: how many hidden layers there are."""

GAUGE_BUDGETS = Interval(0, 0.5, "[]")
"""Of `RunConfig.gauge_budget`."""


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
        "Dev share",
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
    gauge_budget: float = field(
        0.02,
        "Time for gauges",
        "time for gauges",
        "Share of the training time in which gauges are measured, at most, but for the first time, at the beginning;"
        " 0 measures none.",
        valid=GAUGE_BUDGETS,
        since=2,
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
