"""Runs compared in the page, without a browser: what is told of them in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.branched import branched_session
from tests.browser.recorded import damage
from tests.recorder.test_cost_curve import begun
from trainer.engine.series import SERIES, Series
from trainer.experiments.comparison import compare
from trainer.experiments.line import Line, line_of
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.recorded_curve import recorded_curve
from trainer.recorder.session import read_session
from trainer.service.process_singleton import close_controller
from trainer.views.comparison import runs_to_compare
from trainer.views.comparison_words import final_rows, sentences, trait_rows
from trainer.views.figures import Axis, Drawn, comparison_figure, drawn


@pytest.fixture
def branched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sessions").mkdir()
    yield branched_session(tmp_path / "sessions" / "branched.panda")
    close_controller()


def script() -> None:
    from trainer.views.comparison import show_comparison

    show_comparison()


def visit(*addresses: str) -> AppTest:
    at = AppTest.from_function(script, default_timeout=30)
    at.query_params["compare"] = list(addresses)
    at.run()
    assert not at.exception
    return at


def has_chart(at: AppTest) -> bool:
    return "comparison_chart" in [component.key for component in at.get("bidi_component")]


def told(*lines: Line) -> list[str]:
    return list(sentences(lines, "ABC"[: len(lines)], compare(lines)))


def test_equal_runs(branched: Path) -> None:
    session = read_session(branched)
    line = line_of(session, session.run("r2"))
    assert told(line, line) == ["A and B are equal bit for bit up to iteration 120, the last of both."]
    costs = np.full_like(line.run.costs, np.nan)
    lost = replace(line, run=replace(line.run, costs=costs))
    assert told(line, lost) == [
        "Whether A and B are the same cannot be told: the costs are lost.",
        "120 costs of A or B are lost to damage and could not be compared.",
    ]
    other = replace(line, run=replace(line.run, initial=line.run.initial._replace(digest="other")))
    assert told(line, other, other) == [
        "B and A differ from the beginning: they began with another state.",
        "B and C are equal bit for bit up to iteration 120, the last of both.",
    ]


def test_a_further_series_has_a_row(branched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SERIES, "gap", Series("gap", "gap of costs", "Gap", "Dev cost minus cost.", better="less"))
    session = read_session(branched)
    lines = [line_of(session, session.run(run)) for run in ("r1", "r2")]
    for number, measures in enumerate(({"gap": 0.25}, {"gap": 0.125, "of a newer Panda": 7.0})):
        run = lines[number].run
        measured = (*run.evaluations[:-1], replace(run.evaluations[-1], measures=measures))
        lines[number] = replace(lines[number], run=replace(run, evaluations=measured))
    rows = {row["label"]: row for row in final_rows(compare(lines))}
    assert (rows["Gap of costs"]["cells"], rows["Gap of costs"]["best"]) == (["0.25", "0.125"], [1])
    assert (rows["of a newer Panda"]["cells"], rows["of a newer Panda"]["best"]) == (["–", "7"], [])


def test_the_best_is_marked_unless_all_are(branched: Path) -> None:
    session = read_session(branched)
    r1, r2 = (line_of(session, session.run(run)) for run in ("r1", "r2"))
    assert {row["label"]: row["best"] for row in final_rows(compare([r1, r2]))}["Dev cost"] == [1]
    assert {row["label"]: row["best"] for row in final_rows(compare([r1, r1]))}["Dev cost"] == []


def test_costs_of_different_class_weights_have_no_best(branched: Path) -> None:
    session = read_session(branched)
    r1, r2 = (line_of(session, session.run(run)) for run in ("r1", "r2"))
    weighted = replace(r2, run=replace(r2.run, config=replace(r2.run.config, class_weights="balanced")))
    comparison = compare([r1, weighted])
    best = {row["label"]: row["best"] for row in final_rows(comparison)}
    assert (best["Cost, smoothed"], best["Dev cost"]) == ([], [])
    assert {row["label"]: row["cells"] for row in trait_rows(comparison.traits)}["Class weights"] == [
        "none",
        "balanced",
    ]
    assert "B and A weigh the classes differently: their costs are not the same quantity." in told(r1, weighted)


def test_of_many_runs_the_latest_are_compared_and_the_one_in_sight(branched: Path) -> None:
    session = read_session(branched)
    many = replace(session, runs={f"r{n}": session.run("r1") for n in range(1, 12)})
    assert runs_to_compare(many, "r5") == [f"r{n}" for n in range(4, 12)]
    assert runs_to_compare(many, "r1") == ["r1", *(f"r{n}" for n in range(5, 12))]


def test_without_the_size_of_the_data_the_rest_is_shown(branched: Path) -> None:
    broken = branched.with_name("broken.panda")
    broken.write_bytes(branched.read_bytes())
    damage(broken, "dataset")
    assert "m" not in read_session(broken).data
    at = visit("broken.panda:r1", "branched.panda:r1", "branched.panda")
    assert has_chart(at)
    at = visit("broken.panda:r1", "broken.panda:r2")
    assert not has_chart(at)


def test_nothing_to_compare(branched: Path) -> None:
    assert visit("missing.panda:r1").title[0].value == "Compare"


def test_a_parting_stands_where_the_run_itself_was(branched: Path) -> None:
    session = read_session(branched)
    runs: list[tuple[str, str, Drawn]] = []
    for letter, run in zip("ABC", ("r3", "r1", "r2"), strict=True):
        line = with_ancestors(session, session.run(run))
        # the clock of every run goes at a pace of its own
        pace = 1.0 + len(runs)
        timeline = line.timeline * [1.0, pace, 1.0]
        runs.append((letter, "#123456", drawn(recorded_curve(session, replace(line, timeline=timeline)), 0.9)))
    axes: list[Axis] = ["iteration", "minutes"]
    for axis in axes:
        figure = comparison_figure(
            runs,
            axis,
            parted={41: ["B", "C"], 60: ["Z"]},  # nothing can be drawn of Z
            band=False,
            logarithmic=True,
            colors=dict.fromkeys(("quiet", "text"), "#123456"),
            zoom=True,
        )
        at = {shape.x0 for shape in figure.layout.shapes}
        assert at == {run.x_of(41, axis) for _, _, run in runs[1:]}
        assert len(at) == (1 if axis == "iteration" else 2)


@pytest.mark.parametrize("logarithmic", [True, False])
def test_the_labels_of_every_chart_have_the_room_they_take(branched: Path, logarithmic: bool) -> None:
    session = read_session(branched)
    curve = recorded_curve(session, with_ancestors(session, session.run("r3")))
    colors = dict.fromkeys(("quiet", "text"), "#123456")
    figure = comparison_figure(
        [("A", "#123456", drawn(curve, 0.9))],
        "iteration",
        parted={},
        band=False,
        logarithmic=logarithmic,
        colors=colors,
        zoom=True,
    )
    axes = list(figure.select_yaxes())
    assert len(axes) >= 4
    assert {axis.automargin for axis in axes} == {"left"}


def test_an_average_that_decays_while_mini_batches_cost_nothing_does_not_lead_the_axis_astray() -> None:
    curve = begun()
    curve.extend(np.concatenate([np.geomspace(1, 1e-3, 4_000), np.zeros(8_000)]), (), 1.0)
    run = drawn(curve, 0.99)
    assert 0 < run.smoothed.mean.min() < 1e-30
    figure = comparison_figure(
        [("A", "#123456", run)],
        "iteration",
        parted={},
        band=False,
        logarithmic=True,
        colors=dict.fromkeys(("quiet", "text"), "#123456"),
        zoom=True,
    )
    low, high = figure.layout.yaxis.range
    assert -5.5 < low < -5
    assert 0 < high < 1
