"""What a person typed, as values: digit for digit, or refused in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from trainer.engine.hyperparameters import CHOICES, HYPERPARAMETERS, Value, parse_number
from trainer.errors import InvalidHyperparameter, InvalidInput
from trainer.text import ungrouped

_LONGEST_NUMBER = 40


def whole_number(name: str, text: str, least: int = 1, most: int | None = None) -> int:
    """A whole number as typed, digit for digit, at least `least`, and at most `most` where that is given."""
    got = text.strip()
    typed = ungrouped(got)
    got = got if len(got) <= _LONGEST_NUMBER else f"{got[:_LONGEST_NUMBER]}…"
    allowed = f"of at least {least}" if most is None else f"from {least:,} to {most:,}"
    refusal = InvalidInput(f"{name} must be a whole number {allowed}, but got {got!r}")
    try:
        number = parse_number(name, typed)
    except InvalidHyperparameter:
        raise refusal from None
    # what no float can hold is not read digit by digit: it could be of any length
    if not number.is_integer() or number < least or (most is not None and number > most):
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


def encodable(name: str, text: str) -> str:
    """The text, which can be written to a file; raises InvalidInput where it has half a character."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"{name} must be text, but character {error.start + 1} is half of one") from None
    return text
