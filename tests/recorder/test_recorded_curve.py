"""The curve of a recorded run is the curve that was shown live; damage costs only what the damaged record said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.recorder.sessions import Recording, records_of
from trainer.engine.events import RunStarted
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.errors import SessionDamaged
from trainer.recorder.cost_curve import CostCurve
from trainer.recorder.recorded_curve import recorded_curve
from trainer.recorder.session import read_session


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """Every kind of change, twice at one iteration, with α rebased by the decay alone."""
    recording = Recording(tmp_path / "x.panda", hyperparameters=Hyperparameters(learning_rate=0.5, mini_batch_size=8))
    recording.start()
    recording.train(7)
    recording.intervene(decay="inverse-time", decay_rate=0.5)
    recording.train(9)
    recording.intervene(decay_rate=2.0)
    recording.intervene("calmer", momentum=0.5, mini_batch_size=5)
    recording.train(6)
    recording.checkpoint()
    recording.train(4)
    recording.intervene(optimizer="adam", decay="none")
    recording.train(3)
    recording.intervene(learning_rate=0.01)
    recording.train(2)
    recording.end()
    return recording


def damaged(path: Path, seq: int) -> None:
    """Flip a bit in the JSON of a record."""
    record = records_of(path)[seq]
    content = bytearray(path.read_bytes())
    content[content.index(f'"seq":{seq},'.encode(), record.offset) - 1] ^= 4
    path.write_bytes(content)


def test_it_is_the_live_curve(recording: Recording) -> None:
    session = read_session(recording.path)
    run = session.run("r1")
    live = CostCurve()
    live.receive(RunStarted("r1", recording.config, recording.dataset, session.training_state(run.initial.seq)))
    at = 0
    for iteration, change in [*((i.iteration, i) for i in run.interventions), (run.iteration, None)]:
        passed = [e for e in run.evaluations if at < e.iteration <= iteration]
        live.extend(run.costs[at:iteration], passed, 0.01 * iteration)
        at = iteration
        if change:
            live.intervene(change.index, iteration, change.author, change.note, change.before, change.after)
    again = recorded_curve(session, run)
    assert (again.run, again.start, again.iteration) == ("r1", 0, run.iteration)
    assert again.interventions == live.interventions
    assert again.seconds == pytest.approx(0.01 * run.iteration)
    every = np.arange(run.iteration + 1)
    np.testing.assert_allclose(again.learning_rates(every), live.learning_rates(every), rtol=1e-14)
    np.testing.assert_allclose(again.epochs(every), live.epochs(every), rtol=1e-14)
    mine, theirs = again.window(0, 100, 1000), live.window(0, 100, 1000)
    for name in ("train", "smoothed", "dev"):
        np.testing.assert_array_equal(getattr(mine, name).mean, getattr(theirs, name).mean)


def test_hyperparameters_are_as_they_were(recording: Recording) -> None:
    """At every recorded state after a change: α₀ too, where the decay alone was set."""
    session = read_session(recording.path)
    run = session.run("r1")
    curve = recorded_curve(session, run)
    seen = set()
    for checkpoint in run.checkpoints[1:]:
        if checkpoint.iteration not in seen:  # of two changes at one iteration, the state before the first
            was = session.training_state(checkpoint.seq).hyperparameters
            shown = curve.hyperparameters_at(checkpoint.iteration - 1)
            assert shown.learning_rate == pytest.approx(was.learning_rate, rel=1e-14)
            assert shown.changed({"learning_rate": was.learning_rate}) == was
        seen.add(checkpoint.iteration)
    assert len(seen) == 6
    at_7, at_16 = curve.hyperparameters_at(7), curve.hyperparameters_at(16)
    assert at_7.learning_rate == 0.5
    assert at_16.learning_rate == float(curve.learning_rates(np.array([16]))[0]) < 0.5
    assert (at_16.decay_rate, at_16.momentum, at_16.mini_batch_size) == (2.0, 0.5, 5)
    assert curve.hyperparameters_at(15).learning_rate == 0.5


def test_a_lost_change_is_found_in_the_next_recorded_state(recording: Recording) -> None:
    whole = read_session(recording.path)
    lost = next(i for i in whole.run("r1").interventions if "momentum" in i.after)
    damaged(recording.path, lost.seq)
    session = read_session(recording.path)
    run = session.run("r1")
    assert len(run.interventions) == len(whole.run("r1").interventions) - 1
    curve, before = recorded_curve(session, run), recorded_curve(whole, whole.run("r1"))
    assert curve.hyperparameters_at(21).momentum == 0.9  # nobody knows better
    every = range(22, run.iteration + 1)
    assert [curve.hyperparameters_at(t) for t in every] == [before.hyperparameters_at(t) for t in every]
    np.testing.assert_array_equal(curve.epochs(np.array(every)), before.epochs(np.array(every)))


@pytest.mark.parametrize(("which", "first", "last"), [(1, 8, 16), (-1, 30, 31)])
def test_lost_costs_are_a_gap(recording: Recording, which: int, first: int, last: int) -> None:
    lost = [record for record in records_of(recording.path) if record.kind == "metrics"][which]
    damaged(recording.path, lost.seq)
    session = read_session(recording.path)
    curve = recorded_curve(session, session.run("r1"))
    cost = curve.window(0, 100, 1000).train.mean[0]
    assert np.flatnonzero(np.isnan(cost)).tolist() == list(range(first - 1, last))
    smoothed = curve.window(0, 100, 1000).smoothed.mean[0]  # after iterations 4, 8, …
    gap = [i for i in range(len(smoothed)) if first <= 4 * (i + 1) <= last]
    assert np.flatnonzero(np.isnan(smoothed)).tolist() == gap


def test_a_run_that_has_only_begun(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x.panda", config=RunConfig(data="three blobs", layers=()))
    recording.start()
    session = read_session(recording.path)
    curve = recorded_curve(session, session.run("r1"))
    recording.log.close()
    assert (curve.iteration, curve.hyperparameters_at(0)) == (0, recording.hyperparameters)


def test_without_the_size_of_the_training_set_there_is_no_curve(recording: Recording) -> None:
    damaged(recording.path, 1)
    session = read_session(recording.path)
    with pytest.raises(SessionDamaged, match=r"record of the data set of x\.panda is damaged"):
        recorded_curve(session, session.run("r1"))
