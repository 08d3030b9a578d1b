"""Batch norm: gives each unit's z the mean beta[l] and the standard deviation gamma[l] over the mini-batch.

Ioffe and Szegedy 2015; course 2, week 3, "Normalizing activations in a network". Applied to z[l], before the
activation. Arrays are `(n, m)`, statistics and parameters `(n, 1)`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from trainer.numerics.parameters import Vector


def batch_norm_forward(
    Z: Vector,
    gamma: Vector,
    beta: Vector,
    epsilon: float,
    mean: Vector,
    variance: Vector,
    inverse_deviation: Vector,
    Z_norm: Vector,
    out: Vector,
) -> Vector:
    """Normalise over the mini-batch (columns); writes the last five arguments and returns `out`.

    μ      = (1/m) Σ z                    σ² = (1/m) Σ (z - μ)²      (biased)
    z_norm = (z - μ) / √(σ² + ε)          z~ = γ z_norm + β
    """
    m = Z.shape[1]
    np.vecdot(Z, _ones(m, Z.dtype), out=mean[:, 0])
    mean /= m
    np.subtract(Z, mean, out=Z_norm)
    np.vecdot(Z_norm, Z_norm, out=variance[:, 0])
    variance /= m
    np.add(variance, epsilon, out=inverse_deviation)
    np.sqrt(inverse_deviation, out=inverse_deviation)
    np.reciprocal(inverse_deviation, out=inverse_deviation)
    Z_norm *= inverse_deviation
    np.multiply(Z_norm, gamma, out=out)
    out += beta
    return out


def batch_norm_backward(
    dZ_tilde: Vector,
    Z_norm: Vector,
    gamma: Vector,
    inverse_deviation: Vector,
    dgamma: Vector,
    dbeta: Vector,
    scratch: Vector,
) -> Vector:
    """Gradients of γ, β (written) and of z (written into dZ_tilde and returned).

    μ and σ² depend on every z of the mini-batch, so dz has three parts:

        dβ = Σ dz~          dγ = Σ dz~ z_norm
        dz = γ / √(σ² + ε) · (dz~ - dβ/m - z_norm dγ/m)
    """
    m = dZ_tilde.shape[1]
    np.vecdot(dZ_tilde, _ones(m, dZ_tilde.dtype), out=dbeta[:, 0])
    np.vecdot(dZ_tilde, Z_norm, out=dgamma[:, 0])
    np.multiply(Z_norm, dgamma / m, out=scratch)
    dZ_tilde -= scratch
    dZ_tilde -= dbeta / m
    dZ_tilde *= gamma * inverse_deviation
    return dZ_tilde


def batch_norm_at_test_time(
    Z: Vector, gamma: Vector, beta: Vector, epsilon: float, mean: Vector, variance: Vector
) -> Vector:
    """z~ with given statistics instead of the mini-batch's; works for one example.

    Course 2, week 3, "Batch norm at test time":

    z~ = γ (z - μ) / √(σ² + ε) + β
    """
    scale = gamma / np.sqrt(variance + epsilon)
    out = Z - mean
    out *= scale
    out += beta
    return out


def update_running_statistics(running: Vector, of_mini_batch: Vector, ewa_decay: float) -> None:
    """Exponentially weighted average over the mini-batches, in place; the same for μ and σ², `(n, 1)`.

    μ = ρ μ + (1 - ρ) μ{t}
    """
    running *= ewa_decay
    running += (1 - ewa_decay) * of_mini_batch


@lru_cache(maxsize=16)
def _ones(m: int, dtype: np.dtype[np.floating]) -> Vector:
    """`(m,)`: a dot product with ones is a sum, three times as fast as numpy's sum over columns."""
    return np.ones(m, dtype)
