"""Histograms of a layer over time: of the states of a run with its ancestors, and of the run as it is now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.examples import record_run
from tests.experiments.babysitter import Babysitter
from tests.recorder.sessions import records_of
from trainer.engine.commands import Intervene
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.engine.portrait import Portrait
from trainer.errors import InvalidInput, SessionError
from trainer.experiments.pictures import histograms
from trainer.experiments.pictures.histograms import layer_histograms
from trainer.experiments.travel import travel
from trainer.numerics.histograms import QUANTITIES, Quantity, layer_values
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session import Session, read_session

SMALL = Hyperparameters(learning_rate=0.05, mini_batch_size=16)


CONFIG = RunConfig(data="blobs", layers=(6, 4))


def recorded(path: Path, config: RunConfig = CONFIG) -> tuple[Session, RecordedRun]:
    changes = [(t, Intervene({"learning_rate": 0.01})) for t in (20, 40, 40, 60)]
    record_run(path, config, SMALL, 90, changes)
    session = read_session(path)
    return session, session.run("r1")


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_each_recorded_state_is_a_moment_with_the_numbers_of_its_next_update(
    tmp_path: Path, quantity: Quantity
) -> None:
    session, run = recorded(tmp_path / "s.panda")
    found = layer_histograms(session, run, quantity, 1)
    assert found.iterations.tolist() == [0, 20, 40, 60, 90]
    assert (found.recorded, found.damaged) == (5, 0)
    for t, row in zip(found.iterations.tolist(), found.shares, strict=True):
        loop = travel(session, run, t).loop
        assert isinstance(loop, TrainingLoop)
        X, y, weights = loop.next_examples()
        values = layer_values(quantity, 1, loop.parameters, X, y, 0.0, weights)
        assert values is not None
        counts = np.histogram(values.astype(np.float64), found.edges)[0]
        assert row.tolist() == (counts / values.size).tolist()
        assert found.numbers == values.size


def test_a_stretch_has_the_moments_in_it(tmp_path: Path) -> None:
    session, run = recorded(tmp_path / "s.panda")
    assert layer_histograms(session, run, "W", 1, 20, 60).iterations.tolist() == [20, 40, 60]
    with pytest.raises(SessionError, match="no state is recorded from iteration 21 to 39"):
        layer_histograms(session, run, "W", 1, 21, 39)


def test_of_many_or_large_states_some_are_read_evenly_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session, run = recorded(tmp_path / "s.panda")
    monkeypatch.setattr(histograms, "MOST_MOMENTS", 3)
    found = layer_histograms(session, run, "W", 1)
    assert (found.iterations.tolist(), found.recorded) == ([0, 40, 90], 5)
    monkeypatch.setattr(histograms, "MOST_BYTES", 1)
    assert layer_histograms(session, run, "W", 1).iterations.tolist() == [0, 90]


def test_what_there_is_none_of_is_told(tmp_path: Path) -> None:
    session, run = recorded(tmp_path / "s.panda")
    with pytest.raises(InvalidInput, match="there is no z~ in layer 3: the output layer has none"):
        layer_histograms(session, run, "z_tilde", 3)
    with pytest.raises(InvalidInput, match="layer must be a whole number from 1 to 3, but got 4"):
        layer_histograms(session, run, "W", 4)
    session, run = recorded(tmp_path / "plain.panda", replace(CONFIG, batch_norm=False))
    with pytest.raises(InvalidInput, match="there is no z~ in layer 1: there is no batch norm"):
        layer_histograms(session, run, "z_tilde", 1)
    session, run = recorded(tmp_path / "flat.panda", replace(CONFIG, layers=()))
    assert len(layer_histograms(session, run, "a", 1).iterations) == 5


def test_a_damaged_state_is_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    recorded(path)
    content = bytearray(path.read_bytes())
    change = next(record for record in records_of(path) if record.kind == "intervention")
    content[content.index(b"W[1]", change.offset) + 900] ^= 1  # in its tensors
    path.write_bytes(content)
    session = read_session(path)
    found = layer_histograms(session, session.run("r1"), "W", 1)
    assert found.damaged == 1
    assert len(found.iterations) == found.recorded - 1


def test_a_live_run_has_the_present_as_one_moment_more_and_its_ancestors_before(panda: Babysitter) -> None:
    begun = panda.trainer.status().iteration
    panda.train(30)
    panda.do(Intervene({"learning_rate": 0.01}))
    panda.train(10)
    panda.undo()
    panda.train(7)
    portrait = panda.trainer.portrait().result(10)
    assert isinstance(portrait, Portrait)
    session = panda.session
    assert portrait.run == "r2"
    found = layer_histograms(session, session.run(portrait.run), "W", 1, present=portrait)
    assert found.iterations.tolist()[-2:] == [begun + 30, begun + 37]
    assert found.iterations[0] == 0
