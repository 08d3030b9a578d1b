"""Verifications: each `verify` in a process of its own, at the lowest priority, so that nobody waits for it.

The process writes what it has done, a line at a time, into an unnamed file; whoever wants to know reads the last one.

    python -m trainer.experiments.verification SESSION RUN
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import trainer
from trainer.errors import CommandRefused, PandaError
from trainer.experiments.replay import verify
from trainer.recorder.library import Stamp, stamp

LOWEST_PRIORITY = 19
_TELL_SECONDS = 0.2
_LAST_BYTES = 1 << 16


@dataclass(frozen=True)
class Progress:
    """How far a verification has come.

    Attributes
    ----------
    done, total : iterations; total is 0 before it is known
    result : "" while it is under way; "exact", "diverged" or "other-environment"; "refused" where it cannot be done
    text : the verdict, or why there is none, in a sentence
    first_difference : iteration, or None
    """

    done: int = 0
    total: int = 0
    result: str = ""
    text: str = ""
    first_difference: int | None = None


class Verification:
    """The verification of one run of a session."""

    def __init__(self, path: Path, run: str) -> None:
        """Start it."""
        self.path, self.run = path, run
        with tempfile.TemporaryFile() as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(path.absolute()), run],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(Path(trainer.__path__[0]).parent)},
            )
            self._said = os.dup(said.fileno())

    def progress(self) -> Progress:
        """How far it has come."""
        code = self._process.poll()  # before reading, so that nothing is said after
        size = os.fstat(self._said).st_size
        said = os.pread(self._said, _LAST_BYTES, max(0, size - _LAST_BYTES)).decode(errors="replace")
        lines = said.rpartition("\n")[0].splitlines()
        last = _fields(lines[-1]) if lines else {}
        if code is not None and "result" not in last:
            why = lines[-1][:200] if lines else "without a word"
            return Progress(result="refused", text=f"the verification ended before it was done ({code}): {why}")
        return Progress(**last)

    def close(self) -> None:
        """End it, done or not."""
        self._process.kill()
        self._process.wait()
        os.close(self._said)


class Verifications:
    """The verification under way, at most one, and the verdicts of those before."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._under_way: Verification | None = None
        self._verdicts: dict[tuple[Path, str], tuple[Stamp, Progress]] = {}

    def start(self, path: Path, run: str) -> None:
        """Begin to verify a run of a session.

        Raises
        ------
        CommandRefused : another one is under way
        SessionNotFound : there is no such file
        """
        with self._lock:
            other = self._heard()
            if other is not None:
                raise CommandRefused(f"{other.path.name} is being verified: one at a time")
            self._verdicts[path, run] = (stamp(path), Progress())
            self._under_way = Verification(path, run)

    def progress(self, path: Path, run: str) -> Progress | None:
        """How far it has come, or the verdict as long as it holds; None where the file as it is was not verified."""
        with self._lock:
            self._heard()
            of, progress = self._verdicts.get((path, run), (None, None))
            return progress if of == stamp(path) else None

    def under_way(self) -> tuple[Path, str] | None:
        """Which session and run is being verified."""
        with self._lock:
            verification = self._heard()
            return None if verification is None else (verification.path, verification.run)

    def cancel(self) -> None:
        """End the one under way without a verdict."""
        with self._lock:
            verification, self._under_way = self._under_way, None
            if verification is not None:
                self._verdicts.pop((verification.path, verification.run))
                verification.close()

    def _heard(self) -> Verification | None:
        """The one that is still under way after what it said was heard."""
        verification = self._under_way
        if verification is None:
            return None
        key = (verification.path, verification.run)
        progress = verification.progress()
        self._verdicts[key] = (self._verdicts[key][0], progress)
        if not progress.result:
            return verification
        verification.close()
        self._under_way = None
        return None


def _fields(line: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError:
        return {}  # not a line of ours, but of an interpreter that fails
    return fields if isinstance(fields, dict) else {}


def _work(path: Path, run: str) -> None:
    os.nice(LOWEST_PRIORITY)
    told = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told > _TELL_SECONDS:
            told = time.monotonic()
            _say(done=done, total=total)

    try:
        verdict = verify(path, run, tell)
    except PandaError as error:
        _say(result="refused", text=str(error))
        return
    _say(
        done=verdict.iterations,
        total=verdict.iterations,
        result=verdict.result,
        text=verdict.text,
        first_difference=verdict.first_difference,
    )


def _say(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


if __name__ == "__main__":
    _work(Path(sys.argv[1]), sys.argv[2])
