"""Rows of a file at random, by one call of the system each, without the interpreter."""

from __future__ import annotations

from typing import Any

from numba import types

from trainer.compiled.compiler import kept

_pread = types.ExternalFunction("pread", types.int64(types.int32, types.uintp, types.uintp, types.int64))
"""POSIX: bytes read from a descriptor to an address, so many at most, from a place in the file."""


@kept
def read_rows(descriptor: int, places: Any, memory: Any) -> int:
    """Fill rows of bytes, `(rows, size)`, from these places; how many were filled before one that could not be."""
    rows, size = memory.shape
    begin = memory.ctypes.data
    for i in range(rows):
        if _pread(descriptor, begin + i * size, size, places[i]) != size:
            return i
    return rows
