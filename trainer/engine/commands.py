"""Commands: what an actor asks for. Imperative, and possibly refused; each gets one `Answer`.

A `Command` is carried out by the trainer at an iteration boundary of the run under way. A `SessionCommand` needs a
session file: it begins a run, goes on with one, goes back, or writes about one; `trainer.service` carries it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.errors import CommandRefused, InvalidInput
from trainer.text import valid_unicode

NOTE_LIMIT = 10_000
"""Characters of a note, at most."""

MOST_AT_ONCE = 10**12
"""Iterations that one command may ask for: more than any run has, so that a slip of the finger is refused."""


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
    evaluate_at : to be evaluated there, too, as what was foreseen of the changes ends there; None is nowhere
    """

    changes: Mapping[str, Value] = field(default_factory=dict)
    actor: Actor = PAGE
    note: str = ""
    evaluate_at: int | None = None

    def __post_init__(self) -> None:
        """Raises InvalidInput where the note is too long."""
        object.__setattr__(self, "note", _checked_note(self.note))


@dataclass(frozen=True)
class Nudge:
    """Multiply the learning rate in force by a factor at the next iteration boundary (÷3, ÷1.1, ×1.1, ×3)."""

    factor: float
    actor: Actor = PAGE
    note: str = ""

    def __post_init__(self) -> None:
        """Raises InvalidInput where the note is too long."""
        object.__setattr__(self, "note", _checked_note(self.note))


@dataclass(frozen=True)
class Plan:
    """Change hyperparameters when the run comes to an iteration, before the next one: the change waits on the record.

    Attributes
    ----------
    changes : name → new value
    at : the iteration, the present one or a later one
    note : why, in the actor's words; also that of the intervention which it becomes
    """

    changes: Mapping[str, Value]
    at: int
    actor: Actor = PAGE
    note: str = ""

    def __post_init__(self) -> None:
        """Raises InvalidInput where the note is too long."""
        object.__setattr__(self, "note", _checked_note(self.note))

    @property
    def now(self) -> Intervene:
        """The change without the waiting."""
        return Intervene(dict(self.changes), self.actor, self.note)


@dataclass(frozen=True)
class CancelPlan:
    """Take back a planned change that still waits, by the name of the plan."""

    plan: str
    actor: Actor = PAGE


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
        object.__setattr__(self, "text", _checked_note(self.text))


@dataclass(frozen=True)
class Stop:
    """End the run here, with everything recorded."""

    actor: Actor = PAGE


@dataclass(frozen=True)
class RecordAnew:
    """Write the record to a new file, while the one of the run under way is not where it should be.

    Attributes
    ----------
    place : path of the new file; "" is the old path, or one beside it where something stands there
    """

    place: str = ""
    actor: Actor = PAGE


Command = Intervene | Nudge | Plan | CancelPlan | Pause | Resume | RunFor | Checkpoint | AddNote | Stop | RecordAnew


@dataclass(frozen=True)
class StartRun:
    """Begin a recorded run in a new session.

    Attributes
    ----------
    iterations : where it ends; None goes on until stopped
    fit_mini_batch_size : nobody chose the mini-batch size, so that it follows the data
    """

    config: RunConfig
    hyperparameters: Hyperparameters
    iterations: int | None = None
    actor: Actor = PAGE
    fit_mini_batch_size: bool = False


@dataclass(frozen=True)
class ResumeSession:
    """Go on with the latest run of a session, given by its path, in the same file; "" is that of the latest run."""

    session: str = ""
    actor: Actor = PAGE


@dataclass(frozen=True)
class ContinueInNewSession:
    """Go on from the last intact state of a session, given by its path, in a new file that names where it came from."""

    session: str
    actor: Actor = PAGE


@dataclass(frozen=True)
class Undo:
    """Go back to before the latest intervention, in a new run of the same session.

    Attributes
    ----------
    run : the one under way as far as the actor knows, or ""; where it is another one by now, nothing happens
    """

    run: str = ""
    actor: Actor = PAGE


@dataclass(frozen=True)
class Branch:
    """Go on from an iteration of a recorded run, in a new run.

    Attributes
    ----------
    run : of the session
    iteration : with what was changed there; None is where the run was left
    session : path; "" is the session under way
    paused : the new run waits at its beginning; else it does what the run under way did
    """

    run: str
    iteration: int | None = None
    session: str = ""
    paused: bool = False
    actor: Actor = PAGE


@dataclass(frozen=True)
class Rename:
    """Give a session, given by its path, another name."""

    session: str
    name: str
    actor: Actor = PAGE


@dataclass(frozen=True)
class Annotate:
    """Record a note in a session, given by its path: at an iteration of a run, or about all of it where `run` is ""."""

    session: str
    text: str
    run: str = ""
    iteration: int = 0
    actor: Actor = PAGE


@dataclass(frozen=True)
class Promote:
    """Train a trial of a search, given by the path of its file, once more in a new session, up to where it ended.

    Of a search that began with a state of the run under way: give that run what the trial has.
    """

    search: str
    trial: int
    actor: Actor = PAGE


@dataclass(frozen=True)
class TakeAdvice:
    """Do what a rule of advice says of the run under way, if it still says so; `at`: as its sentence of then said."""

    rule: str
    at: int | None = None
    actor: Actor = PAGE


SessionCommand = (
    StartRun | ResumeSession | ContinueInNewSession | Undo | Branch | Rename | Annotate | Promote | TakeAdvice
)


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


def _checked_note(note: str) -> str:
    note = valid_unicode(note)
    if len(note) > NOTE_LIMIT:
        raise InvalidInput(f"a note may have at most {NOTE_LIMIT:,} characters, but this one has {len(note):,}")
    return note


def check_at_once(iterations: object) -> None:
    """Raise CommandRefused where a run cannot be asked for so many iterations at once."""
    if type(iterations) is not int or not 1 <= iterations <= MOST_AT_ONCE:
        got = f"{iterations!r:.60}"
        raise CommandRefused(f"iterations to run must be a whole number from 1 to {MOST_AT_ONCE:,}, but got {got}")
