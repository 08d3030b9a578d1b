"""Re-test: a small search around the values of a run, from a copy of the state that it is in.

What is best now is not what was best at the beginning: course 2, week 3, "Hyperparameters tuning in practice".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from trainer.engine.state import TrainingState
from trainer.experiments.recorded_run import iterations_of
from trainer.experiments.search.box import Box, Values, values_of
from trainer.experiments.search.plan import SearchPlan
from trainer.experiments.travel import Visit

TRIALS = 12

FACTOR = 3.0
"""α and 1-β from the present value divided by this to the present value times this."""

SHARE = 0.1
"""Of the iterations that the run has behind it, so many more are tried; at least an epoch."""


@dataclass(frozen=True, eq=False)
class Retest:
    """A search, what its first trial has, which is what the run has, and the state that all of them begin with."""

    plan: SearchPlan
    present: Values
    state: TrainingState


def retest_of(visit: Visit, name: str) -> Retest:
    """The re-test of a run where a visit is; `name` is that of its session."""
    state = visit.loop.state()
    present = replace(state.hyperparameters, learning_rate=visit.loop.learning_rate)
    box = _around(present.learning_rate, present.momentum, present.optimizer in ("momentum", "adam"))
    epoch = iterations_of(1, visit.loop.dataset.m, present.mini_batch_size, ())
    plan = SearchPlan(
        visit.line.config,
        present,
        box,
        trials=TRIALS,
        epochs=None,
        iterations=max(epoch, round(SHARE * state.iteration)),
        origin=f"iteration {state.iteration:,} of run {visit.run} of {name}",
    )
    return Retest(plan, values_of(box, visit.line.config, present), state)


def _around(alpha: float, beta: float, has_momentum: bool) -> Box:
    ranges = {"learning_rate": [alpha / FACTOR, alpha * FACTOR]}
    if has_momentum:
        # 1 - β from (1 - β) · 3 to (1 - β) / 3; β itself is not below 0
        ranges["momentum"] = [max(0.0, 1 - (1 - beta) * FACTOR), 1 - (1 - beta) / FACTOR]
    return Box.of(ranges)
