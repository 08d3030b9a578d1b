"""Batch norm's running statistics and the forward pass at test time beside PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.examples import three_blobs
from tests.oracle.torch_network import train
from trainer.engine.engines import ENGINES, Engine
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ewa_decay", [0.0, 0.9, 0.99])
def test_after_100_updates_on_mini_batches_of_two_sizes(ewa_decay: float, engine: Engine) -> None:
    config = RunConfig(layers=(12, 8), dtype="float64", ewa_decay=ewa_decay, engine=engine)
    dataset, h = three_blobs(m=97, dtype="float64"), Hyperparameters(mini_batch_size=15)  # 5 × 15, then 22 = 15 + 7
    loop = TrainingLoop(config, dataset, h)
    for _ in range(100):
        loop.step()
    oracle = train(config, dataset, h, 100, torch.float64).network
    for l in (1, 2):
        np.testing.assert_allclose(loop.running.mean[l][:, 0], oracle.mean[l], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(loop.running.variance[l][:, 0], oracle.variance[l], rtol=1e-10)
    with torch.no_grad():
        expected = torch.softmax(oracle.logits(torch.tensor(dataset.X_dev), training=False), dim=1)
    np.testing.assert_allclose(loop.predict(dataset.X_dev.T).T, expected, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(loop.predict(dataset.X_dev[:1].T).T, expected[:1], rtol=1e-9, atol=1e-14)
