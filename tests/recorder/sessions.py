"""Small sessions for tests: a real loop, recorded with a clock that only moves when told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from tests.examples import TEST, three_blobs
from trainer.data.dataset import Dataset
from trainer.engine.events import Checkpointed, Intervened, Noted, Paused, Resumed, RunEnded, RunStarted, Trained
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.engine.loop import TrainingLoop
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Record
from trainer.recorder.session_log import SessionLog

CONFIG = RunConfig(data="three blobs", layers=(4,))


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Recording:
    """A loop and the log it is recorded in."""

    path: Path
    dataset: Dataset = field(default_factory=lambda: three_blobs(m=37, m_dev=6, inputs=3))
    config: RunConfig = CONFIG
    hyperparameters: Hyperparameters = field(default_factory=lambda: Hyperparameters(mini_batch_size=8))
    run: str = "r1"

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.log = SessionLog.create(self.path, self.dataset, name="small", clock=self.clock)
        self.loop = TrainingLoop(self.config, self.dataset, self.hyperparameters)
        self.costs: list[float] = []
        self.interventions = 0

    def start(self) -> None:
        self.log.record(RunStarted(self.run, self.config, self.dataset, self.loop.state()))

    def train(self, n: int) -> Trained:
        first = self.loop.iteration + 1
        costs = np.array([self.loop.step() for _ in range(n)])
        self.costs += costs.tolist()
        event = Trained(self.run, first, costs, (self.loop.evaluate(),), 0.01 * self.loop.iteration)
        self.log.record(event)
        return event

    def intervene(self, note: str = "", **changes: Value) -> Intervened:
        state = self.loop.state()
        before, after = self.loop.intervene(changes)
        event = Intervened(self.run, self.loop.iteration, self.interventions, TEST, note, before, after, state)
        self.interventions += 1
        self.log.record(event)
        return event

    def checkpoint(self) -> None:
        self.log.record(Checkpointed(self.run, self.loop.iteration, self.loop.state(), "requested"))

    def end(self, reason: Literal["finished", "interrupted"] = "finished") -> None:
        self.log.record(RunEnded(self.run, self.loop.iteration, self.loop.state(), reason))
        self.log.close()


def small_session(path: Path) -> Recording:
    """A closed session with a record of every usual kind."""
    recording = Recording(path)
    recording.start()
    recording.train(5)
    recording.intervene("calmer, α down", learning_rate=0.03)
    recording.train(4)
    recording.checkpoint()
    recording.log.record(Noted("r1", 9, TEST, "looks well"))
    recording.log.record(Paused("r1", 9, "paused by command"))
    recording.log.rename("small, renamed")
    recording.log.record(Resumed("r1", 9))
    recording.intervene(optimizer="adam", decay="inverse-time", decay_rate=0.5)
    recording.train(3)
    recording.end()
    return recording


def records_of(path: Path) -> list[Record]:
    """All records of an undamaged file."""
    reader = RecordReader(path)
    found = list(reader.read())
    reader.close()
    records = [record for record in found if isinstance(record, Record)]
    assert records == found
    return records
