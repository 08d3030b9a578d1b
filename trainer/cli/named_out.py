"""Named out: the file that `--out` means, where it has the ending of a session and is to be something else."""

from __future__ import annotations

import os
from pathlib import Path

from trainer.cli.terminal import say
from trainer.recorder.library import SUFFIX as SESSION


def named_out(path: Path, suffix: str, what: str) -> Path:
    """Where something new is recorded: with its own ending, as lists of files go by that; it is told."""
    if path.suffix != SESSION or os.path.lexists(path):  # which is refused when it is made
        return path
    right = path.with_suffix(suffix)
    say(f"{path.name} would be the name of a session: {what} is recorded in {right}")
    return right


def recorded_as(path: Path, suffix: str) -> Path:
    """Where that was recorded."""
    right = path.with_suffix(suffix)
    return right if path.suffix == SESSION and not os.path.lexists(path) and os.path.lexists(right) else path
