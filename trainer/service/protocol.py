"""Wishes: what the page asks of the trainer, as plain values off the wire, and the commands they stand for."""

from __future__ import annotations

from collections.abc import Mapping

from trainer.engine.commands import AddNote, Checkpoint, Command, Intervene, Nudge, Pause, Resume, RunFor, Stop
from trainer.engine.hyperparameters import CHOICES, HYPERPARAMETERS, Value, parse_number
from trainer.errors import InvalidHyperparameter, InvalidInput

LONGEST_NOTE = 2000
_LONGEST_NUMBER = 40
NUDGES = {"÷3": 1 / 3, "÷1.1": 1 / 1.1, "×1.1": 1.1, "×3": 3.0}


def command_of(wish: Mapping[str, object]) -> Command:
    """The command that a wish `{"do": …}` stands for.

    Raises
    ------
    InvalidInput : it is not one; the sentence names what is wrong
    """
    note = _text(wish, "note")
    match wish.get("do"):
        case "pause":
            return Pause()
        case "resume":
            return Resume()
        case "stop":
            return Stop()
        case "checkpoint":
            return Checkpoint()
        case "run":
            return RunFor(whole_number("iterations", _text(wish, "iterations")))
        case "note":
            if not note.strip():
                raise InvalidInput("a note must not be empty")
            return AddNote(note)
        case "nudge":
            return Nudge(_factor(wish.get("factor")), note=note)
        case "intervene":
            return Intervene(_changes(wish.get("changes")), note=note)
        case unknown:
            raise InvalidInput(f"there is no command {str(unknown)[:40]!r}")


def whole_number(name: str, text: str, least: int = 1) -> int:
    """A whole number as typed, digit for digit, at least `least`."""
    typed = text.strip()
    got = typed if len(typed) <= _LONGEST_NUMBER else f"{typed[:_LONGEST_NUMBER]}…"
    refusal = InvalidInput(f"{name} must be a whole number of at least {least}, but got {got!r}")
    try:
        number = parse_number(name, typed)
    except InvalidHyperparameter:
        raise refusal from None
    # what no float can hold is not read digit by digit: it could be of any length
    if not number.is_integer() or number < least:
        raise refusal
    return int(typed) if typed.lstrip("+").isdigit() else int(number)


def typed_values(texts: Mapping[str, str]) -> dict[str, Value]:
    """Hyperparameters by name, from what was typed or chosen; checked for form, not yet for range."""
    values: dict[str, Value] = {}
    for name, text in texts.items():
        if name not in HYPERPARAMETERS:
            raise InvalidInput(f"there is no hyperparameter {name[:40]!r}")
        values[name] = text if name in CHOICES else parse_number(name, text)
    return values


def _changes(changes: object) -> dict[str, Value]:
    if not isinstance(changes, dict) or not all(isinstance(text, str) for text in changes.values()):
        raise InvalidInput("changes must name hyperparameters and what was typed for them")
    if not changes:
        raise InvalidInput("nothing was changed, so there is nothing to apply")
    return typed_values(changes)


def _factor(nudge: object) -> float:
    if not isinstance(nudge, str) or nudge not in NUDGES:
        raise InvalidInput(f"a nudge is one of {', '.join(NUDGES)}, but got {str(nudge)[:40]!r}")
    return NUDGES[nudge]


def _text(wish: Mapping[str, object], name: str) -> str:
    text = wish.get(name, "")
    if not isinstance(text, str) or len(text) > LONGEST_NOTE:
        raise InvalidInput(f"{name} must be text of at most {LONGEST_NOTE} characters")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"{name} must be text, but character {error.start + 1} is half of one") from None
    return text
