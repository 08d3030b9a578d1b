"""Destination: a new file or folder that is there as a whole or not at all, and never in place of another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trainer.errors import InvalidInput


def check_new(path: Path) -> None:
    """Raise InvalidInput where something is there already, or nothing can be."""
    if path.name in ("", "..") or "\0" in path.name:
        raise InvalidInput(f"out must be the name of a new file, but got {str(path)!r}")
    if os.path.lexists(path):
        raise InvalidInput(f"{path} exists already and is not overwritten; give --out another name")
    if not path.parent.is_dir():
        raise InvalidInput(f"there is no folder {path.parent} for {path.name}; make it first")


@contextmanager
def new_place(path: Path) -> Iterator[Path]:
    """A path beside it to write to; it becomes `path` in the end. After an error there is neither.

    Raises
    ------
    InvalidInput : the disk or the name does not allow it, in a sentence
    """
    check_new(path)
    beside = path.with_name(f".panda-export.{os.getpid()}.part")
    try:
        yield beside
        if beside.is_dir():
            beside.rename(path)
        else:
            _move(beside, path)
    except OSError as error:
        _remove(beside)
        if isinstance(error, FileExistsError):
            raise InvalidInput(f"{path} exists already and is not overwritten; give --out another name") from error
        why = error.strerror or str(error)
        raise InvalidInput(f"{path} cannot be written: {why}; nothing of it is left behind") from error
    except BaseException:
        _remove(beside)
        raise


def _move(beside: Path, path: Path) -> None:
    """Give a file its name, unless another program has taken that meanwhile."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        check_new(path)
        beside.rename(path)
    else:
        beside.unlink()


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)
