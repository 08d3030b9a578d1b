"""How many threads a session's matrix products get."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trainer.blas import WORTH_SHARING, threads_for

SMALL, LARGE = WORTH_SHARING / 2, WORTH_SHARING


@pytest.mark.parametrize(("allowed", "operations", "threads"), [("4", SMALL, 1), ("4", LARGE, 4), ("1", LARGE, 1)])
def test_only_large_products_are_shared(
    allowed: str, operations: float, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", allowed)
    assert threads_for(operations) == threads


@pytest.mark.parametrize(("layers", "threads"), [("8", 1), ("1024,1024", 2)])
def test_the_number_is_recorded_and_honoured(tmp_path: Path, layers: str, threads: int) -> None:
    path = tmp_path / "s.panda"
    words = ["train", "--layers", layers, "--mini-batch-size", "128", "--iterations", "3", "--session", str(path)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-m", "trainer", *words], check=True, env=environment, capture_output=True)
    with path.open("rb") as file:
        file.seek(512)
        assert json.loads(file.readline())["environment"]["threads"] == threads
    for allowed in ("1", "2"):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": allowed}
        words = [sys.executable, "-m", "trainer", "verify", str(path), "--json"]
        out = subprocess.run(words, check=True, env=environment, capture_output=True, text=True).stdout
        assert json.loads(out)["result"] == "exact"
