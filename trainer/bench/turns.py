"""Contenders that take turns: each runs in a process of its own, which is asked for a figure in every round.

Other processes disturb every measurement. So a figure is the median over rounds in which every contender has its turn,
and only figures of the same run are compared.
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
"""Pause between two turns: for this long after its turn, the threads of a contender may still spin."""

PATIENCE = 5
"""Seconds within which a contender must end by itself; then it is killed."""


class ContenderFailed(Exception):
    """The process of a contender ended instead of answering, or answered with an error."""


class Contender:
    """A process with a fixed number of threads that waits for questions and answers each."""

    def __init__(self, name: str, threads: int, command: Sequence[str] = ("-m", "trainer.bench.contender")) -> None:
        paths = [str(Path(trainer.__path__[0]).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {
            **os.environ,
            **dict.fromkeys(THREAD_VARIABLES, str(threads)),
            "PYTHONPATH": os.pathsep.join(paths),
            "TORCHINDUCTOR_COMPILE_THREADS": "1",  # otherwise it starts processes that wait for work
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
        """The process's answer; raises ContenderFailed."""
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
        """Whether the process has ended."""
        return self._process.poll() is not None

    def let_go(self) -> None:
        """Let the process end by itself, without waiting for it."""
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
        finally:  # also after an interrupt while waiting
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()


def answer_questions(answer: Callable[[dict[str, Any]], object]) -> None:
    """Answer each question on the standard input, until it is closed: the main loop of a contender's process."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not count as an answer
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


def median_and_spread(figures: Sequence[float]) -> tuple[float, float]:
    """The median, and half the span of the middle half of the figures, relative to the median."""
    middle = statistics.median(figures)
    if len(figures) < 2:
        return middle, 0.0
    lower, _, upper = statistics.quantiles(figures, n=4, method="inclusive")
    return middle, (upper - lower) / 2 / middle


def machine(*packages: str) -> dict[str, Any]:
    """The date, the machine, and the versions of some packages."""
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
    """Write the figures as JSON, where a path is given."""
    if path is not None:
        path.write_text(json.dumps(figures, indent=1) + "\n")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
