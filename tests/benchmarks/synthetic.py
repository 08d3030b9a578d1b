"""Sessions, data and networks of any size, made up in a moment: no training, the same records."""

from __future__ import annotations

import itertools
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from tests.examples import TEST, three_blobs
from trainer.data.dataset import Dataset
from trainer.data.loading import load_dataset
from trainer.engine.events import (
    Checkpointed,
    Evaluation,
    Intervened,
    Origin,
    RunEnded,
    RunStarted,
    Trained,
)
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.engine.state import TrainingState
from trainer.experiments.compiling import engine_at_hand
from trainer.recorder.session_log import SessionLog

SMALL = RunConfig(data="three blobs", layers=(4,))
HYPERPARAMETERS = Hyperparameters(learning_rate=0.001, optimizer="adam", mini_batch_size=64)
ITERATIONS_A_FLUSH = 2500
ITERATIONS_AN_EVALUATION = 125
CHECKPOINTS = 50
INPUTS, CLASSES = 64, 10
FEATURES = 20
SESSION = "session.panda"


class SyntheticRecording:
    """A session log by whose clock everything given to it is due at once, and a loop whose states it is given."""

    def __init__(self, path: Path, dataset: Dataset | None = None, config: RunConfig = SMALL) -> None:
        ticks = itertools.count(0.0, 10.0)
        self.dataset = dataset or three_blobs(m=97)
        self.config = config
        self.log = SessionLog.create(path, self.dataset, clock=lambda: next(ticks))
        self.state = TrainingLoop(config, self.dataset, HYPERPARAMETERS).state()

    def at(self, iteration: int) -> TrainingState:
        return replace(self.state, iteration=iteration)

    def start(self, run: str = "r1", iteration: int = 0, parent: Origin | None = None) -> None:
        self.log.record(RunStarted(run, self.config, self.dataset, self.at(iteration), parent))

    def train(self, first: int, n: int, run: str = "r1") -> None:
        """n iterations with random costs, evaluated as often as a run would."""
        evaluations = tuple(
            Evaluation(t, 0.1, 0.97) for t in range(first, first + n) if t % ITERATIONS_AN_EVALUATION == 0
        )
        costs = np.random.Generator(np.random.PCG64(first)).random(n)
        self.log.record(Trained(run, first, costs, evaluations, first * 1e-4))

    def end(self, iteration: int, run: str = "r1", reason: Literal["finished", "interrupted"] = "finished") -> None:
        self.log.record(RunEnded(run, iteration, self.at(iteration), reason))


def record_iterations(folder: Path, n: int) -> None:
    """Record one run of this many iterations with up to fifty checkpoints."""
    recording = SyntheticRecording(folder / SESSION)
    recording.start()
    last = 0
    while last < n:
        stretch = min(ITERATIONS_A_FLUSH, n - last)
        recording.train(last + 1, stretch)
        last += stretch
        if last % max(ITERATIONS_A_FLUSH, n // CHECKPOINTS) == 0:
            recording.log.record(Checkpointed("r1", last, recording.at(last), "periodic"))
    recording.end(n)
    recording.log.close()


def record_digits(folder: Path, n: int) -> None:
    """Record an interrupted run of the default network on digits with this many iterations, ready to be resumed."""
    config = RunConfig(engine=engine_at_hand("float32"))
    recording = SyntheticRecording(folder / SESSION, load_dataset(config.data, config.read_as), config)
    recording.start()
    for last in range(0, n, ITERATIONS_A_FLUSH):
        recording.train(last + 1, min(ITERATIONS_A_FLUSH, n - last))
    recording.train(n + 1, 1)  # what is made up about the last one is compared with what it is: nothing
    recording.end(n + 1, reason="interrupted")
    recording.log.close()


def record_interventions(folder: Path, n: int) -> None:
    """One run in which a change follows every ten iterations."""
    recording = SyntheticRecording(folder / SESSION)
    recording.start()
    for k in range(n):
        recording.train(10 * k + 1, 10)
        at = 10 * (k + 1)
        before, after = {"momentum": 0.9}, {"momentum": 0.9 - 1e-6 * k}
        recording.log.record(Intervened("r1", at, k, TEST, f"change {k}", before, after, recording.at(at)))
    recording.end(10 * n)
    recording.log.close()


def record_runs(folder: Path, n: int) -> None:
    """Record this many runs, each born in the middle of the one before, as many an undo makes them."""
    recording = SyntheticRecording(folder / SESSION)
    parent: Origin | None = None
    for k in range(n):
        run, begin = f"r{k + 1}", 50 * k
        recording.start(run, begin, parent)
        recording.train(begin + 1, 50, run)
        born = recording.at(begin + 50)
        recording.log.record(Checkpointed(run, begin + 50, born, "requested"))
        parent = Origin("", run, begin + 50, born.digest())
        recording.train(begin + 51, 50, run)
        recording.end(begin + 100, run)
    recording.log.close()


def record_sessions(folder: Path, n: int) -> None:
    """Record a folder of this many sessions of a thousand iterations."""
    record_iterations(folder, 1000)
    for k in range(1, n):
        shutil.copyfile(folder / SESSION, folder / f"session-{k}.panda")


def describe_network(folder: Path, parameters: int) -> None:
    """Record a session of a network with two equal hidden layers and about this many parameters."""
    recording = recording_of_network(parameters, folder / SESSION)
    recording.start()
    recording.log.record(Checkpointed("r1", 0, recording.state, "requested"))
    recording.end(0)
    recording.log.close()


def units(parameters: int) -> int:
    """The n with which INPUTS-n-n-CLASSES has about this many parameters."""
    b = INPUTS + CLASSES + 4
    return max(1, round((math.sqrt(b * b + 4 * parameters) - b) / 2))


def recording_of_network(parameters: int, path: Path) -> SyntheticRecording:
    n = units(parameters)
    return SyntheticRecording(path, random_data(1408), RunConfig(data="random", layers=(n, n)))


def random_data(m: int) -> Dataset:
    generator = np.random.Generator(np.random.PCG64(1))
    X = generator.standard_normal((m, INPUTS), dtype=np.float32)
    y = generator.integers(0, CLASSES, m)
    names = tuple(map(str, range(INPUTS)))
    return Dataset("random", X, y, X[:100], y[:100], np.zeros(INPUTS), np.ones(INPUTS), names[:CLASSES], names)


def write_rows(folder: Path, m: int) -> None:
    """Write an NPZ file with this many rows."""
    generator = np.random.Generator(np.random.PCG64(1))
    X = generator.standard_normal((m, FEATURES), dtype=np.float32)
    np.savez(folder / "data.npz", X=X, y=(X[:, 0] > 0).astype(np.int64))
