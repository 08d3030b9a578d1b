"""Protocol: every message that a client sends to this server, as a type, and what comes back.

Over the WebSocket of a live run a client sends `Hello` first, then any number of `Signal` and of asks: `{"ask": k,
"do": …, …}`, each answered by a `Told` with the same k; the server sends frames (see `frames`). To play back a recorded
session a client POSTs one of `Playback`. Numbers that a person types are text here, so that no digit is lost.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, cast, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from trainer.engine.hyperparameters import HYPERPARAMETERS, RUN_CONFIG, Value
from trainer.errors import InvalidInput
from trainer.recorder.cost_curve import SMOOTHING
from trainer.service.frame_header import FrameHeader
from trainer.service.sentences import sentence, shortened

T = TypeVar("T")
Whole = Annotated[int, Meta(ge=1 - 2**53, le=2**53 - 1)]
LONGEST_NOTE = 2000
Text = Annotated[str, Meta(max_length=LONGEST_NOTE)]
Place = Annotated[str, Meta(max_length=4096)]
Typed = Annotated[dict[str, str], Meta(extra_json_schema={"propertyNames": {"enum": list(HYPERPARAMETERS)}})]
Config = Annotated[dict[str, Any], Meta(extra_json_schema={"propertyNames": {"enum": list(RUN_CONFIG)}})]
NUDGES = {"÷3": 1 / 3, "÷1.1": 1 / 1.1, "×1.1": 1.1, "×3": 3.0}


class Message(Struct, forbid_unknown_fields=True):
    """A JSON object with these fields and no others."""


class Look(Message):
    """What a client looks at; what is not named stays as it was. See `view.View`."""

    begin: Whole | UnsetType | None = UNSET
    end: Whole | UnsetType | None = UNSET
    pixels: Whole | UnsetType = UNSET
    smoothing: Annotated[float, Meta(extra_json_schema={"enum": list(SMOOTHING)})] | UnsetType = UNSET
    until: Whole | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        """Raises ValueError, which msgspec reports, for a smoothing that is not offered."""
        if self.smoothing is not UNSET and self.smoothing not in SMOOTHING:
            raise ValueError(f"smoothing must be one of {', '.join(map(str, SMOOTHING))}, but got {self.smoothing}")


class Hello(Message):
    """The first message: the token of the page, what it looks at, and the live run by id ("" is the server's own)."""

    token: str
    view: Look
    run: Place = ""


class Signal(Message):
    """Frame `got` arrived, so the next may be sent; look elsewhere; the tab is hidden, so nothing is sent meanwhile."""

    got: Whole | UnsetType = UNSET
    view: Look | UnsetType = UNSET
    hidden: bool | UnsetType = UNSET


class Ask(Message, tag_field="do", kw_only=True):
    """Answered by a `Told` with the same `ask`. `of` is the live run that it is for, by id; "" is the one shown."""

    ask: Whole = 0
    of: Place = ""


class Pause(Ask, tag="pause"): ...


class Resume(Ask, tag="resume"): ...


class Stop(Ask, tag="stop"): ...


class Checkpoint(Ask, tag="checkpoint"): ...


class RecordAnew(Ask, tag="record-anew"):
    """While the file of the session is not where it should be: write its record to a new file; "" leaves it where."""

    place: Place = ""


class Run(Ask, tag="run"):
    """A number of iterations, then pause."""

    iterations: Text


class Note(Ask, tag="note"):
    note: Text


class Nudge(Ask, tag="nudge"):
    factor: Literal["÷3", "÷1.1", "×1.1", "×3"]
    note: Text = ""


class Intervene(Ask, tag="intervene"):
    changes: Typed
    note: Text = ""
    evaluate_at: Text = ""  # an iteration to evaluate at, besides


class Plan(Ask, tag="plan"):
    """A change that waits until the run is at an iteration."""

    changes: Typed
    at: Text
    note: Text = ""


class CancelPlan(Ask, tag="cancel-plan"):
    """Take back a change that waits, by the name of the plan."""

    plan: Text


class Start(Ask, tag="start"):
    """Begin a run in a new session."""

    config: Config
    hyperparameters: Typed
    iterations: Annotated[int, Meta(ge=0)] | None = None


class ResumeSession(Ask, tag="resume-session"):
    """Go on with a recorded session; "" is the one of the latest run."""

    session: Place = ""


class ContinueInNewSession(Ask, tag="continue-in-new-session"):
    session: Place


class Undo(Ask, tag="undo"):
    run: Text = ""


class Branch(Ask, tag="branch"):
    run: Text
    iteration: Whole | None = None
    session: Place = ""
    paused: bool = False


class Rename(Ask, tag="rename"):
    session: Place
    name: Text


class Annotate(Ask, tag="annotate"):
    session: Place
    text: Text
    run: Text = ""
    iteration: Whole = 0


class Promote(Ask, tag="promote"):
    """A trial of a search, given by the path of its file."""

    search: Place
    trial: Whole


class TakeAdvice(Ask, tag="take-advice"):
    """Do what a rule says; recorded with the sentence that was read, which `at` names: the "end" of its evidence."""

    rule: Text
    at: Whole | None = None


Asks = (
    Pause
    | Resume
    | Stop
    | Checkpoint
    | RecordAnew
    | Run
    | Note
    | Nudge
    | Intervene
    | Plan
    | CancelPlan
    | Start
    | ResumeSession
    | ContinueInNewSession
    | Undo
    | Branch
    | Rename
    | Annotate
    | Promote
    | TakeAdvice
)


class Told(Message):
    """What became of an ask; `before` and `after` of the hyperparameters that it set. See `commands.Answer`."""

    ask: Whole
    status: Literal["applied", "refused"]
    iteration: int
    text: str
    before: dict[str, Value]
    after: dict[str, Value]
    author: str


class OfPage(Message, tag_field="do"):
    """A POST of a page that knows the token."""

    token: str


class Progress(OfPage, tag="progress"):
    """How far a task beside training is, by its name."""

    task: Place


class OfRun(OfPage):
    """About a run of a session, of which the file had this stamp when the page was made."""

    session: Place
    stamp: Annotated[str, Meta(max_length=100)]
    run: Text


class Frame(OfRun, tag="frame"):
    """The bytes of one frame: a stretch of the curve."""

    view: Look


class Facts(OfRun, tag="facts"):
    """Hyperparameters from iteration to iteration, and what happened."""


class At(OfRun, tag="at"):
    """The exact numbers at an iteration."""

    iteration: Whole


class Model(OfRun, tag="model"):
    """What the network does with its data at an iteration, with one dev example, and with the units around one."""

    iteration: Whole
    example: Whole | None = None
    layer: Whole = 1
    unit: Whole = 0


class Example(OfRun, tag="example"):
    """Class probabilities, at an iteration, of an example that a person types; null: as the dev example is."""

    iteration: Whole
    example: Whole
    values: dict[str, str] | None = None


class BranchAt(OfRun, tag="branch"):
    """Begin a new run at an iteration."""

    iteration: Whole


class NoteAt(OfRun, tag="note"):
    """Record a note at an iteration; about all of the session where that is null."""

    text: Text
    iteration: Whole | None = None


Playback = Progress | Frame | Facts | At | Model | Example | BranchAt | NoteAt


def parsed(text: str | bytes) -> dict[str, Any]:
    """A message as it came; raises InvalidInput where it is not a JSON object."""
    try:
        message = json.loads(text)  # which lets half a character through, to be refused where it stands
    except (ValueError, RecursionError):
        raise InvalidInput("a message must be JSON") from None
    if not isinstance(message, dict):
        raise InvalidInput(f"a message must be a JSON object, but got {shortened(message)}")
    return message


def typed(message: object, kind: type[T]) -> T:
    """A message as one of the types of this module; raises InvalidInput, in one sentence, for anything else."""
    one = _by_tag(cast("Any", kind)).get(str(message.get("do")), kind) if isinstance(message, dict) else kind
    try:
        return msgspec.convert(message, one)
    except msgspec.ValidationError as error:
        raise InvalidInput(sentence(str(error), message, kind)) from None


@cache
def _by_tag(kind: object) -> dict[str, Any]:
    """Types of a union, to which it takes 0.1 ms to convert, by their word in "do"; of anything else none."""
    return {str(one.__struct_config__.tag): one for one in get_args(kind)}


def schema() -> dict[str, Any]:
    """The JSON schema of all messages, for clients in other languages: definitions by name, under "$defs"."""
    kinds = [Hello, Signal, Asks, Told, Playback, FrameHeader]
    references, definitions = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    names = ["Hello", "Signal", "Asks", "Told", "Playback", "FrameHeader"]
    return {"$defs": {**dict(zip(names, references, strict=True)), **definitions}}
