"""Compute: what training costs, told alike for one long run and for many short ones.

    compute = examples passed through the network · parameters of the network       (multiply-adds of one propagation)

Propagating forward and back, and updating, is a fixed multiple of it. Evaluations on the dev set are not counted; both
sides have equally many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trainer.data.dataset import Dataset
from trainer.engine.hyperparameters import RunConfig
from trainer.numerics.mini_batches import next_mini_batch_size


def parameters_of(config: RunConfig, dataset: Dataset) -> int:
    """How many parameters a network has."""
    return config.architecture(dataset.X_train.shape[1], len(dataset.classes)).size


def examples_after(points: Sequence[int], m: int, mini_batch_size: int, sizes: Mapping[int, int]) -> list[int]:
    """How many examples were passed through a network after each of some iterations, which ascend.

    Parameters
    ----------
    m : training examples
    sizes : iteration → mini-batch size from then on
    """
    found, examples, iteration, offset = list[int](), 0, 0, 0
    for point in points:
        while iteration < point:
            mini_batch_size = sizes.get(iteration, mini_batch_size)
            size = next_mini_batch_size(offset, m, mini_batch_size)
            examples, offset, iteration = examples + size, (offset + size) % m, iteration + 1
        found.append(examples)
    return found


def iterations_nearest(examples: float, m: int, mini_batch_size: int) -> int:
    """The number of iterations, at least one, after which nearly so many examples were passed through a network."""
    in_an_epoch = examples_per_epoch = 0
    while examples_per_epoch < m:
        examples_per_epoch += next_mini_batch_size(examples_per_epoch, m, mini_batch_size)
        in_an_epoch += 1
    epochs, rest = divmod(max(examples, 0.0), m)
    return max(1, int(epochs) * in_an_epoch + min(in_an_epoch, round(rest / mini_batch_size)))
