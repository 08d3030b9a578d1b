"""Advice as a value: what is seen, where it is to be seen, and the one thing to do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from trainer.engine.hyperparameters import Value
from trainer.engine.nudging import nudged
from trainer.engine.wording import number_text
from trainer.experiments.advice.look import Look

USUAL = {"z_std": 1.4, "update_ratio": 1e-3}
"""What a gauge shows of a usual run; of z that of the first layer, where the inputs are normalised."""


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
    changes : hyperparameters that the button sets; empty where it goes back alone
    back_to : the iteration that the button goes back to first, in a new run; None where it changes the run under way
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
    return to_change(look, rule, sentence, series, f"α {number_text(alpha)}", {"learning_rate": alpha})


def to_go_back(look: Look, rule: str, sentence: str, series: str, begin: int, iteration: int) -> Advice:
    """The advice to go back to an iteration, with evidence from another on."""
    return Advice(rule, sentence, series, begin, look.iteration, _back(iteration), {}, iteration)


def there(advice: Advice, iteration: int) -> Advice:
    """The same advice, to be taken at an earlier iteration, in a new run."""
    return replace(advice, action=f"{_back(iteration)}: {advice.action}", back_to=iteration)


def _back(iteration: int) -> str:
    return f"Back to iteration {iteration:,}"
