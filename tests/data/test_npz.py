import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.files import ROWS, in_memory, inputs, refusal, write
from trainer.data.examples import MAX_NUMBERS
from trainer.data.loading import load_dataset
from trainer.data.npz import read_npz
from trainer.data.read_as import ReadAs
from trainer.errors import InvalidData

X = np.array([[i % 7, (i * i) % 11] for i in range(20)], np.float64)
Y = np.array(["ab"[i % 2] for i in range(20)])


def npz(path: Path, **arrays: Any) -> str:
    np.savez(path, **arrays)
    return str(path)


def members(path: Path, **contents: bytes) -> str:
    """An NPZ file of raw bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(f"{name}.npy", content)
    return str(path)


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npy_header(text: str, version: int = 1) -> bytes:
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text.encode()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_the_same_as_the_csv(tmp_path: Path, save: Any) -> None:
    save(tmp_path / "a.npz", X=X, y=Y)
    dataset = load_dataset(str(tmp_path / "a.npz"))
    assert dataset.fingerprint == load_dataset(write(tmp_path / "a.csv", "x,y,c\n" + ROWS)).fingerprint
    assert dataset.features == ("x1", "x2")


@pytest.mark.parametrize("dtype", ["u1", "i2", "<i8", ">i4", "f2", "<f4", ">f8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_kind_of_number_and_order(tmp_path: Path, dtype: str, order: Any) -> None:
    array = np.asarray(X, dtype, order=order)
    raw = read_npz(Path(npz(tmp_path / "a.npz", X=array, y=Y[:, None])))
    assert inputs(raw).tolist() == array.tolist()
    assert inputs(raw).flags.c_contiguous
    assert inputs(raw).dtype.isnative


def test_images(tmp_path: Path) -> None:
    images = np.arange(20 * 12).reshape(20, 4, 3)
    raw = read_npz(Path(npz(tmp_path / "a.npz", X=images, y=Y)))
    assert raw.image_shape == (4, 3)
    assert raw.features[:4] == ("pixel_0_0", "pixel_0_1", "pixel_0_2", "pixel_1_0")
    assert inputs(raw)[1].tolist() == images[1].ravel().tolist()
    colour = read_npz(Path(npz(tmp_path / "b.npz", X=images.reshape(20, 2, 2, 3), y=Y)))
    assert (colour.image_shape, colour.examples.X.shape) == (None, (20, 12))


def test_own_dev_set_is_used_with_the_statistics_of_train(tmp_path: Path) -> None:
    X_dev = np.array([[100.0, 5], [0, 0]])
    dataset = load_dataset(
        npz(tmp_path / "a.npz", X=X, y=Y, X_dev=X_dev, y_dev=np.array(["b", "a"])), ReadAs(dtype="float64")
    )
    np.testing.assert_array_equal(in_memory(dataset.X_train), (X - X.mean(axis=0)) / X.std(axis=0))
    np.testing.assert_array_equal(dataset.X_dev, (X_dev - X.mean(axis=0)) / X.std(axis=0))
    assert dataset.y_train.tolist() == [0, 1] * 10
    assert dataset.y_dev.tolist() == [1, 0]


INFINITE = np.where(np.arange(40).reshape(20, 2) == 7, np.inf, X)
NEEDED = (
    "arrays called X and y are needed, or x_train and y_train, data and target, or images and labels, but the file"
    " holds"
)
ONE_EACH = "y must be one label for each example, or one-hot with a single 1 in each row"
TWO_ONES = np.eye(3)[np.arange(20) % 3] + (np.arange(20) == 2)[:, None] * np.array([1, 1, -1])
BAD_ARRAYS: dict[str, tuple[dict[str, Any], str]] = {
    "no y": ({"X": X}, f"{NEEDED} X"),
    "other names": ({"a": X, "b": Y}, f"{NEEDED} a, b"),
    "half a dev set": ({"X": X, "y": Y, "X_dev": X}, "X_dev and y_dev belong together"),
    "infinity": ({"X": INFINITE, "y": Y}, "row 4 of X (the first is row 1), column 2: the value is inf"),
    "infinity in dev": (
        {"X": X, "y": Y, "X_dev": INFINITE, "y_dev": Y},
        "row 4 of X_dev (the first is row 1), column 2: the value is inf",
    ),
    "nan label": ({"X": X, "y": np.array([0.0] * 19 + [np.nan])}, "label 20 of y (the first is 1): the label is 'nan'"),
    "vector": ({"X": X[:, 0], "y": Y}, "X must be (examples, inputs), but its shape is (20,)"),
    "matrix of text": (
        {"X": X, "y": np.array([["a", "b"]] * 20)},
        f"{ONE_EACH}, but its shape is (20, 2) and its type <U1",
    ),
    "cube": ({"X": X, "y": np.zeros((20, 2, 2))}, f"{ONE_EACH}, but its shape is (20, 2, 2) and its type float64"),
    "two ones": ({"X": X, "y": TWO_ONES}, f"{ONE_EACH}, but row 3 (the first is row 1) is 1, 1, 0"),
    "one beside another": (
        {"X": X, "y": np.array([[1, 0.25]] * 20)},
        f"{ONE_EACH}, but row 1 (the first is row 1) is 1, 0.25",
    ),
    "no one": ({"X": X, "y": np.zeros((20, 3))}, f"{ONE_EACH}, but row 1 (the first is row 1) is 0, 0, 0"),
    "probabilities": ({"X": X, "y": np.full((20, 2), 0.5)}, f"{ONE_EACH}, but row 1 (the first is row 1) is 0.5, 0.5"),
    "lengths": ({"X": X, "y": Y[:9]}, "X has 20 examples and y has 9 labels"),
    "columns": ({"X": X.T, "y": Y}, "X has 2 examples and y has 20 labels; transpose X, one example is one row"),
    "text": ({"X": X.astype(str), "y": Y}, "X must hold numbers, but it holds text (<U32)"),
    "complex": ({"X": X * 1j, "y": Y}, "X must hold numbers, but it holds complex numbers (complex128)"),
    "empty": ({"X": X[:0], "y": Y[:0]}, "X is empty: its shape is (0, 2)"),
    "no inputs": ({"X": X[:, :0], "y": Y}, "X is empty: its shape is (20, 0)"),
    "other dev": (
        {"X": X, "y": Y, "X_dev": X[:, :1], "y_dev": Y},
        "X is (20, 2) and X_dev is (20, 1); they must agree in everything but the first number",
    ),
    "new class": ({"X": X, "y": Y, "X_dev": X, "y_dev": np.array(["c"] * 20)}, "the class 'c' occurs in the dev set"),
}


@pytest.mark.parametrize(("arrays", "expected"), BAD_ARRAYS.values(), ids=BAD_ARRAYS)
def test_bad_arrays(tmp_path: Path, arrays: dict[str, Any], expected: str) -> None:
    assert refusal(npz(tmp_path / "a.npz", **arrays)).startswith(f"a.npz: {expected}")


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "exploded",))

    path = npz(tmp_path / "a.npz", X=X, y=np.array([Bomb()] * 20, dtype=object))
    assert "y must hold numbers, booleans or text, but it holds Python objects" in refusal(path)
    assert not (tmp_path / "exploded").exists()


HUGE = "{'descr': '<f8', 'fortran_order': False, 'shape': (65536, 65536), }"
BAD_HEADERS = {
    "32 GiB declared": (npy_header(HUGE), f"X has 65,536 × 65,536 numbers; at most {MAX_NUMBERS:,} can be loaded"),
    "more declared than there": (
        npy_header(HUGE.replace("65536, 65536", "20, 2")) + b"1234",
        "X declares 320 bytes of numbers, but 4 are there",
    ),
    "less declared than there": (
        npy_header(HUGE.replace("65536, 65536", "20, 2")) + b"1" * 321,
        "X declares 320 bytes of numbers, but 321 are there",
    ),
    "negative": (
        npy_header(HUGE.replace("65536, 65536", "-20, -2")) + b"1" * 320,
        "X has the impossible shape (-20, -2)",
    ),
    "no size": (npy_header(HUGE.replace("<f8", "<U0")), "X must hold numbers, but it holds text without a character"),
    "many bytes": (
        npy_header(HUGE.replace("65536, 65536", "100000000, 2")),
        "X has 100,000,000 × 2 numbers of 8 bytes; at most 1,024 MiB can be loaded",
    ),
    "records": (npy_header(HUGE.replace("'<f8'", "[('a', '<f8')]")), "X must hold numbers, but it holds records"),
    "version 2": (npy_header(HUGE, version=2), "X must hold numbers, but it is in version 2.0 of the format"),
    "version 9": (npy_header(HUGE, version=9), "X has no readable header: "),
    "no npy": (b"hello, world, how are you", "X has no readable header"),
    "nothing": (b"", "X has no readable header"),
    "deep": (npy_header("-" * 9000 + "1"), "X has no readable header"),
    "code": (npy_header("__import__('os').getcwd()"), "X has no readable header"),
}


@pytest.mark.parametrize(("content", "expected"), BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_what_a_header_declares_is_checked_before_allocating(tmp_path: Path, content: bytes, expected: str) -> None:
    assert refusal(members(tmp_path / "a.npz", X=content, y=npy(Y))).startswith(f"a.npz: {expected}")


def test_an_archive_that_lies_about_the_size_of_a_member(tmp_path: Path) -> None:
    # 40 numbers are declared by the header and by the archive, 3 are there, and the checksum is theirs
    header = npy_header(HUGE.replace("65536, 65536", "20, 2"))
    path = Path(members(tmp_path / "a.npz", X=header + bytes(24), y=npy(Y)))
    held, declared = struct.pack("<I", len(header) + 24), struct.pack("<I", len(header) + 320)
    assert path.read_bytes().count(held) == 2
    path.write_bytes(path.read_bytes().replace(held, declared))
    assert refusal(str(path)) == "a.npz: X declares 320 bytes of numbers, but holds only 24"


def test_a_small_file_that_expands_to_2_gb_is_refused(tmp_path: Path) -> None:
    header = npy_header(HUGE.replace("65536, 65536", "250000, 1000"))
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("y.npy", npy(Y))
        with archive.open("X.npy", "w", force_zip64=True) as member:
            member.write(header)
            member.write(bytes(2**24))
    sentence = refusal(str(tmp_path / "a.npz"))
    assert sentence == "a.npz: X has 250,000 × 1,000 numbers of 8 bytes; at most 1,024 MiB can be loaded"


def test_no_zip_file(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "a.npz", "hello")) == "a.npz: this cannot be read as NPZ: File is not a zip file"


WHOLE = io.BytesIO()
np.savez_compressed(WHOLE, X=X, y=Y)


@settings(max_examples=150)
@given(position=st.integers(0, len(WHOLE.getvalue()) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, position: int, bit: int
) -> None:
    content = bytearray(WHOLE.getvalue())
    content[position] ^= 1 << bit
    path = tmp_path_factory.mktemp("npz") / "a.npz"
    path.write_bytes(content)
    try:
        raw = read_npz(path)
    except (InvalidData, OSError):
        return
    assert (inputs(raw) == X).all()


@settings(max_examples=40)
@given(length=st.integers(0, len(WHOLE.getvalue()) - 1))
def test_every_cut_is_refused(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = tmp_path_factory.mktemp("npz") / "a.npz"
    path.write_bytes(WHOLE.getvalue()[:length])
    with pytest.raises(InvalidData):
        read_npz(path)
