"""How well the classes are told apart at the end of a run: the accuracy, and the recall of each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainer.engine.loop import TrainingLoop
from trainer.errors import PandaError
from trainer.experiments.line import Line
from trainer.experiments.predictions import confusion
from trainer.experiments.travel import at_the_end

_MOST_CLASSES, _FEWEST = 30, 12
"""Classes that are all told, and of more classes, how many with the lowest recall."""


@dataclass(frozen=True)
class Recall:
    """Of the dev examples, after the last iteration.

    Attributes
    ----------
    accuracy, mean : of all examples; mean of the recalls
    rows : class, its dev examples, and its recall, or "–" where it has none
    left : classes that are not among the rows
    """

    accuracy: float
    mean: float
    rows: tuple[tuple[str, str, str], ...]
    left: int


def recall_at_the_end(line: Line) -> Recall | None:
    """None where what was trained is no network, or its last state or its data are not at hand."""
    try:
        loop = at_the_end(line.session, line.session.run(line.run.run)).loop
    except PandaError:
        return None
    if not isinstance(loop, TrainingLoop):
        return None
    found, classes = confusion(loop), loop.dataset.classes
    recall = found.recall
    shown = np.arange(len(classes))
    if len(classes) > _MOST_CLASSES:
        shown = np.argsort(recall, kind="stable")[:_FEWEST]  # those without a dev example, NaN, come last
    examples = np.bincount(loop.dataset.y_dev, minlength=len(classes))
    rows = tuple((classes[c], f"{examples[c]:,}", f"{recall[c]:.2%}" if examples[c] else "–") for c in shown.tolist())
    return Recall(found.accuracy, float(np.nanmean(recall)), rows, len(classes) - len(rows))
