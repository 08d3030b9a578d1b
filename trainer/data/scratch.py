"""A file without a name, for inputs that are too large for memory and have to be put in another order."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO, cast

from trainer.errors import InvalidData

_ROOMY = Path("/var/tmp")
"""Temporary files that need not be in memory, as those in /tmp may be."""


def scratch_file(size: int) -> BinaryIO:
    """A new file that has room for so many bytes, in $TMPDIR, by default /var/tmp.

    Nobody else can open it, and it is gone when it is closed or the process has ended, however that ended.
    """
    folder = Path(tempfile.gettempdir())
    if "TMPDIR" not in os.environ and _ROOMY.is_dir() and os.access(_ROOMY, os.W_OK):
        folder = _ROOMY
    free = shutil.disk_usage(folder).free
    if size > free:
        raise InvalidData(
            f"{size:,} bytes are needed in {folder} for its numbers row by row, but {free:,} are free; set TMPDIR to a "
            "folder where there is room"
        )
    return cast(BinaryIO, tempfile.TemporaryFile(dir=folder))
