"""Compiling the training step, once for a machine: ahead, by a process of its own, or now.

The compiler is loaded by those only who train: it takes a moment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import get_args

import trainer
from trainer.data.read_as import DType
from trainer.engine.engines import Engine

PRIORITY = 5
"""How much nicer than the page training and compiling are: what a person sees comes first."""

LAST = 15
"""How much nicer than the page what looks ahead is: where cores are short, training has nine times as much of them."""


class Compiling:
    """The process that compiles."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin; the process ends at once where nothing is left to compile."""
        beside = [str(Path(trainer.__path__[0]).parent), os.environ.get("PYTHONPATH", "")]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "trainer.compiled.ahead", *get_args(DType)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, beside))},
            start_new_session=True,  # Ctrl-C is for the server, which ends it
        )
        come_after_the_page(self._process.pid)
        # its end has to be taken notice of, or it stays in the list of processes as long as the server runs
        threading.Thread(target=self._process.wait, name="panda-compiling", daemon=True).start()

    def close(self) -> None:
        """End it, done or not."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def come_after_the_page(who: int, by: int = PRIORITY) -> None:
    """Let a process or thread be nicer than this process is; 0 is this one itself, on Linux this thread."""
    os.setpriority(os.PRIO_PROCESS, who, os.getpriority(os.PRIO_PROCESS, 0) + by)


def compile_now(dtype: DType) -> None:
    """Compile and keep what runs of a precision need, if that was not done yet."""
    from trainer.compiled.ahead import compile_ahead

    compile_ahead(dtype)


def load_compiled(dtype: DType) -> None:
    """Load what has been compiled for a precision, so that the first run begins a second sooner."""
    if engine_at_hand(dtype) == "compiled":
        from trainer.compiled.updates import load

        load(dtype)


def engine_at_hand(dtype: DType) -> Engine:
    """What a new run is computed by that should not wait: compiled code as soon as there is any."""
    from trainer.compiled.compiler import is_ready

    return "compiled" if is_ready(dtype) else "reference"
