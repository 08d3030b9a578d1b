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
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.experiments.advice.look import Look, look_at
from trainer.recorder.cost_curve import CostCurve


def look_of(
    costs: NDArray[np.float64],
    gauges: Mapping[str, tuple[list[int], list[float]]],
    hyperparameters: Hyperparameters | None = None,
    changed: int = 0,
) -> Look:
    """The look at a run with these costs and measurements, whose latest change was at an iteration; 0 is none."""
    h = hyperparameters or Hyperparameters()
    loop = TrainingLoop(RunConfig(layers=(2,)), three_blobs(), h)
    curve = CostCurve()
    curve.begin("r1", loop.m, loop.state())
    curve.extend(costs[:changed], [], 1.0)
    if changed:
        curve.intervene(1, changed, "you", "", {"momentum": 0.8}, {"momentum": 0.9})
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
    changed = look_of(np.ones(100_000), {"z_std[1]": (at, spread)}, changed=30_000)
    assert changed.first == {"z_std[1]": (33_000, spread[11])}  # that at the change was measured before it


@pytest.mark.parametrize("seed", range(5))
def test_the_evidence_holds_every_mean_of_what_is_looked_at(seed: int) -> None:
    trend = np.repeat([1.2, 0.3, 1.1], 1000)
    look = look_of(trend * np.random.default_rng(seed).lognormal(0, 0.5, 3000), {})
    at, drawn = look.evidence("cost", 0)
    assert (np.diff(at) > 0).all()
    assert len(drawn) <= 64 < len(look.costs)
    assert (drawn.min(), drawn.max()) == (look.costs.min(), look.costs.max())


@pytest.mark.parametrize("name", ["α ÷ 1000", "ρ near 1"])
def test_a_fault_of_a_fast_run_is_named(name: str) -> None:
    (case,) = (case for case in FAULTS if case.name == name)
    watched = watch(replace(case, iterations=20_000), 21, stop_at_advice=True, gauges_every=30)
    assert watched.named in case.rules
