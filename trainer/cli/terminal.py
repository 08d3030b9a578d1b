"""What every verb needs on a terminal: exit codes, one-line errors, progress bars."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from trainer.errors import InvalidInput

DONE, NO, BAD_INPUT, WITHIN_TOLERANCE, INTERRUPTED, UNREAD = 0, 1, 2, 3, 130, 141
"""Exit codes; the last one is where nobody reads any more what is printed, as a shell tells SIGPIPE."""


def complain(error: object, code: int) -> int:
    """Print one line on stderr; returns the code."""
    say(error)
    return code


def say(what: object) -> None:
    """Print one line on stderr."""
    print(f"panda: {' '.join(str(what).split())}", file=sys.stderr)


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


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, fed with (done, of how many)."""
    with tqdm(desc=what, disable=None, unit="it") as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress
