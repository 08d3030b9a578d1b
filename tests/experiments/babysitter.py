"""A trainer with a session under way, for tests that go back and forth in it."""

from __future__ import annotations

from pathlib import Path
from threading import Event

from tests.examples import TEST
from trainer.engine.commands import Command, Intervene, Pause, RunFor
from trainer.engine.events import Event as Happened
from trainer.engine.events import Paused
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.engine.trainer import Trainer
from trainer.experiments.recorded_run import LiveSession, begin
from trainer.experiments.travel import travel
from trainer.experiments.undo_and_branch import before_last_intervention, branch_here
from trainer.recorder.session import Session, read_session
from trainer.recorder.session_log import SessionLog

CONFIG = RunConfig(data="iris", layers=(5,))
SMALL = Hyperparameters(mini_batch_size=16)


class Babysitter:
    """A trainer with a session under way, paused whenever nothing is asked of it."""

    def __init__(self, path: Path, config: RunConfig = CONFIG, hyperparameters: Hyperparameters = SMALL) -> None:
        self.trainer = Trainer()
        self.paused = Event()
        self.live: LiveSession = begin(self.trainer, config, hyperparameters, path=path, subscribers=[self.watch])
        self.do(Pause())

    def watch(self, event: Happened) -> None:
        if isinstance(event, Paused):
            self.paused.set()

    @property
    def log(self) -> SessionLog:
        assert self.live.log is not None
        return self.live.log

    @property
    def session(self) -> Session:
        return read_session(self.log.path)

    @property
    def run(self) -> str:
        return self.trainer.status().run

    def do(self, command: Command) -> None:
        answer = self.trainer.submit(command).result(10)
        assert answer.status == "applied", answer

    def train(self, iterations: int) -> None:
        target = self.trainer.status().iteration + iterations
        self.paused.clear()
        self.do(RunFor(iterations))
        assert self.paused.wait(10)
        assert self.trainer.submit(Pause()).result(10).status == "refused"  # it is, and says so from now on
        assert self.trainer.status().iteration == target

    def undo(self) -> None:
        session = self.session
        visit = before_last_intervention(session, session.run(self.run))
        branch_here(self.trainer, self.log, visit, subscribers=[self.watch])

    def branch(self, run: str, at: int, **changes: Value) -> None:
        session = self.session
        change = ((at, Intervene(changes, TEST)),) if changes else ()
        visit = travel(session, session.run(run), at)
        branch_here(self.trainer, self.log, visit, interventions=change, subscribers=[self.watch])

    def digest(self) -> str:
        loop = self.trainer._run.loop if self.trainer._run else None
        assert loop is not None
        return loop.state().digest()
