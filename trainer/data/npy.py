"""NPY files: inputs in one, labels in another beside it, as `numpy.save` writes them; nothing in them is unpickled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from trainer.data.array_labels import one_label_each
from trainer.data.array_names import label_files
from trainer.data.examples import (
    AnyExamples,
    Examples,
    Locator,
    RawData,
    RawLabels,
    check_size,
    listed,
    pixel_names,
    shown,
)
from trainer.data.row_file import BLOCK, IN_MEMORY, RowFile
from trainer.errors import InvalidData

_NUMBERS, _TEXT = "biuf", "US"

_OTHERS = {"c": "complex numbers", "M": "dates or times", "m": "durations", "U": "text", "S": "text"}


def read_npy(path: Path) -> RawData:
    """Examples of NAME.npy, with their labels in NAME.labels.npy; or of X.npy with y.npy, as `label_files` has them.

    Inputs are `(m, inputs)`, or images `(m, height, width)` or `(m, height, width, channels)`; labels are `(m,)`,
    `(m, 1)` or one-hot `(m, C)`.
    Inputs of more than `IN_MEMORY` bytes, or that would take more as float32, stay in their file, which must have them
    row by row (C order).
    """
    y_path = _labels_beside(path)
    with y_path.open("rb") as file:
        y_shape, y_order, y_dtype = read_header(file, y_path.name, text=True)
        size = check_size(y_path.name, y_shape, y_dtype.itemsize) * y_dtype.itemsize
        check_held(y_path.name, size, y_path.stat().st_size - file.tell())
        y, told = one_label_each(as_array(file.read(size), y_shape, y_order, y_dtype), y_path.name)
    with path.open("rb") as file:
        shape, fortran_order, dtype = read_header(file, "X", text=False)
        check_pair("X", shape, y_path.name, len(y))
        numbers = int(np.prod([int(length) for length in shape], dtype=object))
        check_held("X", numbers * dtype.itemsize, path.stat().st_size - file.tell())
        if numbers * max(4, dtype.itemsize) <= IN_MEMORY:
            X = as_array(file.read(), shape, fortran_order, dtype)
            return described(examples_of(X, y, "X", y_path.name), shape, told)
        offset = file.tell()
    if fortran_order and len(shape) > 1:
        raise InvalidData(
            "X is too large for memory and stored column by column (Fortran order), but it is read row by row: save "
            "it in C order, numpy.save(file, numpy.ascontiguousarray(X))"
        )
    inputs = numbers // shape[0]
    if inputs > BLOCK:
        raise InvalidData(f"X has {inputs:,} inputs; of data too large for memory there can be at most {BLOCK:,}")
    file = path.open("rb")
    rows = RowFile(file, offset, (shape[0], inputs), dtype)
    return described(Examples(rows, RawLabels.from_array(y), _place("X", y_path.name)), shape, told)


def read_header(file: IO[bytes], name: str, *, text: bool) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read the header: shape, whether it is in Fortran order, and dtype. The file is then at the first number.

    Raises InvalidData for what is no array of numbers, booleans or, if `text`, text.
    """
    wanted = f"{name} must hold {'numbers, booleans or text' if text else 'numbers'}, but it"
    try:
        version = npy.read_magic(file)
        if version in ((2, 0), (3, 0)):
            raise InvalidData(
                f"{wanted} is in version {version[0]}.0 of the format, in which numpy saves records whose fields have "
                "long or foreign names"
            )
        if version != (1, 0):
            raise ValueError(f"version {version} of the format is not known")
        shape, fortran_order, dtype = npy.read_array_header_1_0(file)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
        raise InvalidData(f"{name} has no readable header: {shown(str(error))}") from None
    if dtype.kind not in (_NUMBERS + _TEXT if text else _NUMBERS) or not dtype.itemsize:
        raise InvalidData(f"{wanted} holds {_called(dtype)}")
    return shape, fortran_order, dtype


