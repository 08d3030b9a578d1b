"""What would leave a search waiting for ever, or without a value to draw, is refused before it begins."""

from __future__ import annotations

from typing import Any

import pytest

from tests.experiments.search.searching import BOX, DATASET, plan
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.errors import InvalidInput
from trainer.experiments.search.box import Box
from trainer.experiments.search.plan import SearchPlan
from trainer.experiments.search.schedule import Schedule


def test_tpe_waits_for_trials_that_halving_holds_back() -> None:
    with pytest.raises(InvalidInput, match="choose another sampler, or no halving"):
        SearchPlan(RunConfig(), Hyperparameters(), Box.first(), "tpe", halving=True)


@pytest.mark.parametrize(("name", "allowed"), [("optimizer", "gd, momentum, rmsprop, adam"), ("batch_norm", "on, off")])
def test_a_choice_of_nothing(name: str, allowed: str) -> None:
    with pytest.raises(InvalidInput, match=f"{name} has no value to choose from; what is allowed is {allowed}"):
        Box.of({name: []})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"hidden_layers": 10**9},
            "hidden_layers must be a whole number at least 0 and at most 100, but got 1000000000",
        ),
        ({"hidden_layers": -1}, "hidden_layers must be a whole number at least 0 and at most 100, but got -1"),
        ({"hidden_layers": None}, "hidden_layers must be"),
        ({"hidden_units": 2.5}, "hidden_units must be a whole number at least 1 and at most 1e+06, but got 2.5"),
        ({"hidden_units": "abc"}, "hidden_units must be"),
        ({"hidden_units": 10**7}, "hidden_units must be"),
        ({"batch_norm": "on"}, "batch_norm must be True or False, but got 'on'"),
        ({"learning_rate": None}, "learning_rate must be"),
        ({"optimizer": ["adam"]}, "optimizer must be one of"),
        ({"mini_batch_size": 1000}, "mini_batch_size must be at most 120"),
    ],
)
def test_values_that_are_given_and_cannot_be_trained(given: dict[str, Any], sentence: str) -> None:
    schedule = Schedule(plan(), DATASET, False, (), ())
    with pytest.raises(InvalidInput) as refused:
        schedule.edit(BOX, 3, [given])
    assert sentence in str(refused.value)
    assert len(schedule.rounds) == 1
