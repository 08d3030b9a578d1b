"""Gauges of a run: on both engines those by hand, changing nothing, and measured within their share of the time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from tests.engine.quadratic import Quadratic
from tests.engine.watching import CONFIG, HYPERPARAMETERS, Log, ask, start
from tests.examples import three_blobs
from tests.numerics.gauges_by_hand import gauges_by_hand
from trainer.data.read_as import DType
from trainer.engine import gauging
from trainer.engine.class_weights import class_weights
from trainer.engine.commands import Intervene, Plan, RunFor, Stop
from trainer.engine.engines import ENGINES, Engine
from trainer.engine.events import Gauged, Intervened, Paused, RunEnded, Trained
from trainer.engine.gauge_specs import GAUGES, is_gauge, split_layer
from trainer.engine.gauging import Gauging
from trainer.engine.hyperparameters import DTYPES, Hyperparameters, RunConfig
from trainer.engine.live_run import LiveRun
from trainer.engine.loop import TrainingLoop
from trainer.engine.pace import Clocks
from trainer.engine.trainable import TRAINABLES, Trainable, gauges_of
from trainer.engine.trainer import Trainer
from trainer.errors import InvalidHyperparameter
from trainer.numerics.mini_batches import epoch_order
from trainer.numerics.updates import Rule

ADAM = Hyperparameters(
    learning_rate=0.01, optimizer="adam", mini_batch_size=16, decay="inverse-time", weight_decay=0.01
)


@pytest.fixture
def trainer() -> Iterator[Trainer]:
    trainer = Trainer()
    yield trainer
    trainer.close()


def loop_of(engine: Engine = "compiled", dtype: DType = "float32", **config: object) -> TrainingLoop:
    """21 iterations on; seven make an epoch but for one example, so the next mini-batch is of the second or third."""
    made = RunConfig(layers=(8, 6), engine=engine, dtype=dtype, **config)  # type: ignore[arg-type]
    loop = TrainingLoop(made, three_blobs(dtype=dtype), ADAM)
    loop.train(np.empty(20))
    return loop


def next_mini_batch(loop: TrainingLoop) -> np.ndarray:
    """Numbers of its examples, from the order of each epoch."""
    state = loop.state()
    order = epoch_order(loop.config.seed, state.epoch, loop.m)[state.offset :]
    return order if len(order) <= 17 else order[:16]


@pytest.mark.parametrize(("engine", "dtype"), list(itertools.product(ENGINES, DTYPES)))
@pytest.mark.parametrize("balanced", [False, True])
def test_gauges_are_those_by_hand_on_both_engines(engine: Engine, dtype: DType, balanced: bool) -> None:
    loop = loop_of(engine, dtype, class_weights="balanced" if balanced else "none")
    batch, weights = next_mini_batch(loop), class_weights(loop.config, loop.dataset)
    h = loop.hyperparameters
    wanted = gauges_by_hand(
        loop._network,
        Rule(h.optimizer, h.momentum, h.beta2, h.epsilon, h.weight_decay, h.clip_norm),
        loop.learning_rate,
        loop.dataset.X_train[batch].T.astype(np.float64),
        loop.dataset.y_train[batch],
        np.ones(3) if weights is None else weights,
    )
    rel = 1e-4 if dtype == "float32" else 1e-9
    found = loop.gauges()
    assert set(found) == set(wanted)
    assert found == pytest.approx(wanted, rel=rel, abs=rel / 100)


@pytest.mark.parametrize("engine", ENGINES)
def test_measuring_changes_no_digest_and_no_future(engine: Engine) -> None:
    measured, plain = loop_of(engine), loop_of(engine)
    for _ in range(15):  # over the end of an epoch
        before = measured.state().digest()
        measured.gauges()
        measured.population_drift()
        assert measured.state().digest() == before
        assert measured.step() == plain.step()
    assert measured.state().digest() == plain.state().digest()


def test_every_gauge_has_its_entry_and_every_entry_its_gauge() -> None:
    found = set(loop_of().gauges())
    assert all(map(is_gauge, found))
    assert {split_layer(name)[0] for name in found} == set(GAUGES)
    for spec in GAUGES.values():
        assert spec.shows.endswith(".")
        assert spec.normal.endswith(".")
        assert 1 <= spec.course <= 18
    assert not is_gauge("z_mean")
    assert not is_gauge("gradient_noise[1]")
    assert not is_gauge("z_mean[0]")
    assert not is_gauge("weather")


def test_what_is_no_network_has_none(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    quadratic: Trainable = Quadratic(RunConfig(), three_blobs())
    assert gauges_of(quadratic) == {}
    monkeypatch.setitem(TRAINABLES, "quadratic", Quadratic)
    log = Log()
    config = RunConfig(trainable="quadratic", evaluate_every=10)
    ask(trainer, start(config=config, hyperparameters=None, subscribers=(log,), iterations=200))
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    assert log.of(Gauged) == []
    assert log.of(RunEnded)[0].reason == "finished"


def test_a_run_tells_its_gauges_after_the_iterations_before_them(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauging, "CLOSEST_SECONDS", 0.001)
    log, config = Log(), RunConfig(layers=(8,), evaluate_every=10, gauge_budget=0.5)
    ask(trainer, start(config=config, subscribers=(log,), iterations=5_000))
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    gauged = log.of(Gauged)
    assert len(gauged) > 3
    assert [each.iteration for each in gauged] == sorted({each.iteration for each in gauged})
    assert gauged[0].iteration == 0
    assert all(each.iteration % 10 == 0 for each in gauged)
    fresh = TrainingLoop(config, three_blobs(), HYPERPARAMETERS)
    for each in gauged[:4]:
        fresh.train(np.empty(each.iteration - fresh.iteration))
        assert each.values == fresh.gauges()
    reached = 0
    for event in log.events:
        if isinstance(event, Trained):
            reached = event.iteration
        elif isinstance(event, Gauged):
            assert event.iteration <= reached


def test_gauges_are_told_where_a_run_pauses_before_what_is_changed_there_and_not_after_it(
    trainer: Trainer,
) -> None:
    log, config = Log(), RunConfig(layers=(8,), gauge_budget=1e-9)
    ask(trainer, start(config=config, subscribers=(log,), paused=True))
    for pauses, iterations in enumerate((3, 4, 5), start=2):
        ask(trainer, RunFor(iterations))
        log.wait_for(lambda log, pauses=pauses: len(log.of(Paused)) == pauses)  # type: ignore[misc]
    ask(trainer, Plan({"learning_rate": 0.01}, at=20))
    ask(trainer, RunFor(8))
    log.wait_for(lambda log: len(log.of(Paused)) == 5)
    ask(trainer, Intervene({"learning_rate": 0.02}))
    ask(trainer, Stop())
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    assert [each.iteration for each in log.of(Gauged)] == [0, 3, 7, 12, 20]
    again = TrainingLoop(config, three_blobs(), HYPERPARAMETERS)
    for each in log.of(Gauged):
        again.train(np.empty(each.iteration - again.iteration))
        assert each.values == again.gauges()


def test_gauges_are_told_where_a_run_ends_before_what_is_changed_there(trainer: Trainer) -> None:
    log, config = Log(), RunConfig(layers=(8,), gauge_budget=1e-9)
    last = Intervene({"learning_rate": 0.01})
    ask(trainer, start(config=config, subscribers=(log,), iterations=9, interventions=((9, last),)))
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    begin, end = log.of(Gauged)
    assert (begin.iteration, end.iteration) == (0, 9)
    again = TrainingLoop(config, three_blobs(), HYPERPARAMETERS)
    again.train(np.empty(9))
    assert end.values == again.gauges()
    assert log.events.index(end) < log.events.index(log.of(Intervened)[0])


def test_a_run_that_goes_on_does_not_tell_again_what_is_recorded(trainer: Trainer) -> None:
    log = Log()
    state = TrainingLoop(CONFIG, three_blobs(), HYPERPARAMETERS).state()
    ask(trainer, start(subscribers=(log,), resumed=True, state=state, paused=True))
    ask(trainer, Stop())
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    assert log.of(Gauged) == []


def test_of_a_large_mini_batch_the_first_examples_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, part = (
        TrainingLoop(RunConfig(layers=(4,)), three_blobs(), Hyperparameters(mini_batch_size=m)) for m in (97, 32)
    )
    assert whole.gauges() != part.gauges()
    monkeypatch.setattr("trainer.engine.loop.GAUGED", 32)
    assert whole.gauges() == part.gauges()


def test_a_network_that_leaves_no_room_for_them_is_trained_without() -> None:
    asked: list[int] = []

    class Large(TrainingLoop):
        def gauges(self) -> dict[str, float]:
            asked.append(self.iteration)
            raise MemoryError

    loop = Large(CONFIG, three_blobs(), HYPERPARAMETERS)
    gauging = Gauging(start(), lambda iteration, values: None, lambda: 0.0)
    for seconds in range(100):
        gauging.attend(loop, float(seconds))
    assert asked == [0]
    assert gauging.share(100.0) is None


def test_a_budget_of_0_measures_nothing(trainer: Trainer) -> None:
    log = Log()
    config = RunConfig(layers=(8,), evaluate_every=10, gauge_budget=0)
    ask(trainer, start(config=config, subscribers=(log,), iterations=500))
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    assert log.of(Gauged) == []
    assert trainer.status().gauge_share is None


@pytest.mark.parametrize("share", [-0.1, 0.6, float("nan"), "much"])
def test_a_budget_is_from_0_to_a_half(share: object) -> None:
    with pytest.raises(InvalidHyperparameter, match=r"gauge_budget must be a number at least 0 and at most 0\.5"):
        RunConfig(gauge_budget=share)  # type: ignore[arg-type]


@pytest.mark.parametrize(("budget", "cost"), [(0.02, 0.001), (0.02, 0.5), (0.5, 0.1)])
def test_gauges_take_their_share_of_the_time_and_no_more(budget: float, cost: float) -> None:
    """Of an hour, on a clock that only measuring moves; the first measurement is made at once."""
    now = [0.0]
    told: list[int] = []

    class Slow(TrainingLoop):
        def gauges(self) -> dict[str, float]:
            now[0] += cost
            return {"gradient_noise": 1.0}

    config = RunConfig(layers=(4,), gauge_budget=budget)
    loop = Slow(config, three_blobs(), HYPERPARAMETERS)
    gauging = Gauging(start(config=config), lambda iteration, values: told.append(iteration), lambda: now[0])
    for seconds in np.arange(0, 3600, 0.05).tolist():
        before = len(told)
        gauging.attend(loop, seconds)
        if len(told) > max(before, 1):  # what the first takes is not foreseen
            assert len(told) * cost <= budget * seconds + 1e-9
    assert 100 < len(told) < 5000
    assert gauging.share(3600) == pytest.approx(len(told) * cost / 3600)


def test_the_share_of_the_time_that_gauges_took_is_told_and_how_often_they_are_measured() -> None:
    """On clocks that only looking at them moves: training by a millisecond each time, measuring by a hundredth."""
    wall, processor = itertools.count(), itertools.count()
    log, clocks = Log(), Clocks(lambda: next(wall) / 1000, lambda: next(processor) / 100)
    live = LiveRun(start(subscribers=(log,)), clocks, lambda: False, lambda: False)
    live.begin()
    assert (live.status().gauge_share, live.status().gauge_interval) == (None, None)  # nothing was trained yet
    live.train()
    first = live.status()
    assert first.gauge_share is not None
    assert first.gauge_share == pytest.approx(0.01 / first.seconds)
    assert first.gauge_share > live.start.config.gauge_budget  # nobody knew what the first one would take
    while len(log.of(Gauged)) < 4:
        live.train()
    status, at = live.status(), [each.iteration for each in log.of(Gauged)]
    assert status.gauge_share is not None
    assert status.gauge_share == pytest.approx(len(at) * 0.01 / status.seconds)
    assert 0.01 < status.gauge_share <= live.start.config.gauge_budget
    assert status.gauge_interval == pytest.approx((at[-1] - at[0]) / (len(at) - 1))


def test_a_resumed_run_does_not_spend_what_was_left_before() -> None:
    """An hour on, a hundredth of a second for each measurement."""
    now = [0.0]
    told: list[int] = []

    class Slow(TrainingLoop):
        def gauges(self) -> dict[str, float]:
            now[0] += 0.01
            return {"gradient_noise": 1.0}

    loop = Slow(CONFIG, three_blobs(), HYPERPARAMETERS)
    before = start(resumed=True, seconds=3600.0)
    gauging = Gauging(before, lambda iteration, values: told.append(iteration), lambda: now[0])
    gauging.attend(loop, 3600.0)
    assert told == []  # that iteration is recorded already
    for seconds in np.arange(3600, 3700, 0.05).tolist():
        gauging.attend(loop, seconds)
        assert len(told) <= 1 or len(told) * 0.01 <= 0.02 * (seconds - 3600) + 1e-9
    assert 20 < len(told) < 40
    assert gauging.share(3700.0) == pytest.approx(len(told) * 0.01 / 100)  # of the time since it was resumed
