"""Histograms of the numbers of one layer: its weights, what a mini-batch becomes in it, the gradient of its weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from trainer.numerics.cost import Labels
from trainer.numerics.parameters import Parameters, Vector
from trainer.numerics.propagation import Workspace, backward_propagation, forward_propagation

Quantity = Literal["W", "z", "z_tilde", "a", "dW"]
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)

BINS = 48
TAIL = 0.005
"""Share of the numbers of a moment at each end that its range leaves out."""
OUTLYING = 10
"""One in so many moments may be an outlier at each end of the common range: it does not flatten the picture."""


def layer_values(
    quantity: Quantity,
    layer: int,
    parameters: Parameters,
    X: Vector,
    y: Labels,
    weight_decay: float = 0.0,
    class_weights: Vector | None = None,
) -> Vector | None:
    """All numbers of a quantity of layer l, `(n,)`; None where the layer has no such quantity.

        W    W[l]                               z~   γ[l] z_norm[l] + β[l], of hidden layers with batch norm
        z    W[l] A[l-1] (+ b[l])               a    g(z~[l]) or g(z[l]); of the last layer softmax(z[L])
        dW   dJ/dW[l] with its λ W[l], before clipping

    Parameters
    ----------
    layer : l, 1 to L
    X : `(n[0], m)`, the examples of a mini-batch, with whose own statistics batch norm normalises
    y : their labels, `(m,)`
    weight_decay, class_weights : λ, and w of `compute_cost`, `(C,)`
    """
    architecture = parameters.architecture
    if quantity == "W":
        return parameters.W[layer].flatten()
    if quantity == "z_tilde" and not architecture.normalised(layer):
        return None
    with np.errstate(all="ignore"):
        workspace = Workspace(architecture, y.size, parameters.vector.dtype)
        forward_propagation(X, parameters, workspace)
        if quantity == "a":
            return workspace.A[layer].ravel()
        if quantity == "z_tilde":
            Z_tilde: Vector = parameters.gamma[layer] * workspace.Z_norm[layer] + parameters.beta[layer]
            return Z_tilde.ravel()
        if quantity == "z":
            Z: Vector = np.dot(parameters.W[layer], workspace.A[layer - 1])
            return (Z if architecture.normalised(layer) else Z + parameters.b[layer]).ravel()
        gradients = Parameters(architecture, parameters.vector.dtype)
        backward_propagation(y, parameters, workspace, gradients, weight_decay, class_weights)
        return gradients.W[layer].flatten()


def common_edges(moments: Sequence[Vector]) -> NDArray[np.float64] | None:
    """Edges of bins of equal width for histograms of several moments, `(BINS + 1,)`; None where no number is finite.

    They reach from the lowest to the highest of the moments' quantiles `TAIL` and 1 - `TAIL`, of which one in
    `OUTLYING` at each end is left out.
    """
    finite = [values[np.isfinite(values)] for values in moments]
    ends = np.array([np.quantile(values.astype(np.float64), (TAIL, 1 - TAIL)) for values in finite if values.size])
    if not len(ends):
        return None
    k = len(ends) // OUTLYING
    low, high = float(np.sort(ends[:, 0])[k]), float(np.sort(ends[:, 1])[-1 - k])
    if not low < high:  # all are the same number
        around = abs(low) / 2 or 0.5
        low, high = low - around, high + around
    return np.linspace(low, high, BINS + 1)


def shares(values: Vector, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Which share of some numbers is in each bin, `(bins,)`; the last bin has its upper edge too.

    What is beyond the edges, or not finite, is in none: the sum is less than 1 by its share.
    """
    found: NDArray[np.float64] = np.histogram(values.astype(np.float64), edges)[0] / values.size
    return found
