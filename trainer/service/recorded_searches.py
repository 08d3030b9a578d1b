"""Recorded searches: those in a folder, by id; read once per content of their files."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from trainer.errors import SessionError, SessionNotFound
from trainer.experiments.search.record import SearchSoFar, read_so_far
from trainer.paths import name_of
from trainer.recorder.library import stamp
from trainer.recorder.search_file import SUFFIX
from trainer.service.search_status import plan_text


def searches_in(folder: Path) -> list[dict[str, Any]]:
    """Every search of a folder in short, the newest first; of one that cannot be read, "why"."""
    found = []
    for path in _newest_first(folder):
        try:
            so_far = _read(path, str(stamp(path)))
        except SessionError as error:
            found.append({"id": "", "file": name_of(path), "text": "", "why": str(error)})
            continue
        found.append({"id": _id(so_far), "file": name_of(path), "text": plan_text(so_far.plan), "why": ""})
    return found


def search_of(folder: Path, search_id: str) -> SearchSoFar:
    """The search of that id in a folder; raises SessionNotFound."""
    for path in _newest_first(folder):
        with suppress(SessionError):
            so_far = _read(path, str(stamp(path)))
            if _id(so_far) == search_id:
                return so_far
    raise SessionNotFound(f"there is no search {search_id[:40]!r} here")


def _newest_first(folder: Path) -> list[Path]:
    stamped = []
    for path in folder.glob(f"*{SUFFIX}"):
        with suppress(SessionError):  # deleted meanwhile
            stamped.append((stamp(path).modified, path))
    return [path for _, path in sorted(stamped, reverse=True)]


def _id(so_far: SearchSoFar) -> str:
    return str(so_far.file.head.get("id", ""))


@lru_cache(maxsize=64)
def _read(path: Path, _stamp: str) -> SearchSoFar:
    return read_so_far(path)
