"""Reading a session: its records become a `Session`, whole or damaged."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from trainer.errors import SessionDamaged, UnsupportedFormat
from trainer.recorder.kinds import KINDS, NAME_LIMIT, changes_state, read
from trainer.recorder.lock import is_locked
from trainer.recorder.origin import DataOrigin, origin_of
from trainer.recorder.reader import RecordReader
from trainer.recorder.recorded_session import Session as Session
from trainer.recorder.recorded_session import State as State
from trainer.recorder.records import FORMAT, Damage, Malformed, Record, field, whole
from trainer.recorder.run_builder import RunBuilder
from trainer.recorder.run_records import recorded_moment, recorded_note
from trainer.recorder.runs import Foreign, Moment, RecordedNote

MOST_THREADS = 1024

_FIRST = b"000000-session.json"


def read_session(path: str | Path) -> Session:
    """Read and check a whole session file; damage is reported in it, not raised.

    Raises
    ------
    SessionNotFound : there is no such file
    UnsupportedFormat : it is not a session, or one of a newer Panda
    """
    path = Path(path)
    with closing(RecordReader(path)) as reader:
        recording = is_locked(reader.fileno())
        builder = SessionBuilder(reader)
        for found in reader.read():
            builder.add(found)
        return builder.build(recording)


class SessionBuilder:
    """Gathers what the records say; a `Reading`."""

    def __init__(self, reader: RecordReader) -> None:
        """Of the records that are read by this reader."""
        self._path = reader.path
        self._reader = reader
        self._format = 0
        self._first: Mapping[str, Any] = {}
        self._name = ""
        self._environments: dict[int, Mapping[str, Any]] = {}
        self._damage: list[Damage] = []
        self._runs: dict[str, RunBuilder] = {}
        self._notes: list[RecordedNote] = []
        self._moments: list[Moment] = []
        self._foreign: list[Foreign] = []
        self._data: Mapping[str, Any] = {}
        self._origins: list[DataOrigin] = []
        self._payloads: dict[int, Record] = {}
        self._records = 0
        self._last: Record | None = None
        self._ended = False

    def add(self, found: Record | Damage) -> None:
        """The next record, or what is damaged in its place."""
        if isinstance(found, Damage):
            self._damage.append(found)
            if found.told is not None and KINDS["intervention"].name == found.told.kind:
                self._take_over(found.told)
            return
        self._records += 1
        self._last, self._ended = found, False
        try:
            read(self, found)
        except Malformed as error:
            self._damage.append(Damage(found.name, found.offset, str(error)))
        if found.payload_type == "safetensors":
            self._payloads[found.seq] = found

    def _take_over(self, record: Record) -> None:
        """A change whose tensors are lost: what was changed, and under what, is known."""
        run = self._runs.get(record.run)
        if run is not None:
            with contextlib.suppress(Malformed):
                run.intervention(record, record.offset // 8)
                self._payloads[record.seq] = record

    def build(self, recording: bool) -> Session:
        """The session as far as it was read; raises UnsupportedFormat where it is none."""
        reader = self._reader
        check_format(self._path, self._records, reader)
        tail = reader.tail.damage if reader.tail else ()
        ended = self._ended and reader.tail is None
        state: State = "closed" if ended else "cut"
        if self._damage or tail:
            state = "damaged"
        elif recording:
            state = "recording"
        return Session(
            path=self._path,
            id=str(self._first.get("id", "")),
            name=self._name,
            created=str(self._first.get("created", "")),
            format=self._format,
            begun_in=int(self._first.get("format", 0)),
            environment=next(iter(self._environments.values()), {}),
            environments=self._environments,
            state=state,
            damage=(*self._damage, *tail),
            tail=tail,
            runs={name: builder.build(self._foreign) for name, builder in self._runs.items()},
            notes=tuple(self._notes),
            moments=tuple(self._moments),
            data=self._data,
            data_origins=tuple(self._origins),
            imported=str(self._first.get("imported", "")),
            records=self._records,
            next_number=0 if self._last is None else self._last.seq + 1,
            hash=self._last.hash if self._last else "",
            end=reader.offset,
            _payloads=self._payloads,
        )

    def session(self, record: Record) -> None:
        """The first record; raises UnsupportedFormat for a newer format."""
        body = record.body
        self._format = check_first(self._path, body)
        self._first, self._name = body, field(body, "name", str)[:NAME_LIMIT]
        self._environments[record.seq] = _environment(body)

    def reopened(self, record: Record) -> None:
        """Recording goes on, perhaps in a newer format."""
        self._environments[record.seq] = _environment(record.body)
        if "format" in record.body:
            self._format = check_version(self._path, record.body, self._first)
        self._note_origin(record)

    def _note_origin(self, record: Record) -> None:
        if "origin" in record.body:
            self._origins.insert(0, origin_of(field(record.body, "origin", dict)))

    def rename(self, record: Record) -> None:
        """The session has another name."""
        self._name = field(record.body, "name", str)[:NAME_LIMIT]

    def dataset(self, record: Record) -> None:
        """What is trained on."""
        body = record.body
        if not isinstance(body.get("stored"), bool):
            raise Malformed(f"its field 'stored' is {body.get('stored')!r:.60}")
        self._data = {name: body.get(name) for name in KINDS[record.kind].fields if name != "origin"}
        self._note_origin(record)
        for name in ("name", "fingerprint", "dtype"):
            field(body, name, str)
        for name in ("m", "m_dev", "inputs", "classes"):
            whole(body, name)

    def run(self, record: Record) -> None:
        """A run begins."""
        if record.run in self._runs:
            raise Malformed(f"there is a run {record.run!r:.40} already")
        self._runs[record.run] = RunBuilder(record)

    def metrics(self, record: Record) -> None:
        """Costs of a stretch of iterations, and evaluations."""
        if run := self._run_of(record):
            if record.payload_type != "npy":
                raise Malformed("it has no costs")
            run.metrics(record, self._reader.payload(record), self._room)

    def gauges(self, record: Record) -> None:
        """Gauges at some iterations."""
        if run := self._run_of(record):
            if record.payload_type != "npy":
                raise Malformed("it has no gauges")
            run.gauges(record, self._reader.payload(record))

    def intervention(self, record: Record) -> None:
        """Hyperparameters were changed."""
        if run := self._run_of(record):
            run.intervention(record, self._room)

    def plan(self, record: Record) -> None:
        """A change was planned for a later iteration."""
        if run := self._run_of(record):
            run.plan(record, self._room)

    def plan_cancelled(self, record: Record) -> None:
        """A planned change will not be made."""
        if run := self._run_of(record):
            run.plan_cancelled(record, self._room)

    def checkpoint(self, record: Record) -> None:
        """A whole state."""
        if run := self._run_of(record):
            run.checkpoint(record, self._room)

    def note(self, record: Record) -> None:
        """A remark about a run or the session."""
        if not record.run:
            self._notes.append(recorded_note(record))
        elif run := self._run_of(record):
            run.note(record)

    def run_end(self, record: Record) -> None:
        """A run ended."""
        if run := self._run_of(record):
            run.run_end(record, self._room)

    def session_end(self, record: Record) -> None:
        """The file was closed properly."""
        self._ended = True

    def moment(self, record: Record) -> None:
        """Anything else that happened; what only a newer Panda knows and concerns all runs concerns each of them."""
        if record.run:
            if run := self._run_of(record):
                run.moment(record, self._room)
            return
        self._moments.append(recorded_moment(record))
        if record.kind not in KINDS and changes_state(record):
            self._foreign.append(Foreign(record.iteration, record.seq, f"record {record.name}"))

    @property
    def _room(self) -> int:
        """How many costs damage may have taken away: not more than the file has room for."""
        return self._reader.offset // 8 if self._damage else 0

    def _run_of(self, record: Record) -> RunBuilder | None:
        """The run a record belongs to; None if damage took its beginning away."""
        run = self._runs.get(record.run)
        if run is None and not self._damage:
            raise Malformed(f"it belongs to a run {record.run!r:.40} that never began")
        return run


def check_whole(session: Session) -> None:
    """Raise SessionDamaged where a session is damaged before its end, so that it is not written to."""
    middle = session.damage[: len(session.damage) - len(session.tail)]
    if middle or not session.id:
        what = f"record {middle[0].record}: {middle[0].what}" if middle else "its first record is not there"
        raise SessionDamaged(
            f"{session.path} is damaged ({what}), so nothing more is written to it; it can be read, and a run in it"
            f" can be continued in a new file"
        )


def check_first(path: Path, body: Mapping[str, Any]) -> int:
    """The format of a file by its first record; raises UnsupportedFormat unless it can be read."""
    version = check_version(path, body, body)
    field(body, "id", str)
    return version


def check_version(path: Path, body: Mapping[str, Any], first: Mapping[str, Any]) -> int:
    """The format that a record names; raises UnsupportedFormat, with what is known of the session, if it is newer."""
    version = whole(body, "format")
    if version < 1:
        raise Malformed(f"its format is {version}, but the first is 1")
    if version > FORMAT:
        told = [
            f"{what} {first[key]!r:.80}" for key, what in (("name", "named"), ("created", "created")) if key in first
        ]
        raise UnsupportedFormat(
            f"{path} has format {version}, written by a newer Panda; this one reads formats up to {FORMAT}"
            + (f" (the session is {', '.join(told)}; any tar tool lists its records)" if told else "")
        )
    return version


def _environment(body: Mapping[str, Any]) -> Mapping[str, Any]:
    environment = field(body, "environment", dict)
    if not 1 <= whole(environment, "threads") <= MOST_THREADS:
        raise Malformed(f"it was recorded with {environment['threads']} threads; 1 to {MOST_THREADS} are allowed")
    return environment


def check_format(path: Path, records: int, reader: RecordReader) -> None:
    """Without any intact record, raise UnsupportedFormat unless the file begins as a session does."""
    if records == 0:
        begin = reader.head(len(_FIRST))
        if begin != _FIRST[: len(begin)]:
            raise UnsupportedFormat(f"{path} is not a session of Panda")
