"""200 updates by each optimizer and under each decay: the cost curve of the loop beside PyTorch's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from tests.examples import three_blobs
from tests.oracle.torch_network import train
from trainer.data.dataset import Dataset
from trainer.data.read_as import DType
from trainer.engine.engines import ENGINES
from trainer.engine.hyperparameters import OPTIMIZERS, Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop

pytestmark = pytest.mark.slow

UPDATES = 200
LEARNING_RATES = {"gd": 0.3, "momentum": 0.3, "rmsprop": 0.003, "adam": 0.01}
EXTRAS: dict[str, dict[str, float]] = {
    "plain": {},
    "weight decay": {"weight_decay": 0.01},
    "clipped": {"clip_norm": 0.5},
    "both": {"weight_decay": 0.01, "clip_norm": 0.5},
}
DECAYS: dict[str, dict[str, Any]] = {
    "inverse-time": {"decay_rate": 0.5},
    "exponential": {"decay_rate": 0.95},
    "inverse-sqrt": {"decay_rate": 2.0},
    "staircase": {"decay_rate": 0.5, "decay_interval": 3.0},
}


def hyperparameters(optimizer: str, **others: Any) -> Hyperparameters:
    return Hyperparameters(
        optimizer=optimizer,  # type: ignore[arg-type]
        learning_rate=LEARNING_RATES[optimizer],
        mini_batch_size=32,
        **others,
    )


def blobs(dtype: DType = "float64") -> Dataset:
    return three_blobs(m=203, inputs=6, dtype=dtype)  # 6 × 32 and a last mini-batch of 11


def costs(config: RunConfig, dataset: Dataset, h: Hyperparameters) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    loop = TrainingLoop(config, dataset, h)
    return np.array([loop.step() for _ in range(UPDATES)])


def relative_error(config: RunConfig, dataset: Dataset, h: Hyperparameters) -> float:
    expected = train(config, dataset, h, UPDATES, torch.float64).costs
    made = [costs(replace(config, engine=engine), dataset, h) for engine in ENGINES]
    return max(float(np.abs(one / expected - 1).max()) for one in made)


@pytest.mark.parametrize("extras", EXTRAS)
@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_optimizer(optimizer: str, batch_norm: bool, extras: str) -> None:
    config = RunConfig(layers=(16, 8), batch_norm=batch_norm, dtype="float64")
    assert relative_error(config, blobs(), hyperparameters(optimizer, **EXTRAS[extras])) < 1e-10


@pytest.mark.parametrize("optimizer", ["gd", "adam"])
@pytest.mark.parametrize("decay", DECAYS)
def test_each_decay(decay: str, optimizer: str) -> None:
    config = RunConfig(layers=(16, 8), dtype="float64")
    h = hyperparameters(optimizer, decay=decay, **DECAYS[decay])
    assert relative_error(config, blobs(), h) < 1e-10
    # and the decay made a difference at all
    without = costs(config, blobs(), hyperparameters(optimizer))
    assert np.abs(costs(config, blobs(), h) / without - 1).max() > 0.01


def test_stochastic_gradient_descent() -> None:
    config = RunConfig(layers=(8,), batch_norm=False, dtype="float64")
    h = Hyperparameters(0.03, mini_batch_size=1, optimizer="gd")
    assert relative_error(config, blobs(), h) < 1e-10


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
@pytest.mark.parametrize("layers", [(), (8, 8, 8, 8)])
def test_other_shapes_and_activations(layers: tuple[int, ...], activation: str) -> None:
    config = RunConfig(layers=layers, activation=activation, dtype="float64")  # type: ignore[arg-type]
    assert relative_error(config, blobs(), hyperparameters("adam")) < 1e-10


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_single_precision_is_as_close_to_double_as_pytorch_s(optimizer: str, batch_norm: bool) -> None:
    """Both stray from the curve in double precision, by rounding and by ReLUs that switch; ours at most 3 × as far."""
    h = hyperparameters(optimizer)
    ours, theirs = [], []
    for seed in (1, 2):
        config = RunConfig(layers=(16, 8), batch_norm=batch_norm, dtype="float32", seed=seed)
        exact = train(config, blobs("float32"), h, UPDATES, torch.float64).costs
        ours.append(costs(config, blobs("float32"), h) / exact - 1)
        theirs.append(train(config, blobs("float32"), h, UPDATES, torch.float32).costs / exact - 1)
    assert np.sqrt(np.mean(np.square(ours))) <= 3 * np.sqrt(np.mean(np.square(theirs)))
