"""Iterations within a sentence, in groups of three digits like everywhere else on the page."""

from __future__ import annotations

import re

_ITERATION = re.compile(r"\b(iteration )(\d{4,})\b")


def grouped(text: str) -> str:
    """The sentence with its iterations so; as `grouping` in text.js.

    >>> grouped("differs from iteration 12345: 12345 of 20000")
    'differs from iteration 12,345: 12345 of 20000'
    """
    return _ITERATION.sub(lambda found: f"{found[1]}{int(found[2]):,}", text)
