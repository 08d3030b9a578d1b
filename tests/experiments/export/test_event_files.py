"""Event files, read by TensorBoard's own reader."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import TENSORS, EventAccumulator

from tests.experiments.export.conftest import NOTE
from trainer.experiments.export import event_files, rows
from trainer.experiments.export.event_files import write_event_files
from trainer.experiments.line import Line, line_of
from trainer.recorder.session import read_session


@pytest.fixture
def read(line: Line, tmp_path: Path) -> EventAccumulator:
    write_event_files(line, tmp_path / "run")
    return reader(tmp_path / "run")


def reader(folder: Path) -> EventAccumulator:
    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, TENSORS: 0})
    found.Reload()
    return found


def texts(read: EventAccumulator, tag: str) -> dict[int, str]:
    return {event.step: event.tensor_proto.string_val[0].decode() for event in read.Tensors(f"{tag}/text_summary")}


def float32(numbers: Any) -> list[float]:
    return [float(number) for number in np.asarray(numbers, np.float32)]


def test_scalars_are_the_recorded_ones_as_float32(line: Line, read: EventAccumulator) -> None:
    run, (whole,) = line.run, rows.rows(line)
    cost = read.Scalars("cost")
    assert [event.step for event in cost] == list(range(1, 101))
    assert [event.value for event in cost] == float32(run.costs)
    assert [event.value for event in read.Scalars("learning_rate")] == float32(whole.numbers["learning_rate"])
    dev = read.Scalars("dev_accuracy")
    assert [event.step for event in dev] == [e.iteration for e in run.evaluations]
    assert dev[0].step == 0
    assert [event.value for event in dev] == float32([e.dev_accuracy for e in run.evaluations])
    assert [event.value for event in read.Scalars("dev_cost")] == float32([e.dev_cost for e in run.evaluations])


def test_what_is_constant_is_told_where_it_begins_and_ends(read: EventAccumulator) -> None:
    momentum = {event.step: event.value for event in read.Scalars("momentum")}
    nudged = [1, 13, 14, 30, 31, 41, 42, 55, 56, 70, 71, 100]
    assert momentum == dict(zip(nudged, float32([0.9] * 8 + [0.95] * 4), strict=True))


def test_wall_time_is_the_beginning_and_the_seconds_of_training(line: Line, read: EventAccumulator) -> None:
    began = datetime.fromisoformat(line.run.started).timestamp()
    (whole,) = rows.rows(line)
    times = [event.wall_time for event in read.Scalars("cost")]
    assert times == [began + seconds for seconds in whole.numbers["seconds"].tolist()]


def test_interventions_and_config_as_text(line: Line, read: EventAccumulator) -> None:
    told = texts(read, "interventions")
    assert sorted(told) == [1, 13, 30, 41, 55, 70]
    assert told[13] == f"**α 0.2 → 0.1** by test after iteration 13: {NOTE}"
    assert "a longer memory" in told[55]
    assert "twice at once" in told[55]
    (config,) = texts(read, "config").values()
    assert "- config · layers: `[6, 4]`" in config
    assert f"- environment · numpy: `{np.__version__}`" in config
    (schedule,) = texts(read, "schedule").values()
    assert "| 31 – 41 | 0.1 / (1 + 0.5 e), e epochs since iteration 30 |" in schedule


def test_borders_of_pieces_are_no_borders_of_stretches(
    line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: EventAccumulator
) -> None:
    whole = rows.rows
    monkeypatch.setattr(event_files, "rows", lambda line, progress: whole(line, 13, progress))
    write_event_files(line, tmp_path / "pieces")
    again = reader(tmp_path / "pieces")
    for tag in ("cost", "dev_cost", "learning_rate"):
        assert again.Scalars(tag) == read.Scalars(tag)
    assert {e.step for e in read.Scalars("momentum")} <= {e.step for e in again.Scalars("momentum")}


def test_nothing_of_an_abandoned_part(branched: Path, tmp_path: Path) -> None:
    session = read_session(branched)
    r1, r2 = session.runs.values()
    write_event_files(line_of(session, r2), tmp_path / "run")
    read = reader(tmp_path / "run")
    assert [event.value for event in read.Scalars("cost")] == float32([*r1.costs[:20], *r2.costs])
    assert list(texts(read, "interventions")) == [20]
