"""Jobs: calls that are computed beside training, each in a process of its own, at most N at a time.

A job is a function that can be pickled, with its arguments. It is called with `progress` as well, a function that
takes (done, total). The job of the highest priority goes first; of equal ones the first that was submitted.

Each of the N slots has its own executor of one process, since an executor of `loky` can end one of its processes only
together with all others. Processes start when there is a job, have a low priority in the operating system, and end
after a while without one. None of them outlives this process, however this one ends.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from contextlib import suppress
from functools import partial
from heapq import heappop, heappush
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from trainer.errors import JobFailed
from trainer.experiments.worker import PROGRESS
from trainer.threads import shared_by

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from loky.process_executor import ProcessPoolExecutor

IDLE_SECONDS = 30.0
"""After so long without a job a process ends."""

R = TypeVar("R")


class Progress(NamedTuple):
    """How far a job has come: done of total, of whatever its function counts; total is 0 before it is known."""

    done: int = 0
    total: int = 0


class Job(Generic[R]):
    """One call, which waits, runs or is over.

    Attributes
    ----------
    future : of its result; its exception is a `JobFailed`; cancelled when the job was
    """

    def __init__(self, function: Callable[..., R], arguments: tuple[object, ...]) -> None:
        self.future: Future[R] = Future()
        self._call = (function, arguments)
        self._process: _Process | None = None
        self._progress: Progress | None = None

    @property
    def waiting(self) -> bool:
        """Whether it has not begun, because others go first."""
        return self._process is None and not self.future.done()

    def progress(self) -> Progress:
        """The latest that its function reported."""
        return self._latest() or Progress()

    def _latest(self) -> Progress | None:
        """The latest progress; None before the function was called."""
        process = self._process
        if process is not None and not self.future.done():
            self._progress = process.read_progress() or self._progress
        return self._progress

    def _begin(self, process: _Process) -> Future[Any]:
        future = process.submit(*self._call)
        self._process = process
        return future

    def _settle(self, outcome: Future[Any]) -> None:
        """Take over what came of the call, unless the job was cancelled."""
        if self.future.set_running_or_notify_cancel():
            result, failure = _result_of(outcome)
            if failure is None:
                self.future.set_result(result)
            else:
                self.future.set_exception(failure)


class Jobs:
    """A pool of jobs; all methods may be called from any thread.

    Parameters
    ----------
    workers : how many jobs run at a time; they share the threads that numpy may have here
    idle_seconds : after so long without a job a process ends
    """

    def __init__(self, workers: int = 1, idle_seconds: float = IDLE_SECONDS) -> None:
        self._lock = Lock()
        self._number = count()
        self._waiting: list[tuple[int, int, Job[Any]]] = []
        self._closed = False
        self._slots = [_Slot(workers, idle_seconds) for _ in range(workers)]

    def submit(self, function: Callable[..., R], *arguments: object, priority: int = 0) -> Job[R]:
        """Have function(*arguments, progress=...) computed; returns at once.

        Parameters
        ----------
        priority : a job of a higher one goes before all that wait with a lower one

        Returns
        -------
        the job; cancelled where the pool was closed, as a page may still ask for something while the server ends
        """
        job = Job(function, arguments)
        with self._lock:
            if self._closed:
                job.future.cancel()
                return job
            heappush(self._waiting, (-priority, next(self._number), job))
        self._begin_waiting()
        return job

    def cancel(self, job: Job[Any]) -> None:
        """End a job that waits or runs; when this returns, its process is gone. A job that is over stays as it is."""
        job.future.cancel()
        with self._lock:
            process = next((slot.take_process() for slot in self._slots if slot.job is job), None)
        if process is not None:
            process.kill()
        self._begin_waiting()

    def close(self) -> None:
        """Cancel every job and end every process, for good."""
        with self._lock:
            self._closed = True
            jobs = [job for _, _, job in self._waiting] + [slot.job for slot in self._slots if slot.job is not None]
            processes = [slot.take_process() for slot in self._slots]
            self._waiting.clear()
        for job in jobs:
            job.future.cancel()
        for process in processes:
            if process is not None:
                process.kill()

    def _begin_waiting(self) -> None:
        """Give every free slot the next job."""
        begun = []
        with self._lock:
            for slot in self._slots:
                while slot.job is None and self._waiting:
                    job = heappop(self._waiting)[2]
                    if not job.future.cancelled():
                        begun.append((slot, job, slot.begin(job)))
        for slot, job, outcome in begun:  # not under the lock: a callback may be called at once
            outcome.add_done_callback(partial(self._ended, slot, job))

    def _ended(self, slot: _Slot, job: Job[Any], outcome: Future[Any]) -> None:
        with self._lock:
            never_began = slot.job is job and slot.leave(outcome)
            if never_began:
                heappush(self._waiting, (-sys.maxsize, next(self._number), job))
        self._begin_waiting()
        if not never_began:
            job._settle(outcome)


class _Slot:
    """Room for one job, and the process that it runs in, which is kept for the next one."""

    def __init__(self, workers: int, idle_seconds: float) -> None:
        self._workers = workers
        self._idle_seconds = idle_seconds
        self._process: _Process | None = None
        self.job: Job[Any] | None = None

    def begin(self, job: Job[Any]) -> Future[Any]:
        """Run a job here, in a new process if there is none or if it has died meanwhile."""
        self.job = job
        if self._process is not None:
            with suppress(BrokenExecutor):
                return job._begin(self._process)
        try:
            self._process = _Process(self._workers, self._idle_seconds)
            return job._begin(self._process)
        except OSError as error:  # there is no memory for another process, or there are too many open files
            self._process = None
            failed: Future[Any] = Future()
            failed.set_exception(error)
            return failed

    def leave(self, outcome: Future[Any]) -> bool:
        """The job is over; returns whether it never began, since its process died while it was idle before it."""
        job, process, self.job = self.job, self._process, None
        if not isinstance(outcome.exception(), BrokenExecutor):
            return False
        self._process = None
        return job is not None and process is not None and process.calls > 1 and job._latest() is None

    def take_process(self) -> _Process | None:
        """Leave the slot empty; the process that was in it is the caller's to end."""
        process, self._process, self.job = self._process, None, None
        return process


