"""Gauges: numbers that tell how a network is doing, measured on the mini-batch of its next update.

They are functions of the network, the rule of its updates and that mini-batch, and change nothing. A gauge of layer l
has l in brackets: `z_mean[2]`. One that has no meaning, such as the share of dead units of a tanh layer, is left out.
All are in the network's precision; sums over many numbers are in float64.
"""

from __future__ import annotations

import math

import numpy as np

from trainer.numerics.cost import Labels
from trainer.numerics.parameters import Parameters, Vector
from trainer.numerics.propagation import (
    Statistics,
    Workspace,
    backward_propagation,
    forward_propagation,
    population_statistics,
)
from trainer.numerics.updates import Network, Rule, make_update


def measure_gauges(
    network: Network, rule: Rule, alpha: float, X: Vector, y: Labels, class_weights: Vector | None = None
) -> dict[str, float]:
    """Every gauge that has a meaning for this network, by name.

    Parameters
    ----------
    rule, alpha : of the next update
    X : `(n[0], m)`, the examples of the next mini-batch
    y : their labels, `(m,)`
    class_weights : w of `compute_cost`, `(C,)`; None is 1 for each class
    """
    parameters = network.parameters
    L = parameters.architecture.L
    with np.errstate(all="ignore"):
        workspace = Workspace(parameters.architecture, y.size, parameters.vector.dtype)
        gradients = Parameters(parameters.architecture, parameters.vector.dtype)
        forward_propagation(X, parameters, workspace)
        backward_propagation(y, parameters, workspace, gradients, rule.weight_decay, class_weights)
        lengths = [math.sqrt(_squared(gradients, l)) for l in range(1, L + 1)]
        whole = {
            "gradient_norm": math.hypot(*lengths),
            "gradient_momentum_cosine": _cosine(gradients.vector, network.v.vector),
            "gradient_noise": _gradient_noise(gradients, parameters, X, y, rule.weight_decay, class_weights),
        }
        of_layers: dict[str, dict[int, float]] = {
            "gradient_norm": dict(enumerate(lengths, 1)),
            "update_ratio": _update_ratios(network, rule, alpha, gradients, whole["gradient_norm"]),
            **_linear_outputs(parameters, workspace),
            **_normalised_outputs(parameters, workspace),
            "dead_units": _dead_units(parameters, workspace),
            "running_drift": _drift(network.running, workspace.statistics, parameters),
        }
    found = whole | {f"{name}[{l}]": value for name, values in of_layers.items() for l, value in values.items()}
    return {name: float(value) for name, value in found.items() if not math.isnan(value)}


def measure_population_drift(network: Network, X: Vector) -> dict[str, float]:
    """As `running_drift[l]`, but against the statistics of one pass over these training examples, by `drift[l]`'s name.

    Parameters
    ----------
    X : `(n[0], m)`; the memory for every layer's activations of all of them is needed
    """
    with np.errstate(all="ignore"):
        drift = _drift(network.running, population_statistics(X, network.parameters), network.parameters)
    return {f"population_drift[{l}]": value for l, value in drift.items()}


def _update_ratios(network: Network, rule: Rule, alpha: float, gradients: Parameters, norm: float) -> dict[int, float]:
    """‖ΔW[l]‖ / ‖W[l]‖, where ΔW[l] is what the next update adds to W[l].

    The update is made on zeros instead of W[l], whose rounding would hide a small one.
    """
    found: dict[int, float] = {}
    for l in range(1, network.parameters.architecture.L + 1):
        step, scratch = np.zeros((2, gradients.W[l].size), gradients.vector.dtype)
        dW, v, s = (of.W[l].flatten() for of in (gradients, network.v, network.s))
        make_update(step, dW, v, s, network.weights.copy(), rule, alpha, norm, scratch)
        length = _length(network.parameters.W[l])
        found[l] = _length(step) / length if length else math.nan
    return found


def _linear_outputs(parameters: Parameters, workspace: Workspace) -> dict[str, dict[int, float]]:
    """Mean and standard deviation of z[l] over the units of a layer and the examples of the mini-batch.

    With batch norm they follow from the mean μ and the variance σ² of each unit:

        var z = mean σ² + var μ
    """
    mean, deviation = {}, {}
    for l in range(1, parameters.architecture.L + 1):
        if workspace.normalised[l]:
            mu = workspace.statistics.mean[l].astype(np.float64)
            mean[l] = float(mu.mean())
            deviation[l] = math.sqrt(workspace.statistics.variance[l].mean(dtype=np.float64) + mu.var())
            continue
        Z = workspace.logits
        if l < parameters.architecture.L:  # by now the activations stand where z[l] stood
            Z = np.dot(parameters.W[l], workspace.A[l - 1]) + parameters.b[l]
        mean[l], deviation[l] = float(Z.mean(dtype=np.float64)), float(Z.std(dtype=np.float64))
    return {"z_mean": mean, "z_std": deviation}


