"""Schedule: the rule by which a change of hyperparameters lets the learning-rate schedule begin anew."""

from __future__ import annotations

from collections.abc import Mapping

from trainer.engine.hyperparameters import Hyperparameters, Value

SCHEDULE = frozenset({"learning_rate", "decay", "decay_rate", "decay_interval"})
"""The hyperparameters that the schedule is made of."""


def begins_anew(changes: Mapping[str, Value]) -> bool:
    """Whether the schedule begins anew where these are changed: its elapsed epochs are then 0 again."""
    return not SCHEDULE.isdisjoint(changes)


def rebased(hyperparameters: Hyperparameters, changes: Mapping[str, Value], in_force: float) -> Hyperparameters:
    """The hyperparameters after a change.

    Where the schedule begins anew and α itself is not set, it begins with the α in force, so that α never jumps.

    Parameters
    ----------
    in_force : α at the moment of the change

    Raises
    ------
    InvalidHyperparameter : a name or value is not allowed

    >>> rebased(Hyperparameters(learning_rate=0.1), {"decay": "exponential"}, 0.05).learning_rate
    0.05
    >>> rebased(Hyperparameters(learning_rate=0.1), {"momentum": 0.5}, 0.05).learning_rate
    0.1
    """
    return hyperparameters.changed({"learning_rate": in_force, **changes} if begins_anew(changes) else changes)
