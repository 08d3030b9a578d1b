"""Random sessions with data shifts, undo and kill -9: each run of each of them verifies exactly.

Three hundred were run once by hand: `SHIFT_SESSIONS=300 pytest tests/torture/test_data_shift.py`.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.random_shifts import random_shift
from tests.torture.fork_server import ForkServer
from tests.waiting import recorded, wait_until
from trainer.engine.commands import Intervene, Pause, ResumeSession, RunFor, Stop, Undo
from trainer.engine.hyperparameters import ACTIVATIONS, DTYPES, OPTIMIZERS
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session
from trainer.service.own_trainer import OwnTrainer

pytestmark = pytest.mark.slow

SESSIONS = int(os.environ.get("SHIFT_SESSIONS", "4"))
FOR_EVER = "100000000"


@pytest.fixture(scope="module")
def fork_server() -> Iterator[ForkServer]:
    with ForkServer() as server:
        yield server


def trained_and_killed(server: ForkServer, path: Path, chance: random.Random) -> None:
    """A run of anything, whose inputs shift at random, killed at any moment; gone on with and killed again."""
    words = ["--data", chance.choice(["iris", "spiral", "wine", "digits"]), "--layers", chance.choice(["", "4", "6,4"])]
    words += ["--learning-rate", "0.01", "--seed", str(chance.randrange(1000)), "--mini-batch-size", "16"]
    words += ["--optimizer", chance.choice(OPTIMIZERS), "--activation", chance.choice(ACTIVATIONS)]
    words += ["--dtype", chance.choice(DTYPES), chance.choice(["--batch-norm", "--no-batch-norm"])]
    begin = ["train", *words, "--session", str(path), "--iterations", FOR_EVER, *nudges(chance, 0)]
    for turn in range(chance.randint(1, 3)):
        again = ["train", "--resume", "--session", str(path), "--iterations", FOR_EVER, *nudges(chance, recorded(path))]
        target = recorded(path) + chance.randrange(1, 4000)
        child = server.fork("panda", *(again if turn else begin))
        wait_until(lambda target=target: recorded(path) >= target)  # type: ignore[misc]
        os.kill(child, signal.SIGKILL)
        server.rest()


def nudges(chance: random.Random, here: int) -> list[str]:
    """Shifts at places that the run will come to, or may not."""
    found = []
    for _ in range(chance.randint(0, 4)):
        changes: dict[str, Any] = random_shift(chance, 3) or {"input_shift": 1}
        text = " ".join(f"{name}={value}" for name, value in changes.items())
        found += ["--nudge", f"{here + chance.choice([20_000, chance.randrange(1, 3000)])}: {text}"]
    return found


def undone(path: Path, chance: random.Random) -> None:
    """Gone on with on the page: shifted by hand, taken back, some trained, stopped."""
    own = OwnTrainer()
    own.carry_out(ResumeSession(str(path)))
    own.submit(Pause()).result(60)
    for _ in range(chance.randint(1, 3)):
        for _ in range(chance.randint(0, 2)):
            answer = own.submit(Intervene(random_shift(chance) or {"input_scale": 0.5})).result(60)
            assert answer.status == "applied", answer
        own.submit(RunFor(chance.randrange(1, 60))).result(60)
        wait_until(lambda: own.status().state == "paused")
        if own.model.curve.interventions and chance.random() < 0.7:
            assert own.carry_out(Undo()).status == "applied"
    own.submit(Stop()).result(60)
    own.close()


@pytest.mark.parametrize("number", range(SESSIONS))
def test_verifies_exactly(fork_server: ForkServer, tmp_path: Path, number: int) -> None:
    chance, path = random.Random(number), tmp_path / "s.panda"
    trained_and_killed(fork_server, path, chance)
    undone(path, chance)
    session = read_session(path)
    assert not session.damage
    for run in session.runs:
        verdict = verify(path, run)
        assert verdict.result == "exact", (number, run, verdict)
