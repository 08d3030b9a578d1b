"""How many threads compute a session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trainer.threads import (
    bound_threads,
    compute_alone,
    members,
    threads,
    threads_for,
    use_threads,
    with_members,
    with_threads,
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("allowed", "operations", "number"),
    [
        ("4", 1e6, 1),
        ("4", 3.9e7, 1),
        ("4", 4.1e7, 2),
        ("4", 1e9, 4),
        ("2", 1e9, 2),
        ("1", 1e9, 1),
        ("0", 1e9, 1),
        ("999", 1e9, 4),
    ],
)
def test_each_has_enough_to_do(allowed: str, operations: float, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.threads.cores", lambda: 4)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", allowed)
    assert threads_for(operations) == number


@pytest.mark.parametrize(("given", "allowed"), [({}, "3"), ({"OMP_NUM_THREADS": "2"}, "2")])
def test_what_the_environment_says_is_kept(
    given: dict[str, str], allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.threads.cores", lambda: 4)
    monkeypatch.setattr("os.environ", {**given})
    bound_threads(spare=1)
    assert set(os.environ.values()) == {allowed}
    assert threads_for(1e9) == int(allowed)


def test_a_thread_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.threads.cores", lambda: 4)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    with ThreadPoolExecutor(1, initializer=compute_alone) as alone:
        assert alone.submit(members, 1e9).result() == 1
    assert members(1e9) == 4


def test_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.threads.cores", lambda: 4)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    before = threads()
    with with_threads(3):
        assert threads() == 3
        use_threads(2)
        assert threads() == 2
        assert members(1e9) == 4  # compiled code goes by the updates alone
    assert threads() == before
    with with_members(1):
        with with_members(3):
            assert (members(1e9), members(1), threads()) == (3, 3, before)
        assert members(1e9) == 1
    assert (members(1e9), members(1)) == (4, 1)


@pytest.mark.parametrize(("layers", "number"), [("8", 1), ("512,256", 2)])
@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_the_number_is_recorded_and_honoured(tmp_path: Path, layers: str, number: int, engine: str) -> None:
    path = tmp_path / "s.panda"
    words = ["train", "--layers", layers, "--mini-batch-size", "128", "--iterations", "3", "--engine", engine]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    command = [sys.executable, "-m", "trainer", *words, "--session", str(path)]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    with path.open("rb") as file:
        file.seek(512)
        assert json.loads(file.readline())["environment"]["threads"] == number
    for allowed in ("1", "2"):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": allowed}
        words = [sys.executable, "-m", "trainer", "verify", str(path), "--json"]
        out = subprocess.run(words, check=True, env=environment, capture_output=True, text=True).stdout
        assert json.loads(out)["result"] == "exact"
