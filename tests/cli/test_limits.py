"""At the limits of what is accepted: many classes, many inputs, many layers, on the command line and in exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Panda
from trainer.engine.wording import layers_text

CLASSES, INPUTS, LAYERS = 1000, 10_000, 100
FEW_INPUTS = 40


def archive(path: Path, inputs: int = FEW_INPUTS) -> Path:
    """Six examples of each of 1,000 classes, with names that sort as their numbers."""
    y = np.arange(6 * CLASSES) % CLASSES
    X = np.random.Generator(np.random.PCG64(1)).integers(0, 255, (len(y), inputs), dtype=np.uint8)
    np.savez(path, X=X, y=np.array([f"class {c:03d}" for c in range(CLASSES)])[y])
    return path


def wide(path: Path) -> Path:
    """A table of 10,000 columns of numbers, and the label."""
    X = np.random.Generator(np.random.PCG64(1)).normal(size=(60, INPUTS)).round(2)
    rows = (",".join(map(str, row)) + f",{'ab'[i % 2]}\n" for i, row in enumerate(X.tolist()))
    path.write_text(",".join(f"q{j}" for j in range(INPUTS)) + ",kind\n" + "".join(rows))
    return path


def test_1000_classes_and_100_layers_are_trained_verified_and_exported(panda: Panda, tmp_path: Path) -> None:
    data, path = archive(tmp_path / "many.npz"), tmp_path / "s.panda"
    layers = ",".join(["5"] * LAYERS)
    words: list[str | Path] = ["train", "--data", data, "--layers", layers, "--class-weights", "balanced"]
    code, out, err = panda(*words, "--iterations", "12", "--nudge", "5: learning_rate=0.01", "--session", path)
    assert code == 0, err
    assert max(map(len, [*out.splitlines(), *err.splitlines()])) < 700
    assert "and 980 more" in err
    assert panda.json("verify", path)["result"] == "exact"
    assert len(panda.json("log", path)["runs"][0]["config"]["layers"]) == LAYERS
    for kind in ("csv", "jsonl", "parquet", "html", "tensorboard", "python"):
        assert panda("export", path, "--format", kind, "--out", tmp_path / f"out.{kind}")[0] == 0
    report = (tmp_path / "out.html").read_text("utf-8")
    assert "40 → 5 (100 times) → 1000" in report
    assert "<dt>leave out</dt><dd>–</dd>" in report
    assert "; the 12 classes with the lowest recall." in report
    assert report.count("<tr><td>class ") == 12


def test_10000_inputs_of_a_table(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    data = wide(tmp_path / "wide.csv")
    words: list[str | Path] = ["train", "--data", data, "--layers", "4", "--iterations", "4", "--session", path]
    assert panda(*words)[0] == 0
    assert panda.json("verify", path)["result"] == "exact"
    assert panda("export", path, "--format", "html", "--out", tmp_path / "out.html")[0] == 0


def test_many_columns_are_described_by_some_and_the_label(panda: Panda, tmp_path: Path) -> None:
    data = wide(tmp_path / "wide.csv")
    code, out, _ = panda("data", "describe", data)
    lines = out.splitlines()
    assert code == 0
    assert len(lines) < 90
    assert max(map(len, lines)) < 400
    assert any(line.startswith("kind") and line.endswith("the label") for line in lines)
    assert "and 9,950 more columns; --json has all of them" in lines
    assert len(panda.json("data", "describe", data)["columns"]) == INPUTS + 1


def test_many_classes_are_described_by_some(panda: Panda, tmp_path: Path) -> None:
    data = archive(tmp_path / "many.npz")
    lines = panda("data", "describe", data)[1].splitlines()
    assert len(lines) < 80
    assert "and 950 more classes; --json has all of them" in lines
    assert len(panda.json("data", "describe", data)["classes"]) == CLASSES


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ([4], "4"),
        ([4] * 10, " → ".join(["4"] * 10)),
        ([64, *[20] * 50, 30, 10], "64 → 20 (50 times) → 30 → 10"),
        (list(range(50)), "0 → 1 → 2 → 3 → … → 47 → 48 → 49 (50 layers)"),
    ],
)
def test_many_layers_are_one_line(sizes: list[int], text: str) -> None:
    assert layers_text(sizes) == text
