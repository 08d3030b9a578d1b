r"""Paths of files, kept as valid Unicode whatever bytes they are.

A record, a page and JSON keep text; a file name is bytes. Where these are not UTF-8, the text says `\xff` for a byte.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from trainer.text import valid_unicode

_BYTE = re.compile(rb"\\x([89a-f][0-9a-f])")
"""A byte of a file name that is not UTF-8, as `valid_unicode` writes it."""


def paths_of(text: str) -> list[Path]:
    r"""The paths that a text may stand for: it itself, and where it says `\xff`, the name with that byte."""
    encoded = text.encode("utf-8", "surrogateescape")
    with_bytes = _BYTE.sub(lambda found: bytes([int(found[1], 16)]), encoded)
    return [Path(os.fsdecode(name)) for name in dict.fromkeys((encoded, with_bytes))]


def name_of(path: Path) -> str:
    """The name of a file as text, for a page or an address; `paths_of` leads back."""
    return valid_unicode(path.name)


def file_at(text: str) -> Path | None:
    """The file of that path; None where there is none."""
    return next((path for path in paths_of(text) if _is(path, Path.is_file)), None)


def is_folder(text: str) -> bool:
    """Whether it is the path of a folder."""
    return any(_is(path, Path.is_dir) for path in paths_of(text))


def _is(path: Path, kind: Callable[[Path], bool]) -> bool:
    try:
        return kind(path)
    except (OSError, ValueError):  # a name that no file can have
        return False
