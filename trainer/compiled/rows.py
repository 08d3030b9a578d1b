"""Rows of a file at random, by calls of the system, without the interpreter."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numba import types

from trainer.compiled.compiler import compiled, kept

_pread = types.ExternalFunction("pread", types.int64(types.int32, types.uintp, types.uintp, types.int64))
"""POSIX: bytes read from a descriptor to an address, so many at most, from a place in the file."""

if sys.platform == "linux":
    _preadv2 = types.ExternalFunction(
        "preadv2", types.int64(types.int32, types.uintp, types.int32, types.int64, types.int32)
    )
    """As pread, to places in memory that a table lists, with flags."""
    _posix_fadvise = types.ExternalFunction(
        "posix_fadvise", types.int32(types.int32, types.int64, types.int64, types.int32)
    )
    _AT_HAND, _WILL_NEED = 8, 3
    """Flag and advice: only what is in the system's cache; what to have there soon."""

    @compiled
    def _read_what_is_at_hand(descriptor: int, places: Any, begin: int, size: int, missing: Any) -> None:
        """Read the rows that the system has in its cache; ask for all others, so that they come side by side."""
        table = np.empty(2, np.uintp)
        for i in range(places.size):
            table[0], table[1] = begin + i * size, size
            if _preadv2(descriptor, table.ctypes.data, 1, places[i], _AT_HAND) == size:
                missing[i] = False
            else:
                _posix_fadvise(descriptor, places[i], size, _WILL_NEED)

else:

    @compiled
    def _read_what_is_at_hand(descriptor: int, places: Any, begin: int, size: int, missing: Any) -> None:
        """Nothing: only Linux says what it has."""


@kept
def read_rows(descriptor: int, places: Any, memory: Any, look_first: bool) -> int:
    """Fill rows of bytes, `(rows, size)`, from these places; how many were filled before one that could not be.

    look_first : what is in the system's cache is read before the rest, which a disk then can look for all at once
    """
    rows, size = memory.shape
    begin = memory.ctypes.data
    missing = np.ones(rows, np.bool_)
    if look_first:
        _read_what_is_at_hand(descriptor, places, begin, size, missing)
    for i in range(rows):
        if missing[i] and _pread(descriptor, begin + i * size, size, places[i]) != size:
            return i
    return rows
