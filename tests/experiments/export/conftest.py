"""A session that was nudged in every way, and one with a run born from another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples import TEST, record_run
from trainer.cli.main import main
from trainer.engine.commands import Intervene
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.experiments.line import Line, line_of
from trainer.experiments.replay import latest_run
from trainer.recorder.session import read_session

CONFIG = RunConfig(data="iris", layers=(6, 4), dtype="float64", evaluate_every=10)
NOTE = 'calmer, "please"\nand slower <b>&amp;</b>'


def nudge(at: int, note: str = "", **changes: Value) -> tuple[int, Intervene]:
    return at, Intervene(changes, TEST, note)


NUDGES = (
    nudge(0, "before the first", learning_rate=0.2),
    nudge(13, NOTE, learning_rate=0.1),
    nudge(30, "less and less", decay="inverse-time", decay_rate=0.5),
    nudge(41, "", mini_batch_size=7),
    nudge(55, "a longer memory", momentum=0.5),
    nudge(55, "twice at once", momentum=0.95),
    nudge(70, "another way", optimizer="adam", learning_rate=0.01),
)


@pytest.fixture(scope="session")
def nudged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 iterations of one run."""
    path = tmp_path_factory.mktemp("export") / "nudged.panda"
    record_run(path, CONFIG, Hyperparameters(mini_batch_size=16), 100, NUDGES)
    return path


@pytest.fixture(scope="session")
def branched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """r1 of 60 iterations, and r2 of 60, born from it at iteration 20."""
    path = tmp_path_factory.mktemp("export") / "branched.panda"
    record_run(path, CONFIG, Hyperparameters(mini_batch_size=16), 60, [nudge(20, "left", learning_rate=0.5)])
    with path.open("r+b") as file:
        file.truncate(read_session(path).end - 2048)  # the session was not closed, so it can go on
    words = ["--at", "20", "--set", "learning_rate=0.05", "--note", "kept", "--iterations", "40"]
    assert main(["branch", str(path), *words, "--json"]) == 0
    return path


@pytest.fixture
def line(nudged: Path) -> Line:
    session = read_session(nudged)
    return line_of(session, latest_run(session))
