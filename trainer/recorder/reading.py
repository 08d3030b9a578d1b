"""Reading: what is made of the records of a file, by kind."""

from __future__ import annotations

from typing import Protocol

from trainer.recorder.records import Record


class Reading(Protocol):
    """What is made of the records of a file, one after the other: a whole session, or its summary.

    Each method raises Malformed where the record does not say what it must.
    """

    def session(self, record: Record) -> None:
        """The first record: id, name, environment."""

    def dataset(self, record: Record) -> None:
        """What is trained on."""

    def run(self, record: Record) -> None:
        """A run begins."""

    def metrics(self, record: Record) -> None:
        """Costs of a stretch of iterations, and evaluations."""

    def gauges(self, record: Record) -> None:
        """Gauges at some iterations."""

    def intervention(self, record: Record) -> None:
        """Hyperparameters were changed."""

    def plan(self, record: Record) -> None:
        """A change was planned for a later iteration."""

    def plan_cancelled(self, record: Record) -> None:
        """A planned change will not be made."""

    def checkpoint(self, record: Record) -> None:
        """A whole state."""

    def note(self, record: Record) -> None:
        """A remark about a run or the session."""

    def rename(self, record: Record) -> None:
        """The session has another name."""

    def run_end(self, record: Record) -> None:
        """A run ended."""

    def reopened(self, record: Record) -> None:
        """Recording goes on after an interruption."""

    def session_end(self, record: Record) -> None:
        """The file was closed properly."""

    def moment(self, record: Record) -> None:
        """Anything else that happened, of whatever kind."""
