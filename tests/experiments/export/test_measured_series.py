"""A series that is measured beside the dev cost is a column, or a scalar, of every export."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.examples import record_run
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.series import MEASURED
from trainer.experiments.export.event_files import write_event_files
from trainer.experiments.export.tables import write_csv, write_jsonl, write_parquet
from trainer.experiments.line import Line, line_of
from trainer.recorder.session import read_session


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    """A run that was recorded with one more series: a hundred times the iteration."""
    monkeypatch.setitem(MEASURED, "hundredfold", lambda loop: 100.0 * loop.iteration)
    path = tmp_path / "s.panda"
    record_run(path, RunConfig(data="iris", layers=(5,)), Hyperparameters(mini_batch_size=16), 300)
    session = read_session(path)
    return line_of(session, session.run("r1"))


def test_it_is_there(line: Line, tmp_path: Path) -> None:
    expected = {e.iteration: 100.0 * e.iteration for e in line.run.evaluations if e.iteration}
    assert len(expected) > 2
    for write, name in ((write_csv, "csv"), (write_jsonl, "jsonl"), (write_parquet, "parquet")):
        write(line, tmp_path / name, None)
    with (tmp_path / "csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {int(row["iteration"]): float(row["hundredfold"]) for row in rows if row["hundredfold"]} == expected
    rows = [json.loads(row) for row in (tmp_path / "jsonl").read_text("utf-8").splitlines()]
    assert {row["iteration"]: row["hundredfold"] for row in rows if row["hundredfold"] is not None} == expected
    table = pq.read_table(tmp_path / "parquet").to_pylist()
    assert {row["iteration"]: row["hundredfold"] for row in table if row["hundredfold"] is not None} == expected
    write_event_files(line, tmp_path / "events")
    accumulator = EventAccumulator(str(tmp_path / "events"))
    accumulator.Reload()
    assert {event.step: event.value for event in accumulator.Scalars("hundredfold")} == {0: 0.0, **expected}
