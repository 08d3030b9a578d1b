"""Status: how the trainer stands, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trainer.engine.events import PlannedChange
from trainer.engine.hyperparameters import Hyperparameters, RunConfig

State = Literal["idle", "running", "paused", "blocked", "finished", "stopped", "interrupted", "failed"]


@dataclass(frozen=True)
class Status:
    """How the trainer stands; a value, made anew whenever something was published.

    Attributes
    ----------
    state : "blocked" means that recording waits, for instance for room on the disk
    reason : why it is paused, blocked, ended or failed, as a sentence
    epoch : passes over the training set, as a fraction
    cost, dev_cost, dev_accuracy : the latest
    learning_rate : α in force; α₀ of the schedule is `hyperparameters.learning_rate`
    iterations : where the run will end, if anywhere
    pause_at : where it will pause before that, as after some iterations that were asked for
    interventions : of this run so far
    seconds : training time, pauses left out
    m : training examples
    commands : answered so far by this trainer
    anew : where the record can be written anew while its file is not where it should be; else ""
    gauge_share : of the training time that measuring gauges took, by processor time, since this trainer has the run;
        None before that is known
    gauge_interval : iterations from one measurement of gauges to the next, on average; None before there are two
    plans : changes that wait for their iteration, in the order in which they will be made
    remarks : what a person should know of the run beside its numbers, each a sentence
    """

    state: State = "idle"
    reason: str = ""
    run: str = ""
    iteration: int = 0
    epoch: float = 0.0
    cost: float | None = None
    dev_cost: float | None = None
    dev_accuracy: float | None = None
    learning_rate: float | None = None
    hyperparameters: Hyperparameters | None = None
    config: RunConfig | None = None
    iterations_per_second: float = 0.0
    iterations: int | None = None
    pause_at: int | None = None
    interventions: int = 0
    seconds: float = 0.0
    m: int = 0
    commands: int = 0
    anew: str = ""
    remarks: tuple[str, ...] = ()
    plans: tuple[PlannedChange, ...] = ()
    gauge_share: float | None = None
    gauge_interval: float | None = None
