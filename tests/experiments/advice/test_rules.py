"""Rules of advice: each fault is named by the first that speaks, and healthy runs are left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.experiments.advice.faults import BROKE, FAULTS, Case, healthy, watch
from tests.experiments.advice.test_dead_units import SELDOM
from tests.experiments.advice.test_look import look_of
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.experiments.advice.piece import Advice
from trainer.experiments.advice.rules import RULES, advice
from trainer.numerics.updates import Optimizer

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


def test_the_cost_is_drawn_as_evidence_where_the_gauge_was_not_measured_twice() -> None:
    case = Case("", (), RunConfig(), Hyperparameters(momentum=0.999), 300)
    watched = watch(case, 21, stop_at_advice=True, gauges_every=10**9)
    (said,) = watched.at[-1][1]
    assert (said.rule, said.series) == ("β too high", "cost")
    often = watch(case, 21, stop_at_advice=True).at[-1][1][0]
    assert (often.rule, often.series) == ("β too high", "gradient_momentum_cosine")


@pytest.mark.parametrize("case", HEALTHY, ids=[case.name for case in HEALTHY])
def test_nothing_is_said_of_a_healthy_run(case: Case) -> None:
    assert [said for _, said in watch(case, 21).at if said] == []


@pytest.mark.parametrize("optimizer", ["momentum", "gd"])
@pytest.mark.parametrize("data", ["spiral", "circles", "xor"])
def test_nothing_is_said_of_softmax_regression_at_its_minimum(data: str, optimizer: Optimizer) -> None:
    """Straight boundaries do little better there than a guess; no α and no optimizer would."""
    case = Case(data, (), RunConfig(data=data, layers=()), Hyperparameters(optimizer=optimizer), 2000)
    watched = watch(case, 21)
    assert [said for _, said in watched.at if said] == []
    assert watched.loop.evaluate().dev_cost > 0.6 * np.log(len(watched.loop.dataset.classes))


def test_of_mini_batches_of_two_it_is_not_said_that_the_gradient_is_lost_on_its_way_back() -> None:
    """Batch norm makes ±1 of two examples; where α is far too low, it is that which is told beside the size."""
    case = Case("", (), RunConfig(layers=(128, 64)), Hyperparameters(mini_batch_size=2, learning_rate=1e-6), 10_000)
    rules = {each.rule for _, said in watch(case, 21).at for each in said}
    assert rules <= {"mini-batches too small", "α too low"}


def test_every_rule_has_a_fault_that_it_stands_for() -> None:
    named = {rule for case in FAULTS for rule in case.rules} - {BROKE}
    assert len(named) == len(RULES) - 1  # that units died is named as what they died of, α


def test_a_shift_of_the_training_inputs_alone_is_not_called_overfitting() -> None:
    shift: dict[str, Value] = {"input_shift": 2.0, "shift_dev": "off"}
    case = Case("", (), RunConfig(layers=(128, 64)), Hyperparameters(learning_rate=0.1), 3000)
    said = watch(replace(case, changes={1500: shift}), 21).at[-1][1][0]
    assert (said.rule, said.action, said.changes) == ("shifted inputs", "Take the shift back", {"input_shift": 0.0})
    assert "(input shift 2, not of the dev set)" in said.sentence
    assert said.begin < 1500  # the rise is in the evidence
    undone = replace(case, changes={1500: shift, 2200: {"input_shift": 0.0}})
    assert watch(undone, 21).at[-1][1] == []


def test_a_network_that_a_shift_has_broken_goes_back_to_before_it() -> None:
    case = Case("", (), RunConfig(layers=(128, 64), batch_norm=False), Hyperparameters(learning_rate=0.1), 4500)
    shift, back = {1000: {"input_shift": 30.0}}, {1300: {"input_shift": 0.0}}
    for changes, how in ((shift, "are shifted (input shift 30, of the dev set too)"), (shift | back, "taken back")):
        watched = watch(replace(case, changes=changes), 21)
        said = watched.at[-1][1][0]
        assert (said.rule, said.changes) == ("shifted inputs", {})
        late = {said[0].rule if said else "" for at, said in watched.at if at > max(changes) + 1100}
        assert late == {"shifted inputs"}  # also where the cost falls a little now and then
        assert "nothing learned" not in [each.rule for _, said in watched.at for each in said]  # it had learned before
        assert how in said.sentence
        assert said.back_to is not None
        assert 900 < said.back_to < said.end
        assert said.begin < said.back_to  # what it was is in the evidence


def test_of_a_shift_that_was_taken_back_it_is_not_said_that_the_inputs_are_not_normalised() -> None:
    gauges = {"z_std[1]": ([0, 900, 1100, 1900], [1.4, 1.5, 43.0, 44.0])}
    for h, change in ((Hyperparameters(), {"input_shift": 0.0}), (Hyperparameters(), {"momentum": 0.9})):
        said = advice(look_of(np.linspace(1, 0.01, 2000), gauges, h, 1000, change))
        assert "unnormalised inputs" not in [each.rule for each in said]


def slow(ratio: float, costs: NDArray[np.float64], dev_costs: list[float] | None = None) -> list[str]:
    """Rules that speak of a run of three classes with these costs, whose updates are short."""
    at = list(range(0, 20_000, 200))
    noise = 0.03 * np.random.default_rng(2).standard_normal(len(costs))
    look = look_of(costs + noise, {"update_ratio[1]": (at, [ratio] * len(at))})
    if dev_costs is not None:
        there = np.linspace(0, 20_000, len(dev_costs))
        k = int(np.argmin(dev_costs))
        look = replace(look, evaluated=there, dev_costs=np.array(dev_costs), best=(int(there[k]), dev_costs[k], 0.9))
    return [said.rule for said in advice(look)]


def test_alpha_is_not_too_low_where_the_ratio_is_healthy_or_nothing_is_left_to_learn() -> None:
    falling, still = np.linspace(0.6, 0.5, 20_000), np.full(20_000, 0.5)
    assert slow(5e-5, falling) == ["α too low"]
    assert slow(1.8e-4, falling) == []  # as the gauge calls it
    assert slow(5e-5, still) == []
    assert slow(5e-5, still + 0.6) == ["α too low"]  # it has learned nothing yet
    assert slow(5e-5, falling, [0.6, 0.5, 0.4, 0.4, 0.45, 0.48, 0.5, 0.52]) == []


def test_alpha_is_not_too_low_where_the_cost_falls_well_however_short_the_updates_are() -> None:
    k = np.arange(20_000) / 5000  # of what is looked at
    assert slow(2e-5, 2.0 * 0.5**k) == []  # halved
    at = list(range(0, 20_000, 200))
    (said,) = advice(look_of(1.5 * 0.82**k, {"update_ratio[1]": (at, [2e-5] * len(at))}))
    assert said.rule == "α too low"
    assert "and the cost fell only from 0.82 to 0.685 in 5,000 iterations: α may be higher." in said.sentence


@pytest.mark.parametrize(
    "presses", [{400: 1e-4}, {400: 0.01, 448: 1e-3, 512: 1e-4}], ids=["at once", "÷10, three times"]
)
def test_alpha_that_was_set_far_lower_while_the_cost_fell_is_too_low(presses: dict[int, float]) -> None:
    changes: dict[int, dict[str, Value]] = {at: {"learning_rate": alpha} for at, alpha in presses.items()}
    said = watch(Case("", (), iterations=1200, changes=changes), 21).at[-1][1][0]
    assert (said.rule, said.action, said.changes) == ("α too low", "α 0.1", {"learning_rate": 0.1})
    assert "The cost fell until α was set from 0.1 to 1e-4 at iteration 448; now " in said.sentence
    assert said.begin < 448  # the fall is in the evidence


@pytest.mark.parametrize(
    ("alpha", "before", "rules"),
    [
        (1e-4, np.linspace(1.0, 0.5, 4000), ["α too low"]),
        (0.007, np.linspace(1.0, 0.5, 4000), ["α too low"]),  # to a hundredth, however that is rounded
        (1e-4, np.full(4000, 0.5), []),  # there was nothing left to learn
        (0.01, np.linspace(1.0, 0.5, 4000), []),  # as people do near the end
        (1e-4, np.linspace(1.0, 0.01, 4000), []),
    ],
)
def test_alpha_may_be_lowered_near_the_end(alpha: float, before: NDArray[np.float64], rules: list[str]) -> None:
    noise = 0.001 * np.random.default_rng(2).standard_normal(6000)
    costs = np.append(before, np.full(2000, before[-1])) + noise
    at = list(range(4200, 6001, 200))
    h = Hyperparameters(learning_rate=0.7)
    ratio = {"update_ratio[1]": (at, [2e-6] * len(at))}
    assert [said.rule for said in advice(look_of(costs, ratio, h, 4000, {"learning_rate": alpha}))] == rules


@pytest.mark.parametrize("alpha", [100.0, 1000.0])
def test_the_peaks_of_far_too_long_steps_are_no_outliers(alpha: float) -> None:
    watched = watch(Case("", (), RunConfig(), Hyperparameters(learning_rate=alpha), 1000), 1)
    assert "outlier" not in {each.rule for _, said in watched.at for each in said}
    assert watched.named == "α too high"


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


def test_a_shift_in_the_middle_of_a_run_is_heard_whenever_it_is_measured() -> None:
    for h, rules in ((Hyperparameters(input_scale=30), ["unnormalised inputs"]), (Hyperparameters(input_scale=2), [])):
        gauges = {"z_std[1]": ([0, 900, 1700, 1900], [1.4, 1.5, 43.0, 44.0])}
        change = {"input_scale": h.input_scale}
        said = advice(look_of(np.linspace(1, 0.01, 2000), gauges, h, 1000, change))
        assert [each.rule for each in said] == rules


def noise_of(values: list[float]) -> list[Advice]:
    """What is said of a run with mini-batches of 2 that does not learn, and this gradient noise."""
    at = list(range(100, 2000, 100))[: len(values)]
    gauges = {"gradient_noise": (at, values), "gradient_norm": (at, [1.0] * len(at))}
    return advice(look_of(np.full(2000, 1.0), gauges, Hyperparameters(mini_batch_size=2)))


def test_gradient_noise_of_0_is_none_that_was_measured() -> None:
    (said,) = noise_of([0.0, 60.0, 0.0, 60.0, 0.0, 60.0, 0.0, 0.0, 0.0, 60.0])
    assert "they are mostly noise (one of 60 examples would be half noise)" in said.sentence
    assert noise_of([0.0] * 10) == []


def test_where_the_dev_accuracy_rose_meanwhile_overfitting_says_so() -> None:
    costs = np.interp(np.linspace(0, 1, 60), [0, 0.2, 0.5, 1], [1.0, 0.1, 0.4, 0.4])
    for right, rose in ((0.975, True), (0.95, False)):
        look = look_of(np.geomspace(0.01, 0.001, 40_000), {}, Hyperparameters())
        at, rights = np.linspace(0, 40_000, 60), np.full(60, right)
        k = int(costs.argmin())
        look = replace(look, evaluated=at, dev_costs=costs, dev_accuracies=rights, best=(int(at[k]), 0.1, 0.96))
        (said,) = advice(look)
        assert said.sentence.endswith("the dev accuracy rose from 96.0% to 97.5%.") is rose


def test_after_a_change_of_the_inputs_overfitting_tells_since_when_the_lowest_dev_cost_is_meant() -> None:
    costs = np.interp(np.linspace(0, 1, 60), [0, 0.2, 0.5, 1], [1.0, 0.1, 0.4, 0.4])
    look = look_of(np.geomspace(0.01, 0.001, 40_000), {}, Hyperparameters())
    at, k = np.linspace(10_000, 40_000, 60), int(costs.argmin())
    best = (int(at[k]), 0.1, 0.9)
    look = replace(look, evaluated=at, dev_costs=costs, dev_accuracies=np.full(60, 0.9), best=best)
    (said,) = advice(replace(look, inputs_changed=10_000))
    assert said.sentence.startswith("Since the inputs were changed at iteration 10,000, the lowest dev cost was 0.1 at")
    (said,) = advice(look)
    assert said.sentence.startswith("The dev cost was 0.1 at iteration ")


def crept(to: float, scatter: float = 0.0, evaluations: int = 600) -> list[str]:
    """Rules that speak of a run whose dev cost crept from 0.06 to another value, while its cost fell to 0.001."""
    look = look_of(np.geomspace(0.01, 0.001, 40_000), {}, Hyperparameters())
    at = np.linspace(0, 40_000, evaluations)
    rng = np.random.default_rng(4)
    costs = np.interp(at, [0, 2000, 20_000, 40_000], [1.0, 0.06, to, to]) + scatter * rng.standard_normal(len(at))
    k = int(costs.argmin())
    right = np.full(len(at), 0.9)
    look = replace(look, evaluated=at, dev_costs=costs, dev_accuracies=right, best=(int(at[k]), float(costs[k]), 0.9))
    return [said.rule for said in advice(look)]


def test_a_dev_cost_that_creeps_up_for_long_is_overfitting_though_the_rise_is_small() -> None:
    assert crept(0.1, scatter=0.003) == ["over-fitting"]
    assert crept(0.08, scatter=0.003) == []  # not by half of the lowest
    assert crept(0.1, scatter=0.02) == []  # as much as it jumps about
    assert crept(0.1, scatter=0.003, evaluations=30) == []  # not for long


def test_a_dev_cost_that_never_was_below_guessing_is_told_by_its_lowest_with_evidence_from_the_beginning() -> None:
    look = look_of(np.geomspace(1, 0.1, 20_000), {})
    at = np.arange(0, 20_001, 64.0)
    dev_costs = np.interp(at, [0, 64, 128, 20_000], [1.25, 1.12, 1.25, 4.5])
    look = replace(look, evaluated=at, dev_costs=dev_costs, dev_accuracies=0 * at, best=(64, 1.12, 0.3))
    said = advice(look)[0]
    assert (said.rule, said.back_to, said.begin) == ("nothing learned", 64, 0)
    assert said.sentence.startswith("The dev cost never was below 1.12, and guessing costs 1.1")
    drawn = look.evidence(said.series, said.begin)[1]
    assert (drawn.min(), drawn.max()) == (1.12, dev_costs.max())


def test_a_peak_right_after_the_inputs_were_shifted_is_no_outlier() -> None:
    costs = np.full(2000, 0.1)
    costs[1010] = 500
    ratio = {"update_ratio[1]": ([1, 1200, 1400, 1600, 1800, 1900, 2000], [1e-3] * 7)}
    taken_back: dict[str, Value] = {"input_shift": 0.0}
    for h, change, rules in (
        (Hyperparameters(input_shift=2), {"input_shift": 2.0}, []),
        (Hyperparameters(), taken_back, []),
        (Hyperparameters(), {"momentum": 0.9}, ["outlier"]),
    ):
        assert [said.rule for said in advice(look_of(costs, ratio, h, 1000, change))] == rules
