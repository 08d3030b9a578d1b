"""Advice as a value: what is seen, where it is to be seen, and the one thing to do."""

from __future__ import annotations

from dataclasses import dataclass, field

from trainer.engine.hyperparameters import Value
from trainer.engine.nudging import nudged
from trainer.experiments.advice.look import Look


@dataclass(frozen=True)
class Advice:
    """One piece of advice.

    Attributes
    ----------
    rule : its name
    sentence : what is seen, and what it means
    series : the evidence: the curve, or a gauge with its layer in brackets, to look at
    begin, end : from which iteration to which
    action : what its button says
    changes : hyperparameters that the button sets; empty where it goes back
    back_to : the iteration that the button goes back to, in a new run; None where it changes something
    """

    rule: str
    sentence: str
    series: str
    begin: int
    end: int
    action: str
    changes: dict[str, Value] = field(default_factory=dict)
    back_to: int | None = None


def to_change(look: Look, rule: str, sentence: str, series: str, action: str, changes: dict[str, Value]) -> Advice:
    """The advice to change hyperparameters."""
    return Advice(rule, sentence, series, look.since, look.iteration, action, changes)


def to_multiply_alpha(look: Look, rule: str, sentence: str, series: str, factor: float) -> Advice:
    """The advice to multiply α."""
    alpha = nudged(look.learning_rate, factor, ())
    return to_change(look, rule, sentence, series, f"α {alpha:g}", {"learning_rate": alpha})
