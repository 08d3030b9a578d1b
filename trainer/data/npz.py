"""NPZ files: arrays X and y, perhaps X_dev and y_dev, as `numpy.savez` writes them; nothing in them is unpickled."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from trainer.data.examples import RawData, check_size
from trainer.data.npy import as_array, check_held, described, examples_of, read_header
from trainer.errors import InvalidData

_ARRAYS = {"X", "y", "X_dev", "y_dev"}
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
    raw = described(examples_of(X, arrays["y"], "X", "y"), X.shape)
    if "X_dev" not in names:
        return raw
    dev = examples_of(arrays["X_dev"], arrays["y_dev"], "X_dev", "y_dev")
    if arrays["X_dev"].shape[1:] != X.shape[1:]:
        raise InvalidData(
            f"X is {X.shape} and X_dev is {arrays['X_dev'].shape}; they must agree in everything but the first number"
        )
    return replace(raw, dev=dev)


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
        shape, fortran_order, dtype = read_header(member, name)
        size = check_size(name, shape, dtype.itemsize) * dtype.itemsize
        check_held(name, size, info.file_size - member.tell())
        content = member.read(size)
        if len(content) != size:
            raise InvalidData(f"{name} declares {size:,} bytes of numbers, but holds only {len(content):,}")
    return as_array(content, shape, fortran_order, dtype)
