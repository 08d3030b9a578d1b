"""The compiler's options for Panda's own functions, and the folder that keeps what has been compiled.

No option lets the compiler reorder sums or assume that there is no NaN: every run gives the same numbers, bit for bit.
Compiled functions run without the interpreter's lock.

The folder is named for everything that the compiled code depends on: these sources, the compiler and the processor.
(Numba alone looks only at the age of the file with the function.)
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
    """The folder: beside the sources, or in the home directory; None where neither can be written to."""
    # numba's own files are valid only for the place of the sources, and for one version of Python
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
    """Whether all functions called from Python have been compiled and kept for a precision: "float32" or "float64".

    False where a kept file has lost its end or its content since then, as may happen in a power cut.
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
    """Write down that all functions have been compiled for a precision, and what their files contain."""
    folder = kept_in()
    if folder is not None:
        known = {str(path.relative_to(folder)): _known(path) for path in folder.rglob("*.nb[ci]")}
        half_way = folder / f"ready-{dtype}.new"
        half_way.write_text(json.dumps(known), "utf-8")
        half_way.replace(folder / f"ready-{dtype}")


def throw_away_damaged(dtype: str) -> None:
    """Delete all that was compiled if a file that was declared ready is damaged: everything is then compiled again."""
    folder = kept_in()
    if folder is not None and (folder / f"ready-{dtype}").exists() and not is_ready(dtype):
        for path in (path for path in folder.rglob("*") if path.is_file()):
            path.unlink(missing_ok=True)


def _known(path: Path) -> int | str:
    """The digest of a file of code; the length of an index, which grows when the other precision is compiled."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.suffix == ".nbc" else path.stat().st_size


def _as_known(path: Path, what: int | str) -> bool:
    if not path.exists():
        return False
    if isinstance(what, str):
        return _known(path) == what
    return path.stat().st_size >= what and any(path.read_bytes())


_OPTIONS = {"nogil": True, "error_model": "numpy"}


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function that only compiled functions call. It allocates no array."""
    # arrays belong to the caller from Python meanwhile: counting references to them would take a tenth of an update
    return numba.njit(**_OPTIONS, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)


def kept(function: Callable[..., Any], *, allocates: bool = False) -> Any:
    """Compile a function that Python calls, and keep the code for each combination of argument types.

    allocates : the function makes arrays of its own
    """
    folder = kept_in()
    if folder is not None:
        numba.config.CACHE_DIR = str(folder)
    return numba.njit(**_OPTIONS, _nrt=allocates, cache=folder is not None)(function)
