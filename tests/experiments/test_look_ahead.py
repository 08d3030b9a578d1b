"""Look-ahead: an arm is the run that had that change at that iteration, bit for bit, and the run is not touched."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine.quadratic import Quadratic
from tests.examples import TEST, make_loop, record_run
from trainer.data.loading import load_dataset
from trainer.engine.commands import Intervene
from trainer.engine.events import PlannedChange
from trainer.engine.hyperparameters import HYPERPARAMETERS, TAKEN_WHERE, Hyperparameters, RunConfig, Value
from trainer.engine.loop import TrainingLoop
from trainer.engine.trainable import TRAINABLES
from trainer.engine.wording import symbol
from trainer.errors import CommandRefused, InvalidInput, JobFailed
from trainer.experiments.candidates import Candidate, typed_candidates
from trainer.experiments.clones import Boundary, recorded_boundary
from trainer.experiments.look_ahead import LookAhead, look_ahead
from trainer.numerics.updates import Optimizer
from trainer.recorder.averages import Averages, smoothed
from trainer.recorder.session import read_session

CONFIG = RunConfig(data="iris", layers=(5,), evaluate_every=10)
SMALL = Hyperparameters(mini_batch_size=16)


def boundary(at: int = 60, config: RunConfig = CONFIG, plans: tuple[PlannedChange, ...] = (), **h: Any) -> Boundary:
    loop = make_loop(config, Hyperparameters(**{"mini_batch_size": 16, **h}))
    loop.train(np.empty(at))
    return Boundary("r1", config, loop.dataset, loop.state(), plans)


def candidates(*changes: dict[str, Value]) -> list[Candidate]:
    return [Candidate(str(each), each) for each in changes]


def numbers(found: LookAhead) -> list[tuple[float | None, float | None, str]]:
    return [(arm.cost, arm.dev_cost, arm.digest) for arm in found.arms]


def test_dev_costs_of_other_inputs_have_no_best() -> None:
    found = look_ahead(boundary(shift_dev="on"), candidates({"input_shift": 0.0}, {"input_shift": 30.0}), 50)
    assert (found.best, [arm.diverges for arm in found.arms]) == (None, [False, False])
    assert found.sentence == "no candidate is best after 50: their dev costs are of other inputs"
    alike = look_ahead(boundary(shift_dev="on"), candidates({"input_shift": 2.0}), 50)
    assert alike.best == 0
    told = "the inputs of the dev set would be shifted: this dev cost is of other inputs than the one before"
    assert told in alike.remark
    assert "other inputs" not in look_ahead(boundary(shift_dev="on"), candidates({"momentum": 0.5}), 50).remark
    same_dev_set = look_ahead(boundary(shift_dev="off"), candidates({"input_shift": 0.0}, {"input_shift": 1.0}), 50)
    assert same_dev_set.best is not None


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "rmsprop", "adam"])
def test_each_arm_is_the_run_that_was_changed_there_bit_for_bit(tmp_path: Path, optimizer: Optimizer) -> None:
    h = Hyperparameters(mini_batch_size=16, optimizer=optimizer, learning_rate=0.02, decay="inverse-time")
    record_run(tmp_path / "s.panda", CONFIG, h, 80)
    changes: list[dict[str, Value]] = [
        {"learning_rate": 0.05},
        {"momentum": 0.5, "decay": "exponential", "decay_rate": 0.9},
        {"mini_batch_size": 40},
        {"optimizer": "adam"},
    ]
    found = look_ahead(recorded_boundary(tmp_path / "s.panda", None, 47), candidates(*changes), 60)
    for arm, change in zip(found.arms, changes, strict=True):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.panda"
        ended = record_run(path, CONFIG, h, 107, [(47, Intervene(change, TEST))])
        run = read_session(path).run("r1")
        assert arm.digest == ended.state.digest()
        assert (arm.cost, arm.dev_cost) == (run.costs[-1], run.evaluations[-1].dev_cost)
        assert (found.at, arm.iterations[0], arm.iterations[-1], len(arm.smoothed[0])) == (47, 47, 107, 61)
        np.testing.assert_allclose(arm.smoothed[0][-1], smoothed(run.costs)[-1], rtol=1e-12)


def test_what_is_planned_is_made_in_an_arm_as_in_the_run(tmp_path: Path) -> None:
    """Also at its last iteration; what was made at its first is left out, as it is of a branch from there."""
    planned: list[tuple[int, dict[str, Value]]] = [
        (50, {"momentum": 0.5}),
        (85, {"learning_rate": 0.02}),
        (110, {"mini_batch_size": 8}),
    ]
    nudges = [(at, Intervene(change, TEST)) for at, change in planned]
    record_run(tmp_path / "s.panda", CONFIG, SMALL, 120, nudges)
    found = look_ahead(recorded_boundary(tmp_path / "s.panda", "r1", 50), candidates({"learning_rate": 0.3}), 60)
    change = (50, Intervene({"learning_rate": 0.3}, TEST))
    ended = record_run(tmp_path / "t.panda", CONFIG, SMALL, 110, [change, *nudges[1:]])
    assert found.arms[0].digest == ended.state.digest()


def test_a_plan_that_will_be_refused_is_left_out() -> None:
    plan = PlannedChange("r1-1", 70, {"mini_batch_size": 5000}, TEST)
    same = candidates({"momentum": 0.5})
    assert numbers(look_ahead(boundary(plans=(plan,)), same, 50)) == numbers(look_ahead(boundary(), same, 50))


def test_by_default_alpha_in_force_times_five_factors() -> None:
    found = look_ahead(boundary(decay="exponential", decay_rate=0.9))
    alpha = 0.1 * 0.9 ** (7 + 64 / 120)  # an epoch has 8 mini-batches, and four more have 64 examples
    rates = [float(str(arm.changes["learning_rate"])) for arm in found.arms]
    assert rates == pytest.approx([alpha * f for f in (0.1, 0.3, 1, 3, 10)], rel=1e-3)
    assert [arm.label for arm in found.arms] == ["×0.1", "×0.3", "×1", "×3", "×10"]
    assert found.iterations == 200
    dev_costs = [math.inf if arm.dev_cost is None else arm.dev_cost for arm in found.arms]
    assert found.best == dev_costs.index(min(dev_costs))
    assert found.sentence.startswith(f"{found.arms[found.best].label} is best: dev cost ")


def test_arms_that_are_hardly_worse_than_the_best_are_named() -> None:
    same = candidates({"learning_rate": 0.05}, {"learning_rate": 0.05001}, {"learning_rate": 1e-6})
    found = look_ahead(boundary(), same, 50)
    assert found.best is not None
    best, other = same[found.best].label, same[1 - found.best].label
    assert re.fullmatch(rf"{best} is best: dev cost \S+ after 50, and {other} within 1% of that", found.sentence)


def test_the_line_is_the_smoothed_cost_thinned_to_the_last() -> None:
    found = look_ahead(boundary(), candidates({"momentum": 0.9}), 230)
    costs = np.empty(230)
    loop = make_loop(CONFIG, SMALL)
    loop.train(np.empty(60))
    loop.train(costs)
    arm = found.arms[0]
    assert arm.iterations[-1] == 290
    assert len(arm.smoothed[0]) <= 101
    known = Averages().of(costs)[0]  # of the same β, after every fourth iteration
    shared = [t for t in arm.iterations if (t - 60) % 4 == 0]
    at = dict(zip(arm.iterations, arm.smoothed[0], strict=True))
    assert len(shared) > 10
    np.testing.assert_allclose([at[t] for t in shared], [known[(t - 60) // 4 - 1] for t in shared], rtol=1e-12)


def test_what_diverges_is_named() -> None:
    """Such a penalty on the weights throws them further away with every iteration."""
    bad: dict[str, Value] = {"weight_decay": 1000.0, "learning_rate": 100.0}
    found = look_ahead(boundary(), candidates({"learning_rate": 0.05}, bad), 50)
    good, broken = found.arms
    assert found.best == 0
    assert broken.broke is not None
    assert 60 < broken.broke <= 110
    assert broken.iterations[-1:] == ((broken.broke - 1,) if len(broken.smoothed[0]) else ())
    assert (broken.dev_cost, broken.dev_accuracy, broken.diverges, good.diverges) == (None, None, True, False)
    assert found.sentence.endswith(f"; {broken.label} diverges")
    none = look_ahead(boundary(), candidates(bad, {**bad, "momentum": 0.5}), 50)
    assert (none.best, none.sentence) == (None, "every candidate diverges within 50 iterations")


def test_overfitting_is_not_called_divergence() -> None:
    """The dev cost is above that of a guess and rises, while the training cost falls."""
    wine = RunConfig(data="wine", layers=(8,))
    loop = make_loop(wine, Hyperparameters(mini_batch_size=32))
    y = np.roll(loop.dataset.y_dev, 7)
    loop = TrainingLoop(wine, replace(loop.dataset, y_dev=y), Hyperparameters(mini_batch_size=32))
    loop.train(np.empty(300))
    found = look_ahead(Boundary("r1", wine, loop.dataset, loop.state()), typed_candidates(["0.1,0.3"]), 50)
    assert all(arm.dev_cost is not None and arm.dev_cost > found.dev_cost > math.log(3) for arm in found.arms)
    assert [arm.diverges for arm in found.arms] == [False, False]
    assert "diverge" not in found.sentence


def test_where_nothing_is_trained_any_more_no_alpha_is_the_best() -> None:
    found = look_ahead(boundary(learning_rate=1e-60), iterations=50)
    assert found.best is None
    assert re.fullmatch(r"all candidates come to the same dev cost, \S+ after 50", found.sentence)


def test_other_coming_orders_of_the_data() -> None:
    found = look_ahead(boundary(), candidates({"learning_rate": 0.01}, {"learning_rate": 0.3}), 50, seeds=3)
    alone = look_ahead(boundary(), candidates({"learning_rate": 0.01}, {"learning_rate": 0.3}), 50)
    assert numbers(found) == numbers(alone)
    for arm in found.arms:
        assert len({arm.dev_cost, *arm.dev_costs}) == 4
    assert "the median of 4 orders of the data (" in found.sentence


def test_of_a_network_that_was_thrown_away() -> None:
    wine = RunConfig(data="wine", layers=(8,))
    thrown = boundary(40, wine, optimizer="gd", learning_rate=1e4, mini_batch_size=32)
    found = look_ahead(thrown, iterations=50)
    assert found.dev_cost > 1000
    told = r"no candidate helps: ×\S+ comes lowest, to dev cost \S+ after 50, .* go back: undo .*"
    assert re.fullmatch(told, found.sentence)


def test_what_is_planned_on_the_way_is_told() -> None:
    plans = tuple(
        PlannedChange(f"r1-{i}", at, {"momentum": 0.1 * i}, TEST) for i, at in enumerate((70, 80, 90, 100, 110))
    )
    found = look_ahead(boundary(plans=plans), candidates({"learning_rate": 0.05}), 50)
    first = "β → 0 at iteration 70, β → 0.1 at iteration 80, β → 0.2 at iteration 90"
    assert found.remark == f"on the way comes what is planned: {first}, 1 more"
    assert look_ahead(boundary(plans=plans[4:]), candidates({"learning_rate": 0.05}), 50).remark == ""


def test_nothing_comes_after_the_planned_end() -> None:
    found = look_ahead(boundary(60), candidates({"momentum": 0.5}), 200, end=90)
    assert (found.iterations, found.arms[0].iterations[-1]) == (30, 90)
    assert found.remark == "the run ends at iteration 90: only 30 of 200 iterations are looked ahead"
    with pytest.raises(CommandRefused, match="the run ends here, at iteration 60: nothing comes after it"):
        look_ahead(boundary(60), end=60)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"learning_rate": -1.0}, "learning_rate must be a number above 0"),
        ({"mini_batch_size": 5000}, "mini_batch_size must be at most 120"),
        ({"layers": 3}, "'layers' is not a hyperparameter"),
        ({"decay": "staircase", "decay_rate": 2.0}, "decay_rate must be"),
    ],
)
def test_a_candidate_that_is_not_allowed_is_refused_before_anything_is_trained(
    changes: dict[str, Value], sentence: str
) -> None:
    done: list[int] = []
    with pytest.raises(InvalidInput, match=sentence):
        look_ahead(boundary(), candidates({"momentum": 0.5}, changes), progress=lambda n, _: done.append(n))
    assert done == []


@pytest.mark.parametrize(("iterations", "seeds"), [(49, 0), (5001, 0), (0, 0), (200, 65), (200, -1)])
def test_bounds(iterations: int, seeds: int) -> None:
    with pytest.raises(InvalidInput, match=r"must be a whole number from \d+ to [\d,]+, but got"):
        look_ahead(boundary(), iterations=iterations, seeds=seeds)


def test_what_is_in_force_already_is_told() -> None:
    found = look_ahead(boundary(), typed_candidates(["0.1,0.3"]), 50)
    assert found.remark == "α 0.1 is in force already"
    decaying = boundary(decay="staircase", decay_interval=100.0)
    found = look_ahead(decaying, typed_candidates(["momentum=0.9,0.5"]), 50)
    assert found.remark == "β 0.9 is in force already"
    assert look_ahead(decaying, typed_candidates(["0.1"]), 50).remark == ""  # the stair begins anew


@pytest.mark.parametrize("name", TAKEN_WHERE)
def test_where_a_hyperparameter_changes_nothing_the_remark_says_so(name: str) -> None:
    """And only there: all arms come to the same costs."""
    values = ("0.2", "0.7") if name == "momentum" else ("0.1", "0.9")
    other, _ = TAKEN_WHERE[name]
    for value in HYPERPARAMETERS[other].choices:
        h: dict[str, Any] = {"learning_rate": 0.01, "decay_rate": 0.5, "decay_interval": 2.0, other: value}
        found = look_ahead(boundary(**h), typed_candidates([f"{name}={','.join(values)}"]), 50)
        same = len({(each.cost, each.dev_cost) for each in found.arms}) == 1
        assert found.remark == (f"{symbol(name)} does nothing where {other} is {value}" if same else "")


def test_what_changes_nothing_in_some_arms_alone() -> None:
    found = look_ahead(boundary(), typed_candidates(["β₂=0.9,0.99 ε=1e-7 optimizer=momentum,adam"]), 50)
    assert found.remark == "β₂ and ε do nothing where optimizer is momentum"
    plan = PlannedChange("r1-1", 70, {"optimizer": "adam"}, TEST)
    planned = look_ahead(boundary(plans=(plan,)), typed_candidates(["β₂=0.9,0.99"]), 50)
    assert planned.remark == "on the way comes what is planned: optimizer → adam at iteration 70"


def test_rates_that_are_not_allowed_are_told() -> None:
    found = look_ahead(boundary(learning_rate=2e5), iterations=50)
    assert [arm.label for arm in found.arms] == ["×0.1", "×0.3", "×1", "×3"]
    assert found.remark == "×10 is left out: α must be a number above 0 and at most 1e+06"
    found = look_ahead(boundary(learning_rate=1e6), iterations=50)
    assert found.remark == "×3 and ×10 are left out: α must be a number above 0 and at most 1e+06"


def test_it_is_given_up_when_that_is_asked_for() -> None:
    with pytest.raises(JobFailed, match="given up"):
        look_ahead(boundary(), spent=lambda: True)


def test_of_what_is_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRAINABLES, "quadratic", Quadratic)
    config = RunConfig(data="iris", trainable="quadratic")
    loop = Quadratic(config, load_dataset("iris"), Hyperparameters(optimizer="gd", learning_rate=0.2))
    loop.train(np.empty(5))
    found = look_ahead(Boundary("r1", config, loop.dataset, loop.state()), iterations=50)
    assert [arm.diverges for arm in found.arms] == [False, False, False, False, True]
    assert found.sentence.endswith("; ×10 diverges")
