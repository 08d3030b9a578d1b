"""What every verb needs on a terminal: exit codes, one-line errors, one JSON document."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from trainer.errors import InvalidInput

DONE, NO, BAD_INPUT, WITHIN_TOLERANCE, INTERRUPTED, UNREAD = 0, 1, 2, 3, 130, 141
"""Exit codes; the last one is where the reader of a pipe has gone, as a shell reports SIGPIPE."""


def complain(error: object, code: int) -> int:
    """Print one line on stderr; returns the code."""
    say(error)
    return code


def say(what: object) -> None:
    """Print one line on stderr."""
    line = " ".join(str(what).split())
    if is_terminal(sys.stderr):
        from rich.console import Console
        from rich.text import Text

        Console(stderr=True).print(Text.assemble(("panda:", "bold"), f" {line}"), soft_wrap=True)
    else:
        print(f"panda: {line}", file=sys.stderr)


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream takes more than lines of plain text; what it takes of colours, rich knows."""
    return stream.isatty() and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


def whole(name: str, text: str, least: int = 0, most: int = 10**18 - 1) -> int:
    """A whole number as typed on the command line; raises InvalidInput."""
    digits = text.strip()
    if not re.fullmatch(r"\d{1,4000}", digits, re.ASCII) or int(digits) < least:
        raise InvalidInput(f"{name} must be a whole number of at least {least}, but got {text[:60]!r}")
    if int(digits) > most:
        raise InvalidInput(f"{name} must be a whole number of at most {most}, but got {text[:60]!r}")
    return int(digits)


def print_document(fields: Mapping[str, Any]) -> None:
    """Print one JSON document; a field that is not a finite number is null, since JSON knows none."""
    finite = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in fields.items()
    }
    print(json.dumps(finite, allow_nan=False))
