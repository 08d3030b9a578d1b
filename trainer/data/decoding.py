"""From inputs back to the columns of a table, so that a person can change an example and ask again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trainer.data.column_plan import ColumnPlan
from trainer.data.normalization import normalize
from trainer.numerics.parameters import Vector

_DIGITS = 17
"""Significant digits that tell each float64 from its neighbours."""


def decode_example(
    plans: Sequence[ColumnPlan], inputs: Vector, mean: NDArray[np.float64], deviation: NDArray[np.float64]
) -> dict[str, str]:
    """Text of each column of an example, which `encode_example` takes to the same inputs; "" is missing.

    A number has as few digits as it takes, so mostly it is written as in the file. A word that the training set has not
    is in no input, so any such word stands for it.

    Parameters
    ----------
    inputs : `(n[0],)`, normalised by `mean` and `deviation`, which are of the same shape
    """
    raw = inputs.astype(np.float64) * deviation + mean
    numbers = _shortest(raw, inputs, mean, deviation)
    example, j = {}, 0
    for plan in plans:
        width = len(plan.features)
        if not width:
            continue
        if plan.indicator and raw[j + width - 1] > 0.5:
            example[plan.name] = ""
        elif plan.kind == "words":
            there = np.flatnonzero(raw[j : j + len(plan.words)] > 0.5)
            example[plan.name] = plan.words[there[0]] if there.size else another_word(plan)
        elif plan.kind == "booleans":
            example[plan.name] = str(bool(raw[j] > 0.5))
        else:
            example[plan.name] = numbers[j]
        j += width
    return example


def another_word(plan: ColumnPlan) -> str:
    """A word that the training set has not in this column."""
    word = "another word"
    while word in plan.words:
        word += "!"
    return word


def _shortest(
    raw: NDArray[np.float64], inputs: Vector, mean: NDArray[np.float64], deviation: NDArray[np.float64]
) -> list[str]:
    """The numbers with as few digits, in units of their deviation, as it takes to become these inputs again."""
    found = [_text(value) for value in raw.tolist()]
    left = np.arange(len(raw))
    places = -np.floor(np.log10(deviation)).astype(int)
    for digits in range(_DIGITS):
        rounded = np.array([round(float(raw[k]), int(places[k]) + digits) for k in left])
        same = normalize(rounded[None], mean[left], deviation[left], inputs.dtype)[0] == inputs[left]
        for k in np.flatnonzero(same):
            found[left[k]] = _text(float(rounded[k]))
        left = left[~same]
        if not left.size:
            break
    return found


def _text(value: float) -> str:
    return repr(value + 0.0).removesuffix(".0")  # -0.0 + 0.0 is 0.0
