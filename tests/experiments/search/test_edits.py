"""The box is edited while it is searched: what is over stays and counts; what cannot be is refused in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.experiments.search.searching import (
    BOX,
    DATASET,
    PLANS,
    PoolHere,
    plan,
    same,
    searched,
)
from trainer.errors import CommandRefused, InvalidInput
from trainer.experiments.search.box import Box
from trainer.experiments.search.plan import SearchPlan
from trainer.experiments.search.search import Search
from trainer.experiments.search.trial import Leg, LegResult, run_leg
from trainer.experiments.search.view import SearchView


def edited_at(leg: int, plan: SearchPlan, box: Box, **others: Any) -> SearchView:
    """The view of a search whose box is edited while its leg of a number is computed."""
    search: Search
    count = 0

    def act(each: Leg) -> LegResult:
        nonlocal count
        count += 1
        if count == leg:
            search.edit(box, **others)
        return run_leg(each, DATASET)

    search = Search(plan, DATASET, PoolHere(act))
    return search.run()


@pytest.mark.parametrize("name", ["random", "coarse-to-fine", "halving", "tpe"])
def test_an_edit_at_a_fixed_place_leaves_all_before_it(name: str) -> None:
    whole = searched(plan(**PLANS[name]))
    low = Box.of({"learning_rate": [1e-4, 1e-2]})
    search = Search(plan(**PLANS[name]), DATASET, PoolHere(), rounds=whole.rounds, over=whole.trials)
    mine = {"learning_rate": 0.03, "momentum": 0.8}
    made = search.edit(low, trials=5, given=[mine])
    view = search.run()
    assert same(view.trials[: len(whole.trials)]) == same(whole.trials)
    new = view.trials[len(whole.trials) :]
    assert [trial.round for trial in new] == [made.number] * 5
    assert new[0].values == mine
    assert all(low.holds(trial.values) for trial in new[1:])
    if name not in ("tpe",):
        assert [trial.values for trial in new[1:]] == [low.draw(1, trial.index) for trial in new[1:]]


def test_trials_under_way_stay_and_count_where_the_box_is_edited() -> None:
    undisturbed = searched(plan(epochs=20)).trials
    narrow = Box.of({"learning_rate": [0.2, 0.3]})
    view = edited_at(5, plan(epochs=20), narrow)
    assert same(view.trials[:5]) == same(undisturbed[:5])  # the fifth was under way
    assert len(view.trials) == 12
    assert all(narrow.holds(trial.values) for trial in view.trials[5:])
    assert [(r.number, r.first, r.trials, r.why) for r in view.rounds] == [(1, 0, 12, "begin"), (2, 5, 7, "edited")]


def test_halving_goes_on_where_an_edit_ends_a_round_early() -> None:
    view = edited_at(6, plan(halving=True), BOX, trials=3)
    rounds = [[trial.state for trial in view.trials if trial.round == number] for number in (1, 2)]
    assert [len(states) for states in rounds] == [6, 3]
    assert [states.count("finished") for states in rounds] == [1, 1]
    assert {state for states in rounds for state in states} == {"finished", "stopped"}


@pytest.mark.parametrize(
    ("ranges", "others", "sentence"),
    [
        ({"learning_rate": [0.1, 1]}, {"trials": 0}, "the next round has from 1 to 100,000 trials, but got 0"),
        ({"learning_rate": [0.1, 1]}, {"trials": 100_001}, "the next round has from 1 to 100,000 trials"),
        (
            {"learning_rate": [0.1, 1]},
            {"trials": 1, "given": [{"momentum": 0.1}] * 2},
            "the next round has from 2 to 100,000 trials, but got 1: the values of 2 are given",
        ),
        ({"learning_rate": [0.1, 1]}, {"given": [{"alpha": 0.1}]}, "'alpha' cannot be searched"),
        ({"learning_rate": [0.1, 1]}, {"given": [{"learning_rate": -1.0}]}, "learning_rate must be"),
        ({"learning_rate": [0.1, 1]}, {"given": [{"mini_batch_size": 1024}]}, "mini_batch_size must be at most 120"),
        ({"mini_batch_size": [16, 128]}, {}, "mini_batch_size must be at most 120"),
        ({"decay_rate": [0.1, 1]}, {}, "decay_rate has no effect while decay is none"),
    ],
)
def test_an_edit_that_is_refused_changes_nothing(
    ranges: dict[str, list[Any]], others: dict[str, Any], sentence: str
) -> None:
    search = Search(plan(trials=3), DATASET, PoolHere())
    before = search.look()
    with pytest.raises(InvalidInput) as refused:
        search.edit(Box.of(ranges), **others)
    assert sentence in str(refused.value)
    assert search.look().rounds == before.rounds
    assert same(search.run().trials) == same(searched(plan(trials=3)).trials)
    with pytest.raises(CommandRefused, match="the search is finished: go on with it first"):
        search.edit(BOX)


def test_an_edit_without_a_number_of_trials_where_all_have_begun() -> None:
    whole = searched(plan(trials=3))
    search = Search(plan(trials=3), DATASET, PoolHere(), rounds=whole.rounds, over=whole.trials)
    with pytest.raises(InvalidInput, match="all trials of this round have begun: say how many trials the next one has"):
        search.edit(BOX)
