"""Where a new session is recorded."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from trainer.errors import SessionError


def new_session_path(directory: str | Path, name: str, suffix: str = ".panda") -> Path:
    """A path for a new file, `<slug>-<8 hex><suffix>` in a directory, which is made if it is not there.

    Raises
    ------
    SessionError : the directory cannot be made
    """
    try:
        Path(directory).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SessionError(f"the folder {directory} for sessions cannot be made: {error.strerror}") from error
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "session"
    return Path(directory) / f"{slug}-{secrets.token_hex(4)}{suffix}"


def names_anew(path: Path) -> Iterator[Path]:
    """Paths for what is recorded anew beside a file: `x-anew.panda`, `x-anew2.panda` and so on."""
    return (path.with_name(f"{path.stem}-anew{'' if n == 1 else n}{path.suffix}") for n in count(1))
