"""Records: what a session file is made of, byte by byte (formats 1 and 2).

A session file is a POSIX ustar archive. A record is one or two members of it, each a header block of 512 bytes and
its content, filled up with zeros to a multiple of 512:

    000004-intervention.safetensors     the payload, where the record has one
    000004-intervention.json            one line of JSON; that it is there and whole says that the record is

The JSON names what the record is, the size and SHA-256 of the payload, the hash of the record before (`prev`), and
ends with its own: `hash` is the SHA-256 of all the bytes of the line before it. So the records form a chain.
Every byte is accounted for: headers are what `member_header` makes of name, size and time, filling is zeros.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from trainer.errors import InvalidInput
from trainer.recorder.members import BLOCK, SIZE_LIMIT, Part, member
from trainer.text import valid_json

FORMAT = 2
"""The one that is written. Format 1 has the same bytes, but a closed vocabulary: see `kinds.py` and `specs.py`."""

JSON_LIMIT = 64 * 1024
"""Longest JSON line in bytes."""

T = TypeVar("T")
PayloadType = Literal["npy", "safetensors"]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_HASH = re.compile(rb',"hash":"([0-9a-f]{64})"}\n')
_HASH_LENGTH = len(',"hash":""}\n') + 64


class Malformed(Exception):
    """Bytes are not what a record, or a part of one, must be; the text says what is wrong with them."""


@dataclass(frozen=True)
class Payload:
    """The first member of a record, in a standard format: its parts, one after the other."""

    type: PayloadType
    parts: tuple[Part, ...]

    @property
    def data(self) -> bytes:
        """All of it in one piece."""
        return b"".join(self.parts)


@dataclass(frozen=True, eq=False)
class Record:
    """One record as read from a file; intact.

    Attributes
    ----------
    seq, kind, run, iteration, time : as in its JSON; run is "" where it concerns the session
    body : its JSON
    hash, prev : its place in the chain
    offset, end : where it lies in the file
    payload_type, payload_size, payload_sha256 : of its payload; None, 0 and "" without one
    """

    seq: int
    kind: str
    run: str
    iteration: int
    time: str
    body: Mapping[str, Any]
    hash: str
    prev: str
    offset: int
    end: int
    payload_type: PayloadType | None
    payload_size: int
    payload_sha256: str

    @property
    def name(self) -> str:
        """Sequence number and kind, as in `000004-intervention`."""
        return record_name(self.seq, self.kind)

    @property
    def payload_offset(self) -> int:
        """Where the payload's bytes begin in the file."""
        return self.offset + BLOCK


@dataclass(frozen=True)
class Damage:
    """Bytes that are not as they were written, or a record that is not there.

    Attributes
    ----------
    record : its name; only the number where nothing else of it is left
    offset : where it begins, or should begin, in the file
    what : what is wrong, as a phrase
    told : its JSON, where only its payload is not as it was written; else None
    """

    record: str
    offset: int
    what: str
    told: Record | None = dataclasses.field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"record {self.record}: {self.what}"


@dataclass(frozen=True)
class Encoded:
    """A record ready to be written, in parts that follow one another."""

    parts: tuple[Part, ...]
    hash: str

    @property
    def data(self) -> bytes:
        """All of it in one piece."""
        return b"".join(self.parts)


def record_name(seq: int, kind: str) -> str:
    """As in `000004-intervention`."""
    return f"{seq:06d}-{kind}"


def encode_record(
    seq: int,
    kind: str,
    prev: str,
    time: str,
    fields: Mapping[str, Any],
    *,
    run: str = "",
    iteration: int = 0,
    payload: Payload | None = None,
) -> Encoded:
    """The bytes of a record.

    Parameters
    ----------
    prev : hash of the record before, "" for the first
    time : as `2025-01-31T12:00:00.000Z`
    fields : what is particular to this kind; JSON-ready, finite numbers

    Raises
    ------
    InvalidInput : the JSON would be longer than 64 KB
    """
    name, mtime = record_name(seq, kind), header_time(time)
    body: dict[str, Any] = {"seq": seq, "kind": kind, "run": run, "iteration": iteration, "time": time, **fields}
    parts: list[Part] = []
    if payload is not None:
        sha256, size = hashlib.sha256(), sum(map(len, payload.parts))
        for part in payload.parts:
            sha256.update(part)
        body["payload"] = {"type": payload.type, "size": size, "sha256": sha256.hexdigest()}
        parts += member(f"{name}.{payload.type}", payload.parts, size, mtime)
    body["prev"] = prev
    line, digest = encode_json(body)
    if len(line) > JSON_LIMIT:
        raise InvalidInput(f"a {kind} record may have at most {JSON_LIMIT} bytes of JSON, but this one has {len(line)}")
    parts += member(f"{name}.json", (line,), len(line), mtime)
    return Encoded(tuple(parts), digest)


