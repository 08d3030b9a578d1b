"""Nudging: α after a nudge.

Each nudge takes back the opposite one, and sets a number that a person would have typed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

DIGITS = 4
"""Significant digits that a nudge sets, at most, where it does not lead back."""

_NEAR = 10.0 ** (1 - DIGITS)
"""How far the step back may be from the product, relative to it: rounding moved it by half of that at most."""


class Change(Protocol):
    """An intervention, recorded or not."""

    @property
    def before(self) -> Mapping[str, Any]:
        """Values before, by the name of the hyperparameter."""

    @property
    def after(self) -> Mapping[str, Any]:
        """Values after, likewise."""


def rate_changes(changes: Iterable[Change]) -> tuple[tuple[float, float], ...]:
    """α in force before and after each of the interventions that set it."""
    return tuple(
        (float(change.before["learning_rate"]), float(change.after["learning_rate"]))
        for change in changes
        if "learning_rate" in change.after
    )


def nudged(alpha: float, factor: float, changes: Sequence[tuple[float, float]]) -> float:
    """α × factor: where that leads back to an α that the present one came from, exactly that; else a short number.

    A short number has at most DIGITS significant digits, and fewer where the present α is what the nudge back from
    there would set.

    Parameters
    ----------
    alpha : α in force
    changes : of α before, in this run and its ancestors: in force before and after each

    >>> nudged(0.1, 1 / 3, [])
    0.03333
    >>> nudged(0.03333, 3, [])
    0.1
    >>> nudged(0.03333, 3, [(0.0999876, 0.03333)])
    0.0999876
    """
    product = alpha * factor
    for before, after in reversed(_not_taken_back(changes)):
        if after == alpha and math.isclose(before, product, rel_tol=_NEAR):
            return before
    for digits in range(1, DIGITS):
        short = _rounded(product, digits)
        if short and _rounded(short / factor, DIGITS) == alpha:
            return short
    return _rounded(product, DIGITS)


def _not_taken_back(changes: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The changes without each pair of one and the next, of those left, that led back."""
    left: list[tuple[float, float]] = []
    for before, after in changes:
        if left and left[-1] == (after, before):
            left.pop()
        else:
            left.append((before, after))
    return left


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")
