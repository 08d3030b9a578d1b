"""Promises 1, 2, 3 and 6: kill -9 of a real recording process, three hundred times."""

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture.fork_server import ForkServer
from trainer.engine.loop import TrainingLoop
from trainer.recorder.session import Session, read_session
from trainer.recorder.session_log import SessionLog

KILLS = 300


@pytest.fixture
def fork_server() -> Iterator[ForkServer]:
    with ForkServer() as server:
        yield server


def _kill_one(fork_server: ForkServer, path: Path, chance: random.Random) -> list[str]:
    """Let a child record in a file, kill it at a random instant; returns everything it had acknowledged."""
    child = fork_server.fork("record", path)
    said = [fork_server.readline() for _ in range(chance.randint(0, 14))]
    for _ in range(chance.randint(0, 20_000)):
        pass  # somewhere between two acknowledgements
    os.kill(child, signal.SIGKILL)
    return [*said, *fork_server.rest()]


def _resumes_exactly(session: Session) -> None:
    """From the last checkpoint to the last recorded iteration, every recorded cost comes out bit for bit."""
    run = session.runs["r1"]
    last = run.checkpoints[-1]
    loop = TrainingLoop(run.config, session.dataset(), state=session.training_state(last.seq))
    if last.kind == "intervention":
        loop.intervene(run.interventions[-1].after)
    costs = [loop.step() for _ in range(run.iteration - loop.iteration)]
    assert costs == run.costs[last.iteration :].tolist()


@pytest.mark.slow
def test_what_was_acknowledged_survives(fork_server: ForkServer, tmp_path: Path) -> None:
    chance = random.Random(20)
    interventions = 0
    for i in range(KILLS):
        path = tmp_path / f"{i}.panda"
        said = _kill_one(fork_server, path, chance)
        if not said and (not path.exists() or read_session(path).records < 2):
            continue
        session = read_session(path)
        assert (session.state, session.damage) == ("cut", ()), f"kill {i}: {session.damage}"
        run = session.runs.get("r1")
        recorded = {"created"}
        if run is not None:
            recorded |= {f"{c.kind} {c.iteration} {c.digest}" for c in run.checkpoints}
            recorded |= {f"note {note.iteration} {note.text}" for note in run.notes}
            _resumes_exactly(session)
            interventions += len(run.interventions)
        assert set(said) <= recorded, f"kill {i}: lost {set(said) - recorded}"
        log = SessionLog.reopen(path)
        log.rename("survivor")
        log.close()
        assert (read_session(path).state, read_session(path).name) == ("closed", "survivor")
    assert interventions > KILLS
