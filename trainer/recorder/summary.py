"""Summary: a session in short, for a list of many."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.recorder.kinds import NAME_LIMIT
from trainer.recorder.lock import is_locked
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Damage, Record
from trainer.recorder.session import State, check_first, check_format


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
    first: Mapping[str, Any] = {}
    last: Record | None = None
    name = data = ""
    damaged, count, runs, iterations, interventions = False, 0, 0, 0, 0
    accuracy: float | None = None
    ended: str | None = None
    with closing(RecordReader(path, payloads=payloads)) as reader:
        recording = is_locked(reader.fileno())
        for record in reader.read():
            if isinstance(record, Damage):
                damaged = True
                if record.told is None:
                    continue
                record = record.told  # only its payload is not as it was
            last, body, count = record, record.body, count + 1
            if record.run and record.kind != "note":  # a remark may be added long after the end
                ended = None
            match record.kind:
                case "session":
                    check_first(path, body)
                    first, name = body, str(body.get("name", ""))[:NAME_LIMIT]
                case "rename":
                    name = str(body.get("name", ""))[:NAME_LIMIT]
                case "dataset":
                    data = str(body.get("name", ""))
                case "run":
                    runs, iterations, accuracy = runs + 1, record.iteration, None
                case "run-end":
                    ended = str(body.get("reason", ""))
                case "metrics":
                    iterations = record.iteration
                    evaluations = body.get("evaluations")
                    if isinstance(evaluations, list) and evaluations and isinstance(evaluations[-1], list):
                        value = evaluations[-1][-1] if evaluations[-1] else None
                        accuracy = value if isinstance(value, float) else None
                case "intervention":
                    interventions += 1
        check_format(path, count, reader)
        damaged = damaged or bool(reader.tail and reader.tail.damage)
        closed = last is not None and last.kind == "session-end" and reader.tail is None
    state: State = "damaged" if damaged else "recording" if recording else "closed" if closed else "cut"
    return Summary(
        path=path,
        id=str(first.get("id", "")),
        name=name,
        created=str(first.get("created", "")),
        data=data,
        runs=runs,
        iterations=iterations,
        dev_accuracy=accuracy,
        ended=ended,
        interventions=interventions,
        state=state,
    )
