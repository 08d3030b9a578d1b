"""Specs: everything that the product knows of a hyperparameter, a field of the run config or a series but its value.

Each has one entry. Hyperparameters and run config have theirs where their fields are declared (`hyperparameters.py`),
series in `series.py`. Validation, knobs, set-up, options of the command line, labels, exports and what the browser
needs follow from the entries, so that one more is an addition in one place.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from trainer.errors import InvalidHyperparameter
from trainer.numerics.scales import Interval, Scale

Value = float | int | str

_FOLDS = {"more": "More", "data shift": "Data shift"}
"""Groups that a form folds away → what stands on the fold."""


@dataclass(frozen=True)
class Spec:
    """The entry of one hyperparameter, or of one field of the run config.

    Attributes
    ----------
    name : of the field
    default : its value where nothing else was chosen
    label : how a form and a table name it, such as "Learning rate α"
    symbol : how a line of text names it, such as "α"
    help : one sentence for a person who meets it for the first time
    scale : of a number: its valid values, and how they are spread along a knob; None for anything else
    valid : the interval of a number that has no knob
    choices : the words that are allowed; () where it is not chosen from a list
    group : those of one group stand together in a form, and under this heading in a help; some are folded away
    needs : another hyperparameter, and the values of it under which a form shows this one; None is always
    since : format of the session file that has it first; one that came after format 1 is left out of records and
        digests while it is at its default, so that no digest that was ever recorded changes
    """

    name: str
    default: Any
    label: str
    symbol: str
    help: str
    scale: Scale | None = None
    valid: Interval | None = None
    choices: tuple[str, ...] = ()
    group: str = "more"
    needs: tuple[str, tuple[str, ...]] | None = None
    since: int = 1

    @property
    def interval(self) -> Interval | None:
        """The numbers that are allowed; None where it is not a number."""
        return self.scale.valid if self.scale is not None else self.valid

    @property
    def whole(self) -> bool:
        """Whether it is a whole number."""
        return self.interval is not None and self.interval.whole

    @property
    def fold(self) -> str:
        """Under what a form folds it away; "" where it is in sight."""
        return _FOLDS.get(self.group, "")

    @property
    def off_at_zero(self) -> bool:
        """Whether 0 switches it off, though its knob has a log scale and never comes there."""
        return self.scale is not None and self.scale.kind == "log" and 0 in self.scale.valid

    def check(self, value: object) -> Any:
        """The value as it is kept: a whole number as int, any other as float; raises InvalidHyperparameter."""
        if self.choices:
            if value not in self.choices:
                raise InvalidHyperparameter(f"{self.name} must be one of {', '.join(self.choices)}, but got {value!r}")
            return value
        return value if self.interval is None else checked_number(self.name, value, self.interval)


def field(default: Any, label: str, symbol: str, help: str, **rest: Any) -> Any:  # noqa: A002 - as Spec has it
    """Declare a field of a frozen dataclass with its entry; `rest` as in `Spec`."""
    return dataclasses.field(
        default=default, metadata={"spec": {"label": label, "symbol": symbol, "help": help} | rest}
    )


def specs_of(values: type) -> dict[str, Spec]:
    """Name → entry of every field of a dataclass, in their order."""
    return {
        field.name: Spec(name=field.name, default=field.default, **field.metadata["spec"])
        for field in dataclasses.fields(values)
    }


def recorded(values: dict[str, Any], specs: dict[str, Spec]) -> dict[str, Any]:
    """What of these values is recorded and digested: not what came after format 1 and is at its default."""
    return {name: value for name, value in values.items() if specs[name].since == 1 or value != specs[name].default}


def checked_number(name: str, value: object, allowed: Interval) -> float | int:
    """The number as int or float, as the interval has it; raises InvalidHyperparameter where it is not in it."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in allowed:
        got = repr(value)
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            got = str(int(value))
        raise InvalidHyperparameter(f"{name} must be {allowed}, but got {got}")
    return int(value) if allowed.whole else float(value)
