"""Gauges on the record: few bytes, read back as they were, never a part of the state, and refused where senseless."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest

from tests.recorder.sessions import Recording, records_of, small_session
from tests.recorder.test_format_2 import append
from trainer.engine.events import Gauged
from trainer.recorder import kinds
from trainer.recorder.gauge_history import POINTS, GaugeHistory
from trainer.recorder.gauges import in_ranges
from trainer.recorder.payloads import encode_rows
from trainer.recorder.session import read_session
from trainer.recorder.summary import summarise


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """Gauges at 0, 3 and 6 of six iterations; at 0 there is no cosine."""
    made = Recording(tmp_path / "x.panda")
    made.start()
    made.log.record(Gauged("r1", 0, made.loop.gauges()))
    for _ in range(2):
        made.train(3)
        made.log.record(Gauged("r1", made.loop.iteration, made.loop.gauges()))
    return made


def test_gauges_are_read_back_bit_for_bit(tmp_path: Path) -> None:
    made = Recording(tmp_path / "x.panda")
    made.start()
    told: list[tuple[int, dict[str, float]]] = []
    for n in (0, 3, 2):
        if n:
            made.train(n)
        told.append((made.loop.iteration, made.loop.gauges()))
        made.log.record(Gauged("r1", *told[-1]))
        made.clock.now += 1
    made.end()
    session = read_session(made.path)
    assert session.damage == ()
    run = session.runs["r1"]
    assert run.costs.tolist() == made.costs
    assert run.ended == "finished"
    assert set(run.columns) == {name for _, values in told for name in values}
    for name, (at, values) in run.columns.items():
        assert list(zip(at.tolist(), values.tolist(), strict=True)) == [
            (iteration, found[name]) for iteration, found in told if name in found
        ]
    assert "gradient_momentum_cosine" not in told[0][1]
    assert run.columns["gradient_momentum_cosine"][0].tolist() == [3, 5]


def test_they_are_one_record_of_few_bytes_that_has_no_effect(recording: Recording) -> None:
    recording.end()
    records = records_of(recording.path)
    assert [r.kind for r in records] == ["session", "dataset", "run", "metrics", "gauges", "run-end", "session-end"]
    record = records[4]
    assert record.body["effect"] is False
    assert record.body["text"]
    assert "z_mean[1..2]" in record.body["gauges"]
    assert record.payload_size < 3 * 200 + 128
    assert record.end - record.offset < 4096
    assert summarise(recording.path).iterations == 6
    assert not kinds.changes_state(record)


def test_they_are_no_moments_of_a_run(recording: Recording) -> None:
    recording.end()
    assert read_session(recording.path).runs["r1"].moments == ()


def test_a_panda_that_does_not_know_them_keeps_and_shows_them(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording.end()
    monkeypatch.delitem(kinds.KINDS, "gauges")
    session = read_session(recording.path)
    assert session.damage == ()
    run = session.runs["r1"]
    assert [(moment.kind, moment.iteration) for moment in run.moments] == [("gauges", 6)]
    assert run.foreign == ()
    assert (run.ended, run.columns) == ("finished", {})


def test_of_a_file_that_is_cut_anywhere_the_gauges_are_a_beginning(recording: Recording) -> None:
    recording.clock.now += 1
    recording.train(2)
    recording.log.record(Gauged("r1", 8, recording.loop.gauges()))
    recording.end()
    whole = {name: at.tolist() for name, (at, _) in read_session(recording.path).runs["r1"].columns.items()}
    content = recording.path.read_bytes()
    begins = records_of(recording.path)[2].end
    chance = random.Random(5)
    for _ in range(60):
        cut = recording.path.with_name("cut.panda")
        cut.write_bytes(content[: chance.randint(begins, len(content))])
        session = read_session(cut)
        assert session.damage == ()
        for name, (at, _) in session.runs["r1"].columns.items():
            assert at.tolist() == whole[name][: len(at)]


@pytest.mark.parametrize(
    ("names", "rows", "what"),
    [
        (["z_mean[1..2]"], [[12, 1.0]], "names more"),
        (["z_mean[1..9999]"], [[12, 1.0]], "names more"),
        (["z_mean[2..1]", "a"], [[12, 1.0, 2.0]], "its rows have 2"),
        (["a", "a"], [[12, 1.0, 1.0]], "not names of which each stands once"),
        (["z[1..2]", "z[2]"], [[12, 1.0, 2.0, 3.0]], "its rows have 3"),
        (["a"], [[12.5, 1.0]], "not at iterations"),
        (["a"], [[math.nan, 1.0]], "not at iterations"),
        (["a"], [[math.inf, 1.0]], "not at iterations"),
        (["a"], [[-1.0, 1.0]], "follow each other"),
        (["a"], [[5, 1.0], [5, 1.0]], "follow each other"),
        (["a"], [[13, 1.0]], "follow each other"),
        ([1], [[12, 1.0]], "not names"),
        ("a", [[12, 1.0]], "'gauges' is 'a'"),
    ],
)
def test_gauges_that_make_no_sense_are_damage_of_one_record(
    tmp_path: Path, names: object, rows: list[list[float]], what: str
) -> None:
    path = small_session(tmp_path / "x.panda").path
    append(path, "gauges", {"gauges": names, "effect": False, "text": ""}, encode_rows(np.array(rows)))
    session = read_session(path)
    assert what in str(session.damage[0])
    assert session.runs["r1"].iteration == 12


def test_an_iteration_that_comes_again_is_left_out(tmp_path: Path) -> None:
    path = small_session(tmp_path / "x.panda").path
    for rows in ([[5, 1.0], [10, 2.0]], [[10, 3.0], [12, 4.0]]):
        append(path, "gauges", {"gauges": ["a"]}, encode_rows(np.array(rows)))
    at, values = read_session(path).runs["r1"].columns["a"]
    assert (at.tolist(), values.tolist()) == ([5, 10, 12], [1.0, 2.0, 4.0])


def test_what_is_live_and_what_is_recorded_are_the_same_table(recording: Recording) -> None:
    live = GaugeHistory()
    live.add(0, {"gradient_norm": 1.0})
    live.add(3, {"gradient_norm": 2.0, "gradient_noise": 3.0})
    played = GaugeHistory(
        {
            "gradient_norm": (np.array([0, 3]), np.array([1.0, 2.0])),
            "gradient_noise": (np.array([3]), np.array([3.0])),
            "weather": (np.array([1, 2, 3]), np.ones(3)),
        }
    )
    a, b = live.table(), played.table()
    assert (
        (a.names, a.iterations.tolist())
        == (b.names, b.iterations.tolist())
        == (("gradient_norm", "gradient_noise"), [0, 3])
    )
    np.testing.assert_array_equal(a.values, [[1, 2], [np.nan, 3]])
    np.testing.assert_array_equal(a.values, b.values)
    assert live.last() == played.last() == {"gradient_norm": 2.0, "gradient_noise": 3.0}
    assert GaugeHistory().last() == {}


def test_a_recorded_run_that_goes_on_has_one_history() -> None:
    history = GaugeHistory({"gradient_norm": (np.array([0, 3]), np.array([1.0, 2.0]))})
    history.add(5, {"gradient_noise": 7.0})
    table = history.table(since=0)
    assert table.iterations.tolist() == [3, 5]
    np.testing.assert_array_equal(table.values, [[2, np.nan], [np.nan, 7]])
    assert history.table(until=3).iterations.tolist() == [0, 3]
    assert history.table(since=5).iterations.tolist() == []


@pytest.mark.parametrize("recorded", [False, True])
def test_a_long_run_is_thinned_evenly_and_keeps_its_first_and_its_last(recorded: bool) -> None:
    n = 10_000
    if recorded:
        history = GaugeHistory({"gradient_norm": (np.arange(n) ** 2, np.arange(n, dtype=float))})
    else:
        history = GaugeHistory()
        for i in range(n):
            history.add(i * i, {"gradient_norm": float(i)})
    table = history.table()
    assert len(table.iterations) <= POINTS
    assert (table.iterations[0], table.iterations[-1]) == (0, (n - 1) ** 2)
    assert history.last() == {"gradient_norm": n - 1}
    assert (np.sqrt(table.iterations) == table.values[0]).all()
    later = np.diff(table.iterations[table.iterations > 10**7])
    assert later.max() < 4 * (n - 1) ** 2 / POINTS
    assert history.table(since=(n - 3) ** 2 if recorded else (n - 600) ** 2).iterations[-1] == (n - 1) ** 2


def test_names_of_layers_that_follow_one_another_are_one() -> None:
    names = ["a", *(f"z[{l}]" for l in range(1, 101)), "w[1]", "w[3]", "w[4]", "z", "v[2]"]
    assert in_ranges(names) == ["a", "z[1..100]", "w[1]", "w[3..4]", "z", "v[2]"]
