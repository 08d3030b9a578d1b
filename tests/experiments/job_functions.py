"""Functions that jobs of the tests call; they wait for each other through named pipes, never by the clock."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trainer.errors import InvalidInput
from trainer.experiments import worker

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Process:
    """What a job finds out about the process that it runs in."""

    pid: int
    niceness: int
    threads: str
    ignores_interrupts: bool


def process(*, progress: Tell) -> Process:
    ignores = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return Process(os.getpid(), os.nice(0), os.environ.get("OPENBLAS_NUM_THREADS", ""), ignores)


def half_way(gate: Path, *, progress: Tell) -> int:
    """Tell that it is half done, then wait until somebody opens the gate."""
    progress(1, 2)
    gate.with_suffix(".pid").write_text(str(os.getpid()))
    gate.read_bytes()
    return os.getpid()


def note(file: Path, word: str, *, progress: Tell) -> None:
    with file.open("a") as log:
        log.write(f"{word} ")


def refuse(value: int, *, progress: Tell) -> None:
    raise InvalidInput(f"value must be 1, but got {value}")


def fail(*, progress: Tell) -> None:
    raise ValueError("a mistake")


def talk_without_pause(times: int, *, progress: Tell) -> int:
    """Tell more than a pipe has room for, at once."""
    worker._SECONDS_BETWEEN = -1.0
    for done in range(times):
        progress(done, times)
    return times
