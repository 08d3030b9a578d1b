"""Session: a recorded session as it can be read, whole or damaged, finished or under way. Never locks, never writes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from trainer.data.dataset import Dataset
from trainer.engine.events import Origin
from trainer.engine.state import TrainingState
from trainer.errors import SessionDamaged, SessionError, SessionNotFound
from trainer.recorder.kinds import KINDS
from trainer.recorder.origin import DataOrigin
from trainer.recorder.payloads import decode_tensors
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Damage, Malformed, Record, whole
from trainer.recorder.run_records import state_scalars, unknown_hyperparameters
from trainer.recorder.runs import Moment, RecordedNote, RecordedRun
from trainer.recorder.tensors import check_state_tensors, dataset_from_payload, description_of

State = Literal["recording", "closed", "cut", "damaged"]


@dataclass(frozen=True, eq=False)
class Session:
    """One session file as it was when it was read.

    Attributes
    ----------
    id, name, created : of the session; the name is the latest it was given; "" if damage took them
    format : of the file; 0 if damage took it
    begun_in : the format in which it was begun, where it was gone on with in a newer one since; else the same
    environment : in which it was begun; `environments` has one more for each time it was reopened, by record number
    state : "recording" (by a process, now), "closed" (properly), "cut" (its process died) or "damaged"
    damage : everything that is not as it was written, in order
    tail : the part of `damage` after which there is no intact record
    runs : by name, in order
    notes, moments : about the session itself
    data : what is said of the data set: name, m, m_dev, inputs, classes, dtype, fingerprint, stored
    data_origins : where the data were that are too large to be in the session, the latest place first
    imported : id of the session this one was copied from by `import_session`, else ""
    records, hash, end : number of intact records, hash and end of the last one
    next_number : that of the record after it
    """

    path: Path
    id: str
    name: str
    created: str
    format: int
    begun_in: int
    environment: Mapping[str, Any]
    environments: Mapping[int, Mapping[str, Any]]
    state: State
    damage: tuple[Damage, ...]
    tail: tuple[Damage, ...]
    runs: Mapping[str, RecordedRun]
    notes: tuple[RecordedNote, ...]
    moments: tuple[Moment, ...]
    data: Mapping[str, Any]
    data_origins: tuple[DataOrigin, ...]
    imported: str
    records: int
    next_number: int
    hash: str
    end: int
    _payloads: Mapping[int, Record]

    @property
    def raised(self) -> str:
        """That the file was raised to another format, in a phrase; "" where it was not."""
        return "" if self.format == self.begun_in else f"format {self.format}, raised from {self.begun_in}"

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
        SessionError : it has hyperparameters that only a newer Panda knows
        """
        record = self._with_state(seq)
        if unknown := unknown_hyperparameters(record):
            raise SessionError(
                f"the state in record {record.name} of {self.path} has the hyperparameter {unknown[0]!r:.60}, which"
                f" only a newer Panda knows"
            )
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
        record = self._with_state(seq)
        return TrainingState.from_parts(state_scalars(record)[0], {})

    def _with_state(self, seq: int) -> Record:
        record = self._payloads.get(seq)
        if record is None or not KINDS[record.kind].with_state:
            raise SessionNotFound(f"record {seq} of {self.path} carries no state")
        return record

    def about_data(self) -> dict[str, Any]:
        """The description of the data set, as `Dataset.description` gives it; also where its arrays are not stored.

        Raises
        ------
        SessionDamaged : it is not what was recorded
        """
        record = self._of_data()
        try:
            with closing(RecordReader(self.path)) as reader:
                tensors = decode_tensors(reader.unchecked_payload(record))  # it was checked when the file was read
            return description_of(tensors, tuple(tensors.keys() - {"description"}))
        except Malformed as error:
            raise SessionDamaged(f"record {record.name} of {self.path} cannot be used: {error}") from error

    def _of_data(self) -> Record:
        record = next((record for record in self._payloads.values() if record.kind == "dataset"), None)
        if record is None:
            raise SessionDamaged(f"the data set of {self.path} is damaged")
        return record

    def dataset(self) -> Dataset:
        """What was trained on.

        Raises
        ------
        SessionError : it was too large to be stored in the session; load it again and compare `fingerprint`
        SessionDamaged : it is not what was recorded
        """
        record = self._of_data()
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