def encode_json(body: Mapping[str, Any]) -> tuple[bytes, str]:
    r"""One line of JSON that ends with the hash of all before it, and that hash.

    A text in it that is not valid Unicode is recorded as `valid_unicode` shows it, with `\xff` for a byte.
    """
    try:
        text = _one_line_of_json(body)
    except UnicodeEncodeError:  # bytes of a file name or of typed text that are not UTF-8
        text = _one_line_of_json(valid_json(body))
    digest = hashlib.sha256(text[:-1]).hexdigest()
    return text[:-1] + f',"hash":"{digest}"}}\n'.encode(), digest


def _one_line_of_json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def decode_json(line: bytes) -> dict[str, Any]:
    """The inverse of `encode_json`: the JSON with its hash, which is checked first.

    Raises
    ------
    Malformed : too long, changed, not JSON, or not JSON that a record may hold (only finite numbers, only Unicode)
    """
    if len(line) > JSON_LIMIT:
        raise Malformed(f"its JSON is longer than {JSON_LIMIT} bytes")
    found = _HASH.fullmatch(line[-_HASH_LENGTH:])
    if found is None or hashlib.sha256(line[:-_HASH_LENGTH]).hexdigest() != found[1].decode():
        raise Malformed("its JSON does not match its hash")
    body = parse_json(line)
    if not isinstance(body, dict):
        raise Malformed("its JSON is not an object")
    return body


def parse_json(text: bytes) -> Any:
    """Parse JSON from an unknown hand: UTF-8, finite numbers, no lone surrogates; raises Malformed."""
    try:
        parsed = _DECODER.decode(text.decode())
        if _SURROGATE.search(text):
            json.dumps(parsed, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Malformed(f"its JSON cannot be used: {error}") from error
    return parsed


def record_of(body: Mapping[str, Any], offset: int, end: int) -> Record:
    """A record from its checked JSON and its place; raises Malformed where a common field is missing or wrong."""
    time = field(body, "time", str)
    payload_type, size, sha256 = None, 0, ""
    if "payload" in body:
        payload = field(body, "payload", dict)
        payload_type, size, sha256 = payload.get("type"), whole(payload, "size"), field(payload, "sha256", str)
        if payload_type not in ("npy", "safetensors"):
            raise Malformed(f"its payload is of an unknown type {payload_type!r:.40}")
    return Record(
        seq=whole(body, "seq"),
        kind=field(body, "kind", str),
        run=field(body, "run", str),
        iteration=whole(body, "iteration"),
        time=time,
        body=body,
        hash=field(body, "hash", str),
        prev=field(body, "prev", str),
        offset=offset,
        end=end,
        payload_type=payload_type,
        payload_size=size,
        payload_sha256=sha256,
    )


def header_time(time: str) -> int:
    """The time of a record in whole seconds since 1970, as its headers carry it; raises Malformed."""
    try:
        if not _TIME.fullmatch(time):
            raise ValueError
        seconds = int(datetime.fromisoformat(time).timestamp())
    except (ValueError, OverflowError) as error:
        raise Malformed(f"its time {time!r:.40} is not a time") from error
    if not 0 <= seconds < SIZE_LIMIT:
        raise Malformed(f"its time {time!r} is before 1970 or too late")
    return seconds


def field(body: Mapping[str, Any], name: str, kind: type[T]) -> T:
    """A field of a record that must be there and of this type; raises Malformed."""
    value = body.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Malformed(f"its field {name!r} is {value!r:.60}, not of type {kind.__name__}")
    return value


def whole(body: Mapping[str, Any], name: str) -> int:
    """A field that must be a whole number from 0 to 2⁶³ - 1; raises Malformed."""
    value = field(body, name, int)
    if not 0 <= value < 2**63:
        raise Malformed(f"its field {name!r} is {value!r:.60}, not a whole number from 0 to 2^63 - 1")
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is not a finite number")
    return number


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is not a finite number")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant)
