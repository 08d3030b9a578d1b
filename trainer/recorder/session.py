"""Session: a recorded session as it can be read, whole or damaged, finished or under way. Never locks, never writes."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from trainer.data.dataset import Dataset
from trainer.engine.events import Origin
from trainer.engine.state import TrainingState
from trainer.errors import SessionDamaged, SessionError, SessionNotFound, UnsupportedFormat
from trainer.recorder.kinds import FIELDS, NAME_LIMIT, WITH_STATE
from trainer.recorder.lock import is_locked
from trainer.recorder.payloads import decode_tensors
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import FORMAT, Damage, Malformed, Record, field, whole
from trainer.recorder.runs import RecordedNote, RecordedRun, RunBuilder, recorded_note, state_scalars
from trainer.recorder.tensors import check_state_tensors, dataset_from_payload

State = Literal["recording", "closed", "cut", "damaged"]

MOST_THREADS = 1024

_FIRST = b"000000-session.json"


@dataclass(frozen=True, eq=False)
class Session:
    """One session file as it was when it was read.

    Attributes
    ----------
    id, name, created, format : of the session; the name is the latest it was given; "" and 0 if damage took them
    environment : in which it was begun; `environments` has one more for each time it was reopened, by record number
    state : "recording" (by somebody, now), "closed" (properly), "cut" (its process died) or "damaged"
    damage : everything that is not as it was written, in order
    tail : the part of `damage` after which there is no intact record
    runs : by name, in order
    notes : about the session itself
    data : what is said of the data set: name, m, m_dev, inputs, classes, dtype, fingerprint, stored
    imported : id of the session this one was copied from by `import_session`, else ""
    records, hash, end : number of intact records, hash and end of the last one
    next_number : that of the record after it
    """

    path: Path
    id: str
    name: str
    created: str
    format: int
    environment: Mapping[str, Any]
    environments: Mapping[int, Mapping[str, Any]]
    state: State
    damage: tuple[Damage, ...]
    tail: tuple[Damage, ...]
    runs: Mapping[str, RecordedRun]
    notes: tuple[RecordedNote, ...]
    data: Mapping[str, Any]
    imported: str
    records: int
    next_number: int
    hash: str
    end: int
    _payloads: Mapping[int, Record]

    @property
    def fingerprint(self) -> str:
        """Of the data set."""
        return str(self.data.get("fingerprint", ""))

    @property
    def origin(self) -> Origin | None:
        """The other session that the first run was branched from, if it was."""
        first = next(iter(self.runs.values()), None)
        return first.parent if first is not None and first.parent is not None and first.parent.session else None

    def run(self, name: str) -> RecordedRun:
        """A run by name; raises SessionNotFound."""
        if name not in self.runs:
            lost = [damage.record for damage in self.damage if damage.record.partition(".")[0].endswith("-run")]
            why = f" ({', '.join(lost)} is damaged, so that run is lost)" if lost else ""
            raise SessionNotFound(
                f"there is no run {name!r} in {self.path}; it has {', '.join(self.runs) or 'none'}{why}"
            )
        return self.runs[name]

    def training_state(self, seq: int) -> TrainingState:
        """The state that record `seq` carries, checked against its digest.

        Raises
        ------
        SessionNotFound : that record has none
        SessionDamaged : it is not what was recorded
        """
        record = self._payloads.get(seq)
        if record is None or record.kind not in WITH_STATE:
            raise SessionNotFound(f"record {seq} of {self.path} carries no state")
        config = self.runs[record.run].config
        try:
            with closing(RecordReader(self.path)) as reader:
                tensors = decode_tensors(reader.unchecked_payload(record))  # all of it is in the digest
            scalars, hyperparameters = state_scalars(record)
            inputs, classes = whole(self.data, "inputs"), whole(self.data, "classes")
            check_state_tensors(tensors, config, inputs, classes, hyperparameters)
        except Malformed as error:
            raise SessionDamaged(f"record {record.name} of {self.path} cannot be used: {error}") from error
        state = TrainingState.from_parts(scalars, tensors)
        if state.digest() != record.body["digest"]:
            raise SessionDamaged(f"the state in record {record.name} of {self.path} does not have the recorded digest")
        return state

    def bare_state(self, seq: int) -> TrainingState:
        """The state that record `seq` carries without its tensors: where the run was, and under which hyperparameters.

        Raises
        ------
        SessionNotFound : that record has none
        """
        record = self._payloads.get(seq)
        if record is None or record.kind not in WITH_STATE:
            raise SessionNotFound(f"record {seq} of {self.path} carries no state")
        return TrainingState.from_parts(state_scalars(record)[0], {})

    def dataset(self) -> Dataset:
        """What was trained on.

        Raises
        ------
        SessionError : it was too large to be stored in the session; load it again and compare `fingerprint`
        SessionDamaged : it is not what was recorded
        """
        record = next((record for record in self._payloads.values() if record.kind == "dataset"), None)
        if record is None:
            raise SessionDamaged(f"the data set of {self.path} is damaged")
        if not record.body["stored"]:
            raise SessionError(
                f"the data set {self.data['name']} was too large to be stored in {self.path};"
                f" it has to be loaded again from where it came"
            )
        try:
            with closing(RecordReader(self.path)) as reader:
                dataset = dataset_from_payload(reader.payload(record))
        except Malformed as error:
            raise SessionDamaged(f"record {record.name} of {self.path} cannot be used: {error}") from error
        if dataset.fingerprint != self.fingerprint:
            raise SessionDamaged(f"the data set in {self.path} does not have the recorded fingerprint")
        return dataset


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
        builder = _SessionBuilder(path)
        for found in reader.read():
            builder.add(found, reader)
        return builder.build(reader, recording)


class _SessionBuilder:
    """Gathers what the records say."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._first: Mapping[str, Any] = {}
        self._name = ""
        self._environments: dict[int, Mapping[str, Any]] = {}
        self._damage: list[Damage] = []
        self._runs: dict[str, RunBuilder] = {}
        self._notes: list[RecordedNote] = []
        self._data: Mapping[str, Any] = {}
        self._payloads: dict[int, Record] = {}
        self._records = 0
        self._last: Record | None = None

    def add(self, found: Record | Damage, reader: RecordReader) -> None:
        if isinstance(found, Damage):
            self._damage.append(found)
            if found.told is not None and found.told.kind == "intervention":
                self._take_over(found.told)
            return
        self._records += 1
        self._last = found
        try:
            self._interpret(found, reader)
        except Malformed as error:
            self._damage.append(Damage(found.name, found.offset, str(error)))
        if found.payload_type == "safetensors":
            self._payloads[found.seq] = found

    def _take_over(self, record: Record) -> None:
        """A change whose tensors are lost: what was changed, and under what, is known."""
        run = self._runs.get(record.run)
        if run is not None:
            with contextlib.suppress(Malformed):
                run.add(record, record.offset // 8)
                self._payloads[record.seq] = record

    def build(self, reader: RecordReader, recording: bool) -> Session:
        check_format(self._path, self._records, reader)
        tail = reader.tail.damage if reader.tail else ()
        ended = self._last is not None and self._last.kind == "session-end" and reader.tail is None
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
            format=int(self._first.get("format", 0)),
            environment=next(iter(self._environments.values()), {}),
            environments=self._environments,
            state=state,
            damage=(*self._damage, *tail),
            tail=tail,
            runs={name: builder.build() for name, builder in self._runs.items()},
            notes=tuple(self._notes),
            data=self._data,
            imported=str(self._first.get("imported", "")),
            records=self._records,
            next_number=0 if self._last is None else self._last.seq + 1,
            hash=self._last.hash if self._last else "",
            end=reader.offset,
            _payloads=self._payloads,
        )

    def _interpret(self, record: Record, reader: RecordReader) -> None:
        """Take over what a record says; raises Malformed, and UnsupportedFormat for a newer format."""
        body = record.body
        match record.kind:
            case "session":
                check_first(self._path, body)
                self._first, self._name = body, field(body, "name", str)[:NAME_LIMIT]
                self._environments[record.seq] = _environment(body)
            case "reopened":
                self._environments[record.seq] = _environment(body)
            case "rename":
                self._name = field(body, "name", str)[:NAME_LIMIT]
            case "dataset":
                if not isinstance(body.get("stored"), bool):
                    raise Malformed(f"its field 'stored' is {body.get('stored')!r:.60}")
                self._data = {name: body.get(name) for name in FIELDS["dataset"]}
                for name in ("name", "fingerprint", "dtype"):
                    field(body, name, str)
                for name in ("m", "m_dev", "inputs", "classes"):
                    whole(body, name)
            case "note" if not record.run:
                self._notes.append(recorded_note(record))
            case "run":
                if record.run in self._runs:
                    raise Malformed(f"there is a run {record.run!r:.40} already")
                self._runs[record.run] = RunBuilder(record)
            case "metrics":
                run = self._run_of(record)
                if run is not None:
                    run.add_metrics(record, _costs_payload(record, reader), self._room(reader))
            case _ if record.kind in FIELDS and record.run:
                run = self._run_of(record)
                if run is not None:
                    run.add(record, self._room(reader))

    def _room(self, reader: RecordReader) -> int:
        """How many costs damage may have taken away: not more than the file has room for."""
        return reader.offset // 8 if self._damage else 0

    def _run_of(self, record: Record) -> RunBuilder | None:
        """The run a record belongs to; None if damage took its beginning away."""
        run = self._runs.get(record.run)
        if run is None and not self._damage:
            raise Malformed(f"it belongs to a run {record.run!r:.40} that never began")
        return run


def check_first(path: Path, body: Mapping[str, Any]) -> None:
    """Raise UnsupportedFormat unless the first record is of a format that can be read."""
    version = whole(body, "format")
    if version > FORMAT:
        raise UnsupportedFormat(
            f"{path} has format {version}, written by a newer Panda; this one reads formats up to {FORMAT}"
        )
    field(body, "id", str)


def _environment(body: Mapping[str, Any]) -> Mapping[str, Any]:
    environment = field(body, "environment", dict)
    if not 1 <= whole(environment, "threads") <= MOST_THREADS:
        raise Malformed(f"it was recorded with {environment['threads']} threads; 1 to {MOST_THREADS} are allowed")
    return environment


def _costs_payload(record: Record, reader: RecordReader) -> bytes:
    if record.payload_type != "npy":
        raise Malformed("it has no costs")
    return reader.payload(record)


def check_format(path: Path, records: int, reader: RecordReader) -> None:
    """Without any intact record, raise UnsupportedFormat unless the file begins as a session does."""
    if records == 0:
        begin = reader.head(len(_FIRST))
        if begin != _FIRST[: len(begin)]:
            raise UnsupportedFormat(f"{path} is not a session of Panda")
