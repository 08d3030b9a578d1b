import os
from pathlib import Path

import numpy as np
import pytest

from tests.data.files import ROWS, in_memory, refusal, write
from trainer.data.dataset import Dataset
from trainer.data.loading import list_datasets, load_dataset
from trainer.data.read_as import ReadAs

NAMES = [summary.name for summary in list_datasets()]


def test_names() -> None:
    assert NAMES[:4] == ["digits", "iris", "wine", "breast_cancer"]
    assert {"spiral", "moons", "circles", "blobs", "xor", *(f"blobs-{C}" for C in range(2, 7))} == set(NAMES[4:])


@pytest.mark.parametrize("summary", list_datasets(), ids=NAMES)
def test_every_listed_data_set_is_as_listed(summary: tuple[str, str, int, int, int]) -> None:
    name, description, examples, inputs, classes = summary
    dataset = load_dataset(name)
    assert dataset.name == name
    assert description
    assert (dataset.m + len(dataset.y_dev), dataset.X_train.shape[1]) == (examples, inputs)
    assert len(dataset.classes) == classes
    assert dataset.warnings == ()


def test_blobs_are_three() -> None:
    assert load_dataset("blobs").fingerprint == load_dataset("blobs-3").fingerprint


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["digits", "wine", "spiral"])
def test_what_every_data_set_keeps(name: str, dtype: str) -> None:
    dataset = load_dataset(name, ReadAs(dtype=dtype))  # type: ignore[arg-type]
    C = len(dataset.classes)
    for X, y in ((in_memory(dataset.X_train), dataset.y_train), (dataset.X_dev, dataset.y_dev)):
        assert X.dtype == dtype
        assert X.flags.c_contiguous
        assert y.dtype == np.intp
        assert len(X) == len(y)
        assert set(y) == set(range(C))
    shares = np.bincount(dataset.y_dev) / (np.bincount(dataset.y_train) + np.bincount(dataset.y_dev))
    np.testing.assert_allclose(shares, 0.2, atol=0.02)
    constant = in_memory(dataset.X_train).min(axis=0) == in_memory(dataset.X_train).max(axis=0)
    X = in_memory(dataset.X_train).astype(np.float64)
    np.testing.assert_allclose(X.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(X.std(axis=0), np.where(constant, 0, 1), atol=1e-6)


def test_dev_uses_the_statistics_of_train_and_nothing_is_lost() -> None:
    from sklearn.datasets import load_wine

    dataset = load_dataset("wine", ReadAs(dtype="float64"))
    raw_train = in_memory(dataset.X_train) * dataset.deviation + dataset.mean
    raw_dev = dataset.X_dev * dataset.deviation + dataset.mean
    raw = load_wine().data
    np.testing.assert_allclose(raw_train.mean(axis=0), dataset.mean)
    np.testing.assert_allclose(raw_train.std(axis=0), dataset.deviation)
    together = np.concatenate([raw_train, raw_dev])
    order = np.lexsort(together.T)
    np.testing.assert_allclose(together[order], raw[np.lexsort(raw.T)])
    assert not np.allclose(dataset.X_dev.mean(axis=0), 0, atol=1e-3)


def test_the_same_arguments_give_the_same_bits_and_another_seed_others() -> None:
    for name in ("digits", "moons"):
        assert load_dataset(name, ReadAs(seed=5)).fingerprint == load_dataset(name, ReadAs(seed=5)).fingerprint
        assert load_dataset(name, ReadAs(seed=5)).fingerprint != load_dataset(name, ReadAs(seed=6)).fingerprint
        assert (
            load_dataset(name, ReadAs(seed=5)).fingerprint
            != load_dataset(name, ReadAs(seed=5, dtype="float64")).fingerprint
        )
        assert (
            load_dataset(name, ReadAs(seed=5)).fingerprint
            != load_dataset(name, ReadAs(seed=5, dev_fraction=0.3)).fingerprint
        )


def test_digits_are_the_same_for_ever() -> None:
    """Written down once: a session that names its data must find the same arrays with another numpy or scikit-learn."""
    assert load_dataset("digits").fingerprint == "eb7f856aececfb10f428a8274758a8ed44f3d96c5ec5b2449b04c9e062974ec7"
    assert (
        load_dataset("iris", ReadAs(seed=7, dtype="float64")).fingerprint
        == "9c7f5dbaac3bfda0940f686757461fdc02f04dafa807700b3843bb91b67c807a"
    )


def test_parts_make_the_same_data_set_again() -> None:
    dataset = load_dataset("digits")
    again = Dataset.from_parts(dataset.description(), dataset.tensors())
    assert again.fingerprint == dataset.fingerprint
    assert again.description() == dataset.description()


def test_a_file_gives_its_own_name_and_not_its_folder(tmp_path: Path) -> None:
    assert load_dataset(write(tmp_path / "flowers.csv", "x,y,c\n" + ROWS)).name == "flowers.csv"


def test_a_constant_column_is_told_and_normalised_to_0(tmp_path: Path) -> None:
    text = "x,same,c\n" + "".join(f"{i % 7},0.1,{'ab'[i % 2]}\n" for i in range(20))
    dataset = load_dataset(write(tmp_path / "a.csv", text))
    assert dataset.warnings == ("Constant in the training set, so nothing can be learned from it: 'same'.",)
    assert dataset.deviation[1] == 1
    assert not in_memory(dataset.X_train)[:, 1].any()
    assert not dataset.X_dev[:, 1].any()


def test_a_class_with_one_example_is_trained_on_and_told(tmp_path: Path) -> None:
    dataset = load_dataset(write(tmp_path / "a.csv", "x,y,c\n" + ROWS + "1,2,rare\n"), ReadAs(dev_fraction=0.5))
    assert np.bincount(dataset.y_train)[2] == 1
    assert dataset.warnings == (
        "The dev set has no example of these classes, so it does not show how well they are recognised: 'rare'.",
    )


def test_dev_values_beyond_the_numbers_are_refused(tmp_path: Path) -> None:
    X = np.zeros((20, 1))
    path = tmp_path / "a.npz"
    np.savez(path, X=X, y=np.arange(20) % 2, X_dev=X[:2] + 1e300, y_dev=[0, 1])
    assert "column 'x1' has values in the dev set that are too far from the training set's" in refusal(str(path))


@pytest.mark.parametrize(
    "data", ["", "digit", "blobs-7", "Digits", "no/such/file.csv", "a\0b", "x" * 5000], ids=lambda data: repr(data[:20])
)
def test_unknown_names(data: str) -> None:
    sentence = refusal(data)
    assert "is neither a file nor one of the data sets digits, iris" in sentence
    assert len(sentence) < 500


def test_folders_and_other_files(tmp_path: Path) -> None:
    assert "is a folder; the path of a file is needed" in refusal(str(tmp_path))
    path = write(tmp_path / "table.xlsx", "hello")
    assert refusal(path).startswith(
        "table.xlsx: the ending of the name is not that of a data file; those that can be read"
    )
    os.mkfifo(tmp_path / "pipe.csv")
    assert "is neither a file nor" in refusal(str(tmp_path / "pipe.csv"))


def test_arguments() -> None:
    assert refusal("iris", dev_fraction=1.0) == "dev_fraction must be more than 0 and less than 1, but got 1.0"
    assert "dev_fraction" in refusal("iris", dev_fraction=float("nan"))
    assert refusal("iris", seed=-1) == "seed must be 0 or more, but got -1"
    assert "iris has no column 'species'" in refusal("iris", label="species")


def test_a_label_column_of_files_without_columns(tmp_path: Path) -> None:
    assert "there is no column 'c'" in refusal(write(tmp_path / "a.npz", "x"), label="c")
