"""The cost J of a softmax network: the cross-entropy, averaged over the examples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trainer.numerics.activations import log_sum_exp
from trainer.numerics.parameters import Parameters, Vector

Labels = NDArray[np.intp]


def compute_cost(Z: Vector, y: Labels) -> float:
    """J = mean of L(ŷ, y) = -Σ_j y_j log ŷ_j over the examples (course 2, week 3, "Training a softmax classifier").

    It is computed from the logits, so that it stays exact when a probability vanishes, and from their differences to
    the label's logit, so that it stays exact when the logits are large:

        L = -log softmax(z)_y = log Σ_j e^(z_j - z_y)

    Parameters
    ----------
    Z : logits z[L], `(C, m)`
    y : labels 0..C-1, `(m,)`

    >>> round(compute_cost(np.array([[5.0], [2.0], [-1.0], [3.0]]), np.array([1])), 4)  # -log softmax_2
    3.1719
    """
    losses = log_sum_exp(Z - Z[y, np.arange(y.size)])
    return float(np.add.reduce(losses, dtype=np.float64)) / y.size


def compute_weight_penalty(parameters: Parameters, weight_decay: float) -> float:
    """(λ/2) Σ_l ‖W[l]‖²_F, the L2 term of the cost (course 2, week 1, "Regularization").

    The course writes λ/(2m); here the 1/m is part of λ, so that a change of the mini-batch size in
    flight leaves the strength of the decay alone. W only: b, gamma and beta are not decayed.
    """
    return 0.5 * weight_decay * sum(float(np.vdot(W, W)) for W in parameters.W)


def accuracy(Z: Vector, y: Labels) -> float:
    """Share of examples whose largest logit is the label's."""
    return float((Z.argmax(axis=0) == y).mean())
