"""A session of several runs that part from each other, recorded step by step."""

from __future__ import annotations

from pathlib import Path

from tests.examples import three_blobs
from tests.recorder.sessions import Recording
from trainer.engine.events import Origin, RunEnded, RunStarted
from trainer.engine.loop import TrainingLoop
from trainer.engine.state import TrainingState


def branch(recording: Recording, state: TrainingState, run: str) -> None:
    """Leave the run under way for a new one that begins with a state of it."""
    left, loop = recording.run, recording.loop
    recording.log.record(RunEnded(left, loop.iteration, loop.state(), "left"))
    recording.run, recording.interventions = run, 0
    recording.loop = TrainingLoop(recording.config, recording.dataset, state=state)
    origin = Origin("", left, state.iteration, state.digest())
    recording.log.record(RunStarted(run, recording.config, recording.dataset, state, origin))


def branched_session(path: Path) -> Path:
    """r1 lowers α at iteration 40; r2 takes that back; r3 comes from r2 at 60 and has β 0.5 from there on."""
    recording = Recording(path, dataset=three_blobs())
    recording.start()
    recording.train(40)
    change = recording.intervene("*calmer* <b>now</b>", learning_rate=0.01)
    recording.train(60)
    branch(recording, change.state, "r2")
    recording.train(20)
    there = recording.loop.state()
    recording.train(60)
    branch(recording, there, "r3")
    recording.intervene(momentum=0.5)
    recording.train(20)
    recording.end()
    return path
