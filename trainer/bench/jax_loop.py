"""JAX, written for speed: a whole update jitted with donated state, and a whole loop of updates."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from trainer.bench.task import BATCH_NORM_EPSILON, BETA2, EPSILON, EWA_DECAY, MOMENTUM, Task, Updates


def updates(task: Task, *, at_once: int) -> Updates:
    """A function that makes one update in a call, or several by `lax.scan`."""
    import jax
    import jax.numpy as jnp

    examples, labels = task.data()
    X, y = jnp.asarray(examples), jnp.asarray(labels.astype(np.int32))
    alpha, optimizer = task.learning_rate, task.optimizer

    def cost_and_statistics(theta: Any, A: Any, y: Any) -> Any:
        statistics = []
        *hidden, (W, b) = theta
        for W_l, gamma, beta in hidden:
            Z = A @ W_l
            mean, variance = Z.mean(0), Z.var(0)
            statistics.append((mean, variance))
            A = jax.nn.relu((Z - mean) * jax.lax.rsqrt(variance + BATCH_NORM_EPSILON) * gamma + beta)
        log_probabilities = jax.nn.log_softmax(A @ W + b)
        return -jnp.take_along_axis(log_probabilities, y[:, None], 1).mean(), statistics

    gradient_of = jax.value_and_grad(cost_and_statistics, has_aux=True)

    def update(state: Any, X: Any, y: Any, indices: Any) -> Any:
        theta, running, v, s, t = state
        (cost, statistics), gradient = gradient_of(theta, X[indices], y[indices])
        running = jax.tree.map(lambda r, now: EWA_DECAY * r + (1 - EWA_DECAY) * now, running, statistics)
        if optimizer == "gd":
            change = gradient
        else:
            v = change = jax.tree.map(lambda v, d: MOMENTUM * v + (1 - MOMENTUM) * d, v, gradient)
        if optimizer == "adam":
            s = jax.tree.map(lambda s, d: BETA2 * s + (1 - BETA2) * d * d, s, gradient)
            t = t + 1
            v_share, s_share = 1 - MOMENTUM**t, 1 - BETA2**t
            change = jax.tree.map(lambda v, s: v / v_share / (jnp.sqrt(s / s_share) + EPSILON), v, s)
        theta = jax.tree.map(lambda p, c: p - alpha * c, theta, change)
        return (theta, running, v, s, t), cost

    def loop(state: Any, X: Any, y: Any, indices: Any) -> Any:
        return jax.lax.scan(lambda state, one: update(state, X, y, one), state, indices)

    state = jax.device_put(_initial(task))
    mini_batches = task.mini_batches()
    compiled = jax.jit(update if at_once == 1 else loop, donate_argnums=0)

    def one() -> int:
        nonlocal state
        state, cost = compiled(state, X, y, next(mini_batches).astype(np.int32))
        float(cost)
        return 1

    def several() -> int:
        nonlocal state
        indices = np.stack([next(mini_batches) for _ in range(at_once)]).astype(np.int32)
        state, costs = compiled(state, X, y, indices)
        np.asarray(costs).tolist()
        return at_once

    return one if at_once == 1 else several


def _initial(task: Task) -> Any:
    """θ, running statistics, averages of gradients and of their squares, and the number of updates."""
    generator = np.random.Generator(np.random.PCG64(1))
    *hidden, last = pairwise(task.layer_dims)

    def weights(n_prev: int, n: int) -> Any:
        return generator.standard_normal((n_prev, n), dtype=np.float32) * np.float32((2 / n_prev) ** 0.5)

    def zeros(n: int) -> Any:
        return np.zeros(n, np.float32)

    theta = [*((weights(a, n), zeros(n) + 1, zeros(n)) for a, n in hidden), (weights(*last), zeros(last[1]))]
    running = [(zeros(n), zeros(n) + 1) for _, n in hidden]
    v, s = ([tuple(np.zeros_like(p) for p in layer) for layer in theta] for _ in range(2))
    return theta, running, v, s, np.float32(0)
