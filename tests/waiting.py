"""Waiting for what another process or thread does without telling the test."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trainer.errors import SessionError
from trainer.recorder.session import read_session

LONGEST = 120.0
"""Seconds after which the wait has failed; the machine may be busy."""


def wait_until(holds: Callable[[], object], process: subprocess.Popen[Any] | None = None) -> None:
    """Return when a condition holds, which is looked at every 10 ms.

    Parameters
    ----------
    process : the one that brings it about; fail as soon as it has ended
    """
    deadline = time.monotonic() + LONGEST
    while not holds():
        assert process is None or process.poll() is None, "the process ended before the condition held"
        assert time.monotonic() < deadline, f"the condition did not hold within {LONGEST:.0f} s"
        time.sleep(0.01)


def recorded(path: Path) -> int:
    """The last iteration in a session file of its latest run; 0 while there is none."""
    try:
        runs = read_session(path).runs
    except SessionError:
        return 0
    return list(runs.values())[-1].iteration if runs else 0
