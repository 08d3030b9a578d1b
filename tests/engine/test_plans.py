"""Planned changes: durable before they are called planned, made at exactly their iteration, once, or told of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.engine.watching import CONFIG, HYPERPARAMETERS, Log, MemoryRecorder, ask, start
from tests.examples import three_blobs
from trainer.engine.commands import CLI, Actor, CancelPlan, Intervene, Pause, Plan, Resume, RunFor, Stop
from trainer.engine.events import (
    Intervened,
    Paused,
    PlanCancelled,
    Planned,
    PlannedChange,
    RunEnded,
    RunStarted,
)
from trainer.engine.hyperparameters import Value
from trainer.engine.loop import TrainingLoop
from trainer.engine.trainer import Trainer

ROBOT = Actor("robot", "robot")


@pytest.fixture
def log(trainer: Trainer) -> Log:
    """Of a run that waits at iteration 0 and ends at 100."""
    log = Log()
    ask(trainer, start(subscribers=(log,), iterations=100, paused=True))
    return log


def train(trainer: Trainer, log: Log, iterations: int) -> None:
    pauses = len(log.of(Paused))
    ask(trainer, RunFor(iterations))
    log.wait_for(lambda log: len(log.of(Paused)) > pauses)


def finish(trainer: Trainer, log: Log) -> RunEnded:
    ask(trainer, Resume())
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    return log.of(RunEnded)[0]


def digest_after(iterations: int, *changes: tuple[int, dict[str, Value]]) -> str:
    loop = TrainingLoop(CONFIG, three_blobs(), HYPERPARAMETERS)
    for t in range(iterations):
        for _, change in (c for c in changes if c[0] == t):
            loop.intervene(change)
        loop.step()
    return loop.state().digest()


def test_a_plan_becomes_an_intervention_of_its_author_at_exactly_its_iteration(trainer: Trainer, log: Log) -> None:
    train(trainer, log, 5)
    answer = ask(trainer, Plan({"momentum": 0.5}, 37, ROBOT, "calmer"))
    assert (answer.status, answer.iteration, answer.author) == ("applied", 5, "robot")
    assert answer.text == "β → 0.5: planned at iteration 37"
    assert trainer.status().plans == (PlannedChange("r1-1", 37, {"momentum": 0.5}, ROBOT, "calmer"),)
    assert log.of(Planned) == [Planned("r1", 5, trainer.status().plans[0])]
    end = finish(trainer, log)
    (made,) = log.of(Intervened)
    assert (made.iteration, made.actor, made.note, made.plan) == (37, ROBOT, "calmer", "r1-1")
    assert (made.before, made.after) == ({"momentum": 0.9}, {"momentum": 0.5})
    assert end.state.digest() == digest_after(100, (37, {"momentum": 0.5}))
    assert trainer.status().plans == ()


def test_those_for_one_iteration_are_made_in_the_order_in_which_they_were_planned(trainer: Trainer, log: Log) -> None:
    for at, momentum in ((50, 0.1), (20, 0.2), (50, 0.3), (20, 0.4)):
        ask(trainer, Plan({"momentum": momentum}, at))
    finish(trainer, log)
    made = [(event.iteration, event.after["momentum"], event.plan) for event in log.of(Intervened)]
    assert made == [(20, 0.2, "r1-2"), (20, 0.4, "r1-4"), (50, 0.1, "r1-1"), (50, 0.3, "r1-3")]


def test_it_is_with_the_recorder_before_anybody_is_told(trainer: Trainer) -> None:
    told = Log()
    recorder = MemoryRecorder(Log())
    ask(trainer, start(subscribers=(told,), recorder=recorder, paused=True))
    recorder.error = RuntimeError("the disk is gone")
    answer = ask(trainer, Plan({"momentum": 0.5}, 37))
    assert answer.status == "refused"
    assert answer.text.startswith("the disk is gone")
    assert (told.of(Planned), trainer.status().plans) == ([], ())


def test_what_a_run_starts_with_is_recorded_with_its_beginning(trainer: Trainer) -> None:
    log = Log()
    inherited = PlannedChange("r1-3", 30, {"momentum": 0.3}, ROBOT)
    new = ((20, Intervene({"momentum": 0.2}, CLI, "new")),)
    ask(trainer, start(subscribers=(log,), run="r2", plans=(inherited,), interventions=new, paused=True))
    (began,) = log.of(RunStarted)
    assert began.plans == (PlannedChange("r2-1", 20, {"momentum": 0.2}, CLI, "new"), inherited)
    assert log.of(Planned) == []


def test_a_run_that_goes_on_announces_what_is_planned_anew(trainer: Trainer) -> None:
    log = Log()
    loop = TrainingLoop(CONFIG, three_blobs(), HYPERPARAMETERS)
    of_before = PlannedChange("r1-1", 5, {"momentum": 0.3}, ROBOT)
    new = ((9, Intervene({"momentum": 0.2}, CLI)),)
    wish = start(subscribers=(log,), state=loop.state(), resumed=True, past_plans=1, plans=(of_before,), iterations=20)
    ask(trainer, replace(wish, interventions=new))
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    assert [event.change.plan for event in log.of(Planned)] == ["r1-2"]
    assert [(event.iteration, event.plan) for event in log.of(Intervened)] == [(5, "r1-1"), (9, "r1-2")]


def test_for_the_present_iteration_it_is_an_intervention(trainer: Trainer, log: Log) -> None:
    train(trainer, log, 5)
    answer = ask(trainer, Plan({"momentum": 0.5}, 5))
    assert (answer.after, log.of(Planned)) == ({"momentum": 0.5}, [])
    assert [(event.iteration, event.plan) for event in log.of(Intervened)] == [(5, "")]


def test_a_cancelled_one_is_never_made(trainer: Trainer, log: Log) -> None:
    ask(trainer, Plan({"momentum": 0.5}, 40))
    ask(trainer, Plan({"momentum": 0.6}, 60))
    answer = ask(trainer, CancelPlan("r1-1", ROBOT))
    assert (answer.status, answer.text) == ("applied", "β → 0.5, planned at iteration 40: cancelled")
    assert log.of(PlanCancelled) == [PlanCancelled("r1", 0, "r1-1", "", ROBOT)]
    again = ask(trainer, CancelPlan("r1-1"))
    assert (again.status, again.text) == ("refused", "no plan 'r1-1' waits; plans that wait: r1-2")
    assert finish(trainer, log).state.digest() == digest_after(100, (60, {"momentum": 0.6}))


@pytest.mark.parametrize(
    ("changes", "at", "sentence"),
    [
        ({"momentum": 0.5}, 9, "from 10 to 100, but got 9: the run is at iteration 10 already"),
        ({"momentum": 0.5}, 101, "from 10 to 100, but got 101"),
        ({"momentum": 0.5}, 10**13, "at most 1,000,000,000,000 ahead, but got 10000000000000"),
        ({"momentum": 1.5}, 50, "momentum must be"),
        ({"colour": 1.0}, 50, "'colour' is not a hyperparameter"),
        ({"mini_batch_size": 98}, 50, "mini_batch_size must be at most 97"),
        ({"decay": "exponential", "decay_rate": 2.0}, 50, "decay_rate must be"),
        ({"decay_rate": 2.0}, 80, "decay_rate must be"),  # after what is planned at 70
    ],
)
def test_what_cannot_be_is_refused_when_it_is_planned(
    trainer: Trainer, log: Log, changes: dict[str, Value], at: int, sentence: str
) -> None:
    train(trainer, log, 10)
    ask(trainer, Plan({"decay": "exponential", "decay_rate": 0.9}, 70))
    answer = ask(trainer, Plan(changes, at))
    assert answer.status == "refused"
    assert sentence in answer.text
    assert [change.at for change in trainer.status().plans] == [70]


def test_what_is_refused_when_its_iteration_comes_is_told_and_training_goes_on(trainer: Trainer, log: Log) -> None:
    ask(trainer, Plan({"decay_rate": 2.0}, 40))
    ask(trainer, Plan({"momentum": 0.5}, 40))
    ask(trainer, Intervene({"decay": "exponential", "decay_rate": 1.0}))
    end = finish(trainer, log)
    (refused,) = log.of(PlanCancelled)
    assert (refused.iteration, refused.plan, refused.actor) == (40, "r1-1", None)
    assert "decay_rate must be" in refused.reason
    assert trainer.status().remarks == (f"decay rate → 2, planned at iteration 40, was not made: {refused.reason}",)
    exponential: dict[str, Value] = {"decay": "exponential", "decay_rate": 1.0}
    assert end.state.digest() == digest_after(100, (0, exponential), (40, {"momentum": 0.5}))


def test_a_stop_leaves_it_waiting(trainer: Trainer, log: Log) -> None:
    ask(trainer, Plan({"momentum": 0.5}, 40))
    ask(trainer, Pause())
    ask(trainer, Stop())
    assert [change.plan for change in trainer.status().plans] == ["r1-1"]
    assert log.of(PlanCancelled) == []
