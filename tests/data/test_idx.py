import gzip
from pathlib import Path

import numpy as np
import pytest

from tests.data.files import idx_bytes, images_and_labels, in_memory, inputs, refusal, write_pair
from trainer.data.idx import read_idx
from trainer.data.loading import load_dataset
from trainer.data.read_as import ReadAs

IMAGES, LABELS = images_and_labels(30)


def test_a_header_by_hand(tmp_path: Path) -> None:
    # unsigned bytes (08), three dimensions: 4 images of 1×2 pixels; then one dimension: 4 labels
    (tmp_path / "images-idx3").write_bytes(
        bytes([0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 9, 8, 7, 6, 5, 4, 3, 2])
    )
    (tmp_path / "labels-idx1").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 4, 1, 0, 1, 0]))
    raw = read_idx(tmp_path / "images-idx3")
    assert inputs(raw).tolist() == [[9, 8], [7, 6], [5, 4], [3, 2]]
    labels = raw.examples.labels
    assert [labels.values[code] for code in labels.codes] == [1, 0, 1, 0]
    assert raw.image_shape == (1, 2)
    assert raw.features == ("pixel_0_0", "pixel_0_1")


@pytest.mark.parametrize("packed", [False, True])
def test_a_pair_gzip_or_not(tmp_path: Path, packed: bool) -> None:
    dataset = load_dataset(write_pair(tmp_path, IMAGES, LABELS, packed=packed))
    assert dataset.name == "train-images-idx3-ubyte" + (".gz" if packed else "")
    assert (dataset.m, len(dataset.y_dev)) == (24, 6)
    assert dataset.image_shape == (4, 3)
    assert dataset.classes == ("0", "1", "2")


def test_gzip_is_known_by_its_bytes(tmp_path: Path) -> None:
    path = Path(write_pair(tmp_path, IMAGES, LABELS))
    expected = load_dataset(str(path)).fingerprint
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert load_dataset(str(path)).fingerprint == expected


def test_labels_may_be_packed_where_images_are_not(tmp_path: Path) -> None:
    path = write_pair(tmp_path, IMAGES, LABELS)
    labels = tmp_path / "train-labels-idx1-ubyte"
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels.read_bytes()))
    labels.unlink()
    assert load_dataset(path).m == 24


@pytest.mark.parametrize("stem", ["t10k", "test"])
def test_a_test_pair_beside_it_is_the_dev_set(tmp_path: Path, stem: str) -> None:
    write_pair(tmp_path, IMAGES[:9], LABELS[:9], stem)
    dataset = load_dataset(write_pair(tmp_path, IMAGES, LABELS), ReadAs(dtype="float64"))
    assert (dataset.m, len(dataset.y_dev)) == (30, 9)
    X = IMAGES.reshape(30, 12).astype(np.float64)
    np.testing.assert_allclose(in_memory(dataset.X_train), (X - X.mean(axis=0)) / X.std(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(dataset.X_dev, in_memory(dataset.X_train)[:9])
    assert dataset.y_dev.tolist() == dataset.y_train[:9].tolist()
    assert len(load_dataset(str(tmp_path / f"{stem}-images-idx3-ubyte")).y_dev) == 2


def test_names_with_a_dot(tmp_path: Path) -> None:
    (tmp_path / "train-images.idx3-ubyte").write_bytes(idx_bytes(IMAGES))
    (tmp_path / "train-labels.idx1-ubyte").write_bytes(idx_bytes(LABELS))
    assert load_dataset(str(tmp_path / "train-images.idx3-ubyte")).m == 24


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "i4", "f4", "f8"])
def test_every_type_of_number(tmp_path: Path, dtype: str) -> None:
    images = (IMAGES // 2).astype(dtype)
    raw = read_idx(Path(write_pair(tmp_path, images, LABELS)))
    assert inputs(raw).dtype == dtype
    assert inputs(raw).tolist() == images.reshape(30, 12).tolist()


def test_images_or_labels_missing(tmp_path: Path) -> None:
    path = Path(write_pair(tmp_path, IMAGES, LABELS))
    labels = tmp_path / "train-labels-idx1-ubyte"
    assert refusal(str(labels)).startswith("train-labels-idx1-ubyte: give the file of the images")
    labels.unlink()
    assert refusal(str(path)) == (
        "train-images-idx3-ubyte: the labels of train-images-idx3-ubyte are missing: "
        "the same name with labels instead of images is expected beside it"
    )


WHOLE = idx_bytes(IMAGES)
BAD_IMAGES = {
    "no idx": (b"hello, world", "does not begin as an IDX file does, but with the bytes 68 65 6c 6c"),
    "short magic": (b"\0", "does not begin as an IDX file does"),
    "unknown type": (b"\0\0\x0a\x03" + WHOLE[4:], "does not begin as an IDX file does, but with the bytes 00 00 0a 03"),
    "no dimension": (b"\0\0\x08\x00" + WHOLE[4:], "does not begin as an IDX file does"),
    "cut header": (WHOLE[:9], "ends within its header"),
    "cut numbers": (WHOLE[:-5], "declares 360 bytes of numbers, but holds only 355"),
    "more numbers": (WHOLE + b"x", "declares 360 bytes of numbers, but holds more"),
    "huge": (b"\0\0\x08\x03" + b"\xff" * 12, "has 4,294,967,295 × 4,294,967,295 × 4,294,967,295 numbers; at most"),
    "huge bytes": (b"\0\0\x0e\x02\0\0\xff\xff\0\0\x0f\xff", "has 65,535 × 4,095 numbers of 8 bytes; at most 1,024 MiB"),
    "cut gzip": (gzip.compress(WHOLE)[:-9], "cannot be unpacked"),
    "bad gzip": (b"\x1f\x8b" + WHOLE, "cannot be unpacked"),
    "no images": (idx_bytes(IMAGES[:0]), "holds 0 images, but train-labels-idx1-ubyte holds 30 labels"),
    "vector": (idx_bytes(LABELS), "have 1 and those of train-labels-idx1-ubyte have 1"),
}


@pytest.mark.parametrize(("content", "expected"), BAD_IMAGES.values(), ids=BAD_IMAGES)
def test_bad_images(tmp_path: Path, content: bytes, expected: str) -> None:
    path = write_pair(tmp_path, IMAGES, LABELS)
    Path(path).write_bytes(content)
    assert expected in refusal(path)


def test_test_images_of_another_shape_are_refused(tmp_path: Path) -> None:
    write_pair(tmp_path, IMAGES.reshape(30, 3, 4), LABELS, "t10k")
    assert refusal(write_pair(tmp_path, IMAGES, LABELS)) == (
        "train-images-idx3-ubyte: the images of t10k-images-idx3-ubyte have the shape (3, 4), those to train on (4, 3)"
    )


def test_nan_is_named(tmp_path: Path) -> None:
    images = IMAGES.astype("f4")
    images[2, 1, 0] = np.nan
    assert "image 3 of train-images-idx3-ubyte (the first is 1), number 4: the value is nan" in refusal(
        write_pair(tmp_path, images, LABELS)
    )
