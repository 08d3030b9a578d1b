"""Beginnings: what a file of records is, which the kind of its first record says."""

from __future__ import annotations

from trainer.errors import UnsupportedFormat
from trainer.recorder.records import Record

BEGINNINGS = {
    "session": "a session",
    "search": "the file of a search, which --resume --out goes on with",
}
"""Kind of a first record → what the file is, for people."""


def check_beginning(record: Record, kind: str) -> None:
    """Raise UnsupportedFormat where a record begins a file of another kind."""
    if record.seq == 0 and record.kind != kind and record.kind in BEGINNINGS:
        raise UnsupportedFormat(f"this is {BEGINNINGS[record.kind]}")
