"""How many threads compute a session."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.one_process import run_in_one_process
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


def test_the_number_is_recorded_and_honoured(tmp_path: Path) -> None:
    wanted = {
        tmp_path / f"{engine}-{layers}.panda": number
        for engine in ("compiled", "reference")
        for layers, number in (("512,256", 2), ("8", 1))  # each has its own, also in one process
    }
    sizes = ["--mini-batch-size", "128", "--iterations", "3"]
    train = [
        ["train", "--engine", engine, "--layers", layers, *sizes, "--session", path]
        for path in wanted
        for engine, layers in [path.stem.split("-")]
    ]
    run_in_one_process(*train, OPENBLAS_NUM_THREADS="2")
    for path, number in wanted.items():
        with path.open("rb") as file:
            file.seek(512)
            assert json.loads(file.readline())["environment"]["threads"] == number, path.stem
    for allowed in ("1", "2"):
        told = run_in_one_process(*(["verify", path, "--json"] for path in wanted), OPENBLAS_NUM_THREADS=allowed)
        assert [json.loads(line)["result"] for line in told.splitlines()] == ["exact"] * 4
