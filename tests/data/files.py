"""Files for the tests of the readers, and how to see what a reader says about a bad one."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from trainer.data.examples import RawData
from trainer.data.loading import load_dataset
from trainer.data.read_as import ReadAs
from trainer.data.row_file import RowFile
from trainer.data.rows_on_disk import RowsOnDisk
from trainer.data.table import Table
from trainer.errors import InvalidData

ROWS = "".join(f"{i % 7},{(i * i) % 11},{'ab'[i % 2]}\n" for i in range(20))
"""Twenty lines of two inputs and a label."""


def write(path: Path, content: str | bytes) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def in_memory(X: NDArray[Any] | RowFile | RowsOnDisk) -> NDArray[Any]:
    """Inputs that were read into memory."""
    assert isinstance(X, np.ndarray)
    return X


def inputs(read: RawData | Table) -> NDArray[Any]:
    """The inputs that a reader read into memory; of a table, its columns of numbers."""
    if isinstance(read, RawData):
        return in_memory(read.examples.X)
    return np.stack([read.columns[k].numbers for k in read.inputs], axis=1)


def refusal(data: str, **options: Any) -> str:
    """The sentence with which a data set is refused."""
    with pytest.raises(InvalidData) as caught:
        load_dataset(data, ReadAs(**options))
    return str(caught.value)


def idx_bytes(array: NDArray[Any]) -> bytes:
    """An array as an IDX file, written by the rules of the format alone."""
    code = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}[array.dtype.str[1:]]
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write_pair(
    folder: Path, images: NDArray[Any], labels: NDArray[Any], stem: str = "train", packed: bool = False
) -> str:
    end = ".gz" if packed else ""
    for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
        content = idx_bytes(array)
        (folder / f"{stem}-{kind}-ubyte{end}").write_bytes(gzip.compress(content) if packed else content)
    return str(folder / f"{stem}-images-idx3-ubyte{end}")


def images_and_labels(m: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """m images of 4×3 pixels, of three classes."""
    pixels = np.random.PCG64(7).random_raw(m * 12) % np.uint64(256)
    return pixels.astype(np.uint8).reshape(m, 4, 3), (np.arange(m) % 3).astype(np.uint8)
