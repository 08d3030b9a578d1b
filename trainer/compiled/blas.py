"""Where numpy's own matrix products are, for code that calls them by their C addresses."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np  # noqa: F401 - loads them
import threadpoolctl

_NAMES = {"float32": "cblas_sgemm64_", "float64": "cblas_dgemm64_"}
"""In a BLAS with 64-bit integers, as the OpenBLAS of numpy's wheels is; those put a prefix before it."""
_PREFIXES = ("scipy_", "")


@cache
def product_addresses() -> dict[str, int]:
    """dtype → address; empty where numpy has no such BLAS, and nothing compiled can run."""
    for found in threadpoolctl.threadpool_info():
        path = Path(found["filepath"])
        if found["user_api"] != "blas" or not path.parent.name.startswith("numpy"):
            continue
        library = ctypes.CDLL(str(path))
        for prefix in _PREFIXES:
            if all(hasattr(library, prefix + name) for name in _NAMES.values()):
                return {dtype: _address(getattr(library, prefix + name)) for dtype, name in _NAMES.items()}
    return {}


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0
