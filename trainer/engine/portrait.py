"""Portrait: a copy of what a run trains, taken at an iteration; what is asked of it disturbs no training."""

from __future__ import annotations

from dataclasses import dataclass

from trainer.data.dataset import Dataset
from trainer.engine.hyperparameters import RunConfig
from trainer.engine.state import TrainingState
from trainer.engine.trainable import Trainable


@dataclass(frozen=True, eq=False)
class Portrait:
    """With `build(config, dataset, state=state)` it becomes a clone of what is trained.

    Attributes
    ----------
    run : its name in the session
    config, dataset : what it is trained with
    state : a copy, which nothing else holds
    """

    run: str
    config: RunConfig
    dataset: Dataset
    state: TrainingState

    @classmethod
    def of(cls, run: str, loop: Trainable) -> Portrait:
        """As it is at this boundary between two updates."""
        return cls(run, loop.config, loop.dataset, loop.state())
