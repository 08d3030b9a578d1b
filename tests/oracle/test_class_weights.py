"""Training with balanced class weights beside PyTorch's, and what comes of it beside scikit-learn's numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss
from sklearn.utils.class_weight import compute_class_weight
from torch.nn import functional

from tests.examples import three_blobs
from tests.oracle.torch_network import TorchNetwork, make_optimizer, mini_batches
from trainer.data.dataset import Dataset
from trainer.engine.engines import ENGINES, Engine
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop

UPDATES = 120
H = Hyperparameters(learning_rate=0.1, mini_batch_size=16, weight_decay=0.01)
CONFIG = RunConfig(layers=(6,), dtype="float64", class_weights="balanced")


def imbalanced(inputs: int = 5) -> Dataset:
    """Three classes of 33, 11 and 4 training examples."""
    whole = three_blobs(m=99, dtype="float64", inputs=inputs)
    kept = np.concatenate([np.flatnonzero(whole.y_train == c)[:n] for c, n in enumerate((33, 11, 4))])
    kept.sort()
    return replace(whole, X_train=np.ascontiguousarray(whole.X_train[kept]), y_train=whole.y_train[kept])


@pytest.mark.parametrize("engine", ENGINES)
def test_costs_parameters_and_evaluation(engine: Engine) -> None:
    dataset = imbalanced()
    loop = TrainingLoop(replace(CONFIG, engine=engine), dataset, H)
    weights = compute_class_weight("balanced", classes=np.arange(3), y=dataset.y_train)
    network = TorchNetwork.of(loop.parameters)
    X, y, w = torch.tensor(dataset.X_train), torch.tensor(dataset.y_train), torch.tensor(weights)
    optimizer = make_optimizer(H, list(network.parameters.values()))
    for _, (_, indices) in zip(range(UPDATES), mini_batches(CONFIG.seed, dataset.m, 16), strict=False):
        optimizer.zero_grad()
        # PyTorch's own mean would divide by the sum of the weights of the mini-batch
        losses = functional.cross_entropy(network.logits(X[indices]), y[indices], w, reduction="sum")
        cost = losses / len(indices)
        (cost + network.weight_penalty(H.weight_decay)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        assert loop.step() == pytest.approx(cost.item(), rel=1e-9)
    for name, leaf in network.parameters.items():
        np.testing.assert_allclose(loop.parameters[name], leaf.detach().numpy(), rtol=1e-8, atol=1e-10)

    y_dev, probabilities = dataset.y_dev, loop.predict(dataset.X_dev.T).T
    evaluation = loop.evaluate()
    # the mean over the dev set, whose weights need not add up to its size as those of the training set do
    of_them = log_loss(y_dev, probabilities, sample_weight=weights[y_dev]) * weights[y_dev].mean()
    assert evaluation.dev_cost == pytest.approx(of_them, rel=1e-9)
    assert evaluation.dev_accuracy == pytest.approx(accuracy_score(y_dev, probabilities.argmax(axis=1)), rel=1e-12)


def test_rare_classes_are_found_that_are_missed_without_them() -> None:
    dataset = imbalanced(inputs=1)
    recalls = []
    for chosen in ("none", "balanced"):
        loop = TrainingLoop(replace(CONFIG, class_weights=chosen, layers=(), batch_norm=False), dataset, H)
        loop.train(np.empty(300))
        of_the_rarest = loop.predict(dataset.X_dev.T).argmax(axis=0)[dataset.y_dev == 2]
        recalls.append(float((of_the_rarest == 2).mean()))
    assert recalls[1] > recalls[0]
