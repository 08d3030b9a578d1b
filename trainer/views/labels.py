"""Labels: what a page calls things, in sentences that name them as a terminal does."""

from __future__ import annotations

import re

from trainer.engine.hyperparameters import HYPERPARAMETERS, RUN_CONFIG
from trainer.experiments.search.dimension import SEARCHABLE

_LABELS = {name: spec.label for name, spec in (RUN_CONFIG | HYPERPARAMETERS | SEARCHABLE).items() if not name.isalpha()}


def in_labels(text: str) -> str:
    """A sentence with labels for the names that are no words, such as learning_rate; as `inLabels` in served.js.

    In a list of hyperparameters, also for those that are.

    >>> in_labels("learning_rate must be a number above 0, but got 0")
    'Learning rate α must be a number above 0, but got 0'
    >>> in_labels("those that may change are learning_rate, momentum, optimizer; optimizer must be one of gd, momentum")
    'those that may change are Learning rate α, Momentum β, Optimizer; optimizer must be one of gd, momentum'
    """
    in_lists = _LIST.sub(lambda found: ", ".join(HYPERPARAMETERS[name].label for name in found[0].split(", ")), text)
    return _NAMES.sub(lambda found: _LABELS[found[0]], in_lists)


def _alone(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./'-]){name}(?![\w'-]|\.\w)")


_NAMES = _alone(f"(?:{'|'.join(_LABELS)})")
_ONE = f"(?:{'|'.join(HYPERPARAMETERS)})"
_LIST = _alone(rf"{_ONE}(?:, {_ONE}\b)+")
