"""Dispatcher: the one way of commands to what carries them out; in the order in which they were given."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from trainer.engine.commands import Answer, Command, RecordAnew, SessionCommand
from trainer.errors import PandaError
from trainer.service.source import Source


class Dispatcher:
    """Of one source. A command of the trainer goes straight on; behind one that needs a file, it waits for that.

    But for `RecordAnew`: that file may be what is gone.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._files = ThreadPoolExecutor(1, "panda-session-commands")  # its thread begins with the first of them
        self._lock = Lock()
        self._queued = 0
        self._closed = False

    def submit(self, command: Command | SessionCommand) -> Future[Answer]:
        """Have a command carried out; the future, which cannot be cancelled, holds what became of it."""
        answer: Future[Answer] = Future()
        answer.set_running_or_notify_cancel()  # the client may be gone by then: a command that is queued is done
        with self._lock:
            if self._closed:
                text = "Panda is shutting down"
                answer.set_result(Answer("refused", self.source.status().iteration, text, author=command.actor.name))
                return answer
            if isinstance(command, RecordAnew) or (isinstance(command, Command) and not self._queued):
                self.source.submit(command).add_done_callback(lambda done: _pass_on(done, answer))
                return answer
            self._queued += 1
            queued = self._files.submit(self._carry_out, command)

        def done(queued: Future[Answer]) -> None:
            with self._lock:
                self._queued -= 1
            _pass_on(queued, answer)

        queued.add_done_callback(done)
        return answer

    def close(self) -> None:
        """End what the source runs, and join the thread."""
        with self._lock:
            self._closed = True
        self.source.close()
        self._files.shutdown()

    def _carry_out(self, command: Command | SessionCommand) -> Answer:
        if isinstance(command, Command):
            return self.source.submit(command).result()
        iteration = self.source.status().iteration
        try:
            return self.source.carry_out(command)
        except PandaError as error:
            return Answer("refused", iteration, str(error), author=command.actor.name)


def _pass_on(done: Future[Answer], answer: Future[Answer]) -> None:
    error = done.exception()
    if error is None:
        answer.set_result(done.result())
    else:
        answer.set_exception(error)
