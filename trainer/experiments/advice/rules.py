"""The rules of advice: each looks at a run and says, in one sentence, what is wrong and what to do; or nothing.

They are in the order of their urgency, and the first that speaks is the one to listen to. A rule speaks of what came
after the latest change only, and not before there is enough of that; of dev costs and of the inputs, what came after
the latest change of the inputs; what a shift of these did, `shifted_inputs` says. The numbers in them are those that
the healthy runs and the faults of `tests/benchmarks/advice.py` were told apart by; nothing is promised beyond that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from trainer.engine.hyperparameters import Value
from trainer.experiments.advice.data_and_network import (
    dead_units,
    nothing_learned,
    outlier,
    overfitting,
    shifted_inputs,
    stale_statistics,
    unnormalised,
)
from trainer.experiments.advice.look import Look
from trainer.experiments.advice.piece import Advice, there
from trainer.experiments.advice.signs import FEWEST
from trainer.experiments.advice.steps import (
    alpha_too_high,
    alpha_too_low,
    decayed,
    diverging,
    momentum_too_high,
    noisy,
    plateau,
    units_died,
)

Rule = Callable[[Look], Advice | None]

RULES: tuple[Rule, ...] = (
    shifted_inputs,
    unnormalised,
    outlier,
    units_died,
    diverging,
    alpha_too_high,
    dead_units,
    nothing_learned,
    overfitting,
    momentum_too_high,
    decayed,
    stale_statistics,
    noisy,
    plateau,
    alpha_too_low,
)
"""The most urgent first."""


def advice(look: Look) -> list[Advice]:
    """What all rules say, the most urgent first, but for what is done already; empty of a healthy run."""
    if look.passed < FEWEST or len(look.at) < 10:
        return []
    found = [_drawn(look, said) for rule in RULES if (said := rule(look)) is not None]
    return [said for said in found if said.back_to is not None or not _in_force(look, said.changes)]


def advice_afterwards(look: Look) -> list[Advice]:
    """The same of a run that has come to its end: what may be changed is changed where the latest change was made."""
    found = advice(replace(look, ended=True))
    return [said if said.back_to is not None else there(said, look.changed) for said in found]


def _drawn(look: Look, said: Advice) -> Advice:
    """With the cost as evidence where a gauge was not measured twice, which no line can be drawn of."""
    iterations, _ = look.evidence(said.series, said.begin)
    return said if len(iterations) > 1 else replace(said, series="cost")


def _in_force(look: Look, changes: Mapping[str, Value]) -> bool:
    """Whether nothing would be another value than it is; that of α is the one in force, not where its decay began."""
    now = {**look.hyperparameters.as_dict(), "learning_rate": look.learning_rate}
    return all(now[name] == value for name, value in changes.items())
