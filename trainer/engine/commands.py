"""Commands: what somebody wants the trainer to do. Imperative, and possibly refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from trainer.engine.hyperparameters import Value
from trainer.errors import InvalidInput

NOTE_LIMIT = 10_000
"""Characters of a note, at most."""


@dataclass(frozen=True)
class Intervene:
    """Change hyperparameters at the next iteration boundary.

    Attributes
    ----------
    changes : name → new value
    author : who wants it ("page", "cli", a name)
    note : why, in the author's words
    """

    changes: Mapping[str, Value] = field(default_factory=dict)
    author: str = "page"
    note: str = ""

    def __post_init__(self) -> None:
        """Raises InvalidInput where the note is too long."""
        _check_note(self.note)


@dataclass(frozen=True)
class Nudge:
    """Multiply the learning rate in force by a factor at the next iteration boundary (÷3, ÷1.1, ×1.1, ×3)."""

    factor: float
    author: str = "page"
    note: str = ""

    def __post_init__(self) -> None:
        """Raises InvalidInput where the note is too long."""
        _check_note(self.note)


@dataclass(frozen=True)
class Pause:
    """Stop at the next iteration boundary and wait."""


@dataclass(frozen=True)
class Resume:
    """Go on until paused, stopped or finished."""


@dataclass(frozen=True)
class RunFor:
    """Go on for so many iterations, then pause; 1 is a single step."""

    iterations: int


@dataclass(frozen=True)
class Checkpoint:
    """Record the whole state now."""


@dataclass(frozen=True)
class AddNote:
    """Record a remark at this iteration."""

    text: str
    author: str = "page"

    def __post_init__(self) -> None:
        """Raises InvalidInput where the note is too long."""
        _check_note(self.text)


@dataclass(frozen=True)
class Stop:
    """End the run here, with everything recorded."""


Command = Intervene | Nudge | Pause | Resume | RunFor | Checkpoint | AddNote | Stop


@dataclass(frozen=True)
class Answer:
    """What became of a command.

    Attributes
    ----------
    status : "applied" (and durable) or "refused"
    iteration : the boundary at which it was applied or refused
    text : one sentence for a person
    values : the hyperparameters it set, as now in force
    """

    status: Literal["applied", "refused"]
    iteration: int
    text: str
    values: Mapping[str, Value] = field(default_factory=dict)


def _check_note(note: str) -> None:
    if len(note) > NOTE_LIMIT:
        raise InvalidInput(f"a note may have at most {NOTE_LIMIT:,} characters, but this one has {len(note):,}")
