"""Rules of advice: each fault is named by the first that speaks, and healthy runs are left alone."""

from __future__ import annotations

import numpy as np
import pytest

from tests.experiments.advice.faults import BROKE, FAULTS, Case, healthy, watch
from trainer.experiments.advice.rules import RULES

HEALTHY = [case for case in healthy() if case.name.split()[0] in ("spiral", "iris", "wine")]


@pytest.mark.parametrize("case", FAULTS, ids=[case.name for case in FAULTS])
def test_a_fault_is_named_and_its_button_can_be_pressed(case: Case) -> None:
    watched = watch(case, 21, stop_at_advice=True)
    assert watched.named in case.rules
    if watched.named == BROKE:
        return
    said, loop = watched.at[-1][1][0], watched.loop
    assert said.begin <= loop.iteration == said.end
    assert said.sentence.endswith(".")
    assert said.action
    if said.back_to is None:
        _, after = loop.intervene(said.changes)
        assert after == said.changes
        loop.train(np.empty(5))
    else:
        assert 0 <= said.back_to < loop.iteration


@pytest.mark.parametrize("case", HEALTHY, ids=[case.name for case in HEALTHY])
def test_nothing_is_said_of_a_healthy_run(case: Case) -> None:
    assert [said for _, said in watch(case, 21).at if said] == []


def test_every_rule_has_a_fault_that_it_stands_for() -> None:
    named = {rule for case in FAULTS for rule in case.rules} - {BROKE}
    assert len(named) == len(RULES)
