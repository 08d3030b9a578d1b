"""Noticed: what the live page tells of a run beside its curve: the remarks, and where it was evaluated last."""

from __future__ import annotations

from trainer.engine.events import Event, Noted, Trained
from trainer.recorder.runs import RecordedRun


class Noticed:
    """Fed by the trainer's events; read from any thread.

    Attributes
    ----------
    notes : every remark at an iteration, in order, as the page takes it
    evaluated : iteration of the latest evaluation; None before the first
    """

    def __init__(self, line: RecordedRun | None = None) -> None:
        """Begin with what is recorded of a run that goes on, if one does."""
        self.notes: tuple[dict[str, object], ...] = ()
        self.evaluated: int | None = None
        if line is not None:
            for note in sorted(line.notes, key=lambda note: note.iteration):
                self.add(note.iteration, note.author, note.text)
            self.evaluated = line.evaluations[-1].iteration if line.evaluations else None

    def receive(self, event: Event) -> None:
        """Take what happened; the trainer calls this with every event."""
        match event:
            case Noted(iteration=iteration, author=author, text=text):
                self.add(iteration, author, text)
            case Trained(evaluations=evaluations) if evaluations:
                self.evaluated = evaluations[-1].iteration
            case _:
                pass

    def add(self, iteration: int, author: str, text: str) -> None:
        """A remark was made."""
        # another tuple each time: whoever reads meanwhile has the one before
        self.notes = (*self.notes, {"iteration": iteration, "author": author, "note": text})
