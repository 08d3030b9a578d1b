"""Labels in arrays: one for each example, or one-hot."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.errors import InvalidData


def one_label_each(y: NDArray[Any], name: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Labels `(m,)` of an array `(m,)`, `(m, 1)` or one-hot `(m, C)`, and what a person should know of it.

    One-hot labels become the numbers of their columns, from 0 on. Raises InvalidData for any other array.
    """
    if y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1):
        return y.reshape(-1), ()
    wanted = f"{name} must be one label for each example, or one-hot with a single 1 in each row"
    if y.ndim != 2 or y.dtype.kind not in "biuf" or y.shape[1] < 2:
        raise InvalidData(f"{wanted}, but its shape is {y.shape} and its type {y.dtype}")
    is_one = y == 1
    wrong = (is_one.sum(axis=1) != 1) | (y != is_one).any(axis=1)
    if wrong.any():
        row = int(np.argmax(wrong))
        some = ", ".join(f"{value:g}" for value in y[row, :6].astype(np.float64)) + (", …" if y.shape[1] > 6 else "")
        raise InvalidData(f"{wanted}, but row {row + 1} (the first is row 1) is {some}")
    C = y.shape[1]
    told = [f"{name} is one-hot: the class of an example is the number of the column with its 1, 0 to {C - 1}."]
    empty = np.flatnonzero(~is_one.any(axis=0))
    if empty.size:
        some = ", ".join(map(str, empty[:10])) + (", …" if empty.size > 10 else "")
        told.append(f"{name} has no example of the class{'' if empty.size == 1 else 'es'} {some}: left out.")
    return is_one.argmax(axis=1), tuple(told)
