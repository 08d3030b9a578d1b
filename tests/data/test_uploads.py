from pathlib import Path

import numpy as np
import pytest

from tests.data.files import ROWS, idx_bytes, images_and_labels
from trainer.data.loading import load_dataset
from trainer.data.uploads import keep_upload
from trainer.errors import InvalidData

TABLE = ("x,y,c\n" + ROWS).encode()


def test_an_upload_keeps_its_name_and_can_be_loaded_again(tmp_path: Path) -> None:
    path = keep_upload(tmp_path / "uploads", {"flowers.csv": TABLE})
    assert path.read_bytes() == TABLE
    assert load_dataset(str(path)).name == "flowers.csv"


def test_the_same_upload_is_kept_once_and_another_one_apart(tmp_path: Path) -> None:
    path = keep_upload(tmp_path, {"a.csv": TABLE})
    assert keep_upload(tmp_path, {"a.csv": TABLE}) == path
    other = keep_upload(tmp_path, {"a.csv": TABLE + b"1,2,a\n"})
    assert other != path
    assert path.read_bytes() == TABLE
    assert len(list(tmp_path.iterdir())) == 2


def test_a_half_written_upload_is_written_again(tmp_path: Path) -> None:
    path = keep_upload(tmp_path, {"a.csv": TABLE})
    path.write_bytes(TABLE[:10])
    assert keep_upload(tmp_path, {"a.csv": TABLE}).read_bytes() == TABLE


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/evil.csv", "..\\evil.csv", "C:\\data\\evil.csv"])
def test_folders_in_a_name_are_left_out(tmp_path: Path, name: str) -> None:
    path = keep_upload(tmp_path / "uploads", {name: TABLE})
    assert path.name == "evil.csv"
    assert path.parent.parent == tmp_path / "uploads"
    assert [file.name for file in tmp_path.rglob("*.csv")] == ["evil.csv"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/", "a\nb.csv", "a\0.csv", "x" * 300])
def test_names_that_are_none_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidData, match="a file cannot be called"):
        keep_upload(tmp_path, {name: TABLE})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("inputs", "labels"), [("yeast.npy", "yeast.labels.npy"), ("X_train.npy", "y_train.npy")])
def test_inputs_and_their_labels_go_together(tmp_path: Path, inputs: str, labels: str) -> None:
    files = {}
    for name, numbers in ((labels, np.arange(40) % 2), (inputs, np.arange(80.0).reshape(40, 2) % 7)):
        np.save(tmp_path / "x.npy", numbers)
        files[name] = (tmp_path / "x.npy").read_bytes()
    path = keep_upload(tmp_path / "uploads", files)
    assert path.name == inputs
    assert load_dataset(str(path)).classes == ("0", "1")


def test_the_files_of_a_pair_go_together(tmp_path: Path) -> None:
    images, labels = images_and_labels(30)
    files = {"t10k-images-idx3-ubyte": idx_bytes(images[:9]), "t10k-labels-idx1-ubyte": idx_bytes(labels[:9])}
    files |= {"train-images-idx3-ubyte": idx_bytes(images), "train-labels-idx1-ubyte": idx_bytes(labels)}
    path = keep_upload(tmp_path, files)
    assert path.name == "train-images-idx3-ubyte"
    dataset = load_dataset(str(path))
    assert (dataset.m, len(dataset.y_dev)) == (30, 9)


def test_several_files_that_are_no_pair_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"one file can be loaded at a time.*a\.csv, b\.csv"):
        keep_upload(tmp_path, {"a.csv": TABLE, "b.csv": TABLE})
