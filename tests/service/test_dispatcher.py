"""Commands are carried out in the order in which they were given, also behind one that needs a file."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Event

from trainer.engine.commands import Answer, Command, Nudge, Pause, SessionCommand, Undo
from trainer.engine.portrait import Portrait
from trainer.engine.status import Status
from trainer.errors import CommandRefused
from trainer.service.dispatcher import Dispatcher
from trainer.service.read_model import ReadModel


class Slow:
    """A source whose session commands wait to be let through."""

    id = "slow"

    def __init__(self) -> None:
        self.model = ReadModel()
        self.done: list[str] = []
        self.open = Event()

    def status(self) -> Status:
        return Status(iteration=7)

    def portrait(self) -> Future[Portrait | None]:
        raise NotImplementedError

    def submit(self, command: Command) -> Future[Answer]:
        self.done.append(type(command).__name__)
        answered: Future[Answer] = Future()
        answered.set_result(Answer("applied", 7, "done"))
        return answered

    def carry_out(self, command: SessionCommand) -> Answer:
        assert self.open.wait(30)
        self.done.append(type(command).__name__)
        raise CommandRefused("there is no intervention to take back")

    def close(self) -> None:
        self.done.append("closed")


def test_a_nudge_after_undo_waits_for_it_and_a_refusal_is_an_answer() -> None:
    source = Slow()
    dispatcher = Dispatcher(source)
    assert dispatcher.submit(Pause()).result(30).status == "applied"  # at once
    undone, nudged = dispatcher.submit(Undo()), dispatcher.submit(Nudge(3.0))
    assert not undone.cancel()
    assert not nudged.done()
    source.open.set()
    assert undone.result(30) == Answer("refused", 7, "there is no intervention to take back", author="page")
    assert nudged.result(30).status == "applied"
    assert source.done == ["Pause", "Undo", "Nudge"]
    dispatcher.close()
    assert dispatcher.submit(Undo()).result(30).text == "Panda is shutting down"
    assert source.done[-1] == "closed"
