"""Trainer: the one long-lived thread that trains, and the queue through which everybody else speaks to it.

Commands are taken between two iterations and answered when they have been carried out, which for a change means:
applied and durable in the recorder. Only this thread touches the loop.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

from trainer.engine.commands import Answer, Command, RecordAnew
from trainer.engine.live_run import LiveRun
from trainer.engine.pace import Clocks
from trainer.engine.portrait import Portrait
from trainer.engine.start import Start
from trainer.engine.state import TrainingState
from trainer.engine.status import Status
from trainer.errors import CommandRefused, InvalidInput

RETRY_SECONDS = 1.0
"""How often recording is tried again while it waits, and how often a run that rests looks after its record."""


class Trainer:
    """The thread and its queue. One per process; runs follow one another in it."""

    def __init__(self, first: Callable[[], None] | None = None) -> None:
        """With something to be called in the thread before anything else."""
        self._first = first
        self._inbox: deque[tuple[Command | Start, Future[Answer]]] = deque()
        self._portraits: deque[Future[Portrait | None]] = deque()
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._closing = False
        self._answered = 0
        self._status = Status()
        self._run: LiveRun | None = None
        self._thread: threading.Thread | None = None

    def submit(self, command: Command | Start) -> Future[Answer]:
        """Queue a command; the future, which cannot be cancelled, holds what became of it. Never raises."""
        future: Future[Answer] = Future()
        future.set_running_or_notify_cancel()  # who asked may be gone by then: a command that is queued is done
        with self._lock:
            if self._closing:
                future.set_result(self._refusal(command, "Panda is shutting down"))
                return future
            self._inbox.append((command, future))
            self._wake.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="panda-trainer", daemon=True)
                self._thread.start()
        return future

    def portrait(self) -> Future[Portrait | None]:
        """A copy of what the latest run trains, at the next boundary; None where there has been no run.

        Like a command it ends the present slice; it changes nothing, and the run goes on with the same bits.
        """
        future: Future[Portrait | None] = Future()
        future.set_running_or_notify_cancel()
        with self._lock:
            if self._closing or self._thread is None:
                future.set_result(None)
                return future
            self._portraits.append(future)
            self._wake.set()
        return future

    def status(self) -> Status:
        """How things stand, at most one slice old; cheap, from any thread."""
        return self._status

    def final_state(self) -> TrainingState | None:
        """The state at which the latest run ended, also when it failed; None while one is under way."""
        run = self._run
        return run.loop.state() if run is not None and run.over else None

    def close(self) -> None:
        """End the run under way as "interrupted", recorded, and join the thread."""
        with self._lock:
            self._closing = True
            self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        if self._first is not None:
            self._first()
        while not self._closing:
            run = self._run
            if run is not None and run.state == "running":
                self._attempt(run, run.train)
            elif run is not None and not run.over:
                if not self._inbox:
                    self._wake.wait(RETRY_SECONDS)
                if not self._inbox and not self._closing:  # also where a portrait was all that was asked for
                    self._attempt(run, run.look)
            elif not self._inbox:
                self._wake.wait()
            self._wake.clear()
            self._portray()
            while self._inbox and not self._closing:
                self._take(*self._inbox.popleft())
        run = self._run
        if run is not None and not run.over:
            try:
                run.end("interrupted")
            except Exception as error:  # noqa: BLE001 - it is told in the status
                run.fail(error)
        self._publish()
        while self._inbox:
            command, future = self._inbox.popleft()
            future.set_result(self._refusal(command, "Panda is shutting down"))
        self._portray()

    def _portray(self) -> None:
        """Give the copies that were asked for."""
        while self._portraits:
            future, run = self._portraits.popleft(), self._run
            try:
                portrait = None if run is None else Portrait.of(run.start.run, run.loop)
            except Exception as error:  # noqa: BLE001 - who asked gets it, and the run goes on
                future.set_exception(error)
            else:
                future.set_result(portrait)

    def _attempt(self, run: LiveRun, what: Callable[[], None]) -> None:
        try:
            what()
        except Exception as error:  # noqa: BLE001 - ends the run, never the thread
            run.fail(error)
        self._publish()

    def _take(self, command: Command | Start, future: Future[Answer]) -> None:
        try:
            answer = self._answer(command)
        except Exception as error:  # noqa: BLE001 - the caller gets it, and the thread goes on with the next command
            future.set_exception(error)
            return
        self._answered += 1
        self._publish()
        future.set_result(answer)

    def _answer(self, command: Command | Start) -> Answer:
        run = self._run
        iteration = 0 if run is None else run.loop.iteration
        try:
            if isinstance(command, Start):
                return self._begin(command)
            if run is None or run.over:
                last = f" (the last one failed: {run.reason})" if run is not None and run.state == "failed" else ""
                raise CommandRefused(f"no run is under way{last}: start one, or resume a recorded one")
            try:
                return run.carry_out(command)
            except (CommandRefused, InvalidInput):
                raise
            except Exception as error:
                run.fail(error)
                raise CommandRefused(run.reason) from error
        except (CommandRefused, InvalidInput) as error:
            return Answer("refused", iteration, str(error), author=command.actor.name)
        except MemoryError as error:
            text = f"there is not enough memory for it ({error})"
            return Answer("refused", iteration, text, author=command.actor.name)

    def _begin(self, start: Start) -> Answer:
        before = self._replaced(start)
        run = LiveRun(start, Clocks(time.perf_counter, time.thread_time), self._interrupted, self._stand_by)
        if before is not None:
            try:
                before.leave(start.actor)
            except Exception as error:
                before.fail(error)
                raise CommandRefused(before.reason) from error
        self._run = run
        try:
            run.begin()
            if start.paused or (before is not None and before.state == "paused"):
                run.wait("it waits at its beginning", start.actor)
            elif before is not None:
                run.wait_where(before)
        except Exception as error:
            run.fail(error)
            raise CommandRefused(run.reason) from error
        verb = "goes on" if start.resumed else "began"
        text = f"run {start.run} {verb} at iteration {run.loop.iteration}"
        return Answer("applied", run.loop.iteration, text, author=start.actor.name)

    def _replaced(self, start: Start) -> LiveRun | None:
        """The run under way that a start replaces, if it may; raises CommandRefused."""
        run, place = self._run, start.replaces
        under_way = run is not None and not run.over
        if place is None:
            if run is not None and under_way:
                raise CommandRefused(f"run {run.start.run} is under way: stop it first")
            return None
        if run is None or not under_way or run.start.run != place.run:
            raise CommandRefused(f"run {place.run} is not under way any more")
        if run.status().interventions != place.interventions:
            raise CommandRefused(f"run {place.run} was changed meanwhile")
        return run

    def _refusal(self, command: Command | Start, text: str) -> Answer:
        return Answer("refused", self._status.iteration, text, author=command.actor.name)

    def _interrupted(self) -> bool:
        return bool(self._inbox or self._portraits) or self._closing

    def _stand_by(self) -> bool:
        """For a moment, while recording waits: show it, and refuse what is asked meanwhile, but to record anew."""
        self._publish()
        self._wake.wait(RETRY_SECONDS)
        self._wake.clear()
        self._portray()
        while self._inbox and not self._closing:
            command, future = self._inbox.popleft()
            if isinstance(command, RecordAnew):
                self._take(command, future)
                break  # it is tried again at once
            self._answered += 1
            self._publish()
            text = f"not now: {self._status.reason}; training goes on as soon as that is over"
            future.set_result(self._refusal(command, text))
        return not self._closing

    def _publish(self) -> None:
        status = Status() if self._run is None else self._run.status()
        self._status = replace(status, commands=self._answered)


__all__ = ["RETRY_SECONDS", "Start", "Status", "Trainer"]
