"""Recorded runs side by side: what differs, how far they came, and the first iteration at which they part."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.branched import branched_session
from tests.examples import TEST, record_run, three_blobs
from tests.recorder.sessions import Recording
from trainer.engine.commands import Intervene
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.errors import InvalidInput
from trainer.experiments.comparison import MOST, compare, figures, other_data, parting, smoothed_cost
from trainer.experiments.line import Line, line_of
from trainer.recorder.cost_curve import SMOOTHING
from trainer.recorder.recorded_curve import recorded_curve
from trainer.recorder.session import read_session

CONFIG = RunConfig(data="iris", layers=(5,), evaluate_every=10)
SMALL = Hyperparameters(mini_batch_size=16)


def recorded(
    path: Path, *changes: tuple[int, dict[str, Value]], config: RunConfig = CONFIG, begun: Hyperparameters = SMALL
) -> Line:
    """A run of 100 iterations in a session of its own."""
    held_back = [(at, Intervene(values, TEST)) for at, values in changes]
    record_run(path, config, begun, 100, held_back)
    return line(path)


def line(path: Path, run: str = "r1") -> Line:
    session = read_session(path)
    return line_of(session, session.run(run))


@pytest.fixture
def plain(tmp_path: Path) -> Line:
    return recorded(tmp_path / "plain.panda")


def test_the_same_run_twice_is_the_same(plain: Line, tmp_path: Path) -> None:
    found = compare([plain, recorded(tmp_path / "again.panda")])
    assert found.traits == ()
    assert found.first_difference is None
    (there,) = found.partings
    assert (there.begin, there.end, there.cost, there.lost) == (0, 100, None, 0)
    assert not there.other_environment


@pytest.mark.parametrize(
    ("values", "cost"),
    [({"learning_rate": 0.01}, 52), ({"mini_batch_size": 8}, 51), ({"decay": "exponential", "decay_rate": 0.9}, 53)],
)
def test_runs_part_with_the_first_update_that_took_a_change(
    plain: Line, tmp_path: Path, values: dict[str, Value], cost: int
) -> None:
    """A cost is that before the update, so another α shows one iteration later; a decay begins from the α in force."""
    changed = recorded(tmp_path / "changed.panda", (50, values))
    assert np.flatnonzero(plain.run.costs != changed.run.costs)[0] + 1 == cost
    there = parting(plain, changed)
    assert (there.iteration, there.cost, there.from_the_start) == (51, cost, False)
    assert there.changes[0] == ()
    assert [change.iteration for change in there.changes[1]] == [50]
    assert parting(changed, plain).changes == there.changes[::-1]


def test_a_change_to_the_same_value_is_none(plain: Line, tmp_path: Path) -> None:
    there = parting(plain, recorded(tmp_path / "same.panda", (50, {"learning_rate": SMALL.learning_rate})))
    assert (there.iteration, there.cost) == (None, None)


def test_only_what_one_of_them_changed_is_told(tmp_path: Path) -> None:
    both: tuple[int, dict[str, Value]] = (30, {"momentum": 0.8})
    a = recorded(tmp_path / "a.panda", both, (50, {"learning_rate": 0.05}))
    b = recorded(tmp_path / "b.panda", both, (50, {"learning_rate": 0.02}), (70, {"momentum": 0.5}))
    there = parting(a, b)
    assert there.iteration == 51
    assert [[c.after for c in changes] for changes in there.changes] == [
        [{"learning_rate": 0.05}],
        [{"learning_rate": 0.02}],
    ]


def test_one_that_goes_on_is_the_same_as_long_as_both_last(plain: Line, tmp_path: Path) -> None:
    record_run(tmp_path / "longer.panda", CONFIG, SMALL, 150, [(100, Intervene({"momentum": 0.5}, TEST))])
    there = parting(plain, line(tmp_path / "longer.panda"))
    assert (there.end, there.iteration) == (100, None)


def test_from_the_start(plain: Line, tmp_path: Path) -> None:
    other = recorded(
        tmp_path / "other.panda",
        config=replace(CONFIG, seed=2, layers=(7,)),
        begun=replace(SMALL, learning_rate=0.01, optimizer="adam"),
    )
    found = compare([plain, other])
    assert found.first_difference == 1
    assert found.partings[0].from_the_start
    assert {(trait.kind, trait.name): trait.values for trait in found.traits if trait.kind != "data"} == {
        ("config", "seed"): (1, 2),
        ("config", "layers"): ([5], [7]),
        ("hyperparameters", "learning_rate"): (0.1, 0.01),
        ("hyperparameters", "optimizer"): ("momentum", "adam"),
    }


def test_another_data_set(plain: Line, tmp_path: Path) -> None:
    wine = recorded(tmp_path / "wine.panda", config=replace(CONFIG, data="wine"))
    assert other_data(plain, wine)
    found = compare([plain, wine])
    assert found.partings[0].from_the_start
    told = {trait.name: trait.values for trait in found.traits if trait.kind == "data"}
    assert told["name"] == ("iris", "wine")
    assert {"fingerprint", "m", "m_dev", "inputs"} <= set(told)


def test_branches_part_where_they_were_born(tmp_path: Path) -> None:
    path = branched_session(tmp_path / "branched.panda")
    r1, r2, r3 = (line(path, run) for run in ("r1", "r2", "r3"))
    found = compare([r1, r2, r3])
    assert found.traits == ()
    assert found.nearest == (0, 1)  # r3 has more in common with r2
    assert [there.iteration for there in found.partings] == [41, 61]
    assert [c.after for c in found.partings[0].changes[0]] == [{"learning_rate": 0.01}]
    assert found.partings[0].changes[1] == ()
    assert found.first_difference == 41
    there = parting(r2, r3)
    assert (there.iteration, there.end) == (61, 80)
    assert [c.after for c in there.changes[1]] == [{"momentum": 0.5}]
    assert [f.iterations for f in found.figures] == [100, 120, 80]
    assert [f.interventions for f in found.figures] == [1, 0, 1]


def test_a_run_born_from_the_state_of_another_session(tmp_path: Path) -> None:
    whole = Recording(tmp_path / "whole.panda", dataset=three_blobs())
    whole.start()
    whole.train(30)
    whole.checkpoint()
    later = Recording(tmp_path / "later.panda", dataset=three_blobs())
    later.loop.restore(whole.loop.state())
    whole.train(30)
    whole.end()
    later.start()
    later.train(10)
    later.intervene(learning_rate=0.01)
    later.train(10)
    later.end()
    there = parting(line(whole.path), line(later.path))
    assert (there.begin, there.end, there.iteration, there.from_the_start) == (30, 50, 41, False)
    other = Recording(tmp_path / "other.panda", dataset=three_blobs())
    for _ in range(29):
        other.loop.step()
    other.loop.iteration = 30
    other.start()
    other.train(5)
    other.end()
    there = parting(line(whole.path), line(other.path))
    assert (there.iteration, there.from_the_start) == (31, True)


def test_a_lost_change_is_no_difference(tmp_path: Path) -> None:
    """After 40 something was changed, and until the next recorded state nobody knows what."""
    whole = recorded(tmp_path / "s.panda", (40, {"learning_rate": 0.01}), (60, {"momentum": 0.5}))
    raw = bytearray(whole.session.path.read_bytes())
    raw[raw.index(b'"index"')] ^= 1
    (tmp_path / "d.panda").write_bytes(raw)
    damaged = line(tmp_path / "d.panda")
    for there in (parting(whole, damaged), parting(damaged, whole)):
        assert (there.iteration, there.cost, there.unknown) == (None, None, 20)
    assert parting(whole, whole).unknown == 0
    other = recorded(tmp_path / "other.panda", (40, {"learning_rate": 0.02}), (60, {"momentum": 0.5}))
    there = parting(damaged, other)
    assert (there.iteration, there.cost, there.unknown) == (42, 42, 20)


def test_lost_costs_are_not_compared(plain: Line, tmp_path: Path) -> None:
    changed = recorded(tmp_path / "changed.panda", (50, {"learning_rate": 0.01}))
    costs = changed.run.costs.copy()
    costs[45:60] = np.nan
    damaged = replace(changed, run=replace(changed.run, costs=costs))
    there = parting(plain, damaged)
    assert (there.iteration, there.cost, there.lost, there.lost_before) == (51, 61, 15, 15)
    costs = plain.run.costs.copy()
    costs[45:60] = np.nan
    damaged = replace(plain, run=replace(plain.run, costs=costs))
    assert parting(plain, damaged).iteration is None  # what is lost is no difference
    costs[:] = np.nan
    there = parting(damaged, plain)
    assert (there.iteration, there.lost) == (None, 100)


def test_other_bits_without_a_change(plain: Line) -> None:
    costs = plain.run.costs.copy()
    costs[30] = np.nextafter(costs[30], 1)
    session = plain.session
    elsewhere = {seq: {**values, "threads": 64} for seq, values in session.environments.items()}
    other = Line(replace(session, environments=elsewhere), replace(plain.run, costs=costs), plain.schedule)
    found = compare([plain, other])
    assert [(trait.kind, trait.name) for trait in found.traits] == [("environment", "threads")]
    (there,) = found.partings
    assert (there.iteration, there.cost, there.changes, there.other_environment) == (31, 31, ((), ()), True)


def test_figures_are_those_of_the_charts(plain: Line) -> None:
    run, told = plain.run, figures(plain)
    curve = recorded_curve(plain.session, run)
    assert told.cost == pytest.approx(curve.window(0, 100, 100).smoothed.mean[0, -1], rel=1e-6)
    accuracies = [e.dev_accuracy for e in run.evaluations]
    assert told.best_dev_accuracy == max(accuracies)
    assert told.best_at == run.evaluations[accuracies.index(max(accuracies))].iteration
    assert (told.dev_cost, told.dev_accuracy) == (run.evaluations[-1].dev_cost, accuracies[-1])
    assert told.seconds == run.timeline[-1, 1]
    nothing = replace(plain, run=replace(run, evaluations=(), costs=np.empty(0)))
    assert (figures(nothing).cost, figures(nothing).dev_cost, figures(nothing).best_at) == (None, None, None)


def test_the_smoothed_cost_is_that_of_the_course() -> None:
    costs, beta, v = np.linspace(3, 1, 9000), SMOOTHING[1], 0.0
    for t, cost in enumerate(costs.tolist(), 1):
        v = beta * v + (1 - beta) * cost
        if t in (1, 50, 9000):
            assert smoothed_cost(costs[:t]) == pytest.approx(v / (1 - beta**t), rel=1e-12)


def test_at_most_so_many(plain: Line) -> None:
    assert compare([plain]).partings == ()
    for lines in ([], [plain] * (MOST + 1)):
        with pytest.raises(InvalidInput, match=f"1 to {MOST} runs"):
            compare(lines)
