"""Every gauge once more, in float64, straight from its formula: no function of the package computes here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.numerics.updates import Network, Rule

Floats = NDArray[np.float64]

ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": lambda z: np.tanh(z),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
}
DERIVATIVES: dict[str, Callable[[Floats], Floats]] = {
    "relu": lambda z: (z > 0).astype(float),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "sigmoid": lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2,
}


@dataclass
class Pass:
    """What a mini-batch becomes, by layer, and the gradient of its cost, by name of the parameter."""

    Z: dict[int, Floats] = field(default_factory=dict)
    Z_norm: dict[int, Floats] = field(default_factory=dict)
    Z_tilde: dict[int, Floats] = field(default_factory=dict)
    A: dict[int, Floats] = field(default_factory=dict)
    gradient: dict[str, Floats] = field(default_factory=dict)


def passed(network: Network, X: Floats, y: NDArray[Any], decay: float, weights: Floats) -> Pass:
    """Forward and backward, one formula after the other."""
    architecture, L = network.parameters.architecture, network.parameters.architecture.L
    theta = {name: view.astype(np.float64) for name, view in network.parameters.views.items()}
    g, dg = ACTIVATIONS[architecture.activation], DERIVATIVES[architecture.activation]
    epsilon, m, made = architecture.batch_norm_epsilon, len(y), Pass()
    made.A[0] = X
    for l in range(1, L + 1):
        Z = made.Z[l] = theta[f"W[{l}]"] @ made.A[l - 1] + theta.get(f"b[{l}]", 0)
        if f"gamma[{l}]" in theta:
            made.Z_norm[l] = (Z - Z.mean(axis=1, keepdims=True)) / np.sqrt(Z.var(axis=1, keepdims=True) + epsilon)
            Z = made.Z_tilde[l] = theta[f"gamma[{l}]"] * made.Z_norm[l] + theta[f"beta[{l}]"]
        made.A[l] = g(Z) if l < L else np.exp(Z) / np.exp(Z).sum(axis=0)
    dZ = (made.A[L] - np.eye(architecture.layer_dims[-1])[y].T) * weights[y] / m
    for l in range(L, 0, -1):
        if l < L:
            dZ = dZ * dg(made.Z_tilde.get(l, made.Z[l]))
        if l in made.Z_norm:
            made.gradient[f"beta[{l}]"] = dZ.sum(axis=1, keepdims=True)
            made.gradient[f"gamma[{l}]"] = (dZ * made.Z_norm[l]).sum(axis=1, keepdims=True)
            dZ_norm = dZ * theta[f"gamma[{l}]"]
            spread = np.sqrt(made.Z[l].var(axis=1, keepdims=True) + epsilon)
            along = made.Z_norm[l] * (dZ_norm * made.Z_norm[l]).mean(axis=1, keepdims=True)
            dZ = (dZ_norm - dZ_norm.mean(axis=1, keepdims=True) - along) / spread
        else:
            made.gradient[f"b[{l}]"] = dZ.sum(axis=1, keepdims=True)
        made.gradient[f"W[{l}]"] = dZ @ made.A[l - 1].T + decay * theta[f"W[{l}]"]
        dZ = theta[f"W[{l}]"].T @ dZ
    return made


def gauges_by_hand(
    network: Network, rule: Rule, alpha: float, X: Floats, y: NDArray[Any], weights: Floats
) -> dict[str, float]:
    """As `measure_gauges`."""
    architecture, L = network.parameters.architecture, network.parameters.architecture.L
    made = passed(network, X, y, rule.weight_decay, weights)
    found: dict[str, float] = {}
    names = list(network.parameters.views)
    gradient = flat(made.gradient, names)
    v, s = (of.vector.astype(np.float64) for of in (network.v, network.s))
    found["gradient_norm"] = norm(gradient)
    if norm(v):
        found["gradient_momentum_cosine"] = float(gradient @ v / norm(gradient) / norm(v))
    noise = noise_by_hand(network, rule, X, y, weights, norm(gradient) ** 2)
    if noise is not None:
        found["gradient_noise"] = noise
    step = step_by_hand(network, rule, alpha, gradient, v, s)
    start = 0
    steps = {}
    for name in names:
        size = network.parameters[name].size
        steps[name], start = step[start : start + size], start + size
    for l in range(1, L + 1):
        found[f"gradient_norm[{l}]"] = norm(
            np.concatenate([made.gradient[name].ravel() for name in names if name.endswith(f"[{l}]")])
        )
        W = network.parameters.W[l].astype(np.float64)
        found[f"update_ratio[{l}]"] = norm(steps[f"W[{l}]"]) / norm(W)
        found[f"z_mean[{l}]"], found[f"z_std[{l}]"] = made.Z[l].mean(), made.Z[l].std()
        if l < L and architecture.activation == "relu":
            found[f"dead_units[{l}]"] = float(np.mean([not a.any() for a in made.A[l]]))
        if l in made.Z_norm:
            found[f"z_norm_mean[{l}]"], found[f"z_norm_std[{l}]"] = made.Z_norm[l].mean(), made.Z_norm[l].std()
            found[f"z_tilde_mean[{l}]"], found[f"z_tilde_std[{l}]"] = made.Z_tilde[l].mean(), made.Z_tilde[l].std()
            found[f"gamma_mean[{l}]"] = network.parameters[f"gamma[{l}]"].astype(np.float64).mean()
            found[f"beta_mean[{l}]"] = network.parameters[f"beta[{l}]"].astype(np.float64).mean()
            found[f"running_drift[{l}]"] = drift_by_hand(network, l, made.Z[l], made.Z_norm[l])
    return found


def drift_by_hand(network: Network, l: int, Z: Floats, Z_norm: Floats) -> float:
    """Root mean square of z_norm by the running statistics minus z_norm."""
    mean, variance = (of[l].astype(np.float64) for of in (network.running.mean, network.running.variance))
    other = (Z - mean) / np.sqrt(variance + network.parameters.architecture.batch_norm_epsilon)
    return float(np.sqrt(((other - Z_norm) ** 2).mean()))


def noise_by_hand(
    network: Network, rule: Rule, X: Floats, y: NDArray[Any], weights: Floats, large: float
) -> float | None:
    """Two equations with two unknowns, |G|² + tr(Σ) / B for B = m and B = h, solved."""
    m, names = len(y), list(network.parameters.views)
    h = m // 2
    if h < 2:
        return None
    halves = [slice(0, h), slice(h, 2 * h)]
    small = np.mean(
        [norm(flat(passed(network, X[:, of], y[of], rule.weight_decay, weights).gradient, names)) ** 2 for of in halves]
    )
    signal, trace = np.linalg.solve(np.array([[1, 1 / m], [1, 1 / h]]), np.array([large, small]))
    return float(max(trace, 0) / signal) if signal > 0 else None


def step_by_hand(network: Network, rule: Rule, alpha: float, gradient: Floats, v: Floats, s: Floats) -> Floats:
    """What the next update adds to θ."""
    if rule.clip_norm and norm(gradient) > rule.clip_norm:
        gradient = gradient * rule.clip_norm / norm(gradient)
    v = rule.momentum * v + (1 - rule.momentum) * gradient
    s = rule.beta2 * s + (1 - rule.beta2) * gradient**2
    v_weight = rule.momentum * network.weights[0] + 1 - rule.momentum
    s_weight = rule.beta2 * network.weights[1] + 1 - rule.beta2
    steps: dict[str, Floats] = {
        "gd": gradient,
        "momentum": v,
        "rmsprop": gradient / (np.sqrt(s) + rule.epsilon),
        "adam": (v / v_weight) / (np.sqrt(s / s_weight) + rule.epsilon) if v_weight else v,
    }
    return -alpha * steps[rule.optimizer]


def flat(of: dict[str, Floats], names: list[str]) -> Floats:
    """Everything in the order of θ."""
    return np.concatenate([of[name].ravel() for name in names])


def norm(x: Floats) -> float:
    """Length of a vector."""
    return math.sqrt(float((x * x).sum()))
