"""What the rules of advice look at, of a fast run too: thousands of iterations between two measurements of gauges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.examples import three_blobs
from tests.experiments.advice.faults import FAULTS, watch
from trainer.engine.events import Evaluation
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.experiments.advice.look import look_at
from trainer.recorder.cost_curve import CostCurve


def looked(measured: list[int], end: int) -> list[float]:
    """Iterations whose gauges are looked at, of a run of so many."""
    loop = TrainingLoop(RunConfig(layers=(2,)), three_blobs(), Hyperparameters())
    curve = CostCurve()
    curve.begin("r1", loop.m, loop.state())
    curve.extend(np.ones(end), [Evaluation(end, 1.0, 0.5)], 1.0)
    at = np.array(measured, np.float64)
    look = look_at(curve, RunConfig(), Hyperparameters(), 64, 3, {"gradient_norm": (at, at)})
    kept: list[float] = look.gauges["gradient_norm"][0].tolist()
    drawn = look.evidence("gradient_norm", look.since)[0]
    assert [drawn[0], drawn[-1]] == [kept[0], kept[-1]]
    return kept


def test_the_latest_ten_measurements_are_looked_at_however_far_apart_they_are() -> None:
    often = list(range(0, 20_000, 64))
    assert looked(often, 20_000) == [at for at in often if at > 15_000]
    seldom = list(range(0, 100_000, 3000))
    assert looked(seldom, 100_000) == seldom[-10:]
    assert looked([0, 3000, 6000], 9000) == [3000, 6000]  # iteration 0 is that of the beginning, or of a change


@pytest.mark.parametrize("name", ["α ÷ 1000", "ρ near 1"])
def test_a_fault_of_a_fast_run_is_named(name: str) -> None:
    (case,) = (case for case in FAULTS if case.name == name)
    watched = watch(replace(case, iterations=20_000), 21, stop_at_advice=True, gauges_every=30)
    assert watched.named in case.rules
