"""Panda itself: `TrainingLoop.train`, with as many updates in a call as the trainer makes."""

from __future__ import annotations

from functools import partial

import numpy as np

from trainer.bench.task import BATCH_NORM_EPSILON, BETA2, EPSILON, EWA_DECAY, MOMENTUM, Task, Updates
from trainer.data.dataset import Dataset
from trainer.engine.engines import Engine
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.experiments.compiling import compile_now


def updates(task: Task, engine: Engine) -> Updates:
    """A function that makes updates by an engine, which is compiled first where necessary."""
    if engine == "compiled":
        compile_now("float32")
    loop = _loop(task, engine)
    return partial(_train, loop, np.empty(loop.at_once))


def updates_at_once(task: Task) -> int:
    """Number of updates that Panda's compiled engine makes in a call."""
    return _loop(task, "compiled").at_once


def _train(loop: TrainingLoop, costs: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    loop.train(costs)
    return len(costs)


def _loop(task: Task, engine: Engine) -> TrainingLoop:
    inputs, *layers, classes = task.layer_dims
    X, y = task.data()
    dataset = Dataset(
        name=task.shape,
        X_train=X,
        y_train=y,
        X_dev=X[:100],
        y_dev=y[:100],
        mean=np.zeros(inputs),
        deviation=np.ones(inputs),
        classes=tuple(map(str, range(classes))),
        features=tuple(map(str, range(inputs))),
    )
    config = RunConfig(layers=tuple(layers), engine=engine, batch_norm_epsilon=BATCH_NORM_EPSILON, ewa_decay=EWA_DECAY)
    hyperparameters = Hyperparameters(
        learning_rate=task.learning_rate,
        mini_batch_size=task.mini_batch_size,
        optimizer=task.optimizer,
        momentum=MOMENTUM,
        beta2=BETA2,
        epsilon=EPSILON,
    )
    return TrainingLoop(config, dataset, hyperparameters)
