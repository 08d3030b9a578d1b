"""Files without a name, for inputs that are too large for memory and have to be stored in another order."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO, cast

from trainer.errors import InvalidData

_ROOMY = Path("/var/tmp")
"""Folder for large temporary files; unlike /tmp, it is not in memory."""


def scratch_file(size: int) -> BinaryIO:
    """A new file in $TMPDIR, by default /var/tmp, on a disk with room for `size` bytes.

    No other process can open it by a name, and the system deletes it when it is closed or the process ends.
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
