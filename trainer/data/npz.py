"""NPZ files: arrays X and y, perhaps X_dev and y_dev, as `numpy.savez` writes them; nothing in them is unpickled."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from trainer.data.examples import Examples, RawData, RawLabels, check_size, pixel_names, shown
from trainer.errors import InvalidData

_ARRAYS = {"X", "y", "X_dev", "y_dev"}
_KINDS = "biufUS"
_CODECS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def read_npz(path: Path) -> RawData:
    """Examples of an NPZ file.

    X is `(m, inputs)`, or images `(m, height, width)` or `(m, height, width, channels)`; y is `(m,)`.
    X_dev and y_dev, where they are there, are the dev set.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")}
            _check_names(names)
            arrays = {name: _read_array(archive, name) for name in sorted(names & _ARRAYS)}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise InvalidData(f"this cannot be read as NPZ: {error}") from None
    X = arrays["X"]
    examples = _examples(arrays, "X", "y")
    dev = _examples(arrays, "X_dev", "y_dev") if "X_dev" in names else None
    if dev is not None and arrays["X_dev"].shape[1:] != X.shape[1:]:
        raise InvalidData(
            f"X is {X.shape} and X_dev is {arrays['X_dev'].shape}; they must agree in everything but the first number"
        )
    image_shape = (X.shape[1], X.shape[2]) if X.ndim == 3 else None
    features = pixel_names(image_shape) if image_shape else tuple(f"x{j + 1}" for j in range(examples.X.shape[1]))
    return RawData(examples, features, dev, image_shape)


def _check_names(names: set[str]) -> None:
    if not {"X", "y"} <= names:
        raise InvalidData(
            f"arrays called X and y are needed, but the file holds {', '.join(sorted(names)[:20]) or 'no array'}"
        )
    if ("X_dev" in names) != ("y_dev" in names):
        raise InvalidData("X_dev and y_dev belong together, but only one of them is there")


def _read_array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """One member; what its header declares is checked against its size and the limits before anything is allocated."""
    info = archive.getinfo(f"{name}.npy")
    if info.flag_bits & 1 or info.compress_type not in _CODECS:
        raise InvalidData(f"{name} is encrypted or compressed in a way that numpy does not write")
    with archive.open(info) as member:
        try:
            version = npy.read_magic(member)
            if version != (1, 0):
                raise ValueError(f"version {version} is for records, not for numbers")
            shape, fortran_order, dtype = npy.read_array_header_1_0(member)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
            raise InvalidData(f"{name} has no readable header: {shown(str(error))}") from None
        if dtype.kind not in _KINDS or not dtype.itemsize:
            raise InvalidData(f"{name} must hold numbers, booleans or text, never Python objects; its type is {dtype}")
        size = check_size(name, shape, dtype.itemsize) * dtype.itemsize
        held = info.file_size - member.tell()
        if size != held:
            raise InvalidData(f"{name} declares {size:,} bytes of numbers, but {held:,} are there")
        content = member.read(size)
        if len(content) != size:
            raise InvalidData(f"{name} declares {size:,} bytes of numbers, but holds only {len(content):,}")
    array = np.frombuffer(content, dtype)
    return array.reshape(shape, order="F" if fortran_order else "C")


def _examples(arrays: dict[str, NDArray[Any]], X_name: str, y_name: str) -> Examples:
    X, y = arrays[X_name], arrays[y_name]
    if X.dtype.kind not in "biuf":
        raise InvalidData(f"{X_name} must hold numbers, but its type is {X.dtype}")
    if X.ndim not in (2, 3, 4):
        raise InvalidData(f"{X_name} must be (examples, inputs), but its shape is {X.shape}")
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise InvalidData(f"{y_name} must be one label for each example, but its shape is {y.shape}")
    if len(X) != len(y):
        hint = f"; transpose {X_name}, one example is one row" if X.ndim == 2 and X.shape[1] == len(y) else ""
        raise InvalidData(f"{X_name} has {len(X):,} examples and {y_name} has {len(y):,} labels{hint}")
    if not X.size:
        raise InvalidData(f"{X_name} is empty: its shape is {X.shape}")

    def place(i: int, j: int | None) -> str:
        if j is None:
            return f"label {i + 1} of {y_name} (the first is 1)"
        return f"row {i + 1} of {X_name} (the first is row 1), column {j + 1}"

    matrix = np.ascontiguousarray(X, X.dtype.newbyteorder("=")).reshape(len(X), -1)
    return Examples(matrix, RawLabels.from_array(y), place)