def _called(dtype: np.dtype[Any]) -> str:
    """What values of a type that is not read are, for a person."""
    if dtype.names is not None:
        return f"records with the fields {listed(dtype.names)}"
    if dtype.subdtype is not None:
        return f"an array in each place ({dtype})"
    if dtype.kind == "O":
        return f"Python objects ({dtype}), which are never loaded; save it with .astype(float) or .astype(str)"
    if dtype.kind == "V":
        return f"raw bytes ({dtype}), as a type that is not numpy's own, such as bfloat16, is saved"
    if not dtype.itemsize:
        return f"text without a character ({dtype})"
    return f"{_OTHERS.get(dtype.kind, 'values of a kind that is not read')} ({dtype})"


def check_held(name: str, size: int, held: int) -> None:
    """Raise InvalidData where a header declares another number of bytes than the file has."""
    if size != held:
        raise InvalidData(f"{name} declares {size:,} bytes of numbers, but {held:,} are there")


def as_array(content: bytes, shape: tuple[int, ...], fortran_order: bool, dtype: np.dtype[Any]) -> NDArray[Any]:
    """The array with these bytes."""
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran_order else "C")


def check_pair(X_name: str, X_shape: tuple[int, ...], y_name: str, labels: int) -> None:
    """Raise InvalidData where inputs and so many labels do not fit."""
    if len(X_shape) not in (2, 3, 4):
        raise InvalidData(f"{X_name} must be (examples, inputs), but its shape is {X_shape}")
    if X_shape[0] != labels:
        hint = f"; transpose {X_name}, one example is one row" if len(X_shape) == 2 and X_shape[1] == labels else ""
        raise InvalidData(f"{X_name} has {X_shape[0]:,} examples and {y_name} has {labels:,} labels{hint}")
    if min(X_shape) < 0:
        raise InvalidData(f"{X_name} has the impossible shape {X_shape}")
    if 0 in X_shape:
        raise InvalidData(f"{X_name} is empty: its shape is {X_shape}")


def examples_of(X: NDArray[Any], y: NDArray[Any], X_name: str, y_name: str) -> Examples[NDArray[Any]]:
    """Inputs and labels `(m,)` in memory, after a check that they fit."""
    check_pair(X_name, X.shape, y_name, len(y))
    matrix = np.ascontiguousarray(X, X.dtype.newbyteorder("=")).reshape(len(X), -1)
    return Examples(matrix, RawLabels.from_array(y), _place(X_name, y_name))


def described(examples: AnyExamples, shape: tuple[int, ...], warnings: Sequence[str] = ()) -> RawData:
    """Examples whose inputs were an array of this shape, with names for the inputs, and what else is to be told."""
    inputs = examples.X.shape[1]
    image_shape = None
    if len(shape) == 3 or (len(shape) == 4 and shape[3] == 1):
        image_shape = (shape[1], shape[2])
    elif len(shape) == 4 and shape[1] == 1:  # the one channel comes first, as PyTorch has it
        image_shape = (shape[2], shape[3])
    elif len(shape) == 4:
        each = " × ".join(map(str, shape[1:]))
        warnings = (
            *warnings,
            f"Each example has {each} numbers, taken as {inputs:,} inputs; it is not shown as an image.",
        )
    features = pixel_names(image_shape) if image_shape else tuple(f"x{j + 1}" for j in range(inputs))
    return RawData(examples, features, image_shape=image_shape, warnings=tuple(warnings))


def _place(X_name: str, y_name: str) -> Locator:
    def place(i: int, j: int | None) -> str:
        if j is None:
            return f"label {i + 1} of {y_name} (the first is 1)"
        return f"row {i + 1} of {X_name} (the first is row 1), column {j + 1}"

    return place


def _labels_beside(path: Path) -> Path:
    names = label_files(path.name)
    for name in names:
        beside = path.with_name(name)
        if beside.is_file():
            return beside
    raise InvalidData(f"the labels are missing: one for each row of it, as numpy.save writes them, in {_or(names)}")


def _or(names: list[str]) -> str:
    return " or ".join(shown(name) for name in names) + " beside it"
