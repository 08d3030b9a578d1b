"""Verifications run in a process of their own: how far they have come, their verdict, and their end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.examples import record_run
from trainer.engine.commands import Intervene
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.errors import CommandRefused, SessionNotFound
from trainer.experiments.background import LOW_PRIORITY, Background, Progress
from trainer.experiments.verification import verification
from trainer.recorder.library import rename_session
from trainer.recorder.session import read_session

LONG = RunConfig(data="digits", layers=(64, 64, 64))


@pytest.fixture
def background() -> Iterator[Background]:
    made = Background()
    yield made
    made.cancel()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A short session, with a change."""
    recorded = tmp_path / "x.panda"
    change = (30, Intervene({"momentum": 0.5}))
    record_run(recorded, RunConfig(data="iris", layers=(4,)), Hyperparameters(mini_batch_size=16), 60, [change])
    return recorded


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session that takes a while to verify."""
    recorded = tmp_path_factory.mktemp("long") / "x.panda"
    record_run(recorded, LONG, Hyperparameters(mini_batch_size=16), 2000)
    return recorded


def until(background: Background, path: Path, holds: Callable[[Progress], bool], run: str = "r1") -> Progress:
    """Ask until something holds."""
    while True:
        progress = background.progress(verification(path, run))
        assert progress is not None
        if holds(progress):
            return progress
        time.sleep(0.02)  # polling a process that tells nobody by itself


def test_exact(background: Background, path: Path) -> None:
    assert background.progress(verification(path, "r1")) is None
    background.start(verification(path, "r1"))
    verdict = until(background, path, lambda progress: bool(progress.result))
    # this process has as many threads as it likes, and the verifying one too
    assert (verdict.result, verdict.found) == ("exact", {"first_difference": None}), verdict.text
    assert (verdict.done, verdict.total) == (60, 60)
    assert "every cost and 3 checkpoints equal bit for bit" in verdict.text
    assert background.under_way() is None


def test_a_verdict_is_about_the_file_as_it_was(background: Background, path: Path) -> None:
    background.start(verification(path, "r1"))
    until(background, path, lambda progress: bool(progress.result))
    assert background.progress(verification(path, "r2")) is None
    rename_session(path, "another content")
    assert background.progress(verification(path, "r1")) is None


def test_damage_is_named(background: Background, path: Path) -> None:
    content = bytearray(path.read_bytes())
    seq = read_session(path).run("r1").interventions[0].seq
    at = content.index(f"{seq:06d}-intervention.safetensors".encode())
    content[at + 1000] ^= 1
    path.write_bytes(content)
    background.start(verification(path, "r1"))
    verdict = until(background, path, lambda progress: bool(progress.result))
    assert verdict.result == "refused"
    assert verdict.text.startswith(f"x.panda is damaged: record {seq:06d}-intervention")


def test_one_at_a_time_at_low_priority_until_cancelled(background: Background, path: Path, long: Path) -> None:
    background.start(verification(long, "r1"))
    half_way = until(background, long, lambda progress: progress.done > 0)
    assert 0 < half_way.done < half_way.total == 2000
    assert half_way.result == ""
    assert background.under_way() == verification(long, "r1")
    process = next(child for child in psutil.Process().children() if str(long) in child.cmdline())
    assert process.nice() == LOW_PRIORITY
    with pytest.raises(CommandRefused, match=r"x\.panda is being verified: one at a time"):
        background.start(verification(path, "r1"))
    background.cancel()
    assert not process.is_running()
    assert background.progress(verification(long, "r1")) is None
    assert background.under_way() is None
    background.start(verification(path, "r1"))
    assert background.under_way() == verification(path, "r1")


def test_a_process_that_dies_is_no_verdict(background: Background, long: Path) -> None:
    background.start(verification(long, "r1"))
    until(background, long, lambda progress: progress.done > 0)
    next(child for child in psutil.Process().children() if str(long) in child.cmdline()).kill()
    verdict = until(background, long, lambda progress: bool(progress.result))
    assert verdict.result == "refused"
    assert "ended before it was done (-9)" in verdict.text


def test_what_is_not_there(background: Background, path: Path, tmp_path: Path) -> None:
    with pytest.raises(SessionNotFound):
        background.start(verification(tmp_path / "y.panda", "r1"))
    background.start(verification(path, "r7"))
    verdict = until(background, path, lambda progress: bool(progress.result), "r7")
    assert verdict.result == "refused"
    assert "there is no run 'r7'" in verdict.text
