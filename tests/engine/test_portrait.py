"""A copy of what is trained, while it is trained: it is of one boundary, and nothing comes of having asked."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.quadratic import Quadratic
from tests.engine.watching import CONFIG, HYPERPARAMETERS, Log, MemoryRecorder, ask, start
from tests.examples import three_blobs
from tests.waiting import wait_until
from trainer.engine.commands import Pause
from trainer.engine.events import RunEnded
from trainer.engine.loop import TrainingLoop
from trainer.engine.trainable import TRAINABLES, build
from trainer.engine.trainer import Trainer
from trainer.errors import RecordingPaused


def test_a_run_that_is_looked_at_all_the_time_ends_as_one_that_is_not(trainer: Trainer) -> None:
    log = Log()
    ask(trainer, start(subscribers=(log,), iterations=3000))
    seen = []
    while not log.of(RunEnded):
        portrait = trainer.portrait().result(30)
        assert portrait is not None
        seen.append((portrait.state.iteration, portrait.state.digest()))
    loop = TrainingLoop(CONFIG, three_blobs(), HYPERPARAMETERS)
    for iteration, digest in seen:
        loop.train(np.empty(iteration - loop.iteration))
        assert loop.state().digest() == digest
    loop.train(np.empty(3000 - loop.iteration))
    (end,) = log.of(RunEnded)
    assert end.state.digest() == loop.state().digest()


def test_there_is_one_of_a_paused_run_and_of_one_that_is_over_and_none_before_the_first(trainer: Trainer) -> None:
    assert trainer.portrait().result(30) is None
    ask(trainer, start(iterations=20_000_000))
    ask(trainer, Pause())
    paused = trainer.portrait().result(30)
    assert paused is not None
    assert (paused.run, paused.state.iteration) == ("r1", trainer.status().iteration)
    clone = build(paused.config, paused.dataset, None, paused.state)
    assert clone.state().digest() == paused.state.digest()
    clone.train(np.empty(3))  # of its own: what is paused stays where it is
    again = trainer.portrait().result(30)
    assert again is not None
    assert again.state.digest() == paused.state.digest()
    trainer.close()
    assert trainer.portrait().result(30) is None


def test_a_paused_run_that_is_looked_at_all_the_time_still_looks_after_its_record(trainer: Trainer) -> None:
    recorder = MemoryRecorder(Log())
    ask(trainer, start(recorder=recorder))
    ask(trainer, Pause())
    recorder.error = RecordingPaused("no room")

    def blocked() -> bool:
        portrait = trainer.portrait().result(30)  # also while recording waits
        assert portrait is not None
        return trainer.status().state == "blocked"

    wait_until(blocked)
    recorder.error = None
    wait_until(lambda: trainer.status().state == "paused")


def test_another_kind_of_trainable_has_one_too(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setitem(TRAINABLES, "quadratic", Quadratic)
    ask(trainer, start(config=replace(CONFIG, trainable="quadratic"), iterations=5))
    portrait = trainer.portrait().result(30)
    assert portrait is not None
    assert portrait.config.trainable == "quadratic"
    assert "w" in portrait.state.tensors
