"""Archives with the names that Keras, scikit-learn and others give to arrays, and their kinds of labels and images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.data.files import in_memory, refusal, write
from trainer.data.array_names import label_files
from trainer.data.dataset import Dataset
from trainer.data.loading import load_dataset
from trainer.data.read_as import ReadAs
from trainer.data.uploads import keep_upload

M = 40
X = np.array([[i % 7, (i * i) % 11] for i in range(M)], np.float64)
Y = np.arange(M) % 3
X_DEV, Y_DEV = X[::4] + 1, Y[::4]


def npz(folder: Path, **arrays: Any) -> str:
    path = folder / "a.npz"
    np.savez(path, **arrays)
    return str(path)


def loaded(folder: Path, **arrays: Any) -> Dataset:
    return load_dataset(npz(folder, **arrays), ReadAs(dtype="float64"))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("x", "y"),
        ("X", "Y"),
        ("x_train", "y_train"),
        ("X_train", "y_train"),
        ("X_TRAIN", "Y_TRAIN"),
        ("data", "target"),
        ("Data", "Target"),
        ("images", "labels"),
        ("train_images", "train_labels"),
        ("data", "labels"),
    ],
)
def test_usual_names_are_those_of_x_and_y(tmp_path: Path, x: str, y: str) -> None:
    usual = loaded(tmp_path, X=X, y=Y)
    found = loaded(tmp_path, **{x: X, y: Y})
    assert found.fingerprint == usual.fingerprint
    assert (found.warnings, usual.warnings) == ((f"Inputs are {x}, labels are {y}.",), ())


@pytest.mark.parametrize(
    ("dev", "others"),
    [
        (("x_test", "y_test"), ()),
        (("X_Test", "Y_Test"), ()),
        (("x_val", "y_val"), ("x_test", "y_test")),  # a validation set is a dev set, so that the test set is kept out
        (("X_dev", "y_dev"), ("x_test", "y_test")),
        (("test_images", "test_labels"), ()),
    ],
)
def test_the_dev_set_of_an_archive(tmp_path: Path, dev: tuple[str, str], others: tuple[str, ...]) -> None:
    usual = loaded(tmp_path, X=X, y=Y, X_dev=X_DEV, y_dev=Y_DEV)
    sets = {"x_train": X, "y_train": Y, dev[0]: X_DEV, dev[1]: Y_DEV}
    found = loaded(tmp_path, **sets, **dict.fromkeys(others, Y))
    assert found.fingerprint == usual.fingerprint
    told = f"Inputs are x_train, labels are y_train; the dev set is {dev[0]} and {dev[1]}."
    assert found.warnings == (told, *(["Not used: 'x_test', 'y_test'."] if others else []))


def test_x_and_y_are_taken_whatever_else_there_is(tmp_path: Path) -> None:
    usual = loaded(tmp_path, X=X, y=Y)
    found = loaded(tmp_path, X=X, y=Y, data=X + 1, x_test=X, y_test=Y, DESCR=np.array("about"))
    assert found.fingerprint == usual.fingerprint
    assert found.warnings == ("Not used: 'DESCR', 'data', 'x_test', 'y_test'.",)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ({"data": X, "images": X, "target": Y}, "the inputs could be data or images"),
        ({"data": X, "target": Y, "labels": Y}, "the labels could be labels or target"),
        ({"x": X, "x_train": X, "y": Y}, "the inputs could be x or x_train"),
        ({"x_train": X, "X_train": X, "y_train": Y}, "the inputs could be X_train or x_train"),
        ({"x_train": X, "y_train": Y, "x_test": X}, "x_test is there without its labels"),
        ({"x_train": X, "y_train": Y, "y_val": Y}, "y_val is there without its inputs"),
        (
            {"x_train": X, "y_train": Y, "x_val": X, "x_dev": X, "y_val": Y},
            "the inputs of the dev set could be x_dev or x_val",
        ),
    ],
)
def test_what_could_be_two_things_is_refused_by_name(tmp_path: Path, names: dict[str, Any], sentence: str) -> None:
    assert refusal(npz(tmp_path, **names)).startswith(f"a.npz: {sentence}")


@pytest.mark.parametrize("dtype", ["u1", "i8", "f4", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_one_hot_labels_are_the_numbers_of_their_columns(tmp_path: Path, dtype: str, order: Any) -> None:
    one_hot = np.asarray(np.eye(3)[Y], dtype, order=order)
    usual = loaded(tmp_path, X=X, y=Y, X_dev=X_DEV, y_dev=Y_DEV)
    told = "y is one-hot: the class of an example is the number of the column with its 1, 0 to 2."
    for y_dev in (Y_DEV, Y_DEV[:, None], np.eye(3)[Y_DEV]):
        found = loaded(tmp_path, X=X, y=one_hot, X_dev=X_DEV, y_dev=y_dev)
        assert (found.fingerprint, found.classes) == (usual.fingerprint, ("0", "1", "2"))
        assert found.warnings[0] == told
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", one_hot)
    found = load_dataset(str(tmp_path / "X.npy"), ReadAs(dtype="float64"))
    assert found.fingerprint == loaded(tmp_path, X=X, y=Y).fingerprint
    assert found.warnings == (told.replace("y is", "y.npy is"),)


def test_a_column_of_one_hot_labels_without_a_1_is_told(tmp_path: Path) -> None:
    found = loaded(tmp_path, X=X, y=np.eye(5)[Y])
    assert "y has no example of the classes 3, 4: left out." in found.warnings
    assert found.classes == ("0", "1", "2")


def test_one_hot_labels_of_another_width_are_refused(tmp_path: Path) -> None:
    path = npz(tmp_path, X=X, y=np.eye(3)[Y], X_dev=X_DEV, y_dev=np.eye(4)[Y_DEV])
    assert refusal(path) == (
        "a.npz: y is (40, 3) and y_dev is (10, 4); they must agree in everything but the first number"
    )


TRUE = Y == 1


@pytest.mark.parametrize(
    ("y", "y_dev"),
    [
        (TRUE, TRUE[::4].astype(int)),
        (TRUE, TRUE[::4].astype(float)),
        (TRUE.astype(int), TRUE[::4]),
        (TRUE.astype(np.float32), TRUE[::4]),
        (TRUE, np.where(TRUE[::4], "True", "False")),
        (TRUE, np.where(TRUE[::4], b"TRUE", b"FALSE")),
        (np.where(TRUE, "true", "false"), TRUE[::4]),
    ],
)
def test_kinds_of_labels_that_mean_the_same_are_the_same(tmp_path: Path, y: Any, y_dev: Any) -> None:
    found = loaded(tmp_path, X=X, y=y, X_dev=X_DEV, y_dev=y_dev)
    assert found.y_train.tolist() == TRUE.astype(int).tolist()
    assert found.y_dev.tolist() == TRUE[::4].astype(int).tolist()
    assert found.classes == loaded(tmp_path, X=X, y=y).classes


@pytest.mark.parametrize(("y", "y_dev"), [(Y, Y_DEV.astype(float)), (Y, Y_DEV.astype(str)), (Y.astype("S"), Y_DEV)])
def test_numbers_and_numbers_as_text_are_the_same(tmp_path: Path, y: Any, y_dev: Any) -> None:
    usual = loaded(tmp_path, X=X, y=Y, X_dev=X_DEV, y_dev=Y_DEV)
    found = loaded(tmp_path, X=X, y=y, X_dev=X_DEV, y_dev=y_dev)
    assert (found.fingerprint, found.classes) == (usual.fingerprint, usual.classes)


def test_kinds_that_do_not_mean_the_same_are_refused(tmp_path: Path) -> None:
    path = npz(tmp_path, X=X, y=TRUE, X_dev=X_DEV, y_dev=Y_DEV)
    assert "occurs in the dev set only" in refusal(path)


def test_true_and_false_mean_the_same_in_every_format(tmp_path: Path) -> None:
    import pandas as pd

    inputs = np.stack([Y % 2 == 0, TRUE, Y == 0], axis=1)
    table = pd.DataFrame({f"x{j + 1}": inputs[:, j] for j in range(3)} | {"y": TRUE})
    table.to_parquet(tmp_path / "a.parquet")
    rows = "".join(",".join(map(str, row)) + "\n" for row in table.itertuples(index=False))
    csv = load_dataset(write(tmp_path / "a.csv", "x1,x2,x3,y\n" + rows), ReadAs(dtype="float64"))
    np.save(tmp_path / "X.npy", inputs)
    np.save(tmp_path / "y.npy", TRUE)
    others = [
        loaded(tmp_path, X=inputs, y=TRUE),
        *(load_dataset(str(tmp_path / name), ReadAs(dtype="float64")) for name in ("a.parquet", "X.npy")),
    ]
    for found in others:
        assert (found.fingerprint, found.classes) == (csv.fingerprint, csv.classes)
    assert csv.classes == ("False", "True")


@pytest.mark.parametrize(
    ("shape", "image_shape"),
    [((M, 4, 3), (4, 3)), ((M, 4, 3, 1), (4, 3)), ((M, 1, 4, 3), (4, 3)), ((M, 12), None), ((M, 2, 2, 3), None)],
)
def test_images_are_flattened_and_shown_as_images(
    tmp_path: Path, shape: tuple[int, ...], image_shape: tuple[int, int] | None
) -> None:
    images = (np.arange(M * 12) % 251).reshape(shape)
    np.save(tmp_path / "X.npy", images)
    np.save(tmp_path / "y.npy", Y[:, None])
    for found in (loaded(tmp_path, X=images, y=Y), load_dataset(str(tmp_path / "X.npy"), ReadAs(dtype="float64"))):
        assert found.image_shape == image_shape
        assert in_memory(found.X_train).shape[1] == 12
        colour = "Each example has 2 × 2 × 3 numbers, taken as 12 inputs; it is not shown as an image."
        assert (colour in found.warnings) is (len(shape) == 4 and image_shape is None)


@pytest.mark.parametrize(
    ("inputs", "labels"),
    [
        ("a.npy", "a.labels.npy"),
        ("x_train.npy", "y_train.npy"),
        ("X.npy", "y.npy"),
        ("data.npy", "target.npy"),
        ("train_images.npy", "train_labels.npy"),
    ],
)
def test_files_of_inputs_and_labels_belong_together(tmp_path: Path, inputs: str, labels: str) -> None:
    assert labels in label_files(inputs)
    np.save(tmp_path / inputs, X)
    np.save(tmp_path / labels, Y)
    assert load_dataset(str(tmp_path / inputs)).m == 32
    kept = keep_upload(tmp_path / "up", {name: (tmp_path / name).read_bytes() for name in (labels, inputs)})
    assert kept.name == inputs
