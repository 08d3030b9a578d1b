"""The tables of speed are written from what the benchmarks write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import tables
from tests.benchmarks.scaled import AXES
from trainer.bench.race import Figure, Result, as_document
from trainer.bench.task import Task
from trainer.bench.turns import machine, write_json

HERE = machine("numpy")


def step() -> dict[str, Any]:
    """What `panda bench --json` prints, of three contenders."""

    def result(shape: str, optimizer: Any, **rates: float) -> Result:
        figures = {name: Figure(1, rate, 0.0, rate, {1: (rate,)}) for name, rate in rates.items()}
        return Result(Task(shape, optimizer), 10, figures, {"jax": "JAX is not installed"})

    rates = {"panda": 1e5, "torch": 2e3}
    results = [result("tiny", "adam", **rates), result("tiny", "gd", **rates), result("digits", "adam", panda=2e3)]
    return {"machine": HERE, "results": [as_document(one) for one in results]}


def test_the_step_has_a_row_for_each_network_and_a_dash_for_what_is_missing(tmp_path: Path) -> None:
    write_json(tmp_path / "step.json", step())
    made = tables.tables_of(tmp_path)
    assert list(made) == ["step"]
    assert made["step"].splitlines()[0].startswith(f"Measured on {HERE['date']}: ")
    assert "| tiny 2-16-16-4 (64) | 10.0 | 500 = 50.00 × |" in made["step"]
    assert "| digits 64-128-64-10 (64) | 500 | – |" in made["step"]
    assert "| tiny, gd | 50.00 |" in made["step"]


def test_growth_has_a_row_for_each_operation(tmp_path: Path) -> None:
    sizes = [{"size": 10**n, "figure": 10.0 ** (n - 4)} for n in range(3)]
    axes = {
        axis: {name: {"unit": one.unit, "sizes": sizes, "exponent": 1.0} for name, one in AXES[axis].operations.items()}
        for axis in tables.SCALING
    }
    write_json(tmp_path / "scaling.json", {"machine": HERE, "axes": axes})
    made = tables.tables_of(tmp_path)["scaling"]
    assert "| first epoch: 1, 10, 100 rows of data | 100 µs | 1 ms | 10 ms | 1.00 |" in made
    assert "| file: 1, 10, 100 iterations of a session | 0.0001 MB | 0.001 MB | 0.01 MB | 1.00 |" in made


def test_recording_has_a_row_for_each_network(tmp_path: Path) -> None:
    run = {
        "network": "spiral 16,16",
        "iterations a second": 89477.3,
        "recording": 0.0057,
        "within the recorder": 0.0053,
        "just after writes": 0.0004,
        "itself": 0.999,
        "verified": 1.25,
    }
    short = [{"verified": ratio} for ratio in (1.04, 1.01, 1.19)]
    write_json(tmp_path / "recording.json", {"machine": HERE, "throughput": [run], "short runs": [short]})
    row = "| spiral 16,16 | 89,477 | 0.57% | 0.53% | 0.04% | 0.999 × | 1.25 × | 1.04 × | 1.01 × | 1.19 × |"
    assert row in tables.tables_of(tmp_path)["recording"]


def test_the_page_has_a_column_for_each_length_of_the_run(tmp_path: Path) -> None:
    counts = {"0": 99.51, "1": 98.2, "3": 97.3}
    latencies = {f"{n} tab {p}": 4.0 for n in (1, 3) for p in ("p50", "p95")}
    visits = {"first visit": 2.2, "reload": 0.8, "later visit": 1.2}
    figures = {
        "machine": HERE,
        **{f"{kind}, % of a core, {who}": counts for kind in ("trainer", "rest") for who in ("watchers", "tabs")},
        "asked → applied, ms": latencies,
        "click → applied → shown, ms": latencies,
        "frames, bytes": {"first": 8000, "later p50": 1300},
        **{f"first chart, s: {name}": visits for name in ("Panda", "an empty page")},
    }
    for after in (1000, 0):
        write_json(tmp_path / f"page-{after}.json", figures)
    made = tables.tables_of(tmp_path)["page"]
    assert "|  | at the beginning | after 1,000 iterations |" in made
    assert "| training's share of a core, nobody watches | 99.5 % | 99.5 % |" in made
    assert "| first chart: first visit, reload, later visit (s) | 2.2, 0.8, 1.2 | 2.2, 0.8, 1.2 |" in made


def test_a_table_replaces_the_one_in_its_place_and_no_other() -> None:
    text = tables.README.read_text("utf-8")
    changed = tables.with_tables(text, {"scaling": "| new |"})
    assert "<!-- scaling -->\n| new |\n<!-- end of scaling -->" in changed
    begin, end = text.index("<!-- scaling -->"), text.index("<!-- end of scaling -->")
    assert changed.startswith(text[:begin])
    assert changed.endswith(text[end:])
    for name in ("step", "recording", "page"):
        assert tables.with_tables(text, {name: "| new |"}) != text
    with pytest.raises(ValueError, match="no place for the table 'speed'"):
        tables.with_tables(text, {"speed": "| new |"})


def test_the_command_writes_the_readme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- step -->\nold\n<!-- end of step -->\nafter\n", "utf-8")
    monkeypatch.setattr(tables, "README", readme)
    monkeypatch.setattr("sys.argv", ["tables", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"holds none of step\.json"):
        tables.main()
    (tmp_path / "step.json").write_text(json.dumps(step()))
    tables.main()
    assert capsys.readouterr().out == "README.md: step\n"
    lines = readme.read_text("utf-8").splitlines()
    assert [lines[0], lines[-1]] == ["before", "after"]
    assert "old" not in lines


def test_opening_has_a_row_for_each_way_and_a_column_for_each_length(tmp_path: Path) -> None:
    row = {"playback, from the list": 0.4567, "Compare, reloaded": 1.2}
    write_json(tmp_path / "opening.json", {"machine": HERE, "opening": {1000: row, 1_000_000: row}})
    made = tables.tables_of(tmp_path)["opening"]
    assert "| seconds to the first chart | 1,000 iterations | 1,000,000 iterations |" in made
    assert "| playback, from the list | 0.46 | 0.46 |" in made
