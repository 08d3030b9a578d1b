"""What a person may choose: hyperparameters, changed in flight, and the run config (`run_config.py`), fixed at birth.

Both are frozen values that validate themselves; nothing is clipped, every refusal names the value and what is allowed.
Each field is declared with its entry (see `specs.py`): what stands here is the only place that names it, beside the
formulas that take it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args

from trainer.engine.run_config import ACTIVATIONS as ACTIVATIONS
from trainer.engine.run_config import CLASS_WEIGHTS as CLASS_WEIGHTS
from trainer.engine.run_config import DTYPES as DTYPES
from trainer.engine.run_config import HIDDEN_LAYERS as HIDDEN_LAYERS
from trainer.engine.run_config import HIDDEN_UNITS as HIDDEN_UNITS
from trainer.engine.run_config import NETWORK as NETWORK
from trainer.engine.run_config import RUN_CONFIG as RUN_CONFIG
from trainer.engine.run_config import RunConfig as RunConfig
from trainer.engine.specs import Spec, field, recorded, specs_of
from trainer.engine.specs import Value as Value
from trainer.errors import InvalidHyperparameter
from trainer.numerics.data_shift import RECOLOURS, Recolour
from trainer.numerics.learning_rate_decay import DECAY_RATES, DECAYS, Decay
from trainer.numerics.scales import Interval, Scale
from trainer.numerics.updates import Optimizer

OPTIMIZERS: tuple[Optimizer, ...] = get_args(Optimizer)

OnOff = Literal["on", "off"]
ON_OFF: tuple[OnOff, ...] = get_args(OnOff)

_DATA_SHIFT = "data shift"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_POSITIVE = Interval(0, math.inf, "()")
_NOT_NEGATIVE = Interval(0, math.inf, "[)")


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
    input_shift: float = field(
        0.0,
        "Input shift",
        "input shift",
        "Added to every input, in standard deviations of the training set.",
        scale=Scale("linear", -3, 3, Interval(-100, 100)),
        group=_DATA_SHIFT,
        since=2,
    )
    input_scale: float = field(
        1.0,
        "Input scale",
        "input scale",
        "Factor of every input.",
        scale=Scale("log", 0.1, 10, Interval(0, 100, "(]")),
        group=_DATA_SHIFT,
        since=2,
    )
    input_rotation: float = field(
        0.0,
        "Input rotation",
        "input rotation",
        "Degrees counter-clockwise by which a picture is turned, or each pair of inputs in its plane.",
        scale=Scale("linear", -180, 180, Interval(-360, 360)),
        group=_DATA_SHIFT,
        since=2,
    )
    input_noise: float = field(
        0.0,
        "Input noise",
        "input noise",
        "Standard deviation of what is added to every input by chance, the same in every epoch.",
        scale=Scale("log", 1e-2, 10, Interval(0, 100)),
        group=_DATA_SHIFT,
        since=2,
    )
    input_recolour: Recolour = field(
        "none",
        "Recolour inputs",
        "recolour inputs",
        "Invert negates every input, permute gives each one the place of another.",
        choices=RECOLOURS,
        group=_DATA_SHIFT,
        since=2,
    )
    shifted_inputs: int = field(
        0,
        "Inputs that shift",
        "inputs that shift",
        "How many inputs the data shift changes, from the first on; 0 is all.",
        scale=Scale("linear", 0, 100, Interval(0, 1e6, whole=True)),
        group=_DATA_SHIFT,
        since=2,
    )
    shift_dev: OnOff = field(
        "on",
        "Dev set too",
        "dev set shifted",
        "Whether the inputs of the dev set change as those of the training set do.",
        choices=ON_OFF,
        group=_DATA_SHIFT,
        since=2,
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
                raise not_changing(name)
        return replace(self, **changes)  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, Value]:
        """Name → value, JSON-ready."""
        return asdict(self)

    def as_recorded(self) -> dict[str, Value]:
        """The same as records and digests have it: without what came after format 1 and is at its default."""
        return recorded(asdict(self), HYPERPARAMETERS)


HYPERPARAMETERS: dict[str, Spec] = specs_of(Hyperparameters)
"""Name → entry."""

DATA_SHIFT = frozenset(name for name, spec in HYPERPARAMETERS.items() if spec.group == _DATA_SHIFT)
"""Those that say what becomes of the inputs, and not how the network learns."""

TAKEN_WHERE: dict[str, tuple[str, tuple[str, ...]]] = {
    "momentum": ("optimizer", ("momentum", "adam")),
    "beta2": ("optimizer", ("rmsprop", "adam")),
    "epsilon": ("optimizer", ("rmsprop", "adam")),
    "decay_rate": ("decay", tuple(decay for decay in DECAYS if decay != "none")),
    "decay_interval": ("decay", ("staircase",)),
}
"""Those that an update does not always take → another one, and the values of it under which it does."""

CHOICES: dict[str, tuple[str, ...]] = {name: spec.choices for name, spec in HYPERPARAMETERS.items() if spec.choices}
SCALES: dict[str, Scale] = {name: spec.scale for name, spec in HYPERPARAMETERS.items() if spec.scale is not None}


def not_changing(name: str) -> InvalidHyperparameter:
    """The refusal of a name that is not among these."""
    return InvalidHyperparameter(
        f"{name!r} is not a hyperparameter; those that may change are {', '.join(HYPERPARAMETERS)}"
    )


def is_taken(name: str, h: Hyperparameters) -> bool:
    """Whether an update takes a hyperparameter, where these are in force.

    >>> is_taken("beta2", Hyperparameters(optimizer="momentum")), is_taken("beta2", Hyperparameters(optimizer="adam"))
    (False, True)
    """
    other, values = TAKEN_WHERE.get(name, (name, ()))
    return other == name or getattr(h, other) in values


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
