"""Successive halving, against an example by hand; and what a zoomed box is."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from trainer.data.loading import load_dataset
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.experiments.search.box import Box, Values, trial_config, trial_hyperparameters
from trainer.experiments.search.halving import goes_on, targets
from trainer.experiments.search.plan import SearchPlan
from trainer.experiments.search.schedule import Schedule
from trainer.experiments.search.trial import Point, State, Trial
from trainer.experiments.search.zoom import best_of, zoomed

CONFIG = RunConfig(data="iris", layers=(8,))
PLAN = SearchPlan(
    CONFIG, Hyperparameters(mini_batch_size=16), Box.first(), trials=9, epochs=None, iterations=90, halving=True
)


def trial(
    index: int, values: Values, curve: list[Point], state: State = "finished", config: RunConfig = CONFIG
) -> Trial:
    hyperparameters = trial_hyperparameters(values, PLAN.hyperparameters)
    return Trial(index, 1, values, trial_config(values, config), hyperparameters, 90, state, 90, curve)


def test_trials_are_compared_after_a_ninth_and_a_third_of_their_iterations() -> None:
    assert targets(90) == (10, 30, 90)
    assert targets(100) == (12, 34, 100)
    assert targets(1) == (1, 1, 1)


def test_rungs_that_are_at_the_same_iteration_are_all_told_at_once() -> None:
    schedule = Schedule(replace(PLAN, iterations=2), load_dataset("iris"), False, (), ())
    (round_,) = schedule.rounds
    for number in range(9):
        drawn = schedule.draw()
        assert drawn is not None
        assert schedule.until(drawn) == 1
        drawn.state, drawn.done, drawn.curve = "training", 1, [(1, float(number), 0.5)]
    assert [each.index for each in schedule.behind(round_)] == [3, 4, 5, 6, 7, 8]
    assert [schedule.until(schedule.trials[index]) for index in (0, 1, 2)] == [2, 2, 2]


def test_nine_trials_by_hand() -> None:
    """Dev costs after 10 iterations .9 .1 .8 .2 .7 .3 .6 .4 .5: trials 1, 3, 5 go on. After 30 .3 .2 .25: trial 3."""
    schedule = Schedule(PLAN, load_dataset("iris"), False, (), ())
    (round_,) = schedule.rounds
    costs = [0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.5]
    for cost in costs:
        assert schedule.behind(round_) == [], "not before all have come there"
        drawn = schedule.draw()
        assert drawn is not None
        assert schedule.until(drawn) == 10
        drawn.state, drawn.done, drawn.curve = "training", 10, [(10, cost, 0.5)]
    assert schedule.draw() is None
    behind = schedule.behind(round_)
    assert [each.index for each in behind] == [0, 2, 4, 6, 7, 8]
    for each in behind:
        each.state = "stopped"
    assert schedule.behind(round_) == [], "nor a second time at the same place"
    assert [schedule.until(each) for each in schedule.active()] == [30, 30, 30]
    for each, cost in zip(schedule.active(), [0.3, 0.2, 0.25], strict=True):
        each.done, each.curve = 30, [*each.curve, (30, cost, 0.5)]
    assert [each.index for each in schedule.behind(round_)] == [1, 5]
    for each in schedule.trials.values():
        each.state = each.state if each.index == 3 else "stopped"
    (last,) = schedule.active()
    assert (last.index, schedule.until(last)) == (3, 90)
    assert not schedule.over
    last.state = "finished"
    assert schedule.over


def test_a_trial_that_never_came_there_is_not_among_the_best() -> None:
    came: list[list[Point]] = [[(10, 0.4, 0.5)], [], [(10, 0.3, 0.5)], [(10, 0.4, 0.5)]]
    trials = [trial(i, {}, curve, "diverged" if not curve else "training") for i, curve in enumerate(came)]
    assert goes_on(trials, 0) == {2}  # a third of the three that came
    assert goes_on([*trials, trial(4, {}, [(10, 0.4, 0.5)], "training")], 0) == {0, 2}  # of equal ones the first


def test_the_best_quarter_and_at_least_three() -> None:
    def some(n: int) -> list[Trial]:
        return [trial(i, {}, [(90, i / n, 0.5)]) for i in range(n)]

    assert [each.index for each in best_of(some(40))] == list(range(10))
    assert [each.index for each in best_of(some(5))] == [0, 1, 2]
    under_way = [replace(each, state="training") for each in some(3)]
    assert best_of(under_way) == []
    assert best_of([replace(each, state="diverged") for each in some(3)]) == []


BOX = Box.of({"learning_rate": [1e-4, 1], "momentum": [0, 0.999], "optimizer": ["momentum", "adam", "gd"]})


def around(best: float, n: int = 40, box: Box = BOX) -> list[Trial]:
    """Trials whose dev cost is their distance from an α."""
    found = []
    for index in range(n):
        values = box.draw(1, index)
        found.append(trial(index, values, [(90, abs(math.log(values["learning_rate"] / best)), 0.5)]))
    return found


@pytest.mark.parametrize("best", [1e-4, 1e-2, 1.0])
def test_a_zoomed_box_lies_around_the_best_trials_and_within_the_box(best: float) -> None:
    trials = around(best)
    box = zoomed(BOX, trials)
    low, high = box.ranges()["learning_rate"]
    assert 1e-4 <= low < high <= 1
    assert low <= best <= high or min(abs(math.log(best / low)), abs(math.log(best / high))) < 0.3
    assert math.log(high / low) < 0.6 * math.log(1e4), "it is smaller"
    assert all(box.holds(each.values) for each in best_of(trials))
    assert Box.of(box.ranges()) == box, "it can be recorded"
    again = zoomed(box, trials)
    for name, (inner, *_) in again.ranges().items():
        assert name == "optimizer" or inner >= box.ranges()[name][0]


def test_a_box_that_nothing_is_known_of_stays() -> None:
    assert zoomed(BOX, []) == BOX
    assert zoomed(BOX, around(0.01, 1)) == BOX


def test_a_trial_that_was_drawn_before_a_hyperparameter_was_in_the_box_counts_with_the_value_that_it_had() -> None:
    """Finished trials count where a person edits the box: here λ came in, which was 0.01 for all."""
    narrow = Box.of({"learning_rate": [1e-4, 1]})
    wide = Box.of({"learning_rate": [1e-4, 1], "weight_decay": [1e-3, 1e-1]})
    early = [
        replace(each, hyperparameters=replace(each.hyperparameters, weight_decay=0.01))
        for each in around(0.01, box=narrow)
    ]
    box = zoomed(wide, early)
    low, high = box.ranges()["weight_decay"]
    assert 1e-3 < low < 0.01 < high < 1e-1
    low, high = box.ranges()["learning_rate"]
    assert 1e-4 < low < 0.01 < high < 1


def test_a_box_around_many_trials_is_not_rounded_to_nothing() -> None:
    """To three digits 0.50001 and 0.50049 are the same number."""
    box = Box.of({"learning_rate": [0.49, 0.51]})
    trials = [trial(i, {"learning_rate": 0.5001 + i * 1e-7}, [(90, i / 400, 0.5)]) for i in range(400)]
    inner = zoomed(box, trials)
    assert Box.of(inner.ranges()) == inner
    assert all(inner.holds(each.values) for each in best_of(trials))
