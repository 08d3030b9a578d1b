"""NPY files, and data that stay on disk: the same numbers, bit for bit, as from memory."""

import io
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.data.files import ROWS, in_memory, refusal, write
from trainer.data import npy, parquet, row_file, scratch, split
from trainer.data.dataset import Dataset
from trainer.data.loading import load_dataset
from trainer.data.read_as import ReadAs
from trainer.data.rows_on_disk import RowsOnDisk
from trainer.errors import InvalidData

X = np.array([[i % 7, (i * i) % 11] for i in range(20)], np.float64)
Y = np.array(["ab"[i % 2] for i in range(20)])


def pair(path: Path, X: np.ndarray = X, y: np.ndarray = Y) -> str:
    """The path of inputs, with labels beside them."""
    np.save(path, X)
    np.save(path.with_name(f"{path.stem}.labels.npy"), y)
    return str(path)


def many(m: int = 500, n: int = 6, dtype: Any = np.float32) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.Generator(np.random.PCG64(4))
    y = generator.integers(0, 3, m)
    X = generator.normal(100, 5, (m, n)) + y[:, None]
    X[:, 2] = 7
    X[:, 3] = np.arange(m)
    return X.astype(dtype), y


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 5 rows of 6 inputs."""
    monkeypatch.setattr(row_file, "BLOCK", 33)


def from_memory_and_disk(path: str, monkeypatch: pytest.MonkeyPatch, **options: Any) -> tuple[Dataset, Dataset]:
    held = load_dataset(path, ReadAs(**options))
    monkeypatch.setattr(npy, "IN_MEMORY", 0)
    monkeypatch.setattr(parquet, "IN_MEMORY", 0)
    on_disk = load_dataset(path, ReadAs(**options))
    assert (held.on_disk, on_disk.on_disk) == (False, True)
    return held, on_disk


def check_same(held: Dataset, on_disk: Dataset) -> None:
    assert isinstance(on_disk.X_train, RowsOnDisk)
    assert on_disk.fingerprint == held.fingerprint
    assert on_disk.description() == held.description()
    assert on_disk.X_train.shape == in_memory(held.X_train).shape
    assert on_disk.X_train[:].tobytes() == in_memory(held.X_train).tobytes()
    some = np.array([17, 3, 3, 150, 0])
    assert on_disk.X_train[some].tobytes() == held.X_train[some].tobytes()
    assert on_disk.X_train[::9].flags.c_contiguous
    assert on_disk.ends().tobytes() == held.ends().tobytes()


def test_the_same_as_the_csv(tmp_path: Path) -> None:
    dataset = load_dataset(pair(tmp_path / "a.npy"))
    assert dataset.fingerprint == load_dataset(write(tmp_path / "a.csv", "x,y,c\n" + ROWS)).fingerprint
    assert (dataset.name, dataset.features) == ("a.npy", ("x1", "x2"))


@pytest.mark.parametrize(
    ("inputs", "labels"), [("X.npy", "y.npy"), ("X_train.npy", "y_train.npy"), ("X.npy", "X.labels.npy")]
)
def test_where_labels_are_looked_for(tmp_path: Path, inputs: str, labels: str) -> None:
    np.save(tmp_path / inputs, X)
    np.save(tmp_path / labels, Y)
    assert load_dataset(str(tmp_path / inputs)).m == 16


def test_missing_labels(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", X)
    assert refusal(str(tmp_path / "X.npy")) == (
        "X.npy: the labels are missing: one for each row of it, as numpy.save writes them, in 'X.labels.npy' or "
        "'y.npy' beside it"
    )
    assert "there is no column 'c'" in refusal(pair(tmp_path / "a.npy"), label="c")


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["u1", "i2", "<i8", ">i4", "<f4", ">f8"])
def test_data_on_disk_are_the_data_in_memory(
    tmp_path: Path, kind: str, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, y = many(200)
    path = pair(tmp_path / "a.npy", inputs.astype(kind), y)
    held, on_disk = from_memory_and_disk(path, monkeypatch, dtype=dtype, seed=3)
    check_same(held, on_disk)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("kind", ["float32", "int16", "float64", "int64"])
def test_parquet_on_disk_is_parquet_in_memory(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow
    from pyarrow import parquet as pq

    inputs, y = many(700)
    inputs = inputs.astype(kind)
    table = pyarrow.table({**{f"x{j + 1}": inputs[:, j] for j in range(6)}, "y": y})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=90)
    held, on_disk = from_memory_and_disk(str(tmp_path / "a.parquet"), monkeypatch)
    check_same(held, on_disk)
    assert isinstance(on_disk.X_train, RowsOnDisk)
    assert on_disk.X_train.file.dtype == ("float32" if kind in ("float32", "int16") else "float64")


def test_images_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = many(60, 24)[0].reshape(60, 4, 6)
    held, on_disk = from_memory_and_disk(pair(tmp_path / "a.npy", images, np.arange(60) % 2), monkeypatch)
    assert on_disk.fingerprint == held.fingerprint
    assert on_disk.image_shape == (4, 6)


def test_no_more_than_some_examples_are_evaluated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "_MOST_EVALUATED", 30)
    held, on_disk = from_memory_and_disk(pair(tmp_path / "a.npy", *many()), monkeypatch)
    assert (held.m, len(held.y_dev), on_disk.m, len(on_disk.y_dev)) == (400, 100, 470, 30)
    assert on_disk.warnings[-1] == (
        "The dev set has 30 examples and not 20% of 500: the data stay on disk, and no more are evaluated. "
        "All others are trained on."
    )
    assert load_dataset(str(tmp_path / "a.npy"), ReadAs(dev_fraction=0.05)).warnings == held.warnings


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


HEADER = "{'descr': '<f8', 'fortran_order': False, 'shape': (20, 2), }"
BAD_CONTENTS = {
    "32 GiB declared": (
        header(HEADER.replace("20, 2", "65536, 65536")) + bytes(320),
        "X has 65,536 examples and a.labels.npy has 20 labels",
    ),
    "wide": (header(HEADER.replace("20, 2", "20, 20000000")), "X declares 3,200,000,000 bytes of numbers, but 0"),
    "cut": (header(HEADER) + bytes(319), "X declares 320 bytes of numbers, but 319 are there"),
    "too much": (header(HEADER) + bytes(321), "X declares 320 bytes of numbers, but 321 are there"),
    "negative": (header(HEADER.replace("20, 2", "20, -2")) + bytes(320), "X has the impossible shape (20, -2)"),
    "no inputs": (header(HEADER.replace("20, 2", "20, 0")), "X is empty: its shape is (20, 0)"),
    "objects": (header(HEADER.replace("<f8", "|O")) + bytes(320), "X must hold numbers, but it holds Python objects"),
    "no npy": (b"hello, world, how are you", "X has no readable header"),
}


@pytest.mark.parametrize("limit", [0, 2**20])
@pytest.mark.parametrize(("content", "expected"), BAD_CONTENTS.values(), ids=BAD_CONTENTS)
def test_bad_contents(
    tmp_path: Path, content: bytes, expected: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npy, "IN_MEMORY", limit)
    path = pair(tmp_path / "a.npy")
    Path(path).write_bytes(content)
    assert refusal(path).startswith(f"a.npy: {expected}")


OTHER_KINDS = {
    "complex": (np.ones(40, np.complex64), "complex numbers (complex64)"),
    "dates": (np.arange(40).astype("M8[D]"), "dates or times (datetime64[D])"),
    "durations": (np.arange(40).astype("m8[s]"), "durations (timedelta64[s])"),
    "records": (np.zeros(40, [("a", "<f8"), ("b", "<i4")]), "records with the fields 'a', 'b'"),
    "bytes": (np.zeros(40, "V2"), "raw bytes (|V2), as a type that is not numpy's own, such as bfloat16, is saved"),
}


@pytest.mark.parametrize(("array", "kind"), OTHER_KINDS.values(), ids=OTHER_KINDS)
def test_arrays_of_other_kinds_are_called_what_they_are(tmp_path: Path, array: np.ndarray, kind: str) -> None:
    path = tmp_path / "a.npy"
    assert refusal(pair(path, array.reshape(20, 2), Y)) == f"a.npy: X must hold numbers, but it holds {kind}"
    assert refusal(pair(path, X, array[:20])) == (
        f"a.npy: a.labels.npy must hold numbers, booleans or text, but it holds {kind}"
    )
    np.savez(tmp_path / "a.npz", X=array.reshape(20, 2), y=Y)
    assert refusal(str(tmp_path / "a.npz")) == f"a.npz: X must hold numbers, but it holds {kind}"


def test_records_with_long_or_foreign_names_are_called_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    for fields in ([("é", "<f8"), ("名", "<f8")], [(f"{'a' * 70}{k}", "<f8") for k in range(1000)]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy warns that older versions of it cannot read these
            pair(path, np.zeros(20, fields), Y)
        assert refusal(str(path)).endswith("numpy saves records whose fields have long or foreign names")


@pytest.mark.parametrize(
    ("descr", "kind"),
    [
        ("'<U0'", "text without a character (<U0)"),
        ("'(2,)<f8'", "an array in each place (('<f8', (2,)))"),
        ("[('a', '|O')]", "records with the fields 'a'"),
    ],
)
def test_types_that_numpy_writes_in_no_header_are_called_what_they_are(tmp_path: Path, descr: str, kind: str) -> None:
    path = Path(pair(tmp_path / "a.npy"))
    path.with_name("a.labels.npy").write_bytes(header(HEADER.replace("'<f8'", descr)) + bytes(320))
    assert refusal(str(path)) == f"a.npy: a.labels.npy must hold numbers, booleans or text, but it holds {kind}"


@pytest.mark.parametrize("limit", [0, 2**20])
def test_pickles_are_never_loaded(tmp_path: Path, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "exploded",))

    monkeypatch.setattr(npy, "IN_MEMORY", limit)
    bombs = np.array([Bomb()] * 40, dtype=object)
    objects = "it holds Python objects (object), which are never loaded; save it with .astype(float) or .astype(str)"
    assert refusal(pair(tmp_path / "a.npy", X, bombs[:20])) == (
        f"a.npy: a.labels.npy must hold numbers, booleans or text, but {objects}"
    )
    assert refusal(pair(tmp_path / "a.npy", bombs.reshape(20, 2), Y)) == f"a.npy: X must hold numbers, but {objects}"
    assert not (tmp_path / "exploded").exists()


@pytest.mark.usefixtures("small_blocks")
def test_what_is_not_finite_is_named_and_labels_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npy, "IN_MEMORY", 0)
    inputs, y = many()
    inputs[313, 4] = np.nan
    sentence = refusal(pair(tmp_path / "a.npy", inputs, y))
    assert sentence.startswith("a.npy: row 314 of X (the first is row 1), column 5: the value is nan")
    assert "a.labels.npy has 499 labels" in refusal(pair(tmp_path / "a.npy", inputs, y[:-1]))
    assert "at least two classes" in refusal(pair(tmp_path / "a.npy", inputs, y * 0))


def test_what_counts_is_the_room_that_numbers_will_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, y = many()
    small = (10 * inputs).astype(np.uint8)
    monkeypatch.setattr(npy, "IN_MEMORY", 4 * small.size)
    assert isinstance(load_dataset(pair(tmp_path / "a.npy", small, y)).X_train, np.ndarray)
    monkeypatch.setattr(npy, "IN_MEMORY", 4 * small.size - 1)
    assert isinstance(load_dataset(pair(tmp_path / "a.npy", small, y)).X_train, RowsOnDisk)


@pytest.mark.usefixtures("small_blocks")
def test_the_dev_set_of_data_on_disk_takes_little_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npy, "IN_MEMORY", 0)
    inputs, y = many()
    monkeypatch.setattr(split, "_MOST_BYTES", 8 * inputs.shape[1] * 20)
    dataset = load_dataset(pair(tmp_path / "a.npy", inputs, y))
    assert abs(len(dataset.y_dev) - 20) <= 2
    assert len(dataset.y_dev) + len(dataset.y_train) == len(y)
    assert any("The dev set has 20 examples and not 20%" in warning for warning in dataset.warnings)


def test_columns_one_after_the_other_are_refused_on_disk_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pair(tmp_path / "a.npy", np.asfortranarray(X))
    assert load_dataset(path).fingerprint == load_dataset(pair(tmp_path / "b.npy")).fingerprint
    monkeypatch.setattr(npy, "IN_MEMORY", 0)
    assert "is read row by row: save it in C order" in refusal(path)


@pytest.mark.parametrize("change", ["cut", "written"])
def test_a_file_that_is_changed_while_it_is_trained_on(
    tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npy, "IN_MEMORY", 0)
    path = Path(pair(tmp_path / "a.npy", *many()))
    dataset = load_dataset(str(path))
    assert dataset.X_train[:3].shape == (3, 6)
    with path.open("r+b") as file:
        if change == "cut":
            file.truncate(1000)
        else:
            file.write(b"x")
    with pytest.raises(InvalidData, match="the file was changed after it was opened"):
        dataset.X_train[:3]


def test_a_full_disk_is_told_before_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with pytest.raises(InvalidData, match=r"1,125,899,906,842,624 bytes are needed in .* set TMPDIR to a folder"):
        scratch.scratch_file(2**50)
    with scratch.scratch_file(5) as file:
        file.write(b"hello")
        assert isinstance(file, io.BufferedRandom)
        assert list(tmp_path.iterdir()) == []
