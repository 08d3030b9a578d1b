"""Replay: what was recorded comes out again, bit for bit, and what does not is named."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.examples import make_loop, record_run
from tests.random_shifts import SHIFTS
from tests.recorder.sessions import records_of, small_session
from trainer.data.read_as import DType
from trainer.engine.commands import Actor, Intervene
from trainer.engine.events import Checkpointed, RunEnded, RunStarted, Trained
from trainer.engine.hyperparameters import DTYPES, OPTIMIZERS, Hyperparameters, RunConfig, Value
from trainer.engine.loop import TrainingLoop
from trainer.errors import SessionDamaged, SessionNotFound
from trainer.experiments.replay import Replay, latest_run
from trainer.experiments.verify import verify
from trainer.numerics.learning_rate_decay import DECAYS
from trainer.numerics.updates import Optimizer
from trainer.recorder.session import read_session
from trainer.recorder.session_log import SessionLog

CONFIG = RunConfig(data="blobs", layers=(6,), evaluate_every=20)
SMALL = Hyperparameters(learning_rate=0.05, mini_batch_size=16)


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_kind_of_run_verifies_exactly(
    tmp_path: Path, optimizer: Optimizer, dtype: DType, batch_norm: bool
) -> None:
    path = tmp_path / "run.panda"
    config = RunConfig(data="blobs", layers=(6,), dtype=dtype, batch_norm=batch_norm, evaluate_every=20)
    hyperparameters = Hyperparameters(learning_rate=0.01, optimizer=optimizer, mini_batch_size=16)
    ended = record_run(path, config, hyperparameters, 90, [(40, Intervene({"learning_rate": 0.003}))])
    verdict = verify(path)
    assert (verdict.result, verdict.iterations, verdict.first_difference) == ("exact", 90, None)
    assert verdict.digest == ended.state.digest()
    assert verdict.checkpoints_compared == 3  # the beginning, the intervention, the end


def test_a_session_of_random_interventions_of_every_kind_verifies_exactly(tmp_path: Path) -> None:
    path = tmp_path / "run.panda"
    chooser = random.Random(7)
    interventions = random_interventions(chooser, 30, 400)
    assert {name for _, change in interventions for name in change.changes} == set(SMALL.as_dict())
    ended = record_run(path, CONFIG, SMALL, 400, interventions)
    verdict = verify(path)
    assert (verdict.result, verdict.checkpoints_compared) == ("exact", 32)
    assert verdict.digest == ended.state.digest()


def random_interventions(chooser: random.Random, n: int, iterations: int) -> list[tuple[int, Intervene]]:
    """Changes of every hyperparameter, several at once, some at the same iteration, first and last ones included."""
    draws: dict[str, Callable[[], Value]] = {
        "learning_rate": lambda: 10 ** chooser.uniform(-4, -1),
        "momentum": lambda: chooser.choice([0.0, 0.5, 0.99]),
        "mini_batch_size": lambda: chooser.choice([2, 7, 16, 64]),
        "decay_interval": lambda: chooser.choice([0.5, 1.0, 3.0]),
        "optimizer": lambda: chooser.choice(OPTIMIZERS),
        "beta2": lambda: chooser.choice([0.9, 0.999]),
        "epsilon": lambda: chooser.choice([1e-8, 1e-3]),
        "weight_decay": lambda: chooser.choice([0.0, 1e-3]),
        "clip_norm": lambda: chooser.choice([0.0, 0.5]),
        **{name: partial(draw, chooser) for name, draw in SHIFTS.items()},
    }
    times = sorted([0, 0, iterations, *(chooser.randrange(iterations) for _ in range(n - 3))])
    changes: list[tuple[int, Intervene]] = []
    for index, t in enumerate(times):
        names = chooser.sample(sorted(draws), k=chooser.randint(1, 3))
        wish: dict[str, Value] = {name: draws[name]() for name in names}
        if index % 3 == 0:
            wish |= {"decay": DECAYS[index // 3 % len(DECAYS)], "decay_rate": chooser.choice([0.9, 0.99])}
        changes.append((t, Intervene(wish, Actor("robot", "a test"), f"number {index}")))
    return changes


def test_a_recorded_state_in_the_middle_is_a_place_to_start_from(tmp_path: Path) -> None:
    path = tmp_path / "run.panda"
    ended = record_run(path, CONFIG, SMALL, 60, [(25, Intervene({"momentum": 0.5}))])
    session = read_session(path)
    run = session.runs["r1"]
    replay = Replay(session, run, run.checkpoints[1])
    reached = list(replay.advance(60))
    assert reached[-1] == 60
    assert reached == sorted(set(reached))
    assert not replay.differences
    assert replay.loop.state().digest() == ended.state.digest()


def test_a_run_that_computed_something_else_has_diverged_and_says_from_where(tmp_path: Path) -> None:
    """A session whose record is intact but tells another story than its config: recorded by a false loop."""
    path = tmp_path / "run.panda"
    honest = make_loop(CONFIG, SMALL)
    log = SessionLog.create(path, honest.dataset)
    log.record(RunStarted("r1", CONFIG, honest.dataset, honest.state()))
    costs = np.array([honest.step() for _ in range(50)])
    costs[30] = np.nextafter(costs[30], 9)  # one bit of one cost
    log.record(Trained("r1", 1, costs, (), 0.1))
    log.record(RunEnded("r1", 50, honest.state(), "finished"))
    log.close()
    verdict = verify(path)
    assert (verdict.result, verdict.first_difference) == ("diverged", 31)
    assert verdict.text == "differs from iteration 31: cost"


def test_a_checkpoint_of_another_state_is_noticed_although_every_cost_agrees(tmp_path: Path) -> None:
    """Batch norm's running statistics do not show in the costs of training."""
    path = tmp_path / "run.panda"
    loop = make_loop(CONFIG, SMALL)
    log = SessionLog.create(path, loop.dataset)
    log.record(RunStarted("r1", CONFIG, loop.dataset, loop.state()))
    log.record(Trained("r1", 1, np.array([loop.step() for _ in range(20)]), (), 0.1))
    loop.running.mean[1][:] += 1e-3
    log.record(Checkpointed("r1", 20, loop.state(), "requested"))
    log.close()
    verdict = verify(path)
    assert (verdict.result, verdict.first_difference) == ("diverged", 20)
    assert verdict.text == "differs from iteration 20: state"


