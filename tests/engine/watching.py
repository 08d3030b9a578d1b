"""Watching a trainer in tests: a log that can be waited for, and a recorder in memory whose disk can fail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from tests.examples import three_blobs
from trainer.engine.commands import Actor, Answer, Command
from trainer.engine.events import Event, Origin, RunStarted, Trained
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.trainer import Start, Trainer
from trainer.errors import CommandRefused, RecordAstray

CONFIG = RunConfig(layers=(8,), evaluate_every=10)
HYPERPARAMETERS = Hyperparameters(mini_batch_size=16)
T = TypeVar("T", bound=Event)


class Log:
    """Keeps events, and lets a test wait for one."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._arrived = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._arrived:
            self.events.append(event)
            self._arrived.notify_all()

    def wait_for(self, condition: Callable[[Log], bool]) -> None:
        with self._arrived:
            assert self._arrived.wait_for(lambda: condition(self), timeout=30)

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def iterations(self) -> int:
        return sum(len(event.costs) for event in self.of(Trained))


def start(**changes: object) -> Start:
    return replace(Start(CONFIG, three_blobs(), hyperparameters=HYPERPARAMETERS), **changes)  # type: ignore[arg-type]


def ask(trainer: Trainer, command: Command | Start) -> Answer:
    return trainer.submit(command).result(timeout=30)


class MemoryRecorder:
    """A recorder in memory whose disk can be made to fail."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.error: Exception | None = None
        self.error_at_close: Exception | None = None
        self.kept: list[Event] = []
        self.retries = 0
        self.closed = False
        self.remarks: tuple[str, ...] = ()
        self.lost = ""
        self.places: list[str] = []

    def record(self, event: Event) -> None:
        if self.error is not None:
            self.kept.append(event)
            raise self.error
        self.log(event)

    def retry(self) -> None:
        self.retries += 1
        if self.error is not None:
            raise self.error
        while self.kept:
            self.log(self.kept.pop(0))

    def check(self) -> None:
        if self.error is not None:
            raise self.error

    def record_anew(self, place: str, actor: Actor, at: RunStarted) -> None:
        if not isinstance(self.error, RecordAstray):
            raise CommandRefused("there is no reason")
        self.places.append(place)
        self.error = None
        self.remarks = (*self.remarks, f"it was written anew to {place or 'the old place'} by {actor.name}")

    def news(self) -> tuple[Event, ...]:
        return ()

    def origin(self, of: Origin) -> Origin:
        return of

    def close(self) -> None:
        if self.error_at_close is not None:
            raise self.error_at_close
        self.closed = True
