"""Advice on runs that have ended: few measurements are all that there are, and their button goes back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.experiments.advice.faults import Case, healthy, watch
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.experiments.advice.look import Look, look_at
from trainer.experiments.advice.rules import advice, advice_afterwards


def looked_back(case: Case, seed: int = 21) -> Look:
    """At a run so short that gauges were measured at its beginning and its end alone."""
    watched = watch(case, seed, gauges_every=10**9)
    curve, loop = watched.curve, watched.loop
    begin, end = (each.gauges() for each in (TrainingLoop(loop.config, loop.dataset, loop.hyperparameters), loop))
    at = np.array([0.0, loop.iteration])
    gauges = {name: (at, np.array([begin.get(name, np.nan), value])) for name, value in end.items()}
    m, classes = loop.dataset.m, len(loop.dataset.classes)
    return look_at(curve, loop.config, loop.hyperparameters, m, classes, gauges)


@pytest.mark.parametrize(
    ("alpha", "iterations", "rule", "action"),
    [(1e-5, 1000, "α too low", "α 1e-4"), (10.0, 2000, "α too high", "α 1"), (1000.0, 1000, "α too high", "α 100")],
)
def test_a_short_run_is_told_what_went_wrong_though_its_gauges_were_measured_once(
    alpha: float, iterations: int, rule: str, action: str
) -> None:
    look = looked_back(Case("", (), RunConfig(), Hyperparameters(learning_rate=alpha), iterations))
    said = advice_afterwards(look)[0]
    assert (said.rule, said.action, said.back_to) == (rule, f"Back to iteration 0: {action}", 0)


def test_what_was_measured_once_is_not_told_while_a_run_goes_on() -> None:
    look = looked_back(Case("", (), RunConfig(), Hyperparameters(learning_rate=1e-5), 1000))
    assert advice(look) == []


@pytest.mark.parametrize("share", [0.2, 1.0])
def test_nothing_is_said_of_a_healthy_run_that_has_ended(share: float) -> None:
    for case in healthy():
        if case.name.split()[0] in ("spiral", "iris", "digits", "moons"):
            iterations = max(200, int(share * case.iterations))
            assert advice_afterwards(looked_back(replace(case, iterations=iterations))) == [], case.name
