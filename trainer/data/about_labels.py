"""Warnings of labels that were taken as the same class, or may not be what they look like."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from trainer.data.cells import MISSING, truth
from trainer.data.examples import AnyExamples, listed, shown
from trainer.numerics.cost import Labels

Key = tuple[int, int | float, str]
"""(0, number, its name) or (1, 0, text): sorts numbers by value and before text."""

_FEW_CLASSES = 5
_FEW_EXAMPLES = 5


def about_labels(sets: Sequence[AnyExamples], keys: Sequence[Sequence[Key]], y: Labels) -> list[str]:
    """Warnings about the labels of sets of examples, whose values have these keys.

    Parameters
    ----------
    y : labels 0..C-1 of the training examples
    """
    spellings = spellings_of(sets, keys)
    return [
        *_merged(spellings),
        *_apart(spellings),
        *_like_missing(name for kind, _, name in spellings if kind == 1),
        *_like_quantities(sorted(spellings), y),
    ]


def spellings_of(sets: Sequence[AnyExamples], keys: Sequence[Sequence[Key]]) -> dict[Key, set[str]]:
    """How each label is written in sets of examples, whose values have these keys."""
    spellings: dict[Key, set[str]] = {}
    for each, column in zip(sets, keys, strict=True):
        for value, key in zip(each.labels.values, column, strict=True):
            spellings.setdefault(key, set()).add(str(value))
    return spellings


def _merged(spellings: dict[Key, set[str]]) -> list[str]:
    several = {key: written for key, written in spellings.items() if len(written) > 1}
    return [
        f"The labels {listed(sorted(written))} are taken as one class, {key[2]}." for key, written in several.items()
    ][:_FEW_CLASSES]


def _apart(spellings: dict[Key, set[str]]) -> list[str]:
    """Classes that may be meant as one: by capital letters, as 1 and True, or by characters that look the same."""
    alike: dict[object, list[str]] = {}
    for key in sorted(spellings):
        alike.setdefault(_meant(key), []).append(key[2])
    return [
        f"The classes {listed(names)} may be meant as one; they stay different classes."
        for names in alike.values()
        if len(names) > 1
    ]


def _meant(key: Key) -> object:
    """The same for labels that look the same: an accent as a character of its own, digits of full width, capitals."""
    kind, number, name = key
    if kind == 0:
        return number
    true = truth(name)
    if true is not None:
        return int(true)
    text = unicodedata.normalize("NFKC", name).casefold()
    return int(text) if text.isdecimal() and len(text) < 40 else text


def _like_missing(names: Iterable[str]) -> list[str]:
    found = sorted(name for name in names if name in MISSING)
    if not found:
        return []
    return [f"The label {listed(found)} is a class here; leave out the examples whose label is missing."]


def _like_quantities(ordered: list[Key], y: Labels) -> list[str]:
    """Classes that are numbers and may be meant as a quantity."""
    C = len(ordered)
    if any(kind == 1 for kind, _, _ in ordered):
        return []
    fraction = next((name for _, number, name in ordered if isinstance(number, float)), None)
    few = C > _FEW_CLASSES and len(y) < _FEW_EXAMPLES * C
    if not few and (fraction is None or C < 3):
        return []
    return [
        f"The labels are {C} different numbers, such as {shown(fraction or ordered[0][2])}, in {len(y):,} examples. "
        "Each is a class of its own: if they are a quantity, nothing is learned of how large it is."
    ]
