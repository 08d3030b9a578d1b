"""scikit-learn's `MLPClassifier`. It has no batch norm, so it computes less, and reports only mean costs of epochs.

A call takes ten times as long as an update, so each call trains a whole epoch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from trainer.bench.task import BETA2, EPSILON, MOMENTUM, Task, Updates


def updates(task: Task) -> Updates:
    """A function that trains an epoch in mini-batches by `partial_fit`, in an order of its own."""
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

    def epoch() -> int:
        network.partial_fit(X, y, classes=classes)
        float(network.loss_)
        return len(y) // task.mini_batch_size

    return epoch
