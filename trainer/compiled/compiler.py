"""How Panda's own functions are compiled: without the interpreter's lock, and with arithmetic as it is written.

No option that lets the compiler reorder sums or assume that no NaN comes: the same numbers, bit for bit, in every run.

What was compiled is kept on disk, in a folder named for all that it depends on: these sources, the compiler and the
processor. (Numba by itself looks at the age of one file only.)
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding
import numba

_HERE = Path(__file__).parent


@cache
def kept_in() -> Path | None:
    """Where it is: beside the sources, or in the home directory; None where neither can be written to."""
    # numba itself keeps what it compiled by where the sources are, and for one version of Python
    digest = hashlib.sha256(f"{_HERE} {sys.version}".encode())
    for source in sorted(_HERE.glob("*.py")):
        digest.update(source.read_bytes())
    features = llvmlite.binding.get_host_cpu_features().flatten()
    for part in (numba.__version__, llvmlite.__version__, llvmlite.binding.get_host_cpu_name(), features):
        digest.update(part.encode())
    name = f"compiled-{digest.hexdigest()[:16]}"
    for parent in (_HERE / "__pycache__", Path.home() / ".cache" / "panda"):
        folder = parent / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "writable").touch()
            (folder / "writable").unlink(missing_ok=True)
        except OSError:
            continue
        return folder
    return None


def is_ready(dtype: str) -> bool:
    """Whether everything that is used from Python has been compiled and kept, for a precision.

    What lost its end or its content since, as files may in a power cut, is not ready.
    """
    folder = kept_in()
    if folder is None or not (folder / f"ready-{dtype}").exists():
        return False
    try:
        known = json.loads((folder / f"ready-{dtype}").read_bytes())
    except ValueError:
        return False
    return bool(known) and all(_as_known(folder / name, what) for name, what in known.items())


def declare_ready(dtype: str) -> None:
    """Everything has been."""
    folder = kept_in()
    if folder is not None:
        known = {str(path.relative_to(folder)): _known(path) for path in folder.rglob("*.nb[ci]")}
        half_way = folder / f"ready-{dtype}.new"
        half_way.write_text(json.dumps(known), "utf-8")
        half_way.replace(folder / f"ready-{dtype}")


def throw_away_damaged(dtype: str) -> None:
    """Where what was declared ready is not whole any more, nothing of it is used: all is compiled again."""
    folder = kept_in()
    if folder is not None and (folder / f"ready-{dtype}").exists() and not is_ready(dtype):
        for path in (path for path in folder.rglob("*") if path.is_file()):
            path.unlink(missing_ok=True)


def _known(path: Path) -> int | str:
    """Of code what is in it; of an index, which grows when the other precision is compiled, how long it is."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.suffix == ".nbc" else path.stat().st_size


def _as_known(path: Path, what: int | str) -> bool:
    if not path.exists():
        return False
    if isinstance(what, str):
        return _known(path) == what
    return path.stat().st_size >= what and any(path.read_bytes())


def compiled(function: Callable[..., Any]) -> Any:
    """A function for use within compiled functions only."""
    return numba.njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)


def kept(function: Callable[..., Any]) -> Any:
    """A function for use from Python; what was compiled for its types of arguments is kept."""
    folder = kept_in()
    if folder is not None:
        numba.config.CACHE_DIR = str(folder)
    return numba.njit(nogil=True, error_model="numpy", cache=folder is not None)(function)
