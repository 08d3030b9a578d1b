"""Legs: which iterations of a trial are computed next, and where it is evaluated meanwhile."""

from __future__ import annotations

from trainer.data.dataset import Dataset
from trainer.engine.state import TrainingState
from trainer.experiments.search.halving import targets
from trainer.experiments.search.trial import Leg, Trial, evaluation_points


def next_leg(
    trial: Trial, until: int, dataset: Dataset, start: TrainingState | None, begun: TrainingState | None, halving: bool
) -> Leg:
    """The next leg of a trial.

    Parameters
    ----------
    until : the iteration of the trial up to which it may train now
    start : the state that all trials begin with; None for seeded initial parameters
    begun : the state that its last leg ended with; None before the first
    halving : whether it is also evaluated where trials are compared
    """
    first = 0 if start is None else start.iteration
    points = {
        *evaluation_points(first, trial.iterations, dataset, trial.hyperparameters.mini_batch_size),
        *(first + t for t in targets(trial.iterations) if halving),
    }
    return Leg(
        trial.config,
        trial.hyperparameters,
        dataset.fingerprint,
        start if begun is None else begun,
        trial.values if start is not None and begun is None else {},
        first + until,
        tuple(sorted(points)),
    )