def test_replay_uses_the_recorded_data_and_not_todays(tmp_path: Path) -> None:
    table = tmp_path / "points.csv"
    rows = [f"{x},{x * x % 7},{'ab'[x % 2]}" for x in range(40)]
    table.write_text("\n".join(["u,v,label", *rows]))
    path = tmp_path / "run.panda"
    record_run(path, RunConfig(data=str(table), layers=(4,)), Hyperparameters(mini_batch_size=8), 20)
    table.unlink()
    assert verify(path).result == "exact"


def test_damage_is_named_and_a_missing_run_is_said(tmp_path: Path) -> None:
    path = tmp_path / "run.panda"
    record_run(path, CONFIG, SMALL, 30)
    with pytest.raises(SessionNotFound, match="no run 'r9'"):
        verify(path, "r9")
    content = bytearray(path.read_bytes())
    content[content.index(b"000003-metrics") + 600] ^= 1
    path.write_bytes(content)
    with pytest.raises(SessionDamaged, match=r"run.panda is damaged: record 000003-metrics"):
        verify(path)


def test_the_mini_batches_go_on_where_they_were(tmp_path: Path) -> None:
    """After a restart the order of data does not begin again at epoch 0."""
    path = tmp_path / "run.panda"
    record_run(path, CONFIG, SMALL, 73)
    session = read_session(path)
    run = session.runs["r1"]
    state = session.training_state(run.checkpoints[-1].seq)
    assert state.epoch > 0
    assert state.offset > 0
    straight = TrainingLoop(CONFIG, session.dataset(), SMALL)
    for _ in range(73):
        straight.step()
    going_on = TrainingLoop(CONFIG, session.dataset(), state=state)
    assert [going_on.step() for _ in range(40)] == [straight.step() for _ in range(40)]


def test_where_the_record_of_the_only_run_is_damaged_that_is_said(tmp_path: Path) -> None:
    recording = small_session(tmp_path / "s.panda")
    record = next(record for record in records_of(recording.path) if record.kind == "run")
    whole = bytearray(recording.path.read_bytes())
    whole[record.payload_offset] ^= 1
    recording.path.write_bytes(whole)
    with pytest.raises(SessionDamaged, match=f"no run of it is left: record {record.name}"):
        latest_run(read_session(recording.path))
