"""scikit-learn's `MLPClassifier`, a mini-batch at a time; it has no batch norm, so it computes less."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainer.bench.task import BETA2, EPSILON, MOMENTUM, Task, Updates


def updates(task: Task) -> Updates:
    """Each mini-batch by `partial_fit`, and its cost from `loss_`."""
    from sklearn.neural_network import MLPClassifier

    how: dict[str, Any] = (
        {"solver": "adam", "beta_1": MOMENTUM, "beta_2": BETA2, "epsilon": EPSILON}
        if task.optimizer == "adam"
        else {"solver": "sgd", "momentum": MOMENTUM if task.optimizer == "momentum" else 0, "nesterovs_momentum": False}
    )
    network = MLPClassifier(
        task.layer_dims[1:-1],
        alpha=0,
        batch_size=task.mini_batch_size,
        learning_rate_init=task.learning_rate,
        random_state=1,
        **how,
    )
    X, y = task.data()
    classes = np.arange(task.layer_dims[-1])
    mini_batches = task.mini_batches()

    def update() -> int:
        indices = next(mini_batches)
        network.partial_fit(X[indices], y[indices], classes=classes)
        float(network.loss_)
        return 1

    return update
