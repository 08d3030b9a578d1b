"""A run with those it was born from, however many."""

from __future__ import annotations

from pathlib import Path

from tests.recorder.sessions import Recording
from trainer.engine.events import Origin, RunStarted
from trainer.recorder.lineage import ancestors, with_ancestors
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
