"""The curve of a run: smoothed independently of how it is seen, α and epochs exact, bounded in memory."""

import math
import threading

import numpy as np
import pytest

from trainer.data.loading import load_dataset
from trainer.engine.events import Evaluation
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.engine.loop import TrainingLoop
from trainer.engine.state import TrainingState
from trainer.recorder.cost_curve import SMOOTHING, CostCurve


def state_at(iteration: int, hyperparameters: Hyperparameters | None = None) -> TrainingState:
    return TrainingState(iteration, 0, 0, hyperparameters or Hyperparameters(), 0, 0, 0.0, 0.0, {})


def begun(hyperparameters: Hyperparameters | None = None, m: int = 1000) -> CostCurve:
    curve = CostCurve()
    curve.begin("r1", m, state_at(0, hyperparameters))
    return curve


def test_smoothing_is_the_bias_corrected_average_of_every_iteration() -> None:
    costs = np.random.default_rng(1).random(10_000)
    curve = begun()
    for at in range(0, 10_000, 321):
        curve.extend(costs[at : at + 321], (), 0.0)
    for beta in SMOOTHING:
        window = curve.window(0, 10_000, 10_000, smoothing=beta)
        v = 0.0
        # v = β v + (1-β) J, by hand, iteration by iteration
        for t, cost in enumerate(costs, 1):
            v = beta * v + (1 - beta) * cost
            if t % 4 == 0:
                assert window.smoothed.mean[0, t // 4 - 1] == pytest.approx(v / (1 - beta**t), rel=1e-5)


def test_smoothing_does_not_depend_on_the_window() -> None:
    costs = np.random.default_rng(2).random(50_000)
    curve = begun()
    curve.extend(costs, (), 1.0)
    wide = curve.window(0, 50_000, 50_000).smoothed.mean[0]
    narrow = curve.window(30_001, 30_040, 512).smoothed
    assert narrow.mean[0].tolist() == wide[narrow.first : narrow.first + len(narrow)].tolist()


@pytest.mark.parametrize("n", [1000, 1001, 1_000_000, 1_000_001])
def test_the_iteration_after_a_round_number_is_there(n: int) -> None:
    curve = begun()
    curve.extend(np.ones(n - 1), (), 1.0)
    curve.extend(np.array([9.0]), (), 1.0)
    assert curve.iteration == n
    for pixels in (64, 512):
        window = curve.window(0, n, pixels)
        assert window.train.high.max() == 9.0
        assert 0 < len(window.train) <= pixels + 1
    assert curve.window(n - 3, n, 512).train.mean[0, -1] == 9.0


def test_learning_rate_and_epochs_are_those_of_the_loop() -> None:
    dataset = load_dataset("iris")
    loop = TrainingLoop(RunConfig("iris", layers=(4,)), dataset, Hyperparameters(mini_batch_size=32))
    curve = CostCurve()
    curve.begin("r1", dataset.m, loop.state())
    changes: dict[int, dict[str, Value]] = {
        7: {"decay": "inverse-time", "decay_rate": 0.5},
        19: {"mini_batch_size": 17},
        30: {"learning_rate": 0.03},
        31: {"momentum": 0.5},
        60: {"decay": "staircase", "decay_rate": 0.5, "decay_interval": 2.0},
    }
    rates, epochs = [loop.learning_rate], [loop.epoch_position]
    for t in range(1, 101):
        curve.extend(np.array([loop.step()]), (), t / 100)
        if t in changes:
            before, after = loop.intervene(changes[t])
            curve.intervene(0, t, "test", "", before, after)
        rates.append(loop.learning_rate)
        epochs.append(loop.epoch_position)
    at = np.arange(101)
    assert curve.learning_rates(at) == pytest.approx(np.array(rates), rel=1e-12)
    assert curve.epochs(at) == pytest.approx(np.array(epochs), rel=1e-12)
    assert curve.hyperparameters == loop.hyperparameters
    assert curve.hyperparameters_at(25).mini_batch_size == 17
    assert [mark.iteration for mark in curve.interventions] == list(changes)


def test_beyond_the_end_the_learning_rate_is_a_forecast() -> None:
    curve = begun(Hyperparameters(learning_rate=0.2, decay="inverse-time", decay_rate=1.0, mini_batch_size=100))
    curve.extend(np.ones(10), (), 1.0)
    # one epoch is 10 mini-batches: α = 0.2 / (1 + epoch)
    assert curve.learning_rates(np.array([10, 20, 30, 40])) == pytest.approx([0.1, 0.2 / 3, 0.05, 0.04])


def test_evaluations_are_seen_with_those_beside_the_window() -> None:
    curve = begun()
    for t in range(100, 10_001, 100):
        curve.extend(np.ones(100), [Evaluation(t, 1 / t, t / 10_000)], t / 100)
    seen = curve.window(4950, 5150, 512).dev
    assert seen.mean[0].tolist() == [4900, 5000, 5100, 5200]
    assert len(curve.window(0, 10_000, 512, evaluations=30).dev) <= 30


def test_the_dev_cost_of_an_iteration_is_told_where_it_was_evaluated_there() -> None:
    curve = begun()
    assert math.isnan(curve.dev_cost(0))
    for at in (0, 10, 13, 20):
        curve.extend(np.ones(at - curve.iteration), [Evaluation(at, at / 8, 0.5)], 0.0)
    found = [curve.dev_cost(at) for at in (0, 9, 10, 11, 13, 20, 21)]
    assert found == pytest.approx([0.0, math.nan, 1.25, math.nan, 1.625, 2.5, math.nan], nan_ok=True)


def test_a_run_that_goes_on_where_the_curve_ends_continues_it() -> None:
    curve = begun()
    curve.extend(np.ones(10), (), 1.0)
    curve.begin("r2", 1000, state_at(10))
    assert (curve.run, curve.start, curve.iteration) == ("r2", 0, 10)
    curve.begin("r3", 1000, state_at(4))
    assert (curve.run, curve.start, curve.iteration) == ("r3", 4, 4)


def test_costs_lost_by_damage_leave_a_hole_and_nothing_else() -> None:
    curve = begun()
    curve.extend(np.array([1.0, math.nan, math.nan, 1.0, 5.0, 1.0, 1.0, 1.0]), (), 1.0)
    window = curve.window(0, 8, 512)
    assert np.isnan(window.train.mean[0]).tolist() == [False, True, True, False, False, False, False, False]
    assert np.isfinite(window.smoothed.mean).all()


@pytest.mark.parametrize("first", [0, 10])
def test_the_smoothed_cost_is_of_what_is_known(first: int) -> None:
    costs = np.arange(1.0, 41.0)
    costs[first:30] = math.nan
    curve = begun()
    curve.extend(costs[:23], (), 1.0)
    curve.extend(costs[23:], (), 2.0)
    average = weight = 0.0
    expected = []
    for cost in costs:
        if not math.isnan(cost):
            average, weight = 0.9 * average + 0.1 * cost, 0.9 * weight + 0.1
        expected.append(math.nan if math.isnan(cost) else average / weight)
    smoothed = curve.window(0, 40, 512, smoothing=0.9).smoothed
    assert smoothed.mean[0] == pytest.approx(expected[3::4], rel=1e-6, nan_ok=True)


def test_time_has_few_knots_and_the_latest_is_exact() -> None:
    curve = begun()
    for t in range(1, 20_001):
        curve.extend(np.ones(1), (), t * 0.5)
    knots = curve.time_knots()
    assert len(knots) <= 129
    assert knots[-1] == (20_000, 10_000.0)
    assert np.interp(12_345, *np.array(knots).T) == pytest.approx(12_345 * 0.5)


def test_memory_stays_below_twenty_megabytes_a_million() -> None:
    curve = begun()
    for t in range(0, 1_000_000, 10_000):
        curve.extend(np.ones(10_000), [Evaluation(t + 100 * i, 1.0, 0.5) for i in range(100)], t / 1e4)
    curve.window(0, 10**6, 512)
    assert curve.nbytes < 20e6


def test_readers_see_whole_buckets_while_one_writes() -> None:
    curve = begun()
    stop = threading.Event()
    wrong: list[str] = []

    def read() -> None:
        while not stop.is_set():
            train = curve.window(0, 10**9, 128).train
            if len(train) and not ((train.low == 1.0).all() and (train.high == 1.0).all()):
                wrong.append(f"{train.low.min()} {train.high.max()}")

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for i in range(300):
        curve.extend(np.ones(997), (), i / 10)
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert curve.iteration == 300 * 997
