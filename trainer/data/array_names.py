"""Which arrays are the inputs and the labels, by the names that numpy, Keras, scikit-learn and others give them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from trainer.data.examples import listed
from trainer.errors import InvalidData

_INPUTS = ("x", "x_train", "train_x", "data", "images", "train_images")
_LABELS = ("y", "y_train", "train_y", "target", "targets", "labels", "train_labels")
_DEV = {
    "inputs": ("x_dev", "x_val", "x_valid", "dev_x", "val_x", "val_images"),
    "labels": ("y_dev", "y_val", "y_valid", "dev_y", "val_y", "val_labels"),
}
_TEST = {
    "inputs": ("x_test", "test_x", "test_images"),
    "labels": ("y_test", "test_y", "test_labels"),
}
"""Names in small letters. A dev set may be called validation set; a test set is the dev set where there is no other."""

_OF_A_FILE = (("X", "y"), ("x", "y"), ("data", "target"), ("images", "labels"))
"""What stands for inputs at one place in the name of a file, and for labels in that of the file beside it."""


@dataclass(frozen=True)
class Names:
    """Names of the arrays in an archive, as they stand there.

    Attributes
    ----------
    X, y : of the examples, or of those to train on
    dev : inputs and labels of the dev set, where there is one
    warnings : sentences about what was taken, and what was not
    """

    X: str
    y: str
    dev: tuple[str, str] | None
    warnings: tuple[str, ...]


def names_of(names: Collection[str]) -> Names:
    """The arrays to take of an archive; raises InvalidData where they are missing, or where two could be meant.

    X and y, with X_dev and y_dev where they are there, are taken whatever else there is.
    """
    if {"X", "y"} <= set(names):
        dev = ("X_dev", "y_dev")
        found = [name for name in dev if name in names]
        if len(found) == 1:
            raise InvalidData("X_dev and y_dev belong together, but only one of them is there")
        return Names("X", "y", dev if found else None, _not_used(names, {"X", "y", *found}))
    X, y = _only(names, _INPUTS, "inputs"), _only(names, _LABELS, "labels")
    if X is None or y is None:
        some = ", ".join(sorted(names)[:20]) or "no array"
        raise InvalidData(
            f"arrays called X and y are needed, or x_train and y_train, data and target, or images and labels, but the"
            f" file holds {some}"
        )
    pair = _pair(names, _DEV) or _pair(names, _TEST)
    taken = f"Inputs are {X}, labels are {y}" + (f"; the dev set is {pair[0]} and {pair[1]}." if pair else ".")
    return Names(X, y, pair, (taken, *_not_used(names, {X, y, *(pair or ())})))


def label_files(name: str) -> list[str]:
    """Names that the file of the labels may have, the likeliest first, where that of the inputs is called so.

    >>> label_files("X_train.npy")
    ['X_train.labels.npy', 'y_train.npy']
    """
    stem, dot, ending = name.rpartition(".")
    found = [f"{stem}.labels{dot}{ending}"]
    for inputs, labels in _OF_A_FILE:
        if name.startswith(inputs) or (len(inputs) > 1 and inputs in stem):
            found.append(name.replace(inputs, labels, 1))
    return found


def _only(names: Collection[str], known: Collection[str], role: str) -> str | None:
    """The one array whose name is known for a role; raises InvalidData where there are two."""
    found = sorted(name for name in names if name.lower() in known)
    if len(found) > 1:
        raise InvalidData(f"the {role} could be {' or '.join(found)}: keep one of them, or call those to take X and y")
    return found[0] if found else None


def _pair(names: Collection[str], known: Mapping[str, tuple[str, ...]]) -> tuple[str, str] | None:
    X, y = (_only(names, known[role], f"{role} of the dev set") for role in ("inputs", "labels"))
    if X is None and y is None:
        return None
    if X is None or y is None:
        raise InvalidData(f"{X or y} is there without its {'inputs' if X is None else 'labels'}")
    return X, y


def _not_used(names: Collection[str], taken: Collection[str]) -> tuple[str, ...]:
    left = sorted(set(names) - set(taken))
    return (f"Not used: {listed(left)}.",) if left else ()
