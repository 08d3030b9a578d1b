"""A run with those it was born from, however many."""

from __future__ import annotations

from pathlib import Path

from tests.recorder.sessions import Recording
from trainer.engine.events import Origin, RunStarted
from trainer.engine.loop import TrainingLoop
from trainer.recorder.lineage import ancestors, left_at_birth, with_ancestors
from trainer.recorder.session import read_session


def test_a_line_of_very_many_runs_is_one_line(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "s.panda")
    recording.start()
    for number in range(2, 1011):
        recording.train(1)
        state = recording.loop.state()
        parent = Origin("", recording.run, state.iteration, state.digest())
        recording.run = f"r{number}"
        recording.log.record(RunStarted(recording.run, recording.config, recording.dataset, state, parent))
    recording.end()
    session = read_session(recording.path)
    last = session.run("r1010")
    assert len(list(ancestors(session, last))) == 1010
    line = with_ancestors(session, last)
    assert (line.run, line.parent, line.initial.iteration, line.iteration) == ("r1010", None, 0, 1009)
    assert line.costs.tolist() == recording.costs


def test_runs_born_where_their_parent_was_born_carry_nothing_of_what_was_left(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "s.panda")
    recording.start()
    recording.train(3)
    there = recording.loop.state()
    for child in ("r2", "r3"):
        recording.intervene(f"left for {child}", learning_rate=0.5)
        recording.train(2)
        parent = Origin("", recording.run, there.iteration, there.digest())
        recording.run, recording.loop = child, TrainingLoop(recording.config, recording.dataset, state=there)
        recording.log.record(RunStarted(child, recording.config, recording.dataset, there, parent))
    recording.intervene("kept", learning_rate=0.25)
    recording.train(1)
    recording.end()
    session = read_session(recording.path)
    line = with_ancestors(session, session.run("r3"))
    assert [change.note for change in line.interventions] == ["kept"]
    assert line.costs.tolist() == [*recording.costs[:3], recording.costs[-1]]
    assert [evaluation.iteration for evaluation in line.evaluations] == [3, 4]
    assert line.timeline[:, 0].tolist() == [0, 3, 4]
    assert [left.note for left in left_at_birth(session, session.run("r2"))] == ["left for r2"]


def test_a_child_that_does_not_begin_where_it_says_has_no_parent(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "s.panda")
    recording.start()
    recording.train(3)
    state = recording.loop.state()
    elsewhere = Origin("", "r1", state.iteration - 1, state.digest())
    recording.log.record(RunStarted("r2", recording.config, recording.dataset, state, elsewhere))
    recording.end()
    session = read_session(recording.path)
    assert list(ancestors(session, session.run("r2"))) == [session.run("r2")]
