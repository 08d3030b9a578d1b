"""Rules of advice: each fault is named by the first that speaks, and healthy runs are left alone."""

from __future__ import annotations

import numpy as np
import pytest

from tests.experiments.advice.faults import BROKE, FAULTS, Case, healthy, watch
from tests.experiments.advice.test_look import look_of
from trainer.engine.hyperparameters import Hyperparameters
from trainer.experiments.advice.look import Look
from trainer.experiments.advice.rules import RULES, advice

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


SELDOM = list(range(0, 40_000, 1000))
"""Iterations at which the gauges of a fast run are measured."""


def dying(hyperparameters: Hyperparameters) -> Look:
    """A run most of whose units are dead."""
    gauges = {"dead_units[1]": (SELDOM, [0.69] * len(SELDOM)), "update_ratio[1]": (SELDOM, [1e-3] * len(SELDOM))}
    return look_of(np.linspace(0.2, 0.1, 40_000), gauges, hyperparameters)


def test_unnormalised_inputs_of_a_fast_run_are_named_however_far_it_is() -> None:
    spread = [44.3, *(1e4 * k for k in SELDOM[1:])]
    h = Hyperparameters(input_scale=30, input_recolour="invert")
    said = advice(look_of(np.linspace(1, 40, 40_000), {"z_std[1]": (SELDOM, spread)}, h))[0]
    assert (said.rule, said.changes) == ("unnormalised inputs", {"input_scale": 1.0, "input_recolour": "none"})
    assert "spread 44.3 at iteration 0" in said.sentence
    assert "input scale 30" in said.sentence
    assert said.begin == 0


def test_of_large_weights_it_is_not_said_that_the_inputs_are_not_normalised() -> None:
    spread = [1.4, *(1e4 * k for k in SELDOM[1:])]
    said = advice(look_of(np.linspace(1, 40, 40_000), {"z_std[1]": (SELDOM, spread)}, Hyperparameters(input_scale=2)))
    assert "unnormalised inputs" not in [each.rule for each in said]


def test_dead_units_of_shifted_inputs_are_laid_to_the_shift() -> None:
    (said,) = advice(dying(Hyperparameters(input_shift=2)))
    assert (said.rule, said.action, said.changes) == ("dead units", "Take the shift back", {"input_shift": 0.0})
    assert "(input shift 2, of the dev set too)" in said.sentence


def test_a_peak_right_after_the_inputs_were_shifted_is_no_outlier() -> None:
    costs = np.full(2000, 0.1)
    costs[1010] = 500
    for h, rules in ((Hyperparameters(input_shift=2), []), (Hyperparameters(), ["outlier"])):
        look = look_of(costs, {"update_ratio[1]": ([1, 1200, 1400, 1600, 1800, 1900, 2000], [1e-3] * 7)}, h, 1000)
        assert [said.rule for said in advice(look)] == rules


def test_what_is_in_force_is_not_offered_again() -> None:
    (said,) = advice(dying(Hyperparameters()))
    assert said.changes == {"optimizer": "adam", "learning_rate": 0.001}
    assert advice(dying(Hyperparameters().changed(said.changes))) == []
    assert len(advice(dying(Hyperparameters(optimizer="adam", learning_rate=0.01)))) == 1
