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
