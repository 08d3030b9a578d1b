"""Examples as a reader returns them, before they are split and normalised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from trainer.data.row_file import RowFile
from trainer.errors import InvalidData
from trainer.numerics.cost import Labels

MAX_NUMBERS = 2**28
"""Most numbers, examples × inputs, of a data set that is read into memory; CIFAR-10 has 184 million."""

MAX_BYTES = 2**30
"""Largest array or text file that is read into memory."""

Locator = Callable[[int, int | None], str]
"""(i, j) → where input j of example i stands in the file, or its label if j is None: "line 4, column 2 ('width')"."""


Value = bool | int | float | str


@dataclass(frozen=True, eq=False)
class RawLabels:
    """Labels as they were read.

    Attributes
    ----------
    codes : `(m,)`, for each example the number of its value
    values : the different values, in no particular order
    """

    codes: Labels
    values: tuple[Value, ...]

    @classmethod
    def from_array(cls, y: NDArray[Any]) -> RawLabels:
        """The labels in an array `(m,)` of numbers, booleans, text or UTF-8 bytes."""
        if y.dtype.kind == "S":
            try:
                y = np.char.decode(y, "utf-8")
            except UnicodeDecodeError as error:
                raise InvalidData(f"the labels hold text that is not UTF-8: {error.object[:40]!r}") from None
        if y.dtype.kind == "U":
            points = np.ascontiguousarray(y).view(np.dtype("u4").newbyteorder(y.dtype.byteorder))
            if ((points > 0x10FFFF) | ((points >= 0xD800) & (points < 0xE000))).any():
                raise InvalidData("the labels hold text that is not Unicode")
        values, codes = np.unique(y, return_inverse=True)
        return cls(codes.reshape(-1).astype(np.intp), tuple(values.tolist()))


Inputs_co = TypeVar("Inputs_co", bound="NDArray[Any] | RowFile", covariant=True)


@dataclass(frozen=True, eq=False)
class Examples(Generic[Inputs_co]):
    """Inputs and labels, one example per row.

    Attributes
    ----------
    X : `(m, n[0])` numbers of any dtype, in memory or in a file
    labels : one per example
    locate : where in the file an input or a label stands
    """

    X: Inputs_co
    labels: RawLabels
    locate: Locator


AnyExamples = Examples[NDArray[Any] | RowFile]


@dataclass(frozen=True, eq=False)
class RawData:
    """What a reader returns.

    Attributes
    ----------
    examples : all of them, or those to train on when `dev` is given
    dev : the dev set, where the data have their own; always in memory
    features : names of the inputs
    image_shape : (height, width) where the inputs are an image
    warnings : sentences about the data that a person should read
    """

    examples: AnyExamples
    features: tuple[str, ...]
    dev: Examples[NDArray[Any]] | None = None
    image_shape: tuple[int, int] | None = None
    warnings: tuple[str, ...] = ()


def shown(text: str) -> str:
    """Text from a file in quotation marks, on one line, cut to 60 characters."""
    return repr(text if len(text) <= 60 else text[:59] + "…")


def listed(names: Sequence[str]) -> str:
    """Names from a file, the first five of many."""
    return ", ".join(shown(name) for name in names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")


def some(texts: Sequence[str]) -> str:
    """Texts that name something from a file and tell of it, the first ten of many."""
    return ", ".join(texts[:10]) + (f" and {len(texts) - 10:,} more" if len(texts) > 10 else "")


def row_place(i: int, j: int | None) -> str:
    """Where an input or a label stands in data that are rows, not lines of text."""
    return f"row {i + 1} (the first is row 1), " + ("the label" if j is None else f"column {j + 1}")


def pixel_names(image_shape: tuple[int, int]) -> tuple[str, ...]:
    """Names of the pixels of an image, row by row: pixel_0_0, pixel_0_1, …."""
    height, width = image_shape
    return tuple(f"pixel_{row}_{column}" for row in range(height) for column in range(width))


def check_size(what: str, shape: tuple[int, ...], itemsize: int) -> int:
    """Number of elements that a header declares; raises InvalidData where they are too many to allocate."""
    count = 1
    for length in shape:
        if length < 0:
            raise InvalidData(f"{what} has the impossible shape {shape}")
        count *= length
    declared = f"{what} has {' × '.join(f'{length:,}' for length in shape)} numbers"
    if count > MAX_NUMBERS:
        raise InvalidData(f"{declared}; at most {MAX_NUMBERS:,} can be loaded")
    if count * itemsize > MAX_BYTES:
        raise InvalidData(f"{declared} of {itemsize} bytes; at most {MAX_BYTES // 2**20:,} MiB can be loaded")
    return count
