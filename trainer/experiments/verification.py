"""Verification: `verify` as a task in the background.

python -m trainer.experiments.verification SESSION RUN
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from trainer.experiments.background import Progress, Task, work
from trainer.experiments.verify import verify

MODULE = "trainer.experiments.verification"


def verification(path: Path, run: str) -> Task:
    """To verify a run of a session; the result is that of the verdict, which holds for the file as it is."""
    return Task(MODULE, path, (run,), "is being verified")


def _verify(path: Path, run: str, tell: Callable[[int, int], None]) -> Progress:
    verdict = verify(path, run, tell)
    found = {"first_difference": verdict.first_difference}
    return Progress(verdict.iterations, verdict.iterations, verdict.result, verdict.text, found)


if __name__ == "__main__":
    work(lambda tell: _verify(Path(sys.argv[1]), sys.argv[2], tell))
