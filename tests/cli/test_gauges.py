"""`panda train --gauges`: the share of the time, the last gauges in its JSON, and what is refused."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from tests.cli.conftest import SMALL, Panda
from trainer.engine.gauge_specs import is_gauge
from trainer.engine.trainable import gauges_of
from trainer.experiments.travel import at_the_end
from trainer.recorder.session import read_session


def test_the_last_gauges_are_in_the_json_and_all_are_on_the_record(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    trained = panda.json(*SMALL, "--iterations", "3000", "--gauges", "0.5", "--session", path)
    gauges = trained["gauges"]
    assert all(map(is_gauge, gauges))
    assert {"gradient_norm", "update_ratio[1]", "z_mean[2]", "dead_units[1]", "running_drift[1]"} < set(gauges)
    run = read_session(path).runs["r1"]
    assert run.config.gauge_budget == 0.5
    at, values = run.columns["gradient_norm"]
    assert (at[0], values[-1]) == (0, gauges["gradient_norm"])
    assert trained["gauges_iteration"] == at[-1]
    assert panda.json("verify", path)["result"] == "exact"
    more = panda.json("train", "--resume", "--session", path, "--iterations", "3100")
    assert (more["iterations"], panda.json("verify", path)["result"]) == (3100, "exact")
    (told,) = panda.json("log", path)["runs"]
    assert [moment["kind"] for moment in told["moments"]] == ["resumed"]


def test_0_is_off(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    assert panda.json(*SMALL, "--iterations", "100", "--gauges", "0", "--session", path)["gauges"] == {}
    assert read_session(path).runs["r1"].columns == {}


def test_by_default_the_beginning_is_measured_also_without_a_record(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    assert panda.json(*SMALL, "--iterations", "10", "--session", path)["gauges"]["gradient_norm"] > 0
    assert "gauge_budget" not in read_session(path).runs["r1"].config.as_recorded()
    assert panda.json(*SMALL, "--iterations", "10", "--no-record")["gauges"]["gradient_norm"] > 0


def test_softmax_regression_and_a_hundred_layers_are_measured(panda: Panda) -> None:
    words = ("--data", "blobs", "--mini-batch-size", "16", "--iterations", "10", "--no-record")
    flat = panda.json("train", "--layers", "", *words)["gauges"]
    assert {name for name in flat if name.endswith("]")} <= {
        "gradient_norm[1]",
        "update_ratio[1]",
        "z_mean[1]",
        "z_std[1]",
    }
    deep = panda.json("train", "--layers", ",".join(["4"] * 100), *words)["gauges"]
    assert {"gradient_norm[101]", "gamma_mean[100]"} < set(deep)
    assert "gamma_mean[101]" not in deep
    assert all(value is None or math.isfinite(value) for value in deep.values())


def test_a_short_run_has_the_gauges_of_its_end_on_the_record_and_in_its_tables(panda: Panda, tmp_path: Path) -> None:
    path, table = tmp_path / "s.panda", tmp_path / "t.csv"
    trained = panda.json(*SMALL, "--iterations", "30", "--nudge", "10: input_shift=2", "--session", path)
    assert trained["gauges_iteration"] == 30
    assert trained["gauges"] == pytest.approx(trained["final_gauges"], rel=1e-3)
    panda("export", path, "--format", "csv", "--out", table)
    with table.open(encoding="utf-8") as file:
        last = list(csv.DictReader(file))[-1]
    assert {name: float(last[name]) for name in trained["gauges"]} == trained["gauges"]
    assert panda.json("verify", path)["result"] == "exact"


def test_gauges_of_the_last_iteration_are_recorded_as_before_a_change_there_and_told_as_after(
    panda: Panda, tmp_path: Path
) -> None:
    """It governs what comes: it is in the final ones, but not in those of its iteration."""
    path = tmp_path / "s.panda"
    words = ("--iterations", "30", "--nudge", "30: learning_rate=0.003", "--session", path)
    trained = panda.json(*SMALL, *words)
    run = read_session(path).runs["r1"]
    assert trained["gauges_iteration"] == run.columns["gradient_norm"][0][-1] == 30
    assert trained["gauges"] == {name: values[-1] for name, (_, values) in run.columns.items()}  # live as recorded
    session = read_session(path)
    loop = at_the_end(session, session.runs["r1"]).loop
    assert trained["final_gauges"] == pytest.approx(gauges_of(loop), rel=1e-3)
    before, after = (trained[name]["update_ratio[1]"] for name in ("gauges", "final_gauges"))
    assert after == pytest.approx(before * 0.003 / 0.1, rel=1e-3)
    assert panda.json("verify", path)["result"] == "exact"
    assert panda.json(*SMALL, "--iterations", "30", "--gauges", "0", "--no-record")["final_gauges"] == {}


@pytest.mark.parametrize(
    ("share", "sentence"),
    [
        ("0.6", "gauges must be a number at least 0 and at most 0.5, but got 0.6"),
        ("-1", "gauges must be a number at least 0 and at most 0.5, but got -1"),
        ("much", "gauges must be a number such as 0.01 or 1e-3, but got 'much'"),
        ("nan", "gauges must be a number such as 0.01 or 1e-3, but got 'nan'"),
    ],
)
def test_another_share_is_refused(panda: Panda, share: str, sentence: str) -> None:
    code, out, err = panda(*SMALL, "--gauges", share)
    assert (code, out) == (2, "")
    assert sentence in err


def test_a_recorded_run_has_its_share(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    panda.json(*SMALL, "--iterations", "10", "--session", path)
    code, _, err = panda("train", "--resume", "--session", path, "--iterations", "20", "--gauges", "0")
    assert code == 2
    assert "so --gauges cannot be given with it" in err
