"""Networks for tests of pictures, with parameters that are set by hand."""

from __future__ import annotations

import numpy as np

from trainer.data.dataset import Dataset
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.experiments.pictures.still_network import StillNetwork


def square(m_dev: int = 4, classes: int = 2, inputs: int = 2) -> Dataset:
    """Training examples at the corners of [-1, 1]², so that the plane is [-1.3, 1.3]²; the same again as dev set."""
    corners = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], np.float32)
    X = np.tile(np.pad(corners, ((0, 0), (0, max(0, inputs - 2))))[:, :inputs], (8, 1))
    y = np.arange(len(X)) % classes
    return Dataset(
        "square",
        X,
        y,
        np.ascontiguousarray(X[:m_dev]),
        y[:m_dev],
        np.zeros(inputs),
        np.ones(inputs),
        tuple(f"class {k}" for k in range(classes)),
        tuple(f"x{i}" for i in range(inputs)),
    )


def still(dataset: Dataset, layers: tuple[int, ...] = (), iterations: int = 0, **config: object) -> StillNetwork:
    """A network on a data set, after some iterations; parameters and statistics may be written to."""
    made = RunConfig(layers=layers, dtype="float32", **config)  # type: ignore[arg-type]
    loop = TrainingLoop(made, dataset, Hyperparameters(mini_batch_size=8, learning_rate=0.01))
    loop.train(np.empty(iterations))
    return StillNetwork.of(made, dataset, loop.state())
