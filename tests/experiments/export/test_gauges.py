"""Gauges in exports: a sparse column of each table, and a scalar of TensorBoard's, under the names of the record."""

from __future__ import annotations

import csv
import html
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.examples import record_run
from trainer.engine import gauging
from trainer.engine.gauge_specs import GAUGES
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.experiments.export.event_files import write_event_files
from trainer.experiments.export.report.gauges import _broken, _range, gauges
from trainer.experiments.export.report.page import Verified, report
from trainer.experiments.export.rows import rows
from trainer.experiments.export.tables import write_csv, write_jsonl, write_parquet
from trainer.experiments.line import Line, line_of
from trainer.recorder.session import read_session

NAMES = {"gradient_norm", "gradient_norm[2]", "update_ratio[1]", "z_mean[1]", "gamma_mean[1]", "gradient_noise"}


def recorded(path: Path, budget: float) -> Line:
    config = RunConfig(data="iris", layers=(5,), evaluate_every=20, gauge_budget=budget)
    record_run(path, config, Hyperparameters(mini_batch_size=16), 1_000)
    session = read_session(path)
    return line_of(session, session.run("r1"))


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """With gauges at more iterations than the first."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(gauging, "CLOSEST_SECONDS", 0.001)
        made = recorded(tmp_path_factory.mktemp("gauges") / "s.panda", 0.5)
    assert len(made.gauges["gradient_norm"][0]) > 1
    return made


def expected(line: Line) -> dict[str, dict[int, float]]:
    """Of each gauge what tables have: all but the state at the beginning, which is no row."""
    return {
        name: {t: v for t, v in zip(at.tolist(), values.tolist(), strict=True) if t}
        for name, (at, values) in line.gauges.items()
    }


def test_tables_have_a_sparse_column_for_each(line: Line, tmp_path: Path) -> None:
    wanted = expected(line)
    assert set(wanted) > NAMES
    write_csv(line, tmp_path / "csv")
    with (tmp_path / "csv").open(encoding="utf-8") as file:
        cells = list(csv.DictReader(file))
    write_jsonl(line, tmp_path / "jsonl")
    objects = [json.loads(text) for text in (tmp_path / "jsonl").read_text("utf-8").splitlines()]
    write_parquet(line, tmp_path / "parquet")
    table = pq.read_table(tmp_path / "parquet", columns=["iteration", *wanted]).to_pylist()
    assert len(cells) == len(objects) == len(table) == 1_000
    for name, found in wanted.items():
        assert {int(row["iteration"]): float(row[name]) for row in cells if row[name]} == found
        assert {row["iteration"]: row[name] for row in objects if row[name] is not None} == found
        assert {row["iteration"]: row[name] for row in table if row[name] is not None} == found


def test_tensorboard_has_a_scalar_for_each_that_was_measured(line: Line, tmp_path: Path) -> None:
    write_event_files(line, tmp_path / "events")
    accumulator = EventAccumulator(str(tmp_path / "events"), size_guidance={"scalars": 0})
    accumulator.Reload()
    for name, (at, values) in line.gauges.items():
        events = accumulator.Scalars(name)
        assert [event.step for event in events] == at.tolist()
        assert [event.value for event in events] == values.astype(np.float32).tolist()


def test_rows_in_any_pieces_have_the_same_gauges(line: Line) -> None:
    for at_once in (7, 1000):
        found: dict[str, dict[int, float]] = {name: {} for name in line.gauges}
        for some in rows(line, at_once):
            for name, (at, values) in some.gauges.items():
                found[name] |= dict(zip(some.iterations[at].tolist(), values.tolist(), strict=True))
        assert found == expected(line)


def test_without_gauges_tables_are_as_before(tmp_path: Path) -> None:
    line = recorded(tmp_path / "s.panda", 0.0)
    assert line.gauges == {}
    write_csv(line, tmp_path / "csv")
    with (tmp_path / "csv").open(encoding="utf-8") as file:
        header = next(csv.reader(file))
    assert header[-1] == "note"
    assert not any("norm" in name and name != "clip_norm" for name in header)


def test_the_report_has_every_gauge_thinned_with_its_words(line: Line) -> None:
    found = {gauge["name"]: gauge for gauge in gauges(line)}
    assert set(found) == {name.partition("[")[0] for name in line.gauges}
    at, values = line.gauges["gradient_norm"]
    (whole, *layers) = found["gradient_norm"]["lines"]
    assert (whole["layer"], [each["layer"] for each in layers]) == (0, [1, 2])
    told = {t: v for t, v in zip(whole["x"], whole["y"], strict=True) if v is not None}
    assert set(told) <= set(at.tolist())
    known = dict(zip(at.tolist(), values.tolist(), strict=True))
    assert all(value == pytest.approx(known[t], rel=1e-4) for t, value in told.items())
    page = report(line, Verified("exact", "exact: yes", "now", {}), "")
    for name in found:
        assert f'id="gauge-{name}"' in page
        assert html.escape(GAUGES[name].normal) in page


def test_the_report_says_why_there_are_no_gauges(tmp_path: Path) -> None:
    page = report(recorded(tmp_path / "s.panda", 0), Verified("exact", "exact: yes", "now", {}), "")
    assert "There are no gauges: the share of the training time in which they are measured is 0." in page
    assert 'id="gauge-' not in page


def test_the_report_leaves_out_noise_that_could_not_be_measured(line: Line) -> None:
    at = np.array([0, 20, 40])
    run = replace(line.run, columns={"gradient_noise": (at, np.array([5.0, 0.0, 7.0]))})
    (noise,) = gauges(replace(line, run=run))
    assert noise["lines"][0]["y"] == [5.0, None, 7.0]


def test_a_log_axis_has_a_floor() -> None:
    vanishing = np.logspace(0, -39, 40)
    low, high = _range(GAUGES["gradient_norm"], [vanishing, np.ones(40)]) or [0, 0]
    assert (-9 < low < -8, 0 < high < 1) == (True, True)
    low, high = _range(GAUGES["gradient_norm"], [1 / vanishing]) or [0, 0]
    assert (low < 1, high > 38) == (True, True)


def test_a_line_is_broken_where_nothing_was_measured_for_long() -> None:
    iterations = np.array([0, 10, 20, 30, 40, 50, 500, 510, 520, 530, 540])
    assert _broken(iterations, np.arange(11.0))["y"][5:8] == [5, None, 6]
    assert None not in _broken(np.arange(50), np.arange(50.0))["y"]
    assert _broken(np.array([0, 900]), np.array([1.0, np.inf])) == {"x": [0, 900], "y": [1, None]}
