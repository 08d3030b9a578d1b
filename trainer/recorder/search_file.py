"""The file of a search: an append-only tar of the same records as a session's, with kinds of its own.

    000000-search.json    what is searched: config, data, sampler, seed; perhaps the state that all trials begin with
    000001-round.json     a box, and which trials are drawn from it
    000002-trial.json     a trial that is over, and its learning curve
    ...

Nothing in it says more than it must for a search to go on: a trial's parameters are computed again when they are
wanted. Its name ends in `.panda-search`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.engine.state import TrainingState
from trainer.errors import InvalidInput, SessionDamaged, SessionError, UnsupportedFormat
from trainer.recorder.chain import Chain
from trainer.recorder.drafts import Draft
from trainer.recorder.environment import environment
from trainer.recorder.payloads import decode_tensors, encode_tensors
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Damage, Record
from trainer.recorder.writer import Writer

SUFFIX = ".panda-search"
SEARCH_FORMAT = 1


@dataclass(frozen=True, eq=False)
class RecordedSearch:
    """What a file says of a search.

    Attributes
    ----------
    head : fields of its first record
    start : the state that all its trials begin with; None for initial parameters
    records : kind and fields of every intact record after the first, in order
    damage : a sentence for each record that is not as it was written
    """

    path: Path
    head: Mapping[str, Any]
    start: TrainingState | None
    records: tuple[tuple[str, Mapping[str, Any]], ...]
    damage: tuple[str, ...]
    last: Record


class SearchFile:
    """A search file being written by this process.

    Attributes
    ----------
    id : 32 hexadecimal digits
    """

    def __init__(self, chain: Chain, search_id: str) -> None:
        self._chain = chain
        self.id = search_id

    @property
    def path(self) -> Path:
        """Of the file."""
        return self._chain.writer.path

    @property
    def remarks(self) -> tuple[str, ...]:
        """A sentence for each time that it was moved and followed."""
        return self._chain.writer.remarks

    @classmethod
    def create(
        cls, path: Path, head: Mapping[str, Any], start: TrainingState | None, search_id: str = ""
    ) -> SearchFile:
        """A new file, durable when this returns.

        Raises
        ------
        SessionError : the file exists, or cannot be created
        RecordingError : the disk takes nothing; no file is left behind
        """
        search_id = search_id or secrets.token_hex(16)
        about = {"format": SEARCH_FORMAT, "id": search_id, "environment": environment(), **head}
        if start is not None:
            about |= {"state": start.scalars(), "digest": start.digest()}
        found = cls(Chain(Writer.create(path)), search_id)
        try:
            found._chain.keep(Draft("search", about, payload=None if start is None else encode_tensors(start.tensors)))
            found._chain.write()
        except BaseException:
            found._chain.writer.discard()
            raise
        return found

    @classmethod
    def reopen(cls, search: RecordedSearch) -> SearchFile:
        """Go on in an existing file, after its last intact record.

        Raises
        ------
        SessionDamaged : it is damaged before its end
        SessionLocked : another process has it
        SessionError : it was changed since it was read
        """
        if search.damage:
            raise SessionDamaged(f"{search.path} is damaged ({search.damage[0]}) and will not be written to")
        writer = Writer.open(search.path)
        try:
            if read_search(search.path).last.hash != search.last.hash:  # by a process that had it until now
                raise SessionError(f"{search.path} was changed since it was read, so it is not gone on with: try again")
            if writer.end > search.last.end:
                writer.cut(search.last.end)
        except BaseException:
            writer.close()
            raise
        return cls(Chain(writer, search.last.seq + 1, search.last.hash), str(search.head["id"]))

    def keep(self, kind: str, fields: Mapping[str, Any]) -> None:
        """A record, to be written next; raises InvalidInput where it is too long."""
        self._chain.keep(Draft(kind, fields))

    def write(self) -> None:
        """Write all that is kept; durable when this returns.

        Raises
        ------
        RecordingPaused, RecordAstray, RecordingFailed : as `Chain.write`; it stays kept
        """
        self._chain.write()

    def close(self) -> None:
        """Close the file."""
        self._chain.writer.close()


def read_search(path: Path) -> RecordedSearch:
    """A search file, also while it is written.

    Raises
    ------
    SessionNotFound : there is none
    UnsupportedFormat : it is something else, or of a newer Panda
    SessionDamaged : its first record is not intact
    """
    with closing(RecordReader(path)) as reader:
        records: list[Record] = []
        damage: list[str] = []
        start = None
        for found in reader.read():
            if isinstance(found, Damage):
                damage.append(str(found))
                continue
            if not records:
                _check_first(path, found, damage)
                start = None if found.payload_type is None else _start(path, found, reader)
            records.append(found)
        if reader.tail is not None:
            damage += map(str, reader.tail.damage)
    if not records:
        _check_first(path, None, damage)
    body = tuple((record.kind, record.body) for record in records[1:])
    return RecordedSearch(path, records[0].body, start, body, tuple(damage), records[-1])


def _check_first(path: Path, first: Record | None, damage: Sequence[str]) -> None:
    """Raise SessionDamaged or UnsupportedFormat where the first intact record does not begin a search."""
    if first is None or first.kind != "search":
        if damage:
            raise SessionDamaged(f"{path} is damaged: {damage[0]}")
        raise UnsupportedFormat(f"{path} is not the file of a search")
    if (number := first.body.get("format")) != SEARCH_FORMAT:
        raise UnsupportedFormat(f"{path} is of format {number!r:.40}; this Panda knows {SEARCH_FORMAT}")


def _start(path: Path, record: Record, reader: RecordReader) -> TrainingState:
    try:
        return TrainingState.from_parts(record.body["state"], decode_tensors(reader.payload(record)))
    except (AttributeError, KeyError, TypeError, ValueError, InvalidInput) as error:
        raise UnsupportedFormat(f"the state that all trials of {path} begin with cannot be read: {error}") from error
