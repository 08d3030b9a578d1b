"""The cost J of a softmax network: the cross-entropy, averaged over the examples, each with the weight of its class."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trainer.numerics.activations import log_sum_exp
from trainer.numerics.parameters import Parameters, Vector

Labels = NDArray[np.intp]
ClassWeights = Literal["none", "balanced"]


def balanced_class_weights(y: Labels, classes: int) -> NDArray[np.float64]:
    """The weight of each class that makes all classes count alike in the cost of these examples, `(C,)`.

        w_c = m / (C m_c)

    They are scikit-learn's `compute_class_weight("balanced")`; over the examples their mean is 1. The weight of a class
    without an example is infinite.

    Parameters
    ----------
    y : labels 0..C-1 of the training set, `(m,)`
    classes : C

    >>> balanced_class_weights(np.array([0, 0, 0, 1]), 2)
    array([0.66666667, 2.        ])
    """
    with np.errstate(divide="ignore"):
        weights: NDArray[np.float64] = y.size / (classes * np.bincount(y, minlength=classes))
    return weights


def compute_cost(Z: Vector, y: Labels, class_weights: Vector | None = None) -> float:
    """J = mean of L(ŷ, y) = -Σ_j y_j log ŷ_j over the examples (course 2, week 3, "Training a softmax classifier").

    With class weights w it is J = (1/m) Σ_i w_{y_i} L_i; the weights stand in the sum alone, the divisor stays m.

    It is computed from the logits, so that it stays exact when a probability vanishes, and from their differences to
    the label's logit, so that it stays exact when the logits are large:

        L = -log softmax(z)_y = log Σ_j e^(z_j - z_y)

    Parameters
    ----------
    Z : logits z[L], `(C, m)`
    y : labels 0..C-1, `(m,)`
    class_weights : w, `(C,)`; None is 1 for each class

    >>> round(compute_cost(np.array([[5.0], [2.0], [-1.0], [3.0]]), np.array([1])), 4)  # -log softmax_2
    3.1719
    """
    losses = log_sum_exp(Z - Z[y, np.arange(y.size)])
    if class_weights is not None:
        losses = losses * class_weights[y]
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
