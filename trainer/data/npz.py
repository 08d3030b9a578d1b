"""NPZ files: arrays of inputs and labels, as `numpy.savez` writes them; nothing in them is unpickled."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from trainer.data.array_labels import one_label_each
from trainer.data.array_names import names_of
from trainer.data.examples import RawData, check_size
from trainer.data.npy import as_array, check_held, described, examples_of, read_header
from trainer.errors import InvalidData

_CODECS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def read_npz(path: Path) -> RawData:
    """Examples of an NPZ file.

    X is `(m, inputs)`, or images `(m, height, width)` or `(m, height, width, channels)`; y is `(m,)`, `(m, 1)` or
    one-hot `(m, C)`. X_dev and y_dev, where they are there, are the dev set. `array_names` has their other names.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = names_of({name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")})
            X, y = _read_pair(archive, (names.X, names.y))
            dev = None if names.dev is None else _read_pair(archive, names.dev)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise InvalidData(f"this cannot be read as NPZ: {error}") from None
    labels, told = one_label_each(y, names.y)
    raw = described(examples_of(X, labels, names.X, names.y), X.shape, (*names.warnings, *told))
    if names.dev is None or dev is None:
        return raw
    (X_dev, y_dev), (X_name, y_name) = dev, names.dev
    _check_alike(names.X, X.shape, X_name, X_dev.shape)
    if _is_wide(y) and _is_wide(y_dev):
        _check_alike(names.y, y.shape, y_name, y_dev.shape)
    labels_dev, of_dev = one_label_each(y_dev, y_name)
    examples = examples_of(X_dev, labels_dev, X_name, y_name)
    return replace(raw, dev=examples, warnings=(*raw.warnings, *of_dev))


def _is_wide(y: NDArray[Any]) -> bool:
    return y.ndim == 2 and y.shape[1] > 1


def _check_alike(name: str, shape: tuple[int, ...], dev_name: str, dev_shape: tuple[int, ...]) -> None:
    if shape[1:] != dev_shape[1:]:
        raise InvalidData(
            f"{name} is {shape} and {dev_name} is {dev_shape}; they must agree in everything but the first number"
        )


def _read_pair(archive: zipfile.ZipFile, names: tuple[str, str]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Inputs and labels."""
    return _read_array(archive, names[0], text=False), _read_array(archive, names[1], text=True)


def _read_array(archive: zipfile.ZipFile, name: str, *, text: bool) -> NDArray[Any]:
    """One member; what its header declares is checked against its size and the limits before anything is allocated."""
    info = archive.getinfo(f"{name}.npy")
    if info.flag_bits & 1 or info.compress_type not in _CODECS:
        raise InvalidData(f"{name} is encrypted or compressed in a way that numpy does not write")
    with archive.open(info) as member:
        shape, fortran_order, dtype = read_header(member, name, text=text)
        size = check_size(name, shape, dtype.itemsize) * dtype.itemsize
        check_held(name, size, info.file_size - member.tell())
        content = member.read(size)
        if len(content) != size:
            raise InvalidData(f"{name} declares {size:,} bytes of numbers, but holds only {len(content):,}")
    return as_array(content, shape, fortran_order, dtype)
