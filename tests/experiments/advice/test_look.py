"""What the rules of advice look at, of a fast run too: thousands of iterations between two measurements of gauges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.examples import three_blobs
from tests.experiments.advice.faults import FAULTS, watch
from trainer.engine.events import Evaluation
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.engine.loop import TrainingLoop
from trainer.experiments.advice.look import Look, look_at
from trainer.recorder.cost_curve import CostCurve


def look_of(
    costs: NDArray[np.float64],
    gauges: Mapping[str, tuple[list[int], list[float]]],
    hyperparameters: Hyperparameters | None = None,
    changed: int = 0,
    change: Mapping[str, Value] | None = None,
) -> Look:
    """The look at a run with these costs and measurements, whose latest change was at an iteration; 0 is none.

    It was one of β, unless it is given.
    """
    h = hyperparameters or Hyperparameters()
    loop = TrainingLoop(RunConfig(layers=(2,)), three_blobs(), h)
    curve = CostCurve()
    curve.begin("r1", loop.m, loop.state())
    curve.extend(costs[:changed], [], 1.0)
    if changed:
        curve.intervene(1, changed, "you", "", {}, change or {"momentum": 0.9})
    curve.extend(costs[changed:], [Evaluation(len(costs), 1.0, 0.5)], 1.0)
    measured = {name: (np.array(at, np.float64), np.array(values)) for name, (at, values) in gauges.items()}
    return look_at(curve, RunConfig(), h, 64, 3, measured)


def looked(measured: list[int], end: int) -> list[float]:
    """Iterations whose gauges are looked at, of a run of so many."""
    look = look_of(np.ones(end), {"gradient_norm": (measured, [float(at) for at in measured])})
    kept: list[float] = look.gauges["gradient_norm"][0].tolist()
    drawn = look.evidence("gradient_norm", look.since + 1)[0]
    assert [drawn[0], drawn[-1]] == [kept[0], kept[-1]]
    return kept


def test_the_latest_ten_measurements_are_looked_at_however_far_apart_they_are() -> None:
    often = list(range(0, 20_000, 64))
    assert looked(often, 20_000) == [at for at in often if at > 15_000]
    seldom = list(range(0, 100_000, 3000))
    assert looked(seldom, 100_000) == seldom[-10:]
    assert looked([0, 3000, 6000], 9000) == [3000, 6000]  # iteration 0 is that of the beginning, or of a change


def test_the_first_measurement_is_looked_at_however_long_ago_it_was() -> None:
    at = list(range(0, 100_000, 3000))
    spread = [42.0, *(1e5 * (1 + i) for i in range(len(at) - 1))]
    look = look_of(np.ones(100_000), {"z_std[1]": (at, spread)})
    assert look.first == {"z_std[1]": (0, 42)}
    drawn, values = look.evidence("z_std[1]", 0)
    assert (drawn[0], values[0], len(drawn)) == (0, 42, 11)
    shifted = look_of(np.ones(100_000), {"z_std[1]": (at, spread)}, None, 30_000, {"input_shift": 2.0})
    assert shifted.first == {"z_std[1]": (33_000, spread[11])}  # that at the change was measured before it
    assert look_of(np.ones(100_000), {"z_std[1]": (at, spread)}, changed=30_000).first == look.first  # the same inputs


@pytest.mark.parametrize("seed", range(5))
def test_the_evidence_holds_every_mean_of_what_is_looked_at(seed: int) -> None:
    trend = np.repeat([1.2, 0.3, 1.1], 1000)
    look = look_of(trend * np.random.default_rng(seed).lognormal(0, 0.5, 3000), {})
    at, drawn = look.evidence("cost", 0)
    assert (np.diff(at) > 0).all()
    assert len(drawn) <= 64 < len(look.costs)
    assert (drawn.min(), drawn.max()) == (look.costs.min(), look.costs.max())


def test_the_lowest_dev_cost_is_among_what_is_drawn_of_many_that_are_averaged() -> None:
    loop, curve, steps = TrainingLoop(RunConfig(layers=(2,)), three_blobs(), Hyperparameters()), CostCurve(), 3000
    curve.begin("r1", loop.m, loop.state())
    at = np.arange(1, steps + 1)
    dev_costs = np.interp(at, [0, 1000, steps], [1.0, 0.1, 0.4])
    dev_costs[700] = 0.05
    curve.extend(
        np.geomspace(1, 0.01, steps), [Evaluation(int(i), c, 0.5) for i, c in zip(at, dev_costs, strict=True)], 1
    )
    look = look_at(curve, RunConfig(), Hyperparameters(), 64, 3, {})
    assert look.best[0] == 701
    assert look.best[1] == pytest.approx(0.05)
    assert look.dev_costs.min() > 0.05  # means of neighbours
    drawn_at, drawn = look.evidence("dev_cost", 0)
    assert (np.diff(drawn_at) > 0).all()
    assert (drawn_at[drawn.argmin()], drawn.min()) == (701, look.best[1])
    assert 701 not in look.evidence("dev_cost", 702)[0]


def test_evidence_from_before_a_shift_is_not_cut_where_alpha_was_lowered_later() -> None:
    loop, curve = TrainingLoop(RunConfig(layers=(2,)), three_blobs(), Hyperparameters()), CostCurve()
    curve.begin("r1", loop.m, loop.state())
    calm, steep = np.full(6000, 0.1), np.append(np.linspace(2.0, 1.0, 3000), np.ones(1000))
    curve.extend(calm, [], 1.0)
    curve.intervene(1, 6000, "you", "", {"input_shift": 0.0}, {"input_shift": 2.0})
    curve.extend(steep[:3000], [], 1.0)
    curve.intervene(2, 9000, "you", "", {"learning_rate": 0.1}, {"learning_rate": 1e-4})
    curve.extend(steep[3000:], [Evaluation(10_000, 1.0, 0.5)], 1.0)
    look = look_at(curve, RunConfig(), Hyperparameters(), 64, 3, {})
    assert look.shift is not None
    assert look.lowered is not None
    assert (look.shift.begun, look.lowered.iteration) == (6000, 9000)
    at, drawn = look.evidence("cost", look.shift.begun - 500)
    assert at[0] < look.shift.begun  # what the cost was before the shift
    assert (drawn[at <= look.shift.begun] < 0.2).all()
    at, drawn = look.evidence("cost", look.lowered.begin)
    assert at[0] < look.lowered.begin + 100  # the fall
    assert drawn[0] - drawn[-1] > 0.5


@pytest.mark.parametrize("name", ["α ÷ 1000", "ρ near 1"])
def test_a_fault_of_a_fast_run_is_named(name: str) -> None:
    (case,) = (case for case in FAULTS if case.name == name)
    watched = watch(replace(case, iterations=20_000), 21, stop_at_advice=True, gauges_every=30)
    assert watched.named in case.rules


@pytest.mark.parametrize("begun", range(2000, 2080, 10))
def test_what_the_dev_cost_was_before_a_shift_is_not_averaged_with_what_it_is_since(begun: int) -> None:
    loop, curve = TrainingLoop(RunConfig(layers=(2,)), three_blobs(), Hyperparameters()), CostCurve()
    curve.begin("r1", loop.m, loop.state())
    at = range(10, 8001, 10)
    told = [Evaluation(i, 0.03 if i <= begun else 4.5, 0.5) for i in at]
    curve.extend(np.full(begun, 0.1), [each for each in told if each.iteration <= begun], 1.0)
    curve.intervene(1, begun, "you", "", {"input_shift": 0.0}, {"input_shift": 2.0})
    curve.extend(np.full(8000 - begun, 0.1), [each for each in told if each.iteration > begun], 1.0)
    shift = look_at(curve, RunConfig(), Hyperparameters(), 64, 3, {}).shift
    assert shift is not None
    assert shift.begun == begun
    assert shift.dev_cost == pytest.approx(0.03)
