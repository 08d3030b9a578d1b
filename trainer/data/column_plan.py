"""ColumnPlan: what becomes of a column of a table, decided by the training set and kept with the data set."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trainer.data.examples import shown
from trainer.data.table import Column, Kind, Table
from trainer.errors import InvalidData

Role = Literal["input", "label", "left out"]


@dataclass(frozen=True)
class ColumnPlan:
    """What becomes of one column.

    Numbers are one input as they are, booleans one of 0 and 1. Words are one input for each word of the training set,
    in the order of their names: 1 for the word that is there, 0 for the others; a word that the training set has not is
    0 everywhere. A missing value is filled with the median of the training set, or with its most frequent value if they
    are words or booleans (the first by name of several), and where any is missing in the training set, one more input
    is 1 where it was. That is what OneHotEncoder, SimpleImputer and MissingIndicator of scikit-learn do; importing it
    takes seconds, and sessions depend on each bit.

    Attributes
    ----------
    name : of the column
    role : of the column
    kind : what it holds
    fill : stands for a missing value of an input: a number, or a word; None where no value is missing
    words : of the training set, in order; () where it does not hold words
    indicator : whether one more input says where a value was missing
    """

    name: str
    role: Role
    kind: Kind
    fill: float | str | None = None
    words: tuple[str, ...] = ()
    indicator: bool = False

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the inputs that it becomes."""
        if self.role != "input":
            return ()
        values = [f"{self.name}={word}" for word in self.words] if self.kind == "words" else [self.name]
        return (*values, *([f"{self.name} is missing"] if self.indicator else []))

    def encode(self, column: Column) -> NDArray[np.float64]:
        """The inputs of a column of the same kind, `(m, number of features)`."""
        if self.kind == "words":
            words = np.array([*(_index(self.words, word) for word in column.words), -1])[column.codes]
            absent = column.codes < 0
            if self.fill is not None:
                words[absent] = _index(self.words, str(self.fill))
            values = (words[:, None] == np.arange(len(self.words))).astype(np.float64)
        elif self.fill is None:
            return column.numbers[:, None]
        else:
            absent = np.isnan(column.numbers)
            values = np.where(absent, float(self.fill), column.numbers)[:, None]
        return np.column_stack([values, absent]) if self.indicator else values

    @property
    def treatment(self) -> str:
        """What becomes of it, for a person."""
        if self.role != "input":
            return "the label" if self.role == "label" else "left out"
        if self.kind == "words":
            words = f"{len(self.words)} inputs, 1 for its word and 0 for the others"
        else:
            words = {"numbers": "as it is", "booleans": "0 for False, 1 for True"}[self.kind]
        if self.fill is None:
            return words
        where = ", and an input that is 1 where it was" if self.indicator else ", in the dev set alone"
        return f"{words}; missing: the {self.typical}, {shown_value(self.kind, self.fill)}{where}"

    @property
    def typical(self) -> str:
        """What of the training set stands for a missing value, for a person."""
        if self.kind == "numbers":
            return "median"
        return "most frequent word" if self.kind == "words" else "most frequent value"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "name": self.name,
            "role": self.role,
            "kind": self.kind,
            "fill": self.fill,
            "words": list(self.words),
            "indicator": self.indicator,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ColumnPlan:
        """The inverse of `as_dict`; raises InvalidData for what cannot be one."""
        refusal = InvalidData(f"{values!r:.200} does not say what becomes of a column")
        try:
            plan = cls(**{**values, "words": tuple(values["words"])})
        except (TypeError, KeyError):
            raise refusal from None
        text = plan.kind == "words"
        if not (
            isinstance(plan.name, str)
            and plan.role in ("input", "label", "left out")
            and plan.kind in ("numbers", "booleans", "words", "dates", "nothing", "other")
            and (plan.role != "input" or plan.kind in ("numbers", "booleans", "words"))
            and isinstance(plan.indicator, bool)
            and all(isinstance(word, str) for word in plan.words)
            and (plan.fill is None or (plan.fill in plan.words if text else _finite(plan.fill)))
            and (plan.fill is not None or not plan.indicator)
        ):
            raise refusal
        return plan


def fit(table: Table, train: NDArray[np.intp]) -> tuple[ColumnPlan, ...]:
    """What becomes of each column of a table, by its training examples; raises InvalidData if one cannot be an input.

    Parameters
    ----------
    train : numbers of the training examples
    """
    table.check_inputs()
    plans = []
    for k, column in enumerate(table.columns):
        if k == table.label or k in table.left_out:
            plans.append(ColumnPlan(column.name, "label" if k == table.label else "left out", column.kind))
        else:
            plans.append(_fit(column, train))
    return tuple(plans)


def shown_value(kind: Kind, fill: float | str | None) -> str:
    """What a missing value was filled with, for a person; not None."""
    assert fill is not None
    if isinstance(fill, str):
        return shown(fill)
    return str(bool(fill)) if kind == "booleans" else f"{fill:.6g}"


def _fit(column: Column, train: NDArray[np.intp]) -> ColumnPlan:
    if column.kind == "words":
        codes = column.codes[train]
        present = codes[codes >= 0]
        _check_any(column, len(present))
        often = {column.words[code]: int(n) for code, n in enumerate(np.bincount(present)) if n}
        most = min(often, key=lambda word: (-often[word], word))
        fill = most if column.missing else None
        return ColumnPlan(column.name, "input", "words", fill, tuple(sorted(often)), len(present) < len(codes))
    if not column.missing:
        return ColumnPlan(column.name, "input", column.kind)
    numbers = column.numbers[train]
    known = numbers[~np.isnan(numbers)]
    _check_any(column, len(known))
    with np.errstate(invalid="ignore", over="ignore"):
        typical = float(np.median(known)) if column.kind == "numbers" else float(known.sum() * 2 > len(known))
    return ColumnPlan(column.name, "input", column.kind, typical, (), len(known) < len(numbers))


def _check_any(column: Column, present: int) -> None:
    if not present:
        raise InvalidData(f"the column {shown(column.name)} has no value in any training example; leave it out")


def _index(words: Sequence[str], word: str) -> int:
    return words.index(word) if word in words else -1


def _finite(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value)
