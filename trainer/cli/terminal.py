"""What every verb needs on a terminal: exit codes, one-line errors, lines of text, one JSON document."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from trainer.errors import InvalidInput

DONE, NO, BAD_INPUT, WITHIN_TOLERANCE, INTERRUPTED, UNREAD = 0, 1, 2, 3, 130, 141
"""Exit codes; the last one is where the reader of a pipe has gone, as a shell reports SIGPIPE."""


class StdoutError(Exception):
    """Stdout is closed, or what it leads to takes nothing more."""


def escape_what_an_encoding_lacks() -> None:
    """Let stdout and stderr show as `\\u03b1` what their encoding has no byte for, instead of refusing it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    r"""The text with each character that is not printable, such as ESC or a newline, as Python writes it.

    Names, notes, classes and paths come from strangers: none of them moves the cursor or forges a line.

    >>> print(printable("α = 1\n\x1b[2J"))
    α = 1\n\x1b[2J
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def print_lines(*lines: str) -> None:
    """Print text for people on stdout, each on a line of its own; raises StdoutError."""
    require_stdout()
    with writing():
        print("\n".join(map(printable, lines)))


def flush() -> None:
    """Write what was printed so far; raises StdoutError."""
    if sys.stdout is not None:
        with writing():
            sys.stdout.flush()


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Within it nothing but stdout is written: an error of the system is one of stdout, and raised as StdoutError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StdoutError(f"stdout cannot be written: {error.strerror}") from error


def require_stdout() -> None:
    """Raises StdoutError where there is no stdout, as after `>&-`."""
    if sys.stdout is None:
        raise StdoutError("stdout cannot be written: it is closed")


def complain(error: object, code: int) -> int:
    """Print one line on stderr; returns the code."""
    say(error)
    return code


def say(what: object) -> None:
    """Print one line on stderr."""
    line = printable(" ".join(str(what).split()))
    if sys.stderr is None:
        return
    if is_terminal(sys.stderr):
        from rich.console import Console
        from rich.text import Text

        Console(stderr=True).print(Text.assemble(("panda:", "bold"), f" {line}"), soft_wrap=True)
    else:
        print(f"panda: {line}", file=sys.stderr)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream takes more than lines of plain text; what it takes of colours, rich knows. None is closed."""
    return stream is not None and stream.isatty() and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


def whole(name: str, text: str, least: int = 0, most: int = 10**18 - 1) -> int:
    """A whole number as typed on the command line; raises InvalidInput."""
    digits = text.strip()
    if not re.fullmatch(r"\d{1,4000}", digits, re.ASCII) or int(digits) < least:
        raise InvalidInput(f"{name} must be a whole number of at least {least}, but got {text[:60]!r}")
    if int(digits) > most:
        raise InvalidInput(f"{name} must be a whole number of at most {most}, but got {text[:60]!r}")
    return int(digits)


def print_document(fields: Mapping[str, Any]) -> None:
    """Print one JSON document; a field that is not a finite number is null, since JSON knows none.

    Raises StdoutError.
    """
    finite = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in fields.items()
    }
    print_lines(json.dumps(finite, allow_nan=False))
