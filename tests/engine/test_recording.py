"""Recording comes first: what cannot be recorded does not happen, and nothing is lost while the disk is full."""

from __future__ import annotations

import threading

import pytest

from tests.engine.watching import Log, MemoryRecorder, ask, start
from tests.examples import TEST
from tests.waiting import wait_until
from trainer.engine import trainer as engine
from trainer.engine.commands import AddNote, Answer, Intervene, Pause, RecordAnew, Resume, Stop
from trainer.engine.events import (
    Event,
    Intervened,
    Paused,
    RunEnded,
    Trained,
)
from trainer.engine.loop import TrainingLoop
from trainer.engine.trainer import Trainer
from trainer.errors import InvalidInput, RecordAstray, RecordingFailed, RecordingPaused, SessionError
from trainer.numerics.updates import Floats


def test_a_subscriber_that_raises_is_detached_and_named_and_the_run_goes_on(trainer: Trainer) -> None:
    log, other, calls = Log(), Log(), []

    def fails(event: Event) -> None:
        calls.append(event)
        if isinstance(event, Intervened):
            raise RuntimeError("the chart fell off the wall")

    ask(trainer, start(recorder=MemoryRecorder(log), subscribers=(fails, other)))
    answer = ask(trainer, Intervene({"momentum": 0.1}))
    assert (answer.status, answer.after) == ("applied", {"momentum": 0.1})
    assert ask(trainer, Pause()).status == "applied"
    (remark,) = trainer.status().remarks
    why = "fails raised RuntimeError: the chart fell off the wall"
    assert remark.endswith(f"{why} at iteration {answer.iteration} and is not called any more")
    assert isinstance(calls[-1], Intervened)
    assert other.events == log.events
    assert isinstance(log.events[-1], Paused)


