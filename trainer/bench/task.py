"""Tasks: five shapes of networks, to be trained by three optimizers on random data.

Every training set is a whole number of mini-batches, so that the updates of all contenders have the same size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from trainer.numerics.cost import Labels

Optimizer = Literal["gd", "momentum", "adam"]
OPTIMIZERS: tuple[Optimizer, ...] = get_args(Optimizer)
LEARNING_RATE = {"gd": 0.01, "momentum": 0.01, "adam": 0.001}
MOMENTUM, BETA2, EPSILON = 0.9, 0.999, 1e-8
BATCH_NORM_EPSILON, EWA_DECAY = 1e-5, 0.9

Updates = Callable[[], int]
"""Makes some updates, converts the cost of each to a number in Python, and returns how many updates it made."""


class Shape(NamedTuple):
    """Units of each layer, examples of a mini-batch, training examples."""

    layer_dims: tuple[int, ...]
    mini_batch_size: int
    examples: int


SHAPES = {
    "tiny": Shape((2, 16, 16, 4), 64, 2048),
    "digits": Shape((64, 128, 64, 10), 64, 1408),
    "mnist": Shape((784, 256, 128, 10), 128, 9984),
    "deep": Shape((784, *[256] * 8, 10), 128, 9984),
    "wide": Shape((784, 1024, 1024, 10), 256, 9984),
}


@dataclass(frozen=True)
class Task:
    """A network that each contender trains, in float32."""

    shape: str
    optimizer: Optimizer

    @property
    def layer_dims(self) -> tuple[int, ...]:
        """Units of each layer, the inputs' first."""
        return SHAPES[self.shape].layer_dims

    @property
    def mini_batch_size(self) -> int:
        """Examples of a mini-batch."""
        return SHAPES[self.shape].mini_batch_size

    @property
    def learning_rate(self) -> float:
        """α."""
        return LEARNING_RATE[self.optimizer]

    def data(self) -> tuple[NDArray[np.float32], Labels]:
        """Standard normal inputs, one example a row, and labels by a random linear map."""
        n, C, m = self.layer_dims[0], self.layer_dims[-1], SHAPES[self.shape].examples
        generator = np.random.Generator(np.random.PCG64(1))
        X = generator.standard_normal((m, n), dtype=np.float32)
        y = (X @ generator.standard_normal((n, C), dtype=np.float32)).argmax(axis=1)
        return X, y.astype(np.intp)

    def mini_batches(self) -> Iterator[NDArray[Any]]:
        """Indices of one mini-batch after the other, in a new order in each epoch, without end."""
        generator = np.random.Generator(np.random.PCG64(2))
        size, m = self.mini_batch_size, SHAPES[self.shape].examples
        while True:
            order = generator.permutation(m)
            for offset in range(0, m, size):
                yield order[offset : offset + size]
