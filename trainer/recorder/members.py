"""Members: the pieces of a POSIX ustar archive that records are made of, byte by byte.

A member is a header block of 512 bytes and its content, filled up with zeros to a multiple of 512.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BLOCK = 512

SIZE_LIMIT = 8**11
"""A ustar header can name sizes and times below this."""

Part = bytes | memoryview
"""Bytes that need not be copied to be written; what a part shows does not change. A `memoryview` is of single bytes."""

_NAME = re.compile(rb"(\d{6,12})-([a-z][a-z-]{0,23})\.(json|npy|safetensors)")
_AFTER_CHECKSUM = b"0" + bytes(100) + b"ustar\x0000" + bytes(64) + b"0000000\x000000000\x00" + bytes(167)
_OF_OTHERS = 8 * 32 + sum(_AFTER_CHECKSUM)  # a plain file without an owner; the checksum itself counts as spaces


@dataclass(frozen=True)
class MemberHeader:
    """What a header block says."""

    seq: int
    kind: str
    extension: str
    size: int
    mtime: int


def filled(size: int) -> int:
    """Size of a member's content with its filling.

    >>> filled(0), filled(1), filled(512)
    (0, 512, 512)
    """
    return -size % BLOCK + size


def member_header(name: str, size: int, mtime: int) -> bytes:
    """The one header block (ustar) for a member of this name, size in bytes and time in seconds since 1970."""
    before = b"%b0000444\x000000000\x000000000\x00%011o\x00%011o\x00" % (name.encode().ljust(100, b"\0"), size, mtime)
    return before + b"%06o\0 " % (sum(before) + _OF_OTHERS) + _AFTER_CHECKSUM


def parse_header(block: bytes) -> MemberHeader | None:
    """What a header block says, or None if it is not, byte for byte, one that this module makes."""
    found = _NAME.fullmatch(block[:100].rstrip(b"\0"))
    if found is None:
        return None
    try:
        size, mtime = int(block[124:135], 8), int(block[136:147], 8)
    except ValueError:
        return None
    if size < 0 or mtime < 0 or member_header(found[0].decode(), size, mtime) != block:
        return None
    return MemberHeader(int(found[1]), found[2].decode(), found[3].decode(), size, mtime)


def member(name: str, content: tuple[Part, ...], size: int, mtime: int) -> tuple[Part, ...]:
    """Header, content of `size` bytes, and filling of one member."""
    return member_header(name, size, mtime), *content, bytes(-size % BLOCK)
