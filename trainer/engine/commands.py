"""Commands: what an actor asks of the trainer. Imperative, and possibly refused; each gets one `Answer`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from trainer.engine.hyperparameters import Value
from trainer.errors import InvalidInput

NOTE_LIMIT = 10_000
"""Characters of a note, at most."""


@dataclass(frozen=True)
class Actor:
    """Who gave a command, and by what.

    Attributes
    ----------
    kind : a person at the page, the command line, or a program
    name : the recorded author, for instance "page", "cli" or the name of a robot
    """

    kind: Literal["person", "cli", "robot", "guard", "advice", "agent"]
    name: str


PAGE = Actor("person", "page")
CLI = Actor("cli", "cli")


@dataclass(frozen=True)
class Intervene:
    """Change hyperparameters at the next iteration boundary.

    Attributes
    ----------
    changes : name → new value
    note : why, in the actor's words
    """

    changes: Mapping[str, Value] = field(default_factory=dict)
    actor: Actor = PAGE
    note: str = ""

    def __post_init__(self) -> None:
        """Raises InvalidInput where the note is too long."""
        _check_note(self.note)


@dataclass(frozen=True)
class Nudge:
    """Multiply the learning rate in force by a factor at the next iteration boundary (÷3, ÷1.1, ×1.1, ×3)."""

    factor: float
    actor: Actor = PAGE
    note: str = ""

    def __post_init__(self) -> None:
        """Raises InvalidInput where the note is too long."""
        _check_note(self.note)


@dataclass(frozen=True)
class Pause:
    """Stop at the next iteration boundary and wait."""

    actor: Actor = PAGE


@dataclass(frozen=True)
class Resume:
    """End a pause: go on until paused, stopped or finished."""

    actor: Actor = PAGE


@dataclass(frozen=True)
class RunFor:
    """Go on for a number of iterations, then pause; 1 is a single step."""

    iterations: int
    actor: Actor = PAGE


@dataclass(frozen=True)
class Checkpoint:
    """Record the whole state now."""

    actor: Actor = PAGE


@dataclass(frozen=True)
class AddNote:
    """Record a note at this iteration."""

    text: str
    actor: Actor = PAGE

    def __post_init__(self) -> None:
        """Raises InvalidInput where the note is too long."""
        _check_note(self.text)


@dataclass(frozen=True)
class Stop:
    """End the run here, with everything recorded."""

    actor: Actor = PAGE


Command = Intervene | Nudge | Pause | Resume | RunFor | Checkpoint | AddNote | Stop


@dataclass(frozen=True)
class Answer:
    """What became of a command.

    Attributes
    ----------
    status : "applied" (and durable) or "refused"
    iteration : the boundary at which it was applied or refused
    text : one sentence for a person
    before, after : the hyperparameters it set, as they were in force and as they are now
    author : the name of the actor who gave the command
    """

    status: Literal["applied", "refused"]
    iteration: int
    text: str
    before: Mapping[str, Value] = field(default_factory=dict)
    after: Mapping[str, Value] = field(default_factory=dict)
    author: str = ""


def _check_note(note: str) -> None:
    if len(note) > NOTE_LIMIT:
        raise InvalidInput(f"a note may have at most {NOTE_LIMIT:,} characters, but this one has {len(note):,}")
