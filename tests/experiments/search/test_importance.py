"""How much each hyperparameter of a search matters, with made-up dev costs whose cause is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.experiments.search.box import Box, Values, trial_hyperparameters
from trainer.experiments.search.importance import Importance, importance
from trainer.experiments.search.trial import Trial

BOX = Box.of({"learning_rate": [1e-4, 1], "momentum": [0, 0.99], "optimizer": ["gd", "adam"]})


def trials(n: int, cost: Callable[[Values], float], box: Box = BOX) -> list[Trial]:
    drawn = [box.draw(7, index) for index in range(n)]
    return [
        Trial(
            i, 1, v, RunConfig(), trial_hyperparameters(v, Hyperparameters()), 10, "finished", 10, [(10, cost(v), 0.5)]
        )
        for i, v in enumerate(drawn)
    ]


def of_alpha(values: Values) -> float:
    """Best at α = 0.01, two orders of magnitude worse at the ends."""
    return math.exp(abs(math.log10(values["learning_rate"]) + 2))


def named(found: Importance) -> dict[str, tuple[float, float]]:
    assert found.of is not None
    return {each.name: (each.mean, each.std) for each in found.of}


@pytest.mark.parametrize("n", [25, 50])
def test_the_only_cause_is_found(n: int) -> None:
    found = importance(BOX.dimensions, trials(n, of_alpha))
    by_name = named(found)
    assert next(iter(by_name)) == "learning_rate"
    alpha, spread = by_name["learning_rate"]
    for name in ("momentum", "optimizer"):
        mean, std = by_name[name]
        assert mean + std < alpha - spread, (name, by_name)
        assert abs(mean) < 0.1
    assert 0.3 < alpha < 1.2


def test_few_trials_leave_it_uncertain() -> None:
    found = importance(BOX.dimensions, trials(12, of_alpha)).of
    assert found is not None
    assert found[0].name == "learning_rate"
    assert found[0].std > 0.1


def test_a_choice_can_be_the_cause() -> None:
    found = importance(BOX.dimensions, trials(25, lambda v: 0.1 if v["optimizer"] == "adam" else 1.0))
    assert next(iter(named(found))) == "optimizer"


def test_the_same_trials_have_the_same_importance_whatever_their_number_elsewhere() -> None:
    some = trials(25, of_alpha)
    assert importance(BOX.dimensions, some) == importance(BOX.dimensions, some)
    assert importance(BOX.dimensions, some, seed=2) != importance(BOX.dimensions, some)


def test_diverged_trials_count_as_the_worst_and_it_is_said() -> None:
    made = trials(25, lambda _: 1.0)
    for trial in made:  # all that is known is where it diverges
        if trial.values["learning_rate"] > 0.01:
            trial.state = "diverged"
        else:
            trial.curve = [(10, 0.5 if trial.index % 2 else 0.6, 0.5)]
    diverged = sum(trial.state == "diverged" for trial in made)
    found = importance(BOX.dimensions, made)
    assert f"the {diverged} that diverged count as the worst dev cost of the others" in found.text
    assert next(iter(named(found))) == "learning_rate"


def test_too_little_is_said_in_a_sentence() -> None:
    made = trials(12, of_alpha)
    for trial in made[:2]:
        trial.state = "waiting"
    made[2].state = "failed"
    found = importance(BOX.dimensions, made)
    assert (found.of, found.text) == (None, "importance needs at least 10 trials that are over, but there are 9")
    for trial in made:
        trial.state = "diverged"
    assert importance(BOX.dimensions, made).text.endswith("but none of them has a dev cost")
    same = importance(BOX.dimensions, trials(12, lambda _: 0.3))
    assert (same.of, same.text) == (None, "all 12 trials have the same dev cost, so no hyperparameter matters")


def test_a_trial_outside_of_the_box_is_left_out() -> None:
    made = trials(12, of_alpha)
    out = replace(made[0], hyperparameters=made[0].hyperparameters.changed({"optimizer": "rmsprop"}))
    assert "from 12 trials" in importance(BOX.dimensions, [out, *made[1:], replace(made[0], index=12)]).text
