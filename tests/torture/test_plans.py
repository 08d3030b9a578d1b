"""Plans through twelve kill -9 of `panda train`, also with undo and branch between them: each is made, and once."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.torture.fork_server import ForkServer
from tests.waiting import recorded, wait_until
from trainer.cli.main import main
from trainer.engine.commands import Intervene, Pause, ResumeSession, Undo
from trainer.recorder.session import read_session
from trainer.service.own_trainer import OwnTrainer

pytestmark = pytest.mark.slow

KILLS = 12
ITERATIONS = 1_200_000  # of a fast run that is not to end before it is killed
SMALL = ["train", "--data", "blobs", "--layers", "4", "--mini-batch-size", "8"]
END = ["--iterations", str(ITERATIONS)]


@pytest.fixture
def fork_server() -> Iterator[ForkServer]:
    with ForkServer() as server:
        yield server


@pytest.fixture
def chance() -> random.Random:
    return random.Random(16)


@pytest.fixture
def nudges(chance: random.Random) -> list[str]:
    """Forty of them all over the run, the last ones near its end."""
    places = [*sorted(chance.sample(range(ITERATIONS - 1000), 37)), ITERATIONS - 500, ITERATIONS - 1, ITERATIONS]
    return [f"{t}: learning_rate={chance.uniform(0.001, 0.1):.6g} # number {k}" for k, t in enumerate(places)]


def options(nudges: list[str]) -> list[str]:
    return [word for nudge in nudges for word in ("--nudge", nudge)]


@dataclass
class Killed:
    """A session whose processes are killed on their way."""

    server: ForkServer
    path: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def begin(self) -> list[str]:
        return [*SMALL, *END, "--session", str(self.path)]

    @property
    def again(self) -> list[str]:
        return ["train", "--resume", *END, "--session", str(self.path)]

    def after(self, further: int, *words: str) -> None:
        """Let the command go so much further, in the record, and kill it."""
        target = recorded(self.path) + further
        process = self.server.fork("panda", *words)
        wait_until(lambda: recorded(self.path) >= target)
        os.kill(process, signal.SIGKILL)
        self.server.rest()

    def told(self, *words: str | Path) -> dict[str, Any]:
        """The document of a command that is left alone."""
        self.capsys.readouterr()
        assert main([*map(str, words), "--json"]) == 0
        document: dict[str, Any] = json.loads(self.capsys.readouterr().out)
        return document

    def check_digest(self, nudges: list[str]) -> None:
        """Let it come to its end, which is that of a run that nothing happened to, with these nudges."""
        resumed = self.told(*self.again)
        straight = self.told(*SMALL, *END, *options(nudges), "--no-record")
        assert straight["digest"] == resumed["digest"]


@pytest.fixture
def killed(fork_server: ForkServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Killed:
    return Killed(fork_server, tmp_path / "a.panda", capsys)


def made(path: Path) -> list[str]:
    """What was changed in the latest run and its ancestors, as it would be typed."""
    session = read_session(path)
    changes = [change for run in session.runs.values() for change in run.interventions]
    return [f"{c.iteration}: learning_rate={c.after['learning_rate']} # {c.note}" for c in changes]


def test_twelve_kills_are_not_seen_in_the_end(killed: Killed, chance: random.Random, nudges: list[str]) -> None:
    path = killed.path
    for turn in range(KILLS):
        further = chance.randrange(1, ITERATIONS // 40)
        killed.after(further, *(killed.again if turn else [*killed.begin, *options(nudges)]))
        waiting = len(killed.told("log", path)["runs"][0]["planned"])
        assert waiting + len(made(path)) == len(nudges)
    assert waiting > 0
    killed.check_digest(nudges)
    assert made(path) == nudges
    assert killed.told("verify", path)["result"] == "exact"


def test_undo_and_branch_between_the_kills_take_them_along(
    killed: Killed, chance: random.Random, nudges: list[str]
) -> None:
    path = killed.path
    undone: list[str] = []
    for turn in range(KILLS):
        further = chance.randrange(1, ITERATIONS // 80)
        if not turn:
            words = [*killed.begin, *options(nudges)]
        elif turn % 4 == 2:
            here = recorded(path)
            at = here - chance.randrange(1, here // 3)
            words = ["branch", str(path), "--at", str(at), "--iterations", str(ITERATIONS - at)]
        else:
            words = killed.again
        killed.after(further, *words)
        if turn % 4 == 0:
            undone.append(_undo(path, by_hand=turn % 8 == 0))
    session = read_session(path)
    assert len(session.runs) == 1 + 3 + 3
    kept = [nudge for nudge in nudges if nudge not in undone]
    assert len(kept) < len(nudges)
    killed.check_digest(kept)
    for run in read_session(path).runs:
        assert killed.told("verify", path, "--run", run)["result"] == "exact"


def _undo(path: Path, *, by_hand: bool) -> str:
    """Go on on the page, and take the latest intervention back, or one that was made there by hand; returns it."""
    own = OwnTrainer()
    own.carry_out(ResumeSession(str(path)))
    own.submit(Pause()).result(60)
    if by_hand:
        assert own.submit(Intervene({"momentum": 0.5}, note="by hand")).result(60).status == "applied"
    before = own.model.curve.interventions[-1]
    assert own.carry_out(Undo()).status == "applied"
    own.close()
    return f"{before.iteration}: learning_rate={before.after.get('learning_rate')} # {before.note}"
