"""What is said of dead units: of too small mini-batches nothing, of those that died that the steps were too long."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.experiments.advice.faults import Case, watch
from tests.experiments.advice.test_look import look_of
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.experiments.advice.look import Look
from trainer.experiments.advice.rules import advice

SELDOM = list(range(0, 40_000, 1000))
"""Iterations at which the gauges of a fast run are measured."""


def dying(hyperparameters: Hyperparameters, ratio: float = 1e-3) -> Look:
    """A run most of whose units are dead."""
    gauges = {"dead_units[1]": (SELDOM, [0.69] * len(SELDOM)), "update_ratio[1]": (SELDOM, [ratio] * len(SELDOM))}
    return look_of(np.linspace(0.2, 0.1, 40_000), gauges, hyperparameters)


def test_of_mini_batches_of_two_no_unit_is_called_dead_as_they_are_too_small() -> None:
    h = Hyperparameters(learning_rate=0.1, mini_batch_size=2)
    watched = watch(Case("", (), RunConfig(evaluate_every=100), h, 2000), 21)
    assert {said[0].rule for at, said in watched.at if at > 800} == {"mini-batches too small"}
    assert {"dead units", "α too high"}.isdisjoint(each.rule for _, said in watched.at for each in said)


def test_units_are_called_dead_by_mini_batches_of_enough_examples() -> None:
    for size, rules in ((31, []), (32, ["α too high", "dead units"])):
        look = dying(Hyperparameters(mini_batch_size=size), 0.01)
        assert [said.rule for said in advice(look)] == rules
    few = replace(dying(Hyperparameters(mini_batch_size=20)), m=20)
    assert [said.rule for said in advice(few)] == ["dead units"]  # it is every example that there is


def test_units_that_died_of_long_steps_are_told_as_that_and_it_goes_back_to_before() -> None:
    """Also where a fast run measures its gauges so seldom that they are dead at the second measurement."""
    watched = watch(Case("", (), RunConfig(), Hyperparameters(learning_rate=10.0), 9000), 21, gauges_every=30)
    said = watched.at[-1][1]
    assert [each.rule for each in said if each.rule in ("α too high", "dead units")] == ["α too high"]
    first = said[0]
    assert re.search(r"^\d+% of the units of layer \d are 0 .* 0% were at iteration 0: with α 10 the", first.sentence)
    assert (first.rule, first.changes) == ("α too high", {"learning_rate": 1.0})
    assert first.back_to is not None
    assert first.action == f"Back to iteration {first.back_to:,}: α 1"
    assert (first.series.split("[")[0], first.begin, first.back_to) == ("dead_units", 0, 0)


@pytest.mark.parametrize(
    ("alpha", "change", "changes", "action"),
    [
        (10.0, {"learning_rate": 9.0}, {"learning_rate": 0.9}, "Back to iteration 19,000: α 0.9"),  # 10 was no better
        (0.1, {"learning_rate": 30.0}, {}, "Back to iteration 19,000"),  # it was this change
        (0.1, {"optimizer": "adam"}, {"learning_rate": 0.01}, "Back to iteration 19,000: α 0.01"),
    ],
)
def test_units_that_die_after_a_change_are_gone_back_for_to_where_they_were_alive(
    alpha: float, change: dict[str, Value], changes: dict[str, Value], action: str
) -> None:
    shares = [0.1 if at < 20_000 else 0.69 for at in SELDOM]
    h = Hyperparameters(learning_rate=alpha)
    (said,) = advice(look_of(np.linspace(0.2, 0.1, 40_000), {"dead_units[1]": (SELDOM, shares)}, h, 19_500, change))
    assert (said.rule, said.changes, said.action, said.back_to) == ("α too high", changes, action, 19_000)
    assert "where 10% were at iteration 19,000" in said.sentence
    asleep = {"dead_units[1]": (SELDOM, [0.69] * len(SELDOM))}
    (said,) = advice(look_of(np.linspace(0.2, 0.1, 40_000), asleep, h, 19_500, change))
    assert said.rule == "dead units"  # they never were alive


def test_where_units_were_last_seen_alive_at_a_change_it_goes_back_to_before_that() -> None:
    gauges = {"dead_units[1]": (SELDOM, [0.1 if at <= 20_000 else 0.69 for at in SELDOM])}
    (said,) = advice(look_of(np.linspace(0.2, 0.1, 40_000), gauges, changed=20_000))
    assert (said.rule, said.back_to) == ("α too high", 19_999)


def test_to_dead_units_batch_norm_is_recommended_only_where_there_is_none() -> None:
    look = dying(Hyperparameters())
    for batch_norm, words in ((True, "begins anew, with a lower α."), (False, "with batch norm or a lower α.")):
        (said,) = advice(replace(look, config=replace(look.config, batch_norm=batch_norm)))
        assert words in said.sentence


def test_dead_units_of_shifted_inputs_are_laid_to_the_shift() -> None:
    (said,) = advice(dying(Hyperparameters(input_shift=2)))
    assert (said.rule, said.action, said.changes) == ("dead units", "Take the shift back", {"input_shift": 0.0})
    assert "(input shift 2, of the dev set too)" in said.sentence


def test_what_is_in_force_is_not_offered_again() -> None:
    (said,) = advice(dying(Hyperparameters()))
    assert said.changes == {"optimizer": "adam", "learning_rate": 0.001}
    assert advice(dying(Hyperparameters().changed(said.changes))) == []
    assert len(advice(dying(Hyperparameters(optimizer="adam", learning_rate=0.01)))) == 1
