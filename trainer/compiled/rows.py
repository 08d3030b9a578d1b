"""Read rows at given places of a file by calls of the system, without holding the interpreter's lock."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import numpy as np
from numba import types

from trainer.compiled.compiler import compiled, kept

_pread = types.ExternalFunction("pread", types.int64(types.int32, types.uintp, types.uintp, types.int64))
"""POSIX: read from a descriptor to an address at most a number of bytes, from a place in the file; return how many."""

if sys.platform == "linux":
    _preadv2 = types.ExternalFunction(
        "preadv2", types.int64(types.int32, types.uintp, types.int32, types.int64, types.int32)
    )
    """Linux: as pread, but to addresses that a table lists, with flags."""
    _posix_fadvise = types.ExternalFunction(
        "posix_fadvise", types.int32(types.int32, types.int64, types.int64, types.int32)
    )
    _AT_HAND, _WILL_NEED = 8, 3
    """The flag "read only what is in the system's cache", and the advice "bring it into the cache soon"."""

    @compiled
    def _read_what_is_at_hand(descriptor: int, places: Any, begin: int, size: int, table: Any, missing: Any) -> None:
        """Read the rows that the system has in its cache, and ask for the others, so that the disk finds them together.

        `table`, uintp `(2,)`, is overwritten; `missing`, bool `(rows,)`, becomes False for each row that was read.
        """
        for i in range(places.size):
            table[0], table[1] = begin + i * size, size
            if _preadv2(descriptor, table.ctypes.data, 1, places[i], _AT_HAND) == size:
                missing[i] = False
            else:
                _posix_fadvise(descriptor, places[i], size, _WILL_NEED)

else:

    @compiled
    def _read_what_is_at_hand(descriptor: int, places: Any, begin: int, size: int, table: Any, missing: Any) -> None:
        """Do nothing: only Linux can read from its cache alone."""


@partial(kept, allocates=True)
def read_rows(descriptor: int, places: Any, memory: Any, look_first: bool) -> int:
    """Fill `memory`, uint8 `(rows, size)`, from places in a file; return how many rows precede the first failure.

    Parameters
    ----------
    descriptor : of the open file
    places : int64 `(rows,)`, where each row begins, in bytes
    look_first : read what is in the system's cache before the rest, which a disk then can look for all at once
    """
    rows, size = memory.shape
    begin = memory.ctypes.data
    missing = np.ones(rows, np.bool_)
    if look_first:
        _read_what_is_at_hand(descriptor, places, begin, size, np.empty(2, np.uintp), missing)
    for i in range(rows):
        if missing[i] and _pread(descriptor, begin + i * size, size, places[i]) != size:
            return i
    return rows
