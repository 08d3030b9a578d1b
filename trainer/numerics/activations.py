"""Activations g(Z) and their derivatives, the softmax, and the log-sum-exp behind the cost.

Arrays are `(n, m)`, examples are columns. `out` receives the result and may be the input itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trainer.numerics.parameters import Activation, Vector


def activate(activation: Activation, Z: Vector, out: Vector | None = None, zeros: Vector | None = None) -> Vector:
    """A = g(Z), element by element.

    relu     g(z) = max(0, z)
    tanh     g(z) = (e^z - e^-z) / (e^z + e^-z)
    sigmoid  g(z) = 1 / (1 + e^-z) = (1 + tanh(z/2)) / 2, which cannot overflow

    `zeros`, of the shape of Z, saves time: numpy vectorises the maximum of two arrays, but not that with a number.
    """
    match activation:
        case "relu":
            return np.maximum(Z, 0 if zeros is None else zeros, out=out)
        case "tanh":
            return np.tanh(Z, out=out)
        case "sigmoid":
            out = np.multiply(Z, 0.5, out=out)
            np.tanh(out, out=out)
            out += 1
            out *= 0.5
            return out


def activate_backward(
    activation: Activation, dA: Vector, A: Vector, scratch: Vector, mask: NDArray[np.bool_]
) -> Vector:
    """dZ = dA * g'(Z), written into dA; g' is computed from A = g(Z).

        relu     g' = 1 where A > 0, else 0
        tanh     g' = 1 - A²
        sigmoid  g' = A (1 - A)

    `scratch` and `mask` are overwritten; all arrays have the shape of dA.
    """
    match activation:
        case "relu":
            np.greater(A, 0, out=mask)
            dA *= mask
        case "tanh":
            np.multiply(A, A, out=scratch)
            np.subtract(1, scratch, out=scratch)
            dA *= scratch
        case "sigmoid":
            np.subtract(1, A, out=scratch)
            scratch *= A
            dA *= scratch
    return dA


def softmax(Z: Vector, out: Vector | None = None, largest: Vector | None = None, total: Vector | None = None) -> Vector:
    """Class probabilities of each column: `t = e^z`, `a = t / Σt` (course 2, week 3, "Softmax regression").

    The largest logit of a column is subtracted first: it cancels in the quotient, and e^z cannot overflow.
    `largest` and `total`, `(1, m)`, receive that logit and Σ e^(z - max z).

    >>> softmax(np.array([[5.0], [2.0], [-1.0], [3.0]])).round(3).ravel().tolist()
    [0.842, 0.042, 0.002, 0.114]
    """
    out = np.subtract(Z, np.maximum.reduce(Z, axis=0, keepdims=True, out=largest), out=out)
    np.exp(out, out=out)
    out /= np.add.reduce(out, axis=0, keepdims=True, out=total)
    return out


def hardmax(Z: Vector) -> Vector:
    """1 for the largest logit of each column, 0 elsewhere; the first one where several are equal.

    >>> hardmax(np.array([[5.0], [2.0], [-1.0], [3.0]])).ravel().tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    A = np.zeros_like(Z)
    A[Z.argmax(axis=0), np.arange(Z.shape[1])] = 1
    return A


def log_sum_exp(Z: Vector) -> Vector:
    """log Σ e^z of each column, `(m,)`, without overflow: `max z + log Σ e^(z - max z)`."""
    largest: Vector = Z.max(axis=0)
    total: Vector = np.exp(Z - largest).sum(axis=0)
    return largest + np.log(total)
