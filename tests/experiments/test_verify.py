"""Verification in parts: the verdict of the whole, whichever engine recorded and whichever re-executes."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.examples import record_run
from tests.random_shifts import random_shift
from trainer.data.read_as import DType
from trainer.engine.commands import Intervene
from trainer.engine.engines import ENGINES, Engine
from trainer.engine.events import Event, Trained
from trainer.engine.hyperparameters import ACTIVATIONS, DTYPES, OPTIMIZERS, Hyperparameters, RunConfig
from trainer.errors import InvalidInput
from trainer.experiments import verify as verifying
from trainer.experiments.verify import verify
from trainer.numerics.learning_rate_decay import DECAYS
from trainer.recorder.session_log import SessionLog
from trainer.threads import members, with_members, with_threads

SMALL = Hyperparameters(mini_batch_size=16)
CONFIG = RunConfig(data="iris", layers=(4,), evaluate_every=20)
CHANGES = [(700, Intervene({"learning_rate": 0.05})), (1500, Intervene({"optimizer": "adam", "momentum": 0.8}))]


@pytest.fixture(autouse=True)
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "_SHORTEST_PART", 10)
    monkeypatch.setattr(verifying, "cores", lambda: 4)


def test_parts_say_what_the_whole_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.panda"
    ended = record_run(path, CONFIG, SMALL, 2100, CHANGES)
    told: list[tuple[int, int]] = []
    in_parts = verify(path, progress=lambda *now: told.append(now))
    assert (in_parts.result, in_parts.iterations, in_parts.digest) == ("exact", 2100, ended.state.digest())
    assert told == sorted(told)
    assert told[-1] == (2100, 2100)
    foreign = verify(path, engine="reference")
    monkeypatch.setattr(verifying, "cores", lambda: 1)
    assert verify(path) == in_parts
    assert verify(path, engine="reference") == foreign


def test_the_part_that_is_left_has_all_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.threads.cores", lambda: 4)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    path = tmp_path / "s.panda"
    record_run(path, CONFIG, SMALL, 2100, CHANGES[:1])
    found: list[int] = []
    alone = threading.Event()

    @contextmanager
    def watched(number: int) -> Iterator[None]:
        with with_members(number):
            yield
        alone.set()

    def tell(done: int, total: int) -> None:
        found.append(members(1e9))
        if done == total:
            assert alone.wait(30)
            found.append(members(1e9))

    monkeypatch.setattr(verifying, "with_members", watched)
    assert verify(path, progress=tell).result == "exact"
    assert (found[0], found[-1]) == (1, 4)


@pytest.mark.parametrize("at", [1, 700, 701, 1499, 2100])
def test_a_difference_is_found_in_whichever_part_it_is(
    tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = SessionLog.record

    def forge(log: SessionLog, event: Event) -> None:
        if isinstance(event, Trained) and event.first <= at <= event.iteration:
            event.costs[at - event.first] += 1e-12
        record(log, event)

    path = tmp_path / "s.panda"
    monkeypatch.setattr(SessionLog, "record", forge)
    record_run(path, CONFIG, SMALL, 2100, CHANGES)
    in_parts = verify(path)
    assert (in_parts.result, in_parts.first_difference) == ("diverged", at)
    monkeypatch.setattr(verifying, "cores", lambda: 1)
    assert verify(path) == in_parts


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_whatever_was_recorded_verifies_exactly(tmp_path: Path, engine: Engine) -> None:
    chance = random.Random(engine)
    for number in range(100):
        config = RunConfig(
            data="iris",
            layers=tuple(chance.randint(1, 20) for _ in range(chance.randint(0, 3))),
            batch_norm=chance.random() < 0.7,
            activation=chance.choice(ACTIVATIONS),
            seed=number,
            dtype=chance.choice(DTYPES),
            evaluate_every=chance.randint(1, 20),
            engine=engine,
        )
        hyperparameters = random_hyperparameters(chance)
        iterations = chance.randint(1, 60)
        times = sorted(chance.randint(0, iterations) for _ in range(chance.randint(0, 4)))
        changes = [(t, Intervene({**random_hyperparameters(chance).as_dict()})) for t in times]
        path = tmp_path / f"{number}.panda"
        record_run(path, config, hyperparameters, iterations, changes)
        verdict = verify(path)
        assert (verdict.result, verdict.iterations) == ("exact", iterations), (config, hyperparameters, changes)


def random_hyperparameters(chance: random.Random) -> Hyperparameters:
    return Hyperparameters(
        learning_rate=10 ** chance.uniform(-4, -1),
        momentum=chance.uniform(0, 0.99),
        mini_batch_size=chance.randint(2, 60),
        decay=chance.choice(DECAYS),
        decay_rate=chance.uniform(0.1, 1),
        optimizer=chance.choice(OPTIMIZERS),
        beta2=chance.uniform(0.9, 0.999),
        weight_decay=chance.choice([0, 0.01]),
        clip_norm=chance.choice([0, 0.5]),
        **random_shift(chance),
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("recorded", ENGINES)
def test_the_other_engine_says_how_close_it_is(tmp_path: Path, recorded: Engine, dtype: DType) -> None:
    path = tmp_path / "s.panda"
    record_run(path, RunConfig(layers=(32, 16), engine=recorded, dtype=dtype), Hyperparameters(), 400)
    other = next(engine for engine in ENGINES if engine != recorded)
    verdict = verify(path, engine=other)
    assert verdict.result == "other-environment"
    assert f"engine {recorded} when recorded, {other} here" in verdict.text
    assert "; the bits differ from iteration 0 on" in verdict.text
    assert f"{verdict.largest:.1e}" in verdict.text
    assert verdict.largest > 0
    if dtype == "float64":
        assert f": equal within {verdict.largest:.1e};" in verdict.text
        assert verdict.largest < 1e-8


def test_rounding_that_grew_is_told_from_that_near_a_recorded_state(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    hyperparameters = Hyperparameters(learning_rate=0.01, optimizer="adam")
    record_run(path, RunConfig(evaluate_every=100), hyperparameters, 1500)
    verdict = verify(path, engine="reference")
    assert (verdict.result, verdict.first_difference) == ("other-environment", 0)
    assert "for 25 iterations after each recorded state; further on rounding grows, to" in verdict.text


def test_the_threads_of_the_session_are_no_difference(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    record_run(path, CONFIG, SMALL, 20)
    with with_threads(2):
        assert "threads" not in verify(path, engine="reference").text


def test_an_engine_that_there_is_not(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    record_run(path, CONFIG, SMALL, 20)
    with pytest.raises(InvalidInput, match="engine must be one of compiled, reference, but got 'abacus'"):
        verify(path, engine="abacus")  # type: ignore[arg-type]
