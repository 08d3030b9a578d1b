"""RecordReader: yields the intact records of a session file, also while it is being recorded.

It never locks, writes or unpacks anything, remembers how far it has come and can be asked again. Where bytes are
damaged it says so and goes on at the next intact record. Every byte is hashed at most once and nothing is allocated
on the word of a header alone, so that no file, of whatever origin, keeps it busy for more than a time in proportion to
its length.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trainer.errors import SessionDamaged, SessionError, SessionNotFound
from trainer.recorder.members import BLOCK, MemberHeader, filled, parse_header
from trainer.recorder.records import (
    JSON_LIMIT,
    Damage,
    Malformed,
    Record,
    decode_json,
    field,
    header_time,
    record_name,
    record_of,
    whole,
)

_WINDOW = 1 << 20
_SMALL_WINDOW = 1 << 17
_ZEROS = bytes(BLOCK)
_MOST_NUMBERS = 1000


@dataclass(frozen=True)
class Tail:
    """What follows the last intact record.

    Attributes
    ----------
    offset, size : in bytes
    damage : what is damaged in it; empty if it is only the beginning of a record that was never finished
    """

    offset: int
    size: int
    damage: tuple[Damage, ...]


@dataclass(frozen=True)
class _Fault:
    """Why there is no intact record at an offset.

    Attributes
    ----------
    name : of the record, as far as it is known
    end : where it ends, if that is known; the record is then at least located
    torn : the file ends before the record does, or the rest was never written
    told : the record, where only its payload has been changed
    """

    what: str
    name: str = ""
    end: int = 0
    torn: bool = False
    told: Record | None = None


class RecordReader:
    """A file and how far it has been read.

    Attributes
    ----------
    path : of the file
    offset : where the last intact record ended
    tail : what followed it when `read` last came to its end; None if nothing did
    """

    def __init__(self, path: Path, *, payloads: bool = True, what: str = "session") -> None:
        """Open the file, of a `what`; without `payloads` only the JSON is checked.

        Raises
        ------
        SessionNotFound, SessionError : there is none, or it cannot be read
        """
        self.path = path
        self._payloads = payloads
        try:
            kind = path.stat().st_mode
            if stat.S_ISDIR(kind):
                raise SessionNotFound(f"{path} is a folder, not a {what} file")
            if not stat.S_ISREG(kind):  # of a pipe, no end would ever come
                raise SessionNotFound(f"{path} is a pipe or a device, not a {what} file")
            self._file = path.open("rb", buffering=0)
        except (FileNotFoundError, ValueError) as error:  # the latter of a name that no file can have
            raise SessionNotFound(f"there is no {what} {path}") from error
        except OSError as error:
            raise SessionError(f"cannot read {path}: {error.strerror}") from error
        self.offset = 0
        self.tail: Tail | None = None
        self._next_seq = 0
        self._last: Record | None = None
        self._window = b""
        self._window_offset = 0
        self._checked: tuple[Record | None, bytes] = (None, b"")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def fileno(self) -> int:
        """The descriptor of the file."""
        return self._file.fileno()

    def head(self, length: int) -> bytes:
        """The first bytes of the file."""
        return self._pread(0, length)

    def read(self) -> Iterator[Record | Damage]:
        """The records, and what is damaged between them, from `offset` to the present end of the file."""
        size = os.fstat(self._file.fileno()).st_size
        self._window = b""
        self.tail = None
        offset = self.offset
        while offset < size:
            found = self._examine(offset, size)
            if isinstance(found, Record) and found.seq >= self._next_seq:
                damages = self._between(found, [], offset)
            else:
                fault = found if isinstance(found, _Fault) else _Fault("its number came before", found.name, found.end)
                after, lost = self._resynchronise(offset, size, fault)
                if after is None:
                    damages = [] if fault.torn and not lost[1:] else self._all_lost(lost, None, offset)
                    self.tail = Tail(offset, size - offset, tuple(damages))
                    return
                damages, found = self._between(after, lost, offset), after
            yield from damages
            offset = self.offset = found.end
            self._next_seq, self._last = found.seq + 1, found
            yield found

    def payload(self, record: Record) -> bytes:
        """The payload of a record, checked; raises SessionDamaged where it is not what was written."""
        if self._checked[0] is record:
            return self._checked[1]
        data = self.unchecked_payload(record)
        if hashlib.sha256(data).hexdigest() != record.payload_sha256:
            raise SessionDamaged(f"the payload of record {record.name} in {self.path} has been changed")
        return data

    def unchecked_payload(self, record: Record) -> bytes:
        """The payload of a record as it is now."""
        return self._pread(record.payload_offset, record.payload_size)

    def _examine(self, offset: int, size: int) -> Record | _Fault:
        """The intact record that begins at an offset, or why there is none."""
        block = self._at(offset, BLOCK)
        header = parse_header(block)
        if header is None:
            name, end = self._mark_at(offset + BLOCK)
            torn = len(block) < BLOCK or block == _ZEROS
            return _Fault("the header of a member has been changed", name, end, torn)
        name = record_name(header.seq, header.kind)
        if header.extension == "json":
            return self._examine_mark(offset, offset, None, header, size)
        mark = offset + BLOCK + filled(header.size)
        if mark + BLOCK > size:
            return _Fault("it is not complete", name, torn=True)
        block = self._at(mark, BLOCK)
        mark_header = parse_header(block)
        if mark_header is None:
            end = self._mark_at(mark + BLOCK)[1]
            return _Fault("the header of a member has been changed", name, end, torn=block == _ZEROS)
        if (mark_header.seq, mark_header.kind, mark_header.extension) != (header.seq, header.kind, "json"):
            return _Fault("its payload is not followed by its JSON", name)
        return self._examine_mark(offset, mark, header, mark_header, size)

    def _examine_mark(
        self, offset: int, mark: int, payload: MemberHeader | None, header: MemberHeader, size: int
    ) -> Record | _Fault:
        """The record whose JSON member, the commit mark, is at `mark`; its headers are known to be whole."""
        name = record_name(header.seq, header.kind)
        end = mark + BLOCK + filled(header.size)
        if header.size > JSON_LIMIT:
            return _Fault(f"its JSON claims {header.size} bytes, but at most {JSON_LIMIT} are allowed", name)
        if end > size:
            return _Fault("it is not complete", name, torn=True)
        content = self._at(mark + BLOCK, filled(header.size))
        try:
            record = record_of(decode_json(content[: header.size]), offset, end)
            mtime = header_time(record.time)
        except Malformed as error:
            return _Fault(str(error), name, end)
        if any(content[header.size :]):
            return _Fault("its filling is not zeros", name, end)
        if (record.seq, record.kind, mtime) != (header.seq, header.kind, header.mtime):
            return _Fault("its JSON and its header do not agree", name, end)
        if payload is None:
            if record.payload_type is None:
                return record
            return _Fault("its payload is missing or has been changed", name, end)
        described = (record.payload_type, record.payload_size, mtime)
        if described != (payload.extension, payload.size, payload.mtime):
            return _Fault("its JSON and the header of its payload do not agree", name, end)
        return (self._check_payload(record, end) if self._payloads else None) or record

    def _check_payload(self, record: Record, end: int) -> _Fault | None:
        digest = hashlib.sha256()
        chunk = b""
        position, stop = record.payload_offset, record.payload_offset + record.payload_size
        while position < stop:
            chunk = self._at(position, min(_WINDOW, stop - position))
            if not chunk:
                return _Fault("it is not complete", record.name, torn=True)
            digest.update(chunk)
            position += len(chunk)
        if digest.hexdigest() != record.payload_sha256:
            return _Fault("its payload does not match its SHA-256", record.name, end, told=record)
        if any(self._at(stop, filled(record.payload_size) - record.payload_size)):
            return _Fault("its filling is not zeros", record.name, end, told=record)
        if len(chunk) == record.payload_size:
            self._checked = (record, chunk)
        return None

    def _resynchronise(self, offset: int, size: int, fault: _Fault) -> tuple[Record | None, list[Damage]]:
        """The next intact record after a fault, and the damaged ones before it as far as they can be named."""
        follows = fault.told is not None and fault.told.prev == (self._last.hash if self._last else "")
        lost = [Damage(fault.name, offset, fault.what, fault.told if follows else None)]
        boundary = fault.end
        position = boundary or offset + BLOCK
        while position < size:
            block = self._at(position, BLOCK)
            if position != boundary and (block[257:263] != b"ustar\0" or parse_header(block) is None):
                position += BLOCK
                continue
            found = self._examine(position, size)
            if isinstance(found, Record) and found.seq >= self._next_seq:
                return found, lost
            if isinstance(found, _Fault) and (found.end or found.torn or position == boundary):
                self._note_lost(lost, position, found)
            boundary = found.end
            position = max(boundary, position + BLOCK)
        return None, lost

    def _note_lost(self, lost: list[Damage], position: int, fault: _Fault) -> None:
        """Add a damaged record to those found; a JSON whose payload was not recognised belongs to the one before."""
        if not lost[-1].record:
            lost[-1] = Damage(fault.name, lost[-1].offset, lost[-1].what)
        elif lost[-1].record != fault.name:
            lost.append(Damage(fault.name, position, fault.what))

    def _between(self, record: Record, lost: list[Damage], offset: int) -> list[Damage]:
        """Everything that is wrong between the last intact record and this one."""
        damages = self._all_lost(lost, record.seq, offset) if lost or record.seq != self._next_seq else []
        if lost and not damages:
            return [Damage(record.name, offset, "there are bytes before it that belong to no record")]
        if not damages and record.prev != (self._last.hash if self._last else ""):
            return [Damage(record.name, record.offset, "it does not follow from the record before it")]
        return damages

    def _all_lost(self, lost: list[Damage], until: int | None, offset: int) -> list[Damage]:
        """One entry for each record lost before number `until`, or, without it, up to the end of the file.

        Those whose name did not survive are known by their number alone, as far as numbers are missing.
        """
        damages = {int(damage.record.partition("-")[0]): damage for damage in lost if damage.record}
        unnamed = [damage for damage in lost if not damage.record]
        if until is None:
            until = max(damages, default=self._next_seq - 1) + 1 + len(unnamed)
        other = unnamed[0] if unnamed else Damage("", offset, "it is missing")
        for seq in range(self._next_seq, min(until, self._next_seq + _MOST_NUMBERS)):
            damages.setdefault(seq, Damage(f"{seq:06d}", other.offset, other.what))
        return [damages[seq] for seq in sorted(damages)]

    def _mark_at(self, offset: int) -> tuple[str, int]:
        """Name and end of the record whose JSON line begins at an offset; ("", 0) if no whole line does."""
        line, newline, _ = self._at(offset, JSON_LIMIT).partition(b"\n")
        try:
            body = decode_json(line + newline)
            return record_name(whole(body, "seq"), field(body, "kind", str)), offset + filled(len(line) + 1)
        except Malformed:
            return "", 0

    def _at(self, offset: int, length: int) -> bytes:
        """Bytes of the file, fewer at its end; at most a window's length of them."""
        start = offset - self._window_offset
        if start < 0 or start + length > len(self._window):
            self._window = self._pread(offset, _WINDOW if self._payloads else _SMALL_WINDOW)
            self._window_offset, start = offset, 0
        return self._window[start : start + length]

    def _pread(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(length)
