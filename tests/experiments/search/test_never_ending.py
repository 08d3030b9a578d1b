"""What would leave a search waiting for ever, or without a value to draw, is refused before it begins."""

from __future__ import annotations

import pytest

from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.errors import InvalidInput
from trainer.experiments.search.box import Box
from trainer.experiments.search.plan import SearchPlan


def test_tpe_waits_for_trials_that_halving_holds_back() -> None:
    with pytest.raises(InvalidInput, match="choose another sampler, or no halving"):
        SearchPlan(RunConfig(), Hyperparameters(), Box.first(), "tpe", halving=True)


@pytest.mark.parametrize(("name", "allowed"), [("optimizer", "gd, momentum, rmsprop, adam"), ("batch_norm", "on, off")])
def test_a_choice_of_nothing(name: str, allowed: str) -> None:
    with pytest.raises(InvalidInput, match=f"{name} has no value to choose from; what is allowed is {allowed}"):
        Box.of({name: []})
