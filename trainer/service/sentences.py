"""Why a message is refused, in one sentence that names the offending value and what is allowed."""

from __future__ import annotations

import re
from typing import Any

from msgspec import inspect

_AT = re.compile(r"(.*?)(?: - at `(?P<path>[^`]*)`)?", re.DOTALL)
_EXPECTED = re.compile(r"Expected `(?P<types>[^`]*)`(?P<bounds> .*?)?(?:, got `.*`)?")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`")
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`")
_INVALID = re.compile(r"Invalid (?:enum )?value .*")
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "object": "a JSON object",
    "array": "a list",
}


def shortened(value: object) -> str:
    """A value as it is shown in a sentence."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def sentence(error: str, message: object, kind: Any) -> str:
    """What msgspec found wrong with a message that should be of a kind, for a person."""
    found = _AT.fullmatch(error)
    what, path = (error, "") if found is None else (found[1], found["path"] or "")
    steps = [step for step in path.removeprefix("$").replace("[...]", "[]").split(".") if step]
    name = steps[-1] if steps else "the message"
    value = _value(message, steps)
    if missing := _MISSING.fullmatch(what):
        allowed = f", one of {', '.join(_tags(kind))}" if missing["name"] == _tag_field(kind) else ""
        return f"{name} needs the field {missing['name']!r}{allowed}"
    if unknown := _UNKNOWN.fullmatch(what):
        return f"{name} has no field {shortened(unknown['name'])}"
    if _INVALID.fullmatch(what):
        allowed = ", ".join(_tags(kind) if name == _tag_field(kind) else _choices(message, name, kind))
        return f"{name} must be one of {allowed}, but got {shortened(value)}"
    if expected := _EXPECTED.fullmatch(what):
        types = " or ".join(_WORDS.get(word, word) for word in expected["types"].split(" | "))
        each = "each of " if name.endswith("[]") else ""
        allowed = types + _bounds(expected["bounds"])
        return f"{each}{name.removesuffix('[]')} must be {allowed}, but got {shortened(value)}"
    return f"{name} is not allowed: {what}"


def _value(message: object, steps: list[str]) -> object:
    """What stands at a place of a message; all that is there where the place is not known to the last step."""
    for step in steps:
        message = message.get(step.removesuffix("[]")) if isinstance(message, dict) else None
        if step.endswith("[]"):
            break
    return message


def _bounds(found: str | None) -> str:
    bounds = re.sub(r" of length <= (\d+)", r" of at most \1 characters", found or "")
    return bounds.replace(" <= ", " of at most ").replace(" >= ", " of at least ")


def _structs(kind: Any) -> tuple[inspect.StructType, ...]:
    found = inspect.type_info(kind)
    parts = found.types if isinstance(found, inspect.UnionType) else (found,)
    return tuple(part for part in parts if isinstance(part, inspect.StructType))


def _tag_field(kind: Any) -> str | None:
    return _structs(kind)[0].tag_field


def _tags(kind: Any) -> list[str]:
    return [str(struct.tag) for struct in _structs(kind)]


def _choices(message: object, name: str, kind: Any) -> list[str]:
    """The words that a field may have."""
    tag = message.get(_tag_field(kind) or "") if isinstance(message, dict) else None
    for struct in _structs(kind):
        for field in struct.fields:
            if struct.tag == tag and field.name == name and isinstance(field.type, inspect.LiteralType):
                return [str(value) for value in field.type.values]
    return []
