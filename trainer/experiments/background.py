"""Background: what takes a while is found out in a process of its own, at low priority, so that nobody waits.

Such a process writes what it has done, a line at a time, into an unnamed file; whoever wants to know reads the last
one. It reads sessions and writes nothing else, so a run that is under way is never changed by it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import trainer
from trainer.errors import CommandRefused, PandaError, SessionNotFound
from trainer.recorder.library import Stamp, stamp

LOW_PRIORITY = 10
"""How much nicer than the page. At 19 a verification had not begun after 90 s where two others kept both cores busy."""
_TELL_SECONDS = 0.2
_LAST_BYTES = 1 << 20
_REMEMBERED = 64


class Task(NamedTuple):
    """Something to be found out about a session. Equal wishes are equal, whichever generation of the code made them.

    Attributes
    ----------
    module : run as `python -m` with the path and the arguments; it ends with `work`
    doing : what is said of the session meanwhile, as in "x.panda is being verified"
    grows : what was found holds also when more has been recorded since
    """

    module: str
    path: Path
    arguments: tuple[str, ...]
    doing: str
    grows: bool = False

    @property
    def name(self) -> str:
        """In one line."""
        return " ".join((self.module, self.path.name, *self.arguments))


@dataclass(frozen=True)
class Progress:
    """How far a task has come.

    Attributes
    ----------
    done, total : iterations; total is 0 before it is known
    result : "" while it is under way; "refused" where it cannot be done; else the task's own word for what it found
    text : that, or why there is none, in a sentence
    found : what else the task found, as it was put into JSON
    """

    done: int = 0
    total: int = 0
    result: str = ""
    text: str = ""
    found: Mapping[str, Any] = field(default_factory=dict)


class Background:
    """The task under way, at most one, and what was found by those before."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._under_way: _Process | None = None
        self._found: dict[Task, tuple[Stamp, Progress]] = {}

    def start(self, task: Task) -> None:
        """Begin a task.

        Raises
        ------
        CommandRefused : another one is under way
        SessionNotFound : there is no such file
        """
        with self._lock:
            other = self._heard()
            if other is not None:
                raise CommandRefused(f"{other.path.name} {other.doing}: one at a time")
            self._found.pop(task, None)
            self._found[task] = (stamp(task.path), Progress())
            for oldest in list(self._found)[:-_REMEMBERED]:
                del self._found[oldest]
            self._under_way = _Process(task)

    def progress(self, task: Task) -> Progress | None:
        """How far it has come, or what was found as long as it holds; None where the file as it is was not asked."""
        with self._lock:
            self._heard()
            return self._holding(task)

    def latest(self, like: Callable[[Task], bool]) -> Task | None:
        """The latest of such tasks that is under way, or whose finding still holds."""
        with self._lock:
            self._heard()
            return next((task for task in reversed(self._found) if like(task) and self._holding(task)), None)

    def under_way(self) -> Task | None:
        """The one that is under way."""
        with self._lock:
            return self._heard()

    def busy_with(self, path: Path) -> bool:
        """Whether it is about this session; about another one, a wish is refused by name."""
        task = self.under_way()
        return task is not None and task.path == path

    def cancel(self) -> None:
        """End the one under way; nothing was found."""
        with self._lock:
            process, self._under_way = self._under_way, None
            if process is not None:
                self._found.pop(process.task)
                process.close()

    def _holding(self, task: Task) -> Progress | None:
        if task not in self._found:
            return None
        of, progress = self._found[task]
        try:
            now = stamp(task.path)
        except SessionNotFound:
            return None  # deleted meanwhile: there is nothing any more that it could hold of
        return progress if of == now or (task.grows and now.size > of.size) else None

    def _heard(self) -> Task | None:
        """The one that is still under way after what it said was heard."""
        process = self._under_way
        if process is None:
            return None
        task, progress = process.task, process.progress()
        self._found[task] = (self._found[task][0], progress)
        if not progress.result:
            return task
        process.close()
        self._under_way = None
        return None


class _Process:
    """The process of one task."""

    def __init__(self, task: Task) -> None:
        self.task = task
        with tempfile.TemporaryFile() as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", task.module, str(task.path.absolute()), *task.arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(Path(trainer.__path__[0]).parent)},
            )
            self._said = os.dup(said.fileno())

    def progress(self) -> Progress:
        code = self._process.poll()  # before reading, so that nothing is said after
        size = os.fstat(self._said).st_size
        said = os.pread(self._said, _LAST_BYTES, max(0, size - _LAST_BYTES)).decode(errors="replace")
        lines = said.rpartition("\n")[0].splitlines()
        last = _fields(lines[-1]) if lines else {}
        if code is not None and "result" not in last:
            why = lines[-1][:200] if lines else "without a word"
            return Progress(result="refused", text=f"it ended before it was done ({code}): {why}")
        return Progress(**last)

    def close(self) -> None:
        """End it, done or not."""
        self._process.kill()
        self._process.wait()
        os.close(self._said)


def work(task: Callable[[Callable[[int, int], None]], Progress]) -> None:
    """The life of a task's process: do it at low priority, and tell what comes of it.

    Parameters
    ----------
    task : called with what it tells its progress to, (iterations done, of how many)
    """
    os.nice(LOW_PRIORITY)
    told, asked_by = 0.0, os.getppid()

    def tell(done: int, total: int) -> None:
        nonlocal told
        if os.getppid() != asked_by:
            sys.exit("whoever asked is not there any more")
        if time.monotonic() - told > _TELL_SECONDS:
            told = time.monotonic()
            _say({"done": done, "total": total})

    try:
        last = task(tell)
    except PandaError as error:
        last = Progress(result="refused", text=str(error))
    _say(asdict(last))


def _say(fields: Mapping[str, object]) -> None:
    print(json.dumps(fields), flush=True)


def _fields(line: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError:
        return {}  # not a line of ours, but of an interpreter that fails
    return fields if isinstance(fields, dict) else {}
