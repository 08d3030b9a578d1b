r"""Text from outside: notes, names and paths that a stranger chose, as valid Unicode and on one line.

A file name is bytes. Python reads those that are not valid in the encoding of the system as lone surrogates, which
no encoder takes: neither a terminal nor a page nor JSON. Here they become what they stand for, as `\xff`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_NOT_BYTES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Surrogates that stand for no byte of a file name."""


def valid_unicode(text: str) -> str:
    r"""The text where it can be encoded; else with the bytes that it was read from, those that are not UTF-8 as `\xff`.

    Where the console's encoding is ASCII, Python has read "α" as two such bytes: they become "α" again.

    >>> print(valid_unicode("a\udcff.csv"), valid_unicode("\udcce\udcb1"), valid_unicode("\ud83d"))
    a\xff.csv α \ud83d
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        plain = _NOT_BYTES.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
        return plain.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text


def ungrouped(text: str) -> str:
    """A whole number without the commas that Panda itself groups it with; any other text as it is.

    >>> ungrouped("12,345"), ungrouped("1,5"), ungrouped("5,0000")
    ('12345', '1,5', '5,0000')
    """
    return text.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+", text, re.ASCII) else text


def valid_json(value: Any) -> Any:
    """A JSON-ready value in which every text, also the name of a field, is valid Unicode."""
    match value:
        case str():
            return valid_unicode(value)
        case dict():
            return {valid_unicode(name): valid_json(part) for name, part in value.items()}
        case list() | tuple():
            return [valid_json(part) for part in value]
    return value


def one_line(text: str) -> str:
    r"""The text with each character that is not printable, such as ESC or a newline, as Python writes it.

    So no note moves the cursor, forges a line, or turns the direction of what follows it. Spaces of other widths
    become plain ones.

    >>> print(one_line("α = 1\n\x1b[2J\u202e\xa0!"))
    α = 1\n\x1b[2J\u202e !
    """
    text = valid_unicode(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _shown(c) for c in text)


def visible(text: str) -> str:
    """The same for a page, where tabs and the ends of lines do no harm: they stay."""
    return "".join(part if part in _LAYOUT else one_line(part) for part in _LAYOUT_PARTS.split(text))


_LAYOUT = ("\n", "\r\n", "\t")
_LAYOUT_PARTS = re.compile(f"({'|'.join(_LAYOUT)})")


def _shown(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode()
