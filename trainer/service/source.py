"""Source: what trains a run that clients watch and steer, whatever it is."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from trainer.engine.commands import Answer, Command, SessionCommand
from trainer.engine.portrait import Portrait
from trainer.engine.status import Status
from trainer.service.read_model import ReadModel


class Source(Protocol):
    """The trainer of this process is one (`OwnTrainer`); a run of another process or an experiment can be one."""

    @property
    def id(self) -> str:
        """Of what it trains: the id of the session, as far as there is one; "" before the first run."""

    @property
    def model(self) -> ReadModel:
        """What clients see; another object when another line of training begins."""

    def status(self) -> Status:
        """How it stands; cheap, from any thread."""

    def portrait(self) -> Future[Portrait | None]:
        """A copy of what it trains, soon; None where there is none to be had. Disturbs nothing; returns at once."""

    def submit(self, command: Command) -> Future[Answer]:
        """Have a command carried out at the next iteration boundary; returns at once."""

    def carry_out(self, command: SessionCommand) -> Answer:
        """Carry out a command that needs a session file; may take seconds; one at a time.

        Raises
        ------
        PandaError : it is refused; the message says why
        """

    def close(self) -> None:
        """End the run under way, recorded."""