def test_all_iterations_are_recorded_before_training_itself_fails(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, train = Log(), TrainingLoop.train

    def fails(loop: TrainingLoop, costs: Floats) -> None:
        if loop.iteration >= 1000:
            raise MemoryError("the data are gone")
        train(loop, costs)

    monkeypatch.setattr(TrainingLoop, "train", fails)
    recorder = MemoryRecorder(log)
    ask(trainer, start(recorder=recorder))
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    (end,) = log.of(RunEnded)
    assert (end.reason, end.detail) == ("failed", "the data are gone")
    assert end.iteration >= 1000
    assert log.iterations == end.iteration == end.state.iteration
    assert log.events.index(end) > log.events.index(log.of(Trained)[-1])


def test_training_that_cannot_be_recorded_does_not_go_on(trainer: Trainer) -> None:
    log = Log()
    recorder = MemoryRecorder(log)
    ask(trainer, start(recorder=recorder))
    recorder.error = RecordingFailed("the disk lost its mind")
    answer = ask(trainer, Intervene({"momentum": 0.1}))
    assert answer.status == "refused"
    assert "the disk lost its mind" in answer.text
    assert trainer.status().state == "failed"
    assert recorder.closed
    state = trainer.final_state()
    assert state is not None
    assert state.iteration == trainer.status().iteration


def test_while_the_disk_is_full_training_stands_still_and_then_goes_on(trainer: Trainer) -> None:
    log = Log()
    recorder = MemoryRecorder(log)
    ask(trainer, start(recorder=recorder))
    ask(trainer, Pause())
    recorder.error = RecordingPaused("no room on the disk")
    future = trainer.submit(Intervene({"momentum": 0.25}))
    refused = ask(trainer, Resume())
    assert (refused.status, refused.text) == (
        "refused",
        "not now: no room on the disk; training goes on as soon as that is over",
    )
    assert trainer.status().state == "blocked"
    assert not future.done()
    recorder.error = None
    answer = future.result(30)
    assert (answer.status, answer.after) == ("applied", {"momentum": 0.25})
    assert trainer.status().state == "paused"
    assert recorder.retries >= 1
    assert len(log.of(Intervened)) == 1


def test_closing_records_the_interruption_and_ends_the_thread() -> None:
    log = Log()
    trainer = Trainer()
    recorder = MemoryRecorder(log)
    ask(trainer, start(recorder=recorder))
    trainer.close()
    assert log.of(RunEnded)[0].reason == "interrupted"
    assert recorder.closed
    assert not [thread for thread in threading.enumerate() if thread.name == "panda-trainer"]
    assert ask(trainer, Pause()) == Answer(
        "refused", log.of(RunEnded)[0].iteration, "Panda is shutting down", author="page"
    )


def test_a_disk_that_is_full_at_the_very_end_is_waited_for(trainer: Trainer) -> None:
    log = Log()
    recorder = MemoryRecorder(log)
    ask(trainer, start(recorder=recorder))
    ask(trainer, Pause())
    recorder.error_at_close = RecordingPaused("no room on the disk")
    future = trainer.submit(Stop())
    assert ask(trainer, Resume()).status == "refused"
    assert (trainer.status().state, future.done()) == ("blocked", False)
    recorder.error_at_close = None
    assert future.result(30).status == "applied"
    assert trainer.status().state == "stopped"
    assert recorder.closed


def test_a_note_that_is_too_long_is_refused_before_anything_happens() -> None:
    with pytest.raises(InvalidInput, match=r"a note may have at most 10,000 characters, but this one has 10,001"):
        Intervene({"momentum": 0.5}, note="x" * 10_001)
    with pytest.raises(InvalidInput, match=r"a note may have at most 10,000 characters"):
        AddNote("x" * 10_001)


GONE = RecordAstray("the file was removed", place="there")


@pytest.mark.parametrize("place", ["", "elsewhere"])
def test_a_person_is_asked_where_a_file_that_is_gone_is_written_anew(trainer: Trainer, place: str) -> None:
    class Goes(MemoryRecorder):
        """Its file goes when the change is to be recorded."""

        def record(self, event: Event) -> None:
            if isinstance(event, Intervened):
                self.error = GONE
            super().record(event)

    recorder = Goes(log := Log())
    ask(trainer, start(recorder=recorder))
    assert ask(trainer, RecordAnew(place)).text == "there is no reason"
    future = trainer.submit(Intervene({"momentum": 0.25}))
    assert ask(trainer, Pause()).text.startswith("not now: the file was removed")
    status = trainer.status()
    assert (status.state, status.reason, status.anew) == ("blocked", str(GONE), "there")
    assert not future.done()
    answer = ask(trainer, RecordAnew(place))
    assert answer.text == f"it was written anew to {place or 'the old place'} by page"
    assert future.result(30).status == "applied"
    assert (trainer.status().anew, recorder.places, len(log.of(Intervened))) == ("", [place], 1)


def test_without_a_person_a_file_that_is_gone_is_written_anew_at_once(trainer: Trainer) -> None:
    recorder = MemoryRecorder(log := Log())
    ask(trainer, start(recorder=recorder, actor=TEST))
    recorder.error = GONE
    assert ask(trainer, Intervene({"momentum": 0.25})).status == "applied"
    assert (recorder.places, len(log.of(Intervened))) == ([""], 1)
    assert trainer.status().remarks == ("it was written anew to the old place by panda",)


def test_a_run_that_rests_looks_after_its_file(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "RETRY_SECONDS", 0.01)
    recorder = MemoryRecorder(Log())
    ask(trainer, start(recorder=recorder))
    ask(trainer, Pause())
    recorder.error = GONE
    wait_until(lambda: trainer.status().state == "blocked")
    recorder.error = None
    wait_until(lambda: trainer.status().state == "paused")


def test_a_file_that_is_gone_is_written_anew_when_all_is_closed() -> None:
    trainer, recorder = Trainer(), MemoryRecorder(log := Log())
    ask(trainer, start(recorder=recorder))
    recorder.error = GONE
    trainer.close()
    assert trainer.status().state == "interrupted"
    assert (recorder.places, recorder.closed, log.of(RunEnded)[0].reason) == ([""], True, "interrupted")


def test_what_cannot_be_written_anew_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "RETRY_SECONDS", 0.01)
    trainer, recorder = Trainer(), MemoryRecorder(Log())
    ask(trainer, start(recorder=recorder, actor=TEST))

    tries = []

    def refuse(*_: object) -> None:
        tries.append(trainer.status().reason)
        raise SessionError("the folder cannot be made")

    monkeypatch.setattr(recorder, "record_anew", refuse)
    recorder.error = RecordAstray("the file was removed", place="there")
    wait_until(lambda: len(tries) > 3)  # it is tried again and again, and told once
    wait_until(lambda: trainer.status().state == "blocked")
    assert trainer.status().reason == f"{GONE}, but the folder cannot be made"
    recorder.error_at_close = recorder.error
    trainer.close()
    assert trainer.status().state == "failed"
    assert trainer.status().reason.startswith(f"{GONE}, but the folder cannot be made")
