"""MNIST-style IDX pairs: a file of images and a file of labels beside it, gzip or not.

A file begins with two zero bytes, one for the type of its numbers, one for the number of dimensions, and each
dimension as a 32-bit number, high byte first; then come the numbers.
"""

from __future__ import annotations

import gzip
import math
import re
import struct
import zlib
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from trainer.data.examples import Examples, RawData, RawLabels, check_size, pixel_names
from trainer.errors import InvalidData

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_IDX = re.compile(r"idx\d", re.IGNORECASE)
_GZIP = b"\x1f\x8b"


def is_idx(path: Path) -> bool:
    """Whether a file has a name such as IDX files have: train-images-idx3-ubyte.gz."""
    return _IDX.search(path.name) is not None


def is_images(path: Path) -> bool:
    """Whether an IDX file has a name such as the images of a pair have."""
    return "images" in path.name


def read_idx(path: Path) -> RawData:
    """The pair whose images are in `path`; a test set beside a training set (t10k or test for train) is the dev set."""
    examples, shape = _read_pair(path)
    image_shape = (shape[0], shape[1]) if len(shape) == 2 else None
    features = pixel_names(image_shape) if image_shape else tuple(f"x{j + 1}" for j in range(math.prod(shape)))
    test = next((found for word in ("t10k", "test") if (found := _beside(path, "train", word))), None)
    if test is None:
        return RawData(examples, features, None, image_shape)
    dev, dev_shape = _read_pair(test)
    if dev_shape != shape:
        raise InvalidData(f"the images of {test.name} have the shape {dev_shape}, those to train on {shape}")
    return RawData(examples, features, dev, image_shape)


def _beside(path: Path, word: str, other: str) -> Path | None:
    """The file in the same folder whose name has another word in place of the last `word`."""
    head, found, tail = path.name.rpartition(word)
    if not found:
        return None
    name = head + other + tail
    if other == "labels":
        name = _IDX.sub("idx1", name)
    plain = name.removesuffix(".gz")
    return next((file for file in (path.with_name(plain), path.with_name(plain + ".gz")) if file.is_file()), None)


def _read_pair(path: Path) -> tuple[Examples[NDArray[Any]], tuple[int, ...]]:
    if not is_images(path):
        raise InvalidData(
            "give the file of the images, with the word images in its name; that of the labels is found beside it"
        )
    labels_path = _beside(path, "images", "labels")
    if labels_path is None:
        raise InvalidData(
            f"the labels of {path.name} are missing: the same name with labels instead of images is expected beside it"
        )
    images, labels = _read_file(path), _read_file(labels_path)
    if images.ndim < 2 or labels.ndim != 1:
        raise InvalidData(
            f"images must have 2 or more dimensions and labels 1, but those of {path.name} have {images.ndim} and "
            f"those of {labels_path.name} have {labels.ndim}"
        )
    if len(images) != len(labels):
        raise InvalidData(
            f"{path.name} holds {len(images):,} images, but {labels_path.name} holds {len(labels):,} labels"
        )
    if not images.size:
        raise InvalidData(f"{path.name} holds no images")

    def place(i: int, j: int | None) -> str:
        if j is None:
            return f"label {i + 1} of {labels_path.name} (the first is 1)"
        return f"image {i + 1} of {path.name} (the first is 1), number {j + 1}"

    return Examples(images.reshape(len(images), -1), RawLabels.from_array(labels), place), images.shape[1:]


def _read_file(path: Path) -> NDArray[Any]:
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
        file.seek(0)
        try:
            if not packed:
                return _read_array(file, path.name)
            with gzip.open(file) as unpacked:
                return _read_array(cast("IO[bytes]", unpacked), path.name)
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise InvalidData(f"{path.name} cannot be unpacked: {error}") from None


def _read_array(file: IO[bytes], name: str) -> NDArray[Any]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not magic[3]:
        raise InvalidData(
            f"{name} does not begin as an IDX file does, but with the bytes {magic.hex(' ') or 'of none'}"
        )
    dtype, dimensions = np.dtype(_TYPES[magic[2]]), magic[3]
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise InvalidData(f"{name} ends within its header")
    shape = struct.unpack(f">{dimensions}I", sizes)
    size = check_size(name, shape, dtype.itemsize) * dtype.itemsize
    content = file.read(size)
    if len(content) < size or file.read(1):
        more = "more" if len(content) == size else f"only {len(content):,}"
        raise InvalidData(f"{name} declares {size:,} bytes of numbers, but holds {more}")
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)
