"""How Panda's own functions are compiled: without the interpreter's lock, and with arithmetic as it is written.

No option that lets the compiler reorder sums or assume that no NaN comes: the same numbers, bit for bit, in every run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(function: Callable[..., Any]) -> Any:
    """A function for use within compiled functions."""
    return njit(nogil=True, error_model="numpy")(function)


def kept(function: Callable[..., Any]) -> Any:
    """A function for use from Python; what was compiled for its types of arguments is kept on disk.

    Beside the source file, or in the user's cache where that cannot be written.
    """
    return njit(nogil=True, error_model="numpy", cache=True)(function)
