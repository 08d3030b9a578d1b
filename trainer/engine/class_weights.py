"""Class weights: how much the examples of each class count in the cost of a run."""

from __future__ import annotations

import numpy as np

from trainer.data.dataset import Dataset
from trainer.engine.run_config import RunConfig
from trainer.errors import InvalidHyperparameter
from trainer.numerics.cost import balanced_class_weights
from trainer.numerics.updates import Floats


def class_weights(config: RunConfig, dataset: Dataset) -> Floats | None:
    """The weight of each class in the cost, `(C,)`; None where all are 1. Raises InvalidHyperparameter."""
    if config.class_weights == "none":
        return None
    weights = balanced_class_weights(dataset.y_train, len(dataset.classes))
    if not np.isfinite(weights).all():
        missing = dataset.classes[int(np.argmax(weights))]
        raise InvalidHyperparameter(
            f"class_weights can be balanced where each class has a training example, but class {missing!r} has none"
        )
    return weights