class _Process:
    """A process that computes one call after the other: an executor of one worker, and a pipe for its progress."""

    def __init__(self, workers: int, idle_seconds: float) -> None:
        from loky.backend import get_context  # here, as it takes a tenth of a second that no page should wait for
        from loky.process_executor import ProcessPoolExecutor

        context = get_context("loky")
        self._reader, writer = context.Pipe(duplex=False)
        # nothing is ever sent through this one: it ends when this process does
        alive, self._alive = context.Pipe(duplex=False)
        self._executor: ProcessPoolExecutor = ProcessPoolExecutor(
            1,
            timeout=idle_seconds,
            context=context,
            initializer=_begin_worker,
            initargs=(alive, writer),
            env=shared_by(workers) if workers > 1 else None,
        )
        self._lock = Lock()
        self.calls = 0

    def submit(self, function: Callable[..., object], arguments: tuple[object, ...]) -> Future[Any]:
        """Compute a call; its future has (result, "") or (None, why there is none)."""
        self.read_progress()  # what is left of the job before
        self.calls += 1
        future: Future[Any] = self._executor.submit(_call, function, arguments)
        return future

    def read_progress(self) -> Progress | None:
        """The latest progress since this was last asked."""
        latest = None
        with self._lock:
            while self._reader.poll():
                latest = Progress(*PROGRESS.unpack(self._reader.recv_bytes()))
        return latest

    def kill(self) -> None:
        """End it, whatever it does, and wait until it is gone."""
        self._executor.shutdown(wait=True, kill_workers=True)


def _result_of(outcome: Future[Any]) -> tuple[Any, JobFailed | None]:
    """The result of a call, or why there is none."""
    error = outcome.exception()
    if error is None:
        result, refusal = outcome.result()
        return result, JobFailed(refusal) if refusal else None
    if isinstance(error, BrokenExecutor):
        return None, JobFailed("its process ended before it was done: it was killed, or there was not enough memory")
    failure = JobFailed(f"it failed: {type(error).__name__}: {error}")
    failure.__cause__ = error
    return None, failure


# Streamlit throws the modules of the page away when one of their files changes, and loads them anew. These two are
# then sent as they are instead of by name, so they find everything else in the modules of the process they run in.


def _begin_worker(alive: Connection, writer: Connection) -> None:
    from trainer.experiments.worker import begin

    begin(alive, writer)


def _call(function: Callable[..., object], arguments: tuple[object, ...]) -> tuple[object, str]:
    from trainer.experiments.worker import call

    return call(function, arguments)
