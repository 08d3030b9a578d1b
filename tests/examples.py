"""Small data sets for tests, made by hand from a seed."""

from __future__ import annotations

import numpy as np

from trainer.data.dataset import Dataset
from trainer.engine.hyperparameters import DType


def three_blobs(m: int = 97, m_dev: int = 30, dtype: DType = "float32", inputs: int = 5, seed: int = 0) -> Dataset:
    """Three overlapping classes; m is odd on purpose, so that the last mini-batch is another size."""
    generator = np.random.Generator(np.random.PCG64(seed))
    y = np.arange(m + m_dev) % 3
    centres = generator.normal(size=(3, inputs)) * 1.5
    X = centres[y] + generator.normal(size=(m + m_dev, inputs))
    mean, deviation = X[:m].mean(axis=0), X[:m].std(axis=0)
    X = ((X - mean) / deviation).astype(dtype)
    return Dataset(
        name="three blobs",
        X_train=np.ascontiguousarray(X[:m]),
        y_train=y[:m],
        X_dev=np.ascontiguousarray(X[m:]),
        y_dev=y[m:],
        mean=mean,
        deviation=deviation,
        classes=("a", "b", "c"),
        features=tuple(f"x{i}" for i in range(inputs)),
    )
