"""Summary: a session in short, for a list of many."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.recorder.kinds import KINDS, NAME_LIMIT, read
from trainer.recorder.lock import is_locked
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Damage, Record
from trainer.recorder.session import State, check_first, check_format, check_version


@dataclass(frozen=True)
class Summary:
    """What a list of sessions shows of one.

    Attributes
    ----------
    data : name of the data set
    iterations, dev_accuracy : of the latest run; the accuracy is None before the first evaluation
    ended : how the latest run did, as in `RecordedRun`; None where that is not recorded
    interventions : of all runs
    """

    path: Path
    id: str
    name: str
    created: str
    data: str
    runs: int
    iterations: int
    dev_accuracy: float | None
    ended: str | None
    interventions: int
    state: State


def summarise(path: str | Path, *, payloads: bool = False) -> Summary:
    """A session in short; raises as `read_session`.

    Parameters
    ----------
    payloads : whether they are read and checked too, or its JSON alone
    """
    path = Path(path)
    with closing(RecordReader(path, payloads=payloads)) as reader:
        recording = is_locked(reader.fileno())
        brief = _Brief(path)
        for record in reader.read():
            brief.add(record)
        check_format(path, brief.count, reader)
        damaged = brief.damaged or bool(reader.tail and reader.tail.damage)
        closed = brief.closed and reader.tail is None
    state: State = "damaged" if damaged else "recording" if recording else "closed" if closed else "cut"
    return Summary(
        path=path,
        id=str(brief.first.get("id", "")),
        name=brief.name,
        created=str(brief.first.get("created", "")),
        data=brief.data,
        runs=brief.runs,
        iterations=brief.iterations,
        dev_accuracy=brief.accuracy,
        ended=brief.ended,
        interventions=brief.interventions,
        state=state,
    )


class _Brief:
    """What of the records a summary needs; a `Reading`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.first: Mapping[str, Any] = {}
        self.name = self.data = ""
        self.count = self.runs = self.iterations = self.interventions = 0
        self.accuracy: float | None = None
        self.ended: str | None = None
        self.damaged = self.closed = False

    def add(self, found: Record | Damage) -> None:
        if isinstance(found, Damage):
            self.damaged = True
            if found.told is None:
                return
            found = found.told  # only its payload is not as it was
        self.count, self.closed = self.count + 1, False
        kind = KINDS.get(found.kind)
        if found.run and (kind is None or not kind.ends_nothing):
            self.ended = None
        read(self, found)

    def session(self, record: Record) -> None:
        check_first(self._path, record.body)
        self.first, self.name = record.body, str(record.body.get("name", ""))[:NAME_LIMIT]

    def reopened(self, record: Record) -> None:
        if "format" in record.body:
            check_version(self._path, record.body, self.first)

    def rename(self, record: Record) -> None:
        self.name = str(record.body.get("name", ""))[:NAME_LIMIT]

    def dataset(self, record: Record) -> None:
        self.data = str(record.body.get("name", ""))

    def run(self, record: Record) -> None:
        self.runs, self.iterations, self.accuracy = self.runs + 1, record.iteration, None

    def run_end(self, record: Record) -> None:
        self.ended = str(record.body.get("reason", ""))

    def metrics(self, record: Record) -> None:
        self.iterations = record.iteration
        evaluations = record.body.get("evaluations")
        if isinstance(evaluations, list) and evaluations and isinstance(evaluations[-1], list):
            value = evaluations[-1][2] if len(evaluations[-1]) > 2 else None
            self.accuracy = value if isinstance(value, float) else None

    def gauges(self, record: Record) -> None:
        pass

    def intervention(self, record: Record) -> None:
        self.interventions += 1

    def plan(self, record: Record) -> None:
        pass

    def plan_cancelled(self, record: Record) -> None:
        pass

    def session_end(self, record: Record) -> None:
        self.closed = True

    def checkpoint(self, record: Record) -> None:
        pass

    def note(self, record: Record) -> None:
        pass

    def moment(self, record: Record) -> None:
        pass
