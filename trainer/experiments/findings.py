"""Findings: what jobs find out about session files, remembered as long as it holds of the file."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

from trainer.errors import JobFailed, SessionNotFound
from trainer.experiments.jobs import Job, Jobs
from trainer.recorder.library import Stamp, stamp

_REMEMBERED = 64

R = TypeVar("R")
Key = tuple[str, Path, tuple[str | int | float, ...]]


@dataclass(frozen=True)
class Question(Generic[R]):
    """Something to be found out about a session file.

    Attributes
    ----------
    kind : what is asked, in a word
    function : called with the path, the arguments and `progress`, as a job
    grows : the answer holds also when more has been recorded since
    priority : as of a job
    """

    kind: str
    function: Callable[..., R]
    path: Path
    arguments: tuple[str | int | float, ...]
    grows: bool = False
    priority: int = 0

    @property
    def key(self) -> Key:
        """Equal for equal questions, whichever generation of the code made them."""
        return (self.kind, self.path, self.arguments)

    @property
    def name(self) -> str:
        """In one line."""
        return " ".join((self.kind, self.path.name, *map(str, self.arguments)))


@dataclass(frozen=True)
class Finding(Generic[R]):
    """How far an answer has come.

    Attributes
    ----------
    done, total : iterations; total is 0 before it is known
    waiting : whether other jobs go first
    result : None while it is under way, and where there is none
    refused : why there is none, in a sentence; else ""
    """

    done: int = 0
    total: int = 0
    waiting: bool = False
    result: R | None = None
    refused: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.result is not None or bool(self.refused)


class _Asked(NamedTuple):
    question: Question[Any]
    of: Stamp
    job: Job[Any]


class Findings:
    """The questions under way, and what was found by those before.

    Parameters
    ----------
    jobs : the pool to find it out in; by default one of its own, in which one question comes after the other
    """

    def __init__(self, jobs: Jobs | None = None) -> None:
        self._jobs = Jobs() if jobs is None else jobs
        self._lock = Lock()
        self._asked: dict[Key, _Asked] = {}

    def ask(self, question: Question[Any]) -> None:
        """Begin to find it out, unless that is under way.

        Raises
        ------
        SessionNotFound : there is no such file
        """
        with self._lock:
            before = self._asked.get(question.key)
            if before is not None and not before.job.future.done():
                return
            of = stamp(question.path)
            job = self._jobs.submit(
                question.function, question.path.absolute(), *question.arguments, priority=question.priority
            )
            self._asked.pop(question.key, None)  # so that it is the latest
            self._asked[question.key] = _Asked(question, of, job)
            over = [key for key, asked in self._asked.items() if asked.job.future.done()]
            for key in over[:-_REMEMBERED]:
                del self._asked[key]

    def finding(self, question: Question[R]) -> Finding[R] | None:
        """How far it has come, or what was found as long as it holds; None where the file as it is was not asked."""
        with self._lock:
            asked = self._asked.get(question.key)
        return None if asked is None or not _holds(asked) else _finding(asked.job)

    def latest(self, like: Callable[[Question[Any]], bool]) -> Question[Any] | None:
        """The latest of such questions that is under way, or whose finding still holds."""
        with self._lock:
            asked = [asked for asked in reversed(self._asked.values()) if like(asked.question)]
        return next((one.question for one in asked if _holds(one)), None)

    def under_way(self) -> list[Question[Any]]:
        """Those that wait or run, in the order in which they were asked."""
        with self._lock:
            return [asked.question for asked in self._asked.values() if not asked.job.future.done()]

    def under_way_about(self, path: Path) -> Question[Any] | None:
        """The first of them that is about this session."""
        return next((question for question in self.under_way() if question.path == path), None)

    def cancel(self, question: Question[Any]) -> None:
        """Give a question up; nothing was found."""
        with self._lock:
            asked = self._asked.pop(question.key, None)
        if asked is not None:
            self._jobs.cancel(asked.job)

    def close(self) -> None:
        """Give all of them up, and end every process."""
        with self._lock:
            self._asked = {key: asked for key, asked in self._asked.items() if asked.job.future.done()}
        self._jobs.close()


def _holds(asked: _Asked) -> bool:
    try:
        now = stamp(asked.question.path)
    except SessionNotFound:
        return False  # deleted meanwhile: there is nothing any more that it could hold of
    return asked.of == now or (asked.question.grows and now.size > asked.of.size)


def _finding(job: Job[R]) -> Finding[R]:
    if not job.future.done():
        done, total = job.progress()
        return Finding(done, total, job.waiting)
    try:
        return Finding(result=job.future.result())
    except JobFailed as failure:
        return Finding(refused=str(failure))
    except CancelledError:  # between the look into the table and this one
        return Finding(refused="it was cancelled")
