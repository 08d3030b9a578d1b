"""The file of a search: an append-only tar of the same records as a session's, with kinds of its own.

    000000-search.json    what is searched: config, data, sampler, seed; perhaps the state that all trials begin with
    000001-round.json     a box, and which trials are drawn from it
    000002-trial.json     a trial that is over, and its learning curve
    ...
    000027-cancelled.json a person ended it; it may be gone on with

Nothing in it says more than it must for a search to go on: a trial's parameters are computed again when they are
wanted. Its name ends in `.panda-search`.

The record after the first repeats what that says (`begun`), so that no single damaged record is the end of a search. A
file that is damaged is never written to again: what is whole of it goes on in a new file beside it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from trainer.engine.state import TrainingState
from trainer.errors import InvalidInput, SessionDamaged, SessionError, SessionLocked, UnsupportedFormat
from trainer.recorder.beginnings import BEGINNINGS
from trainer.recorder.chain import Chain
from trainer.recorder.drafts import Draft
from trainer.recorder.environment import environment
from trainer.recorder.lock import is_locked
from trainer.recorder.new_path import names_anew
from trainer.recorder.payloads import decode_tensors, encode_tensors
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Damage, Malformed, Record
from trainer.recorder.writer import Writer

SUFFIX = ".panda-search"
SEARCH_FORMAT = 1

_FIRST = "search"
"""Kind of the first record."""

Entry = tuple[str, Mapping[str, Any]]
"""Kind and fields of a record."""

_OF_THE_RECORD = frozenset(("seq", "kind", "run", "iteration", "time", "payload", "prev", "hash", "state"))
_OF_THE_FILE = frozenset(("format", "id", "environment", "digest"))
"""Fields of a first record that do not say what is searched."""


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
    records: tuple[Entry, ...]
    damage: tuple[str, ...]
    last: Record

    @property
    def damage_text(self) -> str:
        """All of the damage in a phrase; "" where there is none."""
        more = f" and {len(self.damage) - 1:,} more" if self.damage[1:] else ""
        return f"{self.damage[0]}{more}" if self.damage else ""


class SearchFile:
    """A search file being written by this process.

    Attributes
    ----------
    id : 32 hexadecimal digits
    """

    def __init__(self, chain: Chain, search_id: str, begun: Mapping[str, Any] | None = None, remark: str = "") -> None:
        self._chain = chain
        self.id = search_id
        self._begun = begun
        self._remark = remark
        self._beside_another = False

    @property
    def path(self) -> Path:
        """Of the file."""
        return self._chain.writer.path

    @property
    def remarks(self) -> tuple[str, ...]:
        """A sentence where it was cut or damaged, and for each time that it was moved and followed."""
        return (*([self._remark] if self._remark else []), *self._chain.writer.remarks)

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
        state = {}
        if start is not None:
            about["digest"], state["state"] = start.digest(), start.scalars()
        found = cls(Chain(Writer.create(path)), search_id, about)
        payload = None if start is None else encode_tensors(start.tensors)
        try:
            found._chain.keep(Draft(_FIRST, {**about, **state}, payload=payload))
            found._chain.write()
        except BaseException:
            found._chain.writer.discard()
            raise
        return found

    @classmethod
    def reopen(cls, search: RecordedSearch, records: Sequence[Entry], kept: str) -> SearchFile:
        """Go on in an existing file, after its last intact record; of a damaged one in a new file beside it.

        Parameters
        ----------
        records : all that is whole, for the new file
        kept : how much of that is over, for people, as in "12 trials are whole"

        Raises
        ------
        SessionLocked : another process has it
        SessionError : it was changed since it was read, or is damaged and has been gone on with already
        RecordingError : the disk takes no new file
        """
        if search.damage:
            return cls._beside(search, records, kept)
        writer = Writer.open(search.path)
        remark = ""
        try:
            if read_search(search.path).last.hash != search.last.hash:  # by a process that had it until now
                raise SessionError(f"{search.path} was changed since it was read, so it is not gone on with: try again")
            if writer.end > search.last.end:
                writer.cut(search.last.end)
                remark = f"{search.path} ended in the midst of a record, which was cut off: {kept} and kept"
        except BaseException:
            writer.close()
            raise
        begun = None if search.records else _without(search.head, _OF_THE_RECORD)
        return cls(Chain(writer, search.last.seq + 1, search.last.hash), str(search.head["id"]), begun, remark)

    @classmethod
    def _beside(cls, search: RecordedSearch, records: Iterable[Entry], kept: str) -> SearchFile:
        path, old = search.path, search.head.get("id")
        with path.open("rb") as damaged:
            if is_locked(damaged.fileno()):
                raise SessionLocked(f"{path} is damaged ({search.damage_text}), and another process is at it")
        taken = list(takewhile(os.path.lexists, names_anew(path)))
        if (there := next((each for each in taken if _stands_for(each, old)), None)) is not None:
            raise SessionError(
                f"{path} is damaged ({search.damage_text}), and {there} has what is whole: go on with that"
            )
        new = next(each for each in names_anew(path) if each not in taken)
        about = _without(search.head, _OF_THE_RECORD | _OF_THE_FILE)
        file = cls.create(new, {**about, "instead_of": old}, search.start)
        try:
            for kind, fields in records:
                file.keep(kind, fields)
            file.write()
        except BaseException:
            file._chain.writer.discard()
            raise
        file._beside_another = True
        file._remark = f"{path} is damaged ({search.damage_text}): {kept}, and it goes on from there in {new}"
        return file

    def keep(self, kind: str, fields: Mapping[str, Any]) -> None:
        """A record, to be written next; raises InvalidInput where it is too long."""
        begun, self._begun = self._begun, None
        if begun is not None:
            with suppress(InvalidInput):  # it is too long with that
                self._chain.keep(Draft(kind, {**fields, "begun": begun}))
                return
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

    def give_up(self) -> None:
        """Close the file before anything was done with it; one that was made beside a damaged one is removed."""
        if self._beside_another:
            self._chain.writer.discard()
        self.close()


def read_search(path: Path, what: str = "search") -> RecordedSearch:
    """A search file, also while it is written.

    Parameters
    ----------
    what : it should be, for people

    Raises
    ------
    SessionNotFound : there is none
    UnsupportedFormat : it is something else, or of a newer Panda
    SessionDamaged : what it began with is in no record that is intact
    """
    with closing(RecordReader(path, what=what)) as reader:
        head: Mapping[str, Any] | None = None
        start = last = None
        records: list[Entry] = []
        damage: list[str] = []
        for found in reader.read():
            if isinstance(found, Damage):
                damage.append(str(found))
                continue
            if head is None:
                head = _head(path, found, damage)
                start = None if "digest" not in head else _start(path, found, reader, damage)
            if last is not None or found.kind != _FIRST:
                records.append((found.kind, found.body))
            last = found
        if reader.tail is not None:
            damage += map(str, reader.tail.damage)
    if head is None or last is None:
        raise _no_head(path, damage)
    return RecordedSearch(path, head, start, tuple(records), tuple(damage), last)


def _head(path: Path, first: Record, damage: Sequence[str]) -> Mapping[str, Any]:
    """What a search began with, from the first intact record; raises SessionDamaged or UnsupportedFormat."""
    head = first.body if first.kind == _FIRST else first.body.get("begun") if damage else None
    if not isinstance(head, dict):
        raise _no_head(path, damage, BEGINNINGS.get(first.kind, ""))
    if (number := head.get("format")) != SEARCH_FORMAT:
        raise UnsupportedFormat(f"{path} is of format {number!r:.40}; this Panda knows {SEARCH_FORMAT}")
    return head


def _no_head(path: Path, damage: Sequence[str], what: str = "") -> SessionError:
    if damage:
        return SessionDamaged(
            f"{path} is damaged: {damage[0]}; without that it is not known what was searched: begin anew"
        )
    return UnsupportedFormat(f"{path} is not the file of a search{what and f', but {what}'}")


def _start(path: Path, record: Record, reader: RecordReader, damage: Sequence[str]) -> TrainingState:
    if record.kind != _FIRST:
        raise SessionDamaged(
            f"{path} is damaged: {damage[0]}; without that, no trial has a state to begin with: begin anew"
        )
    try:
        return TrainingState.from_parts(record.body["state"], decode_tensors(reader.payload(record)))
    except (AttributeError, KeyError, TypeError, ValueError, InvalidInput, Malformed) as error:
        raise UnsupportedFormat(f"the state that all trials of {path} begin with cannot be read: {error}") from error


def _stands_for(path: Path, search_id: object) -> bool:
    """Whether a file has what was whole of a damaged one."""
    with suppress(SessionError):
        return read_search(path).head.get("instead_of") == search_id
    return False


def _without(fields: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}
