"""What every verb needs on a terminal: one-line errors, lines of text, one JSON document."""

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
from trainer.text import one_line, ungrouped, valid_json

_LARGEST = 10**18 - 1
"""Of a whole number without a bound of its own."""


class StdoutError(Exception):
    """Stdout is closed, or what it leads to takes nothing more."""


def print_lines(*lines: str) -> None:
    """Print text for people on stdout, each on a line of its own; raises StdoutError."""
    require_stdout()
    with writing():
        print("\n".join(map(one_line, lines)))


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
    line = one_line(str(what).strip())
    with on_stderr() as stderr:
        if is_terminal(stderr):
            from rich.console import Console
            from rich.text import Text

            Console(stderr=True).print(Text.assemble(("panda:", "bold"), f" {line}"), soft_wrap=True)
        else:
            print(f"panda: {line}", file=stderr)


@contextlib.contextmanager
def on_stderr() -> Iterator[TextIO]:
    """Within it nothing but stderr is written. Where that is closed or takes nothing more, what is written is lost.

    Nothing else ends because of that: what is computed is computed, what is recorded is recorded. The command then
    gives up stderr for good, and `main` says so by its exit code.
    """
    stream = sys.stderr
    if not has_stderr():
        yield io.StringIO()
        return
    try:
        yield stream
    except OSError:
        with contextlib.suppress(OSError):  # it would try once more to write the rest
            stream.close()


def has_stderr() -> bool:
    """Whether there is a stderr that takes something."""
    return sys.stderr is not None and not sys.stderr.closed


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream takes more than lines of plain text; what it takes of colours, rich knows."""
    return (
        stream is not None
        and not stream.closed
        and stream.isatty()
        and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")
    )


def whole(name: str, text: str, least: int = 0, most: int = _LARGEST) -> int:
    """A whole number as typed on the command line; raises InvalidInput."""
    digits = ungrouped(text.strip())
    allowed = f"from {least:,} to {most:,}" if most < _LARGEST else f"of at least {least}"
    if not re.fullmatch(r"\d{1,4000}", digits, re.ASCII) or int(digits) < least:
        raise InvalidInput(f"{name} must be a whole number {allowed}, but got {text[:60]!r}")
    if int(digits) > most:
        allowed = allowed if most < _LARGEST else f"of at most {most}"
        raise InvalidInput(f"{name} must be a whole number {allowed}, but got {text[:60]!r}")
    return int(digits)


def print_document(fields: Mapping[str, Any]) -> None:
    """Print one JSON document, in ASCII, so that every console takes it.

    A field that is not a finite number is null, since JSON knows none. Raises StdoutError.
    """
    finite = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in fields.items()
    }
    print_lines(json.dumps(valid_json(finite), allow_nan=False))
