"""Options of `panda train` that say what is trained, from the option to the log."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import SMALL, Panda


def test_class_weights_are_in_help_log_and_exports(panda: Panda, tmp_path: Path) -> None:
    assert "--class-weights" in panda("train", "--help")[1]
    path = tmp_path / "s.panda"
    small = ["train", "--data", "wine", "--layers", "6", "--mini-batch-size", "16", "--iterations", "40"]
    trained = panda.json(*small, "--class-weights", "balanced", "--session", path)
    assert trained["digest"] != panda.json(*small, "--no-record")["digest"]
    assert panda.json("log", path)["runs"][0]["config"]["class_weights"] == "balanced"
    assert panda.json("verify", path)["result"] == "exact"
    out = tmp_path / "report.html"
    assert panda("export", path, "--format", "html", "--out", out)[0] == 0
    assert "<dt>class weights</dt><dd>balanced</dd>" in out.read_text("utf-8")
    code, _, err = panda(*SMALL, "--class-weights", "heavy")
    assert (code, err) == (2, "panda: class_weights must be one of none, balanced, but got 'heavy'\n")


def test_epochs_of_single_examples_are_counted_too(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    one = [
        "--data",
        "iris",
        "--no-batch-norm",
        "--mini-batch-size",
        "1",
        "--optimizer",
        "gd",
        "--learning-rate",
        "0.01",
    ]
    trained = panda.json("train", *one, "--epochs", "2", "--session", path)
    assert trained["iterations"] == 2 * 120
    assert panda.json("verify", path)["result"] == "exact"


def small(path: Path) -> Path:
    path.write_text("a,b,kind\n" + "".join(f"{i},{i % 7},{i % 2}\n" for i in range(50)))
    return path


def test_the_mini_batch_size_follows_few_examples_and_is_told(panda: Panda, tmp_path: Path) -> None:
    data, path = small(tmp_path / "small.csv"), tmp_path / "s.panda"
    code, _, err = panda("train", "--data", data, "--epochs", "30", "--session", path)
    assert code == 0
    assert "panda: mini-batch size 40: all training examples, as they are fewer than the usual 64\n" in err
    (run,) = panda.json("log", path)["runs"]
    assert (run["config"]["hyperparameters"]["mini_batch_size"], run["iterations"]) == (40, 30)
    assert panda.json("verify", path)["result"] == "exact"


def test_a_mini_batch_size_that_was_typed_is_refused_in_a_sentence(panda: Panda, tmp_path: Path) -> None:
    data = small(tmp_path / "small.csv")
    code, _, err = panda("train", "--data", data, "--mini-batch-size", "64", "--no-record")
    assert (code, err) == (
        2,
        "panda: mini_batch_size must be at most 40, the number of training examples, but got 64\n",
    )
    assert "fewer than" not in panda("train", "--data", data, "--mini-batch-size", "8", "--no-record")[2]


def test_classes_that_outweigh_others_and_a_small_dev_set_are_told(panda: Panda, tmp_path: Path) -> None:
    data = tmp_path / "rare.csv"
    data.write_text("a,b,kind\n" + "".join(f"{i},{i % 7},{'rare' if i % 25 == 0 else 'often'}\n" for i in range(100)))
    err = panda("train", "--data", data, "--iterations", "3", "--no-record")[2]
    assert "panda: 'often' is the class of 96% of the training examples" in err
    assert "panda: The dev set has 20 examples" in err
