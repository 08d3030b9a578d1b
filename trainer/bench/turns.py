"""Contenders that take turns: each in a process of its own, asked for a figure round after round.

A machine is never quite quiet. Figures are therefore medians over rounds in which every contender had its turn, and
what is compared is always of the same run.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any

import trainer

THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "PJRT_NPROC",  # of JAX
    "NPROC",
)

SPIN_SECONDS = 0.05
"""After its turn the threads of a contender go on spinning for so long; the next one does not begin before."""

PATIENCE = 5
"""Seconds that a contender has to end by itself."""


class ContenderFailed(Exception):
    """It died instead of answering, or said that it cannot."""


class Contender:
    """A process with a fixed number of threads that waits in silence until it is asked."""

    def __init__(self, name: str, threads: int, command: Sequence[str] = ("-m", "trainer.bench.contender")) -> None:
        paths = [str(Path(trainer.__path__[0]).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {
            **os.environ,
            **dict.fromkeys(THREAD_VARIABLES, str(threads)),
            "PYTHONPATH": os.pathsep.join(paths),
            "TORCHINDUCTOR_COMPILE_THREADS": "1",  # no processes of its own that wait for work
        }
        self.name, self.threads = name, threads
        self._process = subprocess.Popen(
            [sys.executable, "-P", *command, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            text=True,
        )

    def ask(self, **question: object) -> Any:
        """Its answer; raises ContenderFailed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        time.sleep(SPIN_SECONDS)
        if not answer:
            raise ContenderFailed(f"its process ended with code {self._process.wait()}")
        found = json.loads(answer)
        if isinstance(found, dict) and "error" in found:
            raise ContenderFailed(found["error"])
        return found

    @property
    def ended(self) -> bool:
        """Whether the process is no more."""
        return self._process.poll() is not None

    def let_go(self) -> None:
        """It may end, by itself and while others do."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def __enter__(self) -> Contender:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdout is not None
        self.let_go()
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE)
        finally:  # also where somebody is too impatient for that
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()


def answer_questions(answer: Callable[[dict[str, Any]], object]) -> None:
    """The life of a contender's process: answer each question that comes in, until none comes any more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what others print is no answer
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


def median_and_spread(figures: Sequence[float]) -> tuple[float, float]:
    """The median, and half of what the middle half spans, relative to it."""
    middle = statistics.median(figures)
    if len(figures) < 2:
        return middle, 0.0
    lower, _, upper = statistics.quantiles(figures, n=4, method="inclusive")
    return middle, (upper - lower) / 2 / middle


def machine(*packages: str) -> dict[str, Any]:
    """What the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "load": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        **{package: _version(package) for package in packages},
    }


def write_json(path: Path | None, figures: Mapping[str, Any]) -> None:
    """Keep the figures, where that was asked for."""
    if path is not None:
        path.write_text(json.dumps(figures, indent=1) + "\n")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
