"""A real Dask cluster for tests, whose processes are killed, and a trial that hangs in it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from tests.waiting import wait_until
from trainer.data.dataset import Dataset
from trainer.experiments.search.trial import Leg, LegResult, run_leg

HANGS_ABOVE = 0.3
"""The learning rate."""


def hanging(leg: Leg, dataset: Dataset) -> LegResult:
    """In place of `run_leg`: never gives a result where α is high."""
    if leg.hyperparameters.learning_rate > HANGS_ABOVE:
        Event().wait()
    return run_leg(leg, dataset)


class Cluster:
    """A scheduler, and workers of one thread each, as processes; with a nanny for each, or without."""

    def __init__(self, folder: Path, *, nanny: bool = False) -> None:
        self._folder, self._nanny = folder, nanny
        self.processes: list[subprocess.Popen[bytes]] = []
        said = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
        self.address = _found(said, r"Scheduler at:\s+(tcp://\S+)")
        for _ in range(2):
            self.add_worker()

    def add_worker(self) -> None:
        nanny = "--nanny" if self._nanny else "--no-nanny"
        said = self._start("worker", self.address, "--nthreads", "1", nanny, "--no-dashboard")
        _found(said, r"(Registered to:)")

    def kill(self, number: int) -> None:
        """kill -9; 0 is the scheduler."""
        self.processes[number].send_signal(signal.SIGKILL)
        self.processes[number].wait()

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()

    def _start(self, *words: str) -> Path:
        said = self._folder / f"{len(self.processes)}.txt"
        with said.open("wb") as file:
            command = [sys.executable, "-m", "dask", *words]
            self.processes.append(subprocess.Popen(command, stdout=file, stderr=file, cwd=self._folder, env=os.environ))
        return said


def _found(said: Path, pattern: str) -> str:
    wait_until(lambda: re.search(pattern, said.read_text()) is not None)
    found = re.search(pattern, said.read_text())
    assert found is not None
    return found[1]


@contextmanager
def running_cluster(folder: Path, *, nanny: bool = False) -> Iterator[Cluster]:
    cluster = Cluster(folder, nanny=nanny)
    try:
        yield cluster
    finally:
        cluster.close()
