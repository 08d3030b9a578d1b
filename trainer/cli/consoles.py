"""What a console shows whose encoding lacks a character: a plain substitute, on stdout and stderr alike."""

from __future__ import annotations

import codecs
import io
import re
import sys
import unicodedata
from typing import TextIO

from trainer.text import valid_unicode

SUBSTITUTES = {
    **dict(zip("→←↔⇒≤≥≠≈", ("->", "<-", "<->", "=>", "<=", ">=", "!=", "~"), strict=True)),
    **dict(zip("–—−‐‘’“”₀₁₂₃₄₅₆₇₈₉", "----''\"\"0123456789", strict=True)),
    **dict(zip("€£¥", ("EUR", "GBP", "JPY"), strict=True)),
    **{sign: f"^{digit}" for sign, digit in zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)},
    **dict(
        zip("…×÷·•±µ√∞‖⌊⌋", ("...", "x", "/", "*", "*", "+/-", "u", "sqrt", "inf", "||", "floor(", ")"), strict=True)
    ),
}
"""Sign → what stands for it. Besides, a Greek letter becomes its name, and anything else is escaped."""

_ERRORS = "panda.substitute"
_EVERY_SIGN = "".join(SUBSTITUTES) + "α"
_GREEK = re.compile("GREEK (SMALL|CAPITAL) LETTER ([A-Z]+)")


def substitute(character: str) -> str:
    r"""What a console shows instead of a character that its encoding lacks.

    >>> print(*map(substitute, "→αΛ…字"))
    -> alpha Lambda ... \u5b57
    """
    if character in SUBSTITUTES:
        return SUBSTITUTES[character]
    greek = _GREEK.fullmatch(unicodedata.name(character, ""))
    if greek is None:
        return valid_unicode(character).encode("ascii", "backslashreplace").decode()
    letter = greek[2].replace("LAMDA", "LAMBDA")
    return letter.lower() if greek[1] == "SMALL" else letter.capitalize()


def substitute_what_an_encoding_lacks() -> None:
    """Let stdout and stderr show a substitute where their encoding has no byte for a character."""
    codecs.register_error(_ERRORS, _substituted)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERRORS)


def shows_all(stream: TextIO) -> bool:
    """Whether nothing is substituted there, so that every text has its width."""
    return as_shown(_EVERY_SIGN, stream) == _EVERY_SIGN


def as_shown(text: str, stream: TextIO) -> str:
    """The text with the substitutes that a stream has for it, where its width counts."""
    behind = getattr(stream, "rich_proxied_file", stream)  # while a progress bar is drawn
    encoding = getattr(behind, "encoding", None) or "utf-8"
    return text.encode(encoding, _ERRORS).decode(encoding)


def _substituted(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(substitute, error.object[error.start : error.end])), error.end
