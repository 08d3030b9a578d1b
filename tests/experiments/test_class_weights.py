"""A run with balanced class weights is recorded, resumed, verified, undone, branched and compared with its ghost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from sklearn.metrics import recall_score

from tests.examples import TEST, make_loop, record_run
from tests.experiments.babysitter import Babysitter
from trainer.data.dataset import Dataset
from trainer.engine.commands import Intervene, Stop
from trainer.engine.engines import ENGINES, Engine
from trainer.engine.events import Event as Happened
from trainer.engine.events import RunEnded
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.engine.trainer import Trainer
from trainer.errors import InvalidHyperparameter
from trainer.experiments.export.python_source import python_source
from trainer.experiments.export.report.page import Verified, report
from trainer.experiments.export.report.recall import recall_at_the_end
from trainer.experiments.line import line_of
from trainer.experiments.recorded_run import resume
from trainer.experiments.travel import at_the_end
from trainer.experiments.verify import verify
from trainer.experiments.worth import worth_in_file
from trainer.numerics.cost import ClassWeights
from trainer.recorder.session import read_session

SMALL = Hyperparameters(mini_batch_size=16)
NUDGE = [(30, Intervene({"learning_rate": 0.3}, TEST))]


@pytest.fixture
def config(tmp_path: Path) -> RunConfig:
    """Data of 60, 25 and 5 examples."""
    chance = np.random.Generator(np.random.PCG64(1))
    rows = ["a,b,kind"]
    for c, n in enumerate((60, 25, 5)):
        rows += [f"{a:.4f},{b:.4f},{'uvw'[c]}" for a, b in chance.normal(c, 1.0, size=(n, 2))]
    path = tmp_path / "rare.csv"
    path.write_text("\n".join(rows) + "\n")
    return RunConfig(data=str(path), layers=(5,), evaluate_every=10, class_weights="balanced")


@pytest.mark.parametrize("engine", ENGINES)
def test_recorded_and_verified(config: RunConfig, engine: Engine, tmp_path: Path) -> None:
    config = replace(config, engine=engine)
    path = tmp_path / "s.panda"
    record_run(path, config, SMALL, 60, NUDGE)
    run = read_session(path).run("r1")
    assert run.config == config
    loop = make_loop(config, SMALL)
    costs = np.empty(30)
    loop.train(costs)
    assert run.costs[:30].tolist() == costs.tolist()
    assert run.evaluations[3] == loop.evaluate()
    plain = make_loop(replace(config, class_weights="none"), SMALL)
    assert plain.step() != costs[0]
    loop.intervene({"learning_rate": 0.3})
    loop.train(costs)
    assert loop.state().digest() == run.checkpoints[-1].digest
    assert verify(path).result == "exact"


def test_resumed_it_ends_as_if_it_had_not_been_left(config: RunConfig, tmp_path: Path) -> None:
    record_run(tmp_path / "whole.panda", config, SMALL, 60, NUDGE)
    whole = read_session(tmp_path / "whole.panda").run("r1").checkpoints[-1]
    path = tmp_path / "s.panda"
    record_run(path, config, SMALL, 40, NUDGE)
    trainer, ended = Trainer(), Event()

    def watch(event: Happened) -> None:
        if isinstance(event, RunEnded):
            ended.set()

    resume(trainer, path, iterations=60, subscribers=[watch])
    assert ended.wait(30)
    trainer.close()
    run = read_session(path).run("r1")
    assert (run.iteration, run.checkpoints[-1].digest) == (60, whole.digest)
    assert verify(path).result == "exact"


def test_its_ghost_has_them_too(config: RunConfig, tmp_path: Path) -> None:
    with_it, without = tmp_path / "with.panda", tmp_path / "without.panda"
    record_run(with_it, config, SMALL, 60, NUDGE)
    record_run(without, config, SMALL, 60)
    _, found = worth_in_file(with_it, "r1", 0)
    other = read_session(without).run("r1")
    assert np.array_equal(found.ghost.costs, other.costs[30:])
    assert found.ghost.digest == other.checkpoints[-1].digest


def test_undone_and_branched(config: RunConfig, tmp_path: Path) -> None:
    panda = Babysitter(tmp_path / "walk.panda", config, SMALL)
    try:
        panda.train(20)
        before, at = panda.digest(), panda.trainer.status().iteration
        panda.do(Intervene({"learning_rate": 0.4}))
        panda.train(20)
        changed = panda.digest()
        panda.undo()
        assert panda.digest() == before
        panda.branch("r1", at + 20)
        assert panda.digest() == changed
        panda.do(Stop())
    finally:
        panda.trainer.close()
    assert {run: verify(tmp_path / "walk.panda", run).result for run in panda.session.runs} == dict.fromkeys(
        panda.session.runs, "exact"
    )


def test_a_run_without_them_has_the_record_of_before(config: RunConfig, tmp_path: Path) -> None:
    assert "class_weights" not in RunConfig(data="iris").as_recorded()
    assert config.as_recorded()["class_weights"] == "balanced"
    path = tmp_path / "s.panda"
    record_run(path, config, SMALL, 5)
    assert json.dumps("balanced").encode() in path.read_bytes()


def test_a_class_without_a_training_example_is_refused(config: RunConfig) -> None:
    y = np.array([0, 2, 0, 2])
    X = np.ones((4, 2), np.float32)
    one = np.ones(2)
    dataset = Dataset("d", X, y, X, np.array([0, 1, 2, 0]), one, one, ("u", "v", "w"), ("a", "b"))
    with pytest.raises(InvalidHyperparameter) as caught:
        TrainingLoop(config, dataset, Hyperparameters(mini_batch_size=2))
    assert str(caught.value) == (
        "class_weights can be balanced where each class has a training example, but class 'v' has none"
    )


def test_the_schedule_as_source_code_tells_the_cost(config: RunConfig, tmp_path: Path) -> None:
    chosen: tuple[tuple[ClassWeights, bool], ...] = (("balanced", True), ("none", False))
    for weights, told in chosen:
        path = tmp_path / f"{weights}.panda"
        record_run(path, replace(config, class_weights=weights), SMALL, 5)
        session = read_session(path)
        source = python_source(line_of(session, session.run("r1")))
        assert ("balanced class weights" in source) is told
        compile(source, "schedule.py", "exec")


def test_a_report_tells_the_recall_of_each_class(config: RunConfig, tmp_path: Path) -> None:
    record_run(tmp_path / "s.panda", config, SMALL, 40, NUDGE)
    session = read_session(tmp_path / "s.panda")
    line = line_of(session, session.run("r1"))
    loop = at_the_end(session, session.run("r1")).loop
    assert isinstance(loop, TrainingLoop)
    y, taken_for = loop.dataset.y_dev, loop.predict(loop.dataset.X_dev.T).argmax(axis=0)
    recalls = recall_score(y, taken_for, average=None)
    found = recall_at_the_end(line)
    assert found is not None
    counts = np.bincount(y).tolist()
    assert found.rows == tuple((f"{'uvw'[c]}", str(counts[c]), f"{recalls[c]:.2%}") for c in range(3))
    assert found.mean == pytest.approx(recalls.mean())
    page = report(line, Verified("exact", "exact: all", "now", {}), "")
    assert f"mean recall of the classes {recalls.mean():.2%}." in page
    assert f"<tr><td>w</td><td>{counts[2]}</td><td>{recalls[2]:.2%}</td></tr>" in page
