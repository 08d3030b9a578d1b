"""Small data sets and short recorded runs for tests."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import numpy as np

from trainer.data.dataset import Dataset
from trainer.data.loading import load_dataset
from trainer.data.read_as import DType
from trainer.engine.commands import Actor, Intervene
from trainer.engine.events import Event, RunEnded
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.engine.trainer import Trainer
from trainer.experiments.recorded_run import begin

TEST = Actor("robot", "test")


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


def make_loop(config: RunConfig, hyperparameters: Hyperparameters) -> TrainingLoop:
    """A loop at iteration 0 on the data that its config names."""
    dataset = load_dataset(config.data, config.read_as)
    return TrainingLoop(config, dataset, hyperparameters)


def record_run(
    path: Path,
    config: RunConfig,
    hyperparameters: Hyperparameters,
    iterations: int,
    interventions: Sequence[tuple[int, Intervene]] = (),
) -> RunEnded:
    """Train and record a whole run with the real trainer; returns its last event."""
    ended: Future[RunEnded] = Future()

    def watch(event: Event) -> None:
        if isinstance(event, RunEnded):
            ended.set_result(event)

    trainer = Trainer()
    begin(
        trainer,
        config,
        hyperparameters,
        path=path,
        iterations=iterations,
        interventions=interventions,
        subscribers=[watch],
    )
    event = ended.result(timeout=60)
    trainer.close()
    return event
