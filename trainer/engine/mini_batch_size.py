"""Which mini-batch sizes a run may have: that depends on its data and on its network."""

from __future__ import annotations

from trainer.engine.hyperparameters import RunConfig
from trainer.errors import InvalidHyperparameter


def check_mini_batch_size(size: int, config: RunConfig, m: int) -> None:
    """Raise InvalidHyperparameter for a mini-batch size that a run on m training examples cannot have."""
    if size > m:
        raise InvalidHyperparameter(
            f"mini_batch_size must be at most {m}, the number of training examples, but got {size}"
        )
    if size == 1 and config.batch_norm and config.layers:
        raise InvalidHyperparameter(
            "mini_batch_size must be at least 2 with batch norm, since over one example the variance is 0, but got 1;"
            " without batch norm 1 is allowed"
        )
