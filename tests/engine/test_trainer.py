"""The one thread: commands are answered truthfully, events come in order, recording comes first."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from tests.engine.watching import CONFIG, HYPERPARAMETERS, Log, ask, start
from tests.examples import three_blobs
from trainer.engine.commands import (
    CLI,
    Actor,
    AddNote,
    Checkpoint,
    Command,
    Intervene,
    Nudge,
    Pause,
    Resume,
    RunFor,
    Stop,
)
from trainer.engine.events import (
    Checkpointed,
    Event,
    Intervened,
    Noted,
    Paused,
    Resumed,
    RunEnded,
    RunStarted,
    Trained,
    WentNonFinite,
)
from trainer.engine.hyperparameters import Hyperparameters
from trainer.engine.loop import TrainingLoop
from trainer.engine.trainer import Trainer


def test_a_run_is_told_from_its_first_event_to_its_last(trainer: Trainer) -> None:
    log = Log()
    assert ask(trainer, start(subscribers=(log,), iterations=25)).status == "applied"
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    assert isinstance(log.events[0], RunStarted)
    costs = np.concatenate([event.costs for event in log.of(Trained)])
    evaluations = [evaluation.iteration for event in log.of(Trained) for evaluation in event.evaluations]
    assert evaluations == [0, 10, 20, 25]
    loop = TrainingLoop(CONFIG, three_blobs(), HYPERPARAMETERS)
    assert costs.tolist() == [loop.step() for _ in range(25)]
    (end,) = log.of(RunEnded)
    assert (end.reason, end.iteration, end.state.digest()) == ("finished", 25, loop.state().digest())
    assert trainer.status().state == "finished"


def test_a_start_that_ends_in_an_error_is_answered_with_it_and_the_next_one_is_made(trainer: Trainer) -> None:
    future = trainer.submit(replace(start(), dataset=None))  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        future.result(30)
    assert ask(trainer, start(iterations=5)).status == "applied"


def test_an_intervention_governs_every_later_iteration_and_no_earlier_one(trainer: Trainer) -> None:
    log = Log()
    held_back = ((0, Intervene({"momentum": 0.5})), (7, Intervene({"learning_rate": 0.01}, CLI, "calmer")))
    ask(trainer, start(subscribers=(log,), iterations=20, interventions=held_back))
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    loop = TrainingLoop(CONFIG, three_blobs(), HYPERPARAMETERS)
    loop.intervene({"momentum": 0.5})
    for _ in range(7):
        loop.step()
    digest = loop.state().digest()
    loop.intervene({"learning_rate": 0.01})
    for _ in range(13):
        loop.step()
    first, second = log.of(Intervened)
    assert (first.iteration, first.index, second.iteration, second.index) == (0, 0, 7, 1)
    assert (second.before, second.after) == ({"learning_rate": 0.1}, {"learning_rate": 0.01})
    assert (second.author, second.note, second.state.digest()) == ("cli", "calmer", digest)
    assert log.of(RunEnded)[0].state.digest() == loop.state().digest()


def test_an_answer_comes_after_the_recorder_has_it_and_before_the_next_iteration(trainer: Trainer) -> None:
    class Gate(Log):
        """A recorder that takes its time over an intervention."""

        remarks = ()
        lost = ""

        def __init__(self) -> None:
            super().__init__()
            self.open = threading.Event()

        def record(self, event: Event) -> None:
            if isinstance(event, Intervened):
                assert self.open.wait(30)
            self(event)

        def retry(self) -> None: ...

        def close(self) -> None: ...

    gate = Gate()
    ask(trainer, start(recorder=gate))
    gate.wait_for(lambda log: log.iterations > 0)
    future = trainer.submit(Intervene({"momentum": 0.1}))
    other = trainer.submit(Pause())
    assert not future.done()
    gate.open.set()
    answer = future.result(30)
    assert other.result(30).iteration == answer.iteration  # nothing ran while the recorder was at work
    assert gate.of(Intervened)[0].iteration == answer.iteration
    assert answer.after == {"momentum": 0.1}


def test_commands_work_the_same_while_paused(trainer: Trainer) -> None:
    log = Log()
    ask(trainer, start(subscribers=(log,)))
    paused_at = ask(trainer, Pause()).iteration
    assert trainer.status().state == "paused"
    answer = ask(trainer, Intervene({"learning_rate": 0.0123, "decay": "exponential", "decay_rate": 0.9}))
    assert (answer.status, answer.iteration) == ("applied", paused_at)
    status = trainer.status()
    assert (status.learning_rate, status.iteration, status.interventions) == (0.0123, paused_at, 1)
    assert ask(trainer, Checkpoint()).iteration == paused_at
    assert ask(trainer, AddNote("looks calm")).iteration == paused_at
    assert "paused already" in ask(trainer, Pause()).text
    # as true after the pause as before it
    assert ask(trainer, RunFor(1)).text == f"began 1 more at iteration {paused_at}"
    log.wait_for(lambda log: len(log.of(Paused)) == 2)
    assert log.of(Paused)[1].iteration == paused_at + 1
    assert trainer.status().pause_at is None
    ask(trainer, RunFor(10**9))
    assert trainer.status().pause_at == paused_at + 1 + 10**9
    paused_at = ask(trainer, Pause()).iteration - 1
    ask(trainer, RunFor(30))
    log.wait_for(lambda log: len(log.of(Paused)) == 4)
    assert log.of(Paused)[3].iteration == paused_at + 31
    assert ask(trainer, Resume()).status == "applied"
    log.wait_for(lambda log: log.events[-1].iteration > paused_at + 31)
    assert ask(trainer, Stop()).status == "applied"
    assert [type(e) for e in log.events if isinstance(e, Checkpointed | Noted | RunEnded)] == [
        Checkpointed,
        Noted,
        RunEnded,
    ]
    assert len(log.of(Resumed)) == 4


def test_every_event_and_answer_names_who_commanded_it(trainer: Trainer) -> None:
    log, robot = Log(), Actor("robot", "halver")
    assert ask(trainer, start(subscribers=(log,), actor=CLI)).author == "cli"
    commands = (
        Pause(robot),
        Nudge(0.5, robot),
        Checkpoint(robot),
        AddNote("calmer", robot),
        RunFor(1, robot),
        Pause(robot),
        Resume(robot),
        Intervene({"momentum": 2.0}, robot),
        Stop(robot),
    )
    for command in commands:
        assert ask(trainer, command).author == "halver"
    assert log.of(RunStarted)[0].actor == CLI
    after = [event for event in log.events if isinstance(event, Paused | Resumed | Intervened | Noted | RunEnded)]
    paused_by_itself = [event for event in after if event.actor is None]
    assert paused_by_itself
    assert all(isinstance(event, Paused) and "asked for" in event.reason for event in paused_by_itself)
    assert {event.actor for event in after} - {None} == {robot}
    assert {event.actor for event in log.of(Checkpointed) if event.reason == "requested"} == {robot}


def test_a_nudge_multiplies_the_learning_rate_in_force(trainer: Trainer) -> None:
    ask(trainer, start())
    assert ask(trainer, Nudge(1 / 3)).after == {"learning_rate": 0.03333}
    assert ask(trainer, Nudge(3)).after == {"learning_rate": 0.1}
    assert ask(trainer, Intervene({"learning_rate": 0.0123456789})).status == "applied"
    assert ask(trainer, Nudge(1 / 3)).after == {"learning_rate": 0.004115}
    assert ask(trainer, Nudge(3)).after == {"learning_rate": 0.0123456789}
    ask(trainer, Intervene({"learning_rate": 0.1}))
    assert ask(trainer, Nudge(1.1)).after == {"learning_rate": 0.11}


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (Intervene({"learning_rate": -1.0}), "learning_rate must be a number above 0 and at most 1e+06, but got -1"),
        (Intervene({"mini_batch_size": 98}), "mini_batch_size must be at most 97"),
        (Intervene({"layers": 3}), "'layers' is not a hyperparameter"),
        (Nudge(0), "learning_rate must be"),
        (RunFor(0), "must be a whole number from 1 to 1,000,000,000,000, but got 0"),
        (RunFor(10**12 + 1), "must be a whole number from 1 to 1,000,000,000,000, but got 1000000000001"),
        (start(), "run r1 is under way: stop it first"),
    ],
)
def test_a_refused_command_is_not_applied_and_says_why(trainer: Trainer, command: Command, sentence: str) -> None:
    log = Log()
    ask(trainer, start(subscribers=(log,)))
    ask(trainer, Pause())
    before = trainer.status()
    answer = ask(trainer, command)
    assert answer.status == "refused"
    assert sentence in answer.text
    after = trainer.status()
    assert after == replace(before, commands=before.commands + 1)
    assert not log.of(Intervened)


def test_without_a_run_commands_are_refused(trainer: Trainer) -> None:
    assert "no run is under way" in ask(trainer, Pause()).text
    log = Log()
    ask(trainer, start(subscribers=(log,), iterations=1))
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    assert "no run is under way" in ask(trainer, Intervene({"momentum": 0.1})).text
    assert ask(trainer, start(iterations=1)).status == "applied"  # runs follow one another in the same thread


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"iterations": 5, "interventions": ((6, Intervene({"momentum": 0.1})),)}, "from 0 to 5, but got 6"),
        ({"hyperparameters": Hyperparameters(mini_batch_size=98)}, "mini_batch_size must be at most 97"),
    ],
)
def test_a_start_that_cannot_be_is_refused(trainer: Trainer, wish: dict[str, object], sentence: str) -> None:
    answer = ask(trainer, start(**wish))
    assert answer.status == "refused"
    assert sentence in answer.text
    assert trainer.status().state == "idle"


def test_a_cost_that_is_not_finite_pauses_with_the_last_good_state(trainer: Trainer) -> None:
    log = Log()
    config = replace(CONFIG, batch_norm=False, layers=(8, 8, 8))
    explosive = Hyperparameters(1e5, optimizer="gd", mini_batch_size=16)
    ask(trainer, start(config=config, subscribers=(log,), hyperparameters=explosive))
    log.wait_for(lambda log: bool(log.of(WentNonFinite)))
    assert ask(trainer, Checkpoint()).status == "applied"
    status = trainer.status()
    assert status.state == "paused"
    assert "is not a finite number" in status.reason
    (bad,) = log.of(WentNonFinite)
    assert bad.iteration == status.iteration == log.iterations
    assert all(np.isfinite(tensor).all() for tensor in bad.state.tensors.values())
    ask(trainer, Intervene({"learning_rate": 1e-8}))
    assert ask(trainer, RunFor(1)).status == "applied"


def test_where_what_was_foreseen_ends_it_is_evaluated_besides(trainer: Trainer) -> None:
    """At an iteration at which it would not be otherwise; one that has passed is nothing to wait for."""
    log = Log()
    ask(trainer, start(subscribers=(log,), config=replace(CONFIG, evaluate_every=1000)))
    at = ask(trainer, Pause()).iteration
    end = at + 503 if (at + 503) % 1000 else at + 504
    ask(trainer, Intervene({"momentum": 0.8}, evaluate_at=end))
    ask(trainer, RunFor(1200))
    log.wait_for(lambda log: len(log.of(Paused)) == 2)
    ask(trainer, Intervene({"momentum": 0.7}, evaluate_at=end))
    ask(trainer, RunFor(1))
    log.wait_for(lambda log: len(log.of(Paused)) == 3)
    ask(trainer, Stop())
    evaluations = [evaluation.iteration for event in log.of(Trained) for evaluation in event.evaluations]
    usual = {each for each in range(at + 1202) if each % 1000 == 0}
    assert evaluations == sorted(usual | {at, end, at + 1200, at + 1201})