def _normalised_outputs(parameters: Parameters, workspace: Workspace) -> dict[str, dict[int, float]]:
    """The same of z_norm and z~ = γ z_norm + β, and the means of γ and β over the units, of layers with batch norm."""
    found: dict[str, dict[int, float]] = {
        name: {} for name in ("z_norm_mean", "z_norm_std", "z_tilde_mean", "z_tilde_std", "gamma_mean", "beta_mean")
    }
    for l in range(1, parameters.architecture.L + 1):
        if not workspace.normalised[l]:
            continue
        Z_norm = workspace.Z_norm[l]
        Z_tilde = parameters.gamma[l] * Z_norm + parameters.beta[l]
        found["z_norm_mean"][l], found["z_norm_std"][l] = Z_norm.mean(dtype=np.float64), Z_norm.std(dtype=np.float64)
        found["z_tilde_mean"][l] = Z_tilde.mean(dtype=np.float64)
        found["z_tilde_std"][l] = Z_tilde.std(dtype=np.float64)
        found["gamma_mean"][l] = parameters.gamma[l].mean(dtype=np.float64)
        found["beta_mean"][l] = parameters.beta[l].mean(dtype=np.float64)
    return found


def _dead_units(parameters: Parameters, workspace: Workspace) -> dict[int, float]:
    """Share of the units of a hidden ReLU layer whose activation is 0 for every example of the mini-batch."""
    if parameters.architecture.activation != "relu":
        return {}
    return {l: 1 - float((workspace.A[l] > 0).any(axis=1).mean()) for l in range(1, parameters.architecture.L)}


def _drift(running: Statistics, measured: Statistics, parameters: Parameters) -> dict[int, float]:
    """How far z_norm is from itself when it is computed with the running statistics μ_r, σ_r² instead of the measured.

    It is the root mean square of the difference over examples and units, 0 where both are equal:

        z_norm by μ_r, σ_r² = a z_norm + c      a = √((σ² + ε) / (σ_r² + ε))      c = (μ - μ_r) / √(σ_r² + ε)
        drift = √ mean over units of ((a - 1)² σ² / (σ² + ε) + c²)
    """
    epsilon, found = parameters.architecture.batch_norm_epsilon, {}
    for l in range(1, parameters.architecture.L):
        if parameters.architecture.normalised(l):
            mu, variance, running_mu, running_variance = (
                each[l].astype(np.float64)
                for each in (measured.mean, measured.variance, running.mean, running.variance)
            )
            a = np.sqrt((variance + epsilon) / (running_variance + epsilon))
            c = (mu - running_mu) / np.sqrt(running_variance + epsilon)
            found[l] = math.sqrt(((a - 1) ** 2 * variance / (variance + epsilon) + c**2).mean())
    return found


def _gradient_noise(
    gradients: Parameters,
    parameters: Parameters,
    X: Vector,
    y: Labels,
    weight_decay: float,
    class_weights: Vector | None,
) -> float:
    """The simple noise scale tr(Σ) / |G|², in examples: the mini-batch size at which noise and gradient are as long.

    McCandlish et al. 2018, "An empirical model of large-batch training", appendix A: the expected squared length of
    the gradient of B examples is |G|² + tr(Σ) / B, so that two sizes, here m and its half h, give both unknowns:

        |G|² = (m |G_m|² - h |G_h|²) / (m - h)      tr(Σ) = (|G_h|² - |G_m|²) / (1/h - 1/m)

    |G_h|² is the mean of the two halves' squared lengths. NaN where the mini-batch is too small for halves, and where
    the halves' gradients disagree so much that nothing of |G|² is left. 0 where they agree so well that nothing of
    tr(Σ) is: as an estimate of the ratio that is none either.
    """
    m, architecture = y.size, parameters.architecture
    half = m // 2
    if half < (2 if architecture.batch_norm and architecture.L > 1 else 1):
        return math.nan
    workspace, of_half = Workspace(architecture, half, X.dtype), Parameters(architecture, X.dtype)
    small = 0.0
    for start in (0, half):
        part = slice(start, start + half)
        forward_propagation(X[:, part], parameters, workspace)
        backward_propagation(y[part], parameters, workspace, of_half, weight_decay, class_weights)
        small += _sum_of_squares(of_half.vector) / 2
    large = _sum_of_squares(gradients.vector)
    signal = (m * large - half * small) / (m - half)
    noise = (small - large) / (1 / half - 1 / m)
    return max(noise, 0.0) / signal if signal > 0 else math.nan


def _cosine(a: Vector, b: Vector) -> float:
    """Of the angle between two vectors; NaN where one of them is 0."""
    lengths = _length(a) * _length(b)
    return float(np.multiply(a, b, dtype=np.float64).sum()) / lengths if lengths else math.nan


def _squared(gradients: Parameters, l: int) -> float:
    """Squared length of everything that layer l has."""
    return sum(_sum_of_squares(of[l]) for of in (gradients.W, gradients.b, gradients.gamma, gradients.beta))


def _length(x: Vector) -> float:
    return math.sqrt(_sum_of_squares(x))


def _sum_of_squares(x: Vector) -> float:
    return float(np.square(x, dtype=np.float64).sum())
