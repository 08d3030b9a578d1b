"""Labels of any kind (words, numbers, booleans) become classes 0..C-1, in an order that a person expects."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from trainer.data.about_labels import Key as _Key
from trainer.data.about_labels import about_labels, spellings_of
from trainer.data.cells import is_missing, truth
from trainer.data.examples import AnyExamples, Value, listed, shown
from trainer.errors import InvalidData
from trainer.numerics.cost import Labels

_INTEGER = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,40}\.?\d{0,40}|\.\d{1,40})([eE][+-]?\d{1,3})?", re.ASCII)
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)

MANY_CLASSES = 20
"""With more classes than this and few examples of each, the label is a quantity or an identifier."""

SOME_CLASSES = 5
"""With more classes than this, most of them with one example, it is one too."""

_ENOUGH = 5
"""So many examples of each class are no few."""


def number_classes(sets: Sequence[AnyExamples]) -> tuple[list[Labels], tuple[str, ...], tuple[str, ...]]:
    """Labels 0..C-1 of each set of examples, the name of each class, and warnings.

    Numbers come first and in the order of numbers, so that 10 follows 9; then text in the order of the alphabet.
    Numbers that are equal (1, 1.0, 01) are one class, text that differs in the spaces around it too, and truth values
    however they are written, where there is nothing else. Where one set has truth values and the other 0 and 1, these
    mean the same. Raises InvalidData for labels that cannot be classes; "inf" is one only among words.

    Parameters
    ----------
    sets : the examples to train on, then perhaps those of the dev set
    """
    keys = _alike([[_key(value) for value in each.labels.values] for each in sets])
    ordered = sorted({key for column in keys for key in column})
    words = _are_words(ordered)
    for each, column in zip(sets, keys, strict=True):
        _check_given(each, column, words)
    number = {key: c for c, key in enumerate(ordered)}
    y = [
        np.array([number[key] for key in column], np.intp)[each.labels.codes]
        for each, column in zip(sets, keys, strict=True)
    ]
    if len(ordered) == 1:
        raise _one_class(ordered[0][2], sorted(spellings_of(sets, keys)[ordered[0]]))
    _check_classes(ordered, y[0])
    return y, tuple(name for _, _, name in ordered), (*_gaps(ordered), *about_labels(sets, keys, y[0]))


def different_labels(values: Sequence[Value]) -> int:
    """How many classes labels with these values are, what stands for a missing value not counted."""
    (keys,) = _alike([[_key(value) for value in values if not is_missing(str(value))]])
    return len(set(keys))


def _alike(columns: list[list[_Key]]) -> list[list[_Key]]:
    """The keys of the labels of each set, in which truth values that are written differently have the same key."""
    if not any(_are_truths(column) for column in columns):
        return columns
    if not all(_are_truths(column) or _are_bits(column) for column in columns):
        return columns
    names: dict[bool, str] = {}
    for column in columns:  # as the first set writes them
        for key in sorted(column):
            names.setdefault(_truth(key), key[2])
    return [[(0, int(_truth(key)), names[_truth(key)]) for key in column] for column in columns]


def _are_truths(column: list[_Key]) -> bool:
    return all(truth(name) is not None for _, _, name in column)


def _are_bits(column: list[_Key]) -> bool:
    return all(kind == 0 and number in (0, 1) for kind, number, _ in column)


def _truth(key: _Key) -> bool:
    return bool(key[1]) if key[0] == 0 else bool(truth(key[2]))


def _are_words(keys: Sequence[_Key]) -> bool:
    """Whether there are words among labels, and no numbers: inf is a word beside them, and infinity anywhere else."""
    words = any(kind == 1 and not _INFINITE.fullmatch(name) for kind, _, name in keys)
    return words and all(kind == 1 for kind, _, _ in keys)


def _check_given(examples: AnyExamples, keys: list[_Key], words: bool) -> None:
    for code, (kind, number, name) in enumerate(keys):
        if "\0" in name:
            i = int(np.argmax(examples.labels.codes == code))
            raise InvalidData(f"{examples.locate(i, None)}: the label {shown(name)} holds a NUL character")
        if name == "" or name.lower() == "nan":
            i = int(np.argmax(examples.labels.codes == code))
            said = repr(name) if name else "missing"
            raise InvalidData(f"{examples.locate(i, None)}: the label is {said}; every example needs a label")
        if not math.isfinite(number) or (kind == 1 and not words and _INFINITE.fullmatch(name)):
            i = int(np.argmax(examples.labels.codes == code))
            raise InvalidData(
                f"{examples.locate(i, None)}: the label is {name!r}; a class is a word, a truth value or a finite "
                "number"
            )


def _key(value: Value) -> _Key:
    if isinstance(value, bool):
        return (0, int(value), str(value))
    if isinstance(value, str):
        value = value.strip()
        number = _number(value)
        if number is None:
            return (1, 0, value)
        value = number
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return (0, value, str(value))


def _number(text: str) -> int | float | None:
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return None


def _one_class(name: str, written: Sequence[str]) -> InvalidData:
    if len(written) == 1:
        return InvalidData(f"all examples have the label {shown(name)}; at least two classes are needed")
    return InvalidData(
        f"the labels {listed(written)} are taken as one class, {name}, and there is no other; at least two classes are "
        "needed"
    )


def _check_classes(ordered: list[_Key], y: Labels) -> None:
    C, m = len(ordered), len(y)
    fraction = next((name for _, number, name in ordered if isinstance(number, float)), None)
    few = m < _ENOUGH * C
    single = int((np.bincount(y, minlength=C) == 1).sum())
    if (C > MANY_CLASSES and (fraction is not None or few)) or (
        C > SOME_CLASSES and (2 * single > C or (fraction is not None and few))
    ):
        raise InvalidData(
            f"the labels have {C:,} different values in {m:,} examples, such as {shown(fraction or ordered[0][2])}: "
            "that is a quantity or an identifier, and what can be learned here is a class"
        )
    absent = np.bincount(y, minlength=C) == 0
    if absent.any():
        name = ordered[int(np.argmax(absent))][2]
        raise InvalidData(f"the class {shown(name)} occurs in the dev set only; each class needs examples to train on")


def _gaps(ordered: list[_Key]) -> tuple[str, ...]:
    numbers = [number for kind, number, _ in ordered if kind == 0]
    if len(numbers) < len(ordered) or any(isinstance(number, float) for number in numbers):
        return ()
    first = int(numbers[0])
    if first in (0, 1) and numbers == list(range(first, first + len(numbers))):
        return ()
    some = ", ".join(str(number) for number in numbers[:10]) + (", …" if len(numbers) > 10 else "")
    return (
        f"The labels are {some}: not the whole numbers from 0 or 1 on without a gap. "
        f"They are taken as the classes 0 to {len(numbers) - 1} in this order.",
    )
