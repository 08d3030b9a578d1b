"""Which mini-batch sizes a run may have: that depends on its data and on its network."""

from __future__ import annotations

from trainer.engine.hyperparameters import HYPERPARAMETERS, RunConfig
from trainer.errors import InvalidHyperparameter

USUAL: int = HYPERPARAMETERS["mini_batch_size"].default


def usual_mini_batch_size(m: int) -> int:
    """The size where none was chosen, for m training examples: the default, or all of them where they are fewer."""
    return min(USUAL, m)


def why_not_usual(m: int) -> str:
    """What a person is told where the default was more than there are examples; "" where it was not."""
    if m >= USUAL:
        return ""
    return f"mini-batch size {m}: all training examples, as they are fewer than the usual {USUAL}"


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
