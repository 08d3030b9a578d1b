"""Whole mini-batch updates and evaluations, many in one call, without the interpreter.

Arrays are as in `trainer.compiled.propagation`.
"""

from __future__ import annotations

import math
from typing import Any

from trainer.compiled.compiler import compiled, kept
from trainer.compiled.layers import cost_and_correct
from trainer.compiled.optimizers import (
    ADAM,
    GD,
    MOMENTUM,
    update_running_statistics,
    update_with_adam,
    update_with_gd,
    update_with_momentum,
    update_with_rmsprop,
)
from trainer.compiled.panels import PLAIN, TRANSPOSED, panel, panel_width
from trainer.compiled.propagation import (
    ACTIVATIONS,
    EXPONENTIALS,
    LARGEST,
    LINEAR,
    STRIDE,
    UNITS,
    WEIGHTS,
    activate_at_test_time,
    backward,
    copy_example,
    forward,
    gather,
    logits,
    pieces,
)
from trainer.compiled.team import begin, end, follow, join, meet, share, take

BATCH_NORM_EPSILON, EWA_DECAY, BETA, BETA2, EPSILON, WEIGHT_DECAY, CLIP_NORM = range(7)
"""Elements of `numbers`."""


_CHUNK = 4096
"""Parameters that are updated in one piece."""


@compiled
def update(
    theta: Any,
    dtheta: Any,
    v: Any,
    s: Any,
    v_weight: float,
    s_weight: float,
    optimizer: int,
    norm: float,
    alpha: float,
    numbers: Any,
    team: Any,
    member: int,
) -> None:
    """θ and the averages, which have these weights now; dθ counts as clipped."""
    shortened, limit = 1.0, numbers[CLIP_NORM]
    if limit > 0 and norm > limit:
        shortened = limit / norm
    beta, beta2, epsilon = numbers[BETA], numbers[BETA2], numbers[EPSILON]
    chunks = (theta.size + _CHUNK - 1) // _CHUNK
    piece = take(team, member, chunks)
    while piece < chunks:
        some = slice(piece * _CHUNK, min((piece + 1) * _CHUNK, theta.size))
        if optimizer == GD:
            update_with_gd(theta[some], dtheta[some], shortened, alpha)
        elif optimizer == MOMENTUM:
            update_with_momentum(theta[some], dtheta[some], shortened, v[some], alpha, beta)
        elif optimizer == ADAM:
            update_with_adam(
                theta[some],
                dtheta[some],
                shortened,
                v[some],
                s[some],
                v_weight,
                s_weight,
                alpha,
                beta,
                beta2,
                epsilon,
            )
        else:
            update_with_rmsprop(theta[some], dtheta[some], shortened, s[some], alpha, beta2, epsilon)
        piece = take(team, member, chunks)


@kept
def train(
    X: Any,
    y: Any,
    indices: Any,
    bounds: Any,
    layers: Any,
    theta: Any,
    dtheta: Any,
    v: Any,
    s: Any,
    weights: Any,
    running: Any,
    statistics: Any,
    work: Any,
    labels: Any,
    activation: int,
    optimizer: int,
    numbers: Any,
    alphas: Any,
    costs: Any,
    norms: Any,
    team: Any,
    sums: Any,
    scratch: Any,
    leads: bool,
) -> int:
    """One update for each mini-batch; how many were made before one whose cost or gradient is not finite.

    Mini-batch t is of the examples `indices[bounds[t] : bounds[t + 1]]`. The member who `leads` makes all updates, the
    others some of them, and what these return says nothing.

    Costs and norms of the gradient are written, those of the update that was not made too.
    """
    rows = work[layers[0, ACTIVATIONS] :]
    member = 0 if leads else join(team)
    v_weight, s_weight = weights[0], weights[1]
    made = t = weighed = 0
    while True:
        if leads:
            t = made
            if t == alphas.size:
                break
            begin(team, t + 1)
        else:
            t = follow(team, member, t) - 1
            if t < 0:
                return 0
        m = bounds[t + 1] - bounds[t]
        gather(X, y, indices[bounds[t] : bounds[t + 1]], rows, labels, team, member)
        meet(team)
        cost = forward(
            m,
            layers,
            theta,
            statistics,
            work,
            labels,
            activation,
            numbers[BATCH_NORM_EPSILON],
            team,
            member,
            scratch,
            sums,
        )
        norm = math.sqrt(
            backward(m, layers, theta, dtheta, work, activation, numbers[WEIGHT_DECAY], team, member, scratch, sums)
        )
        if leads:
            costs[t], norms[t] = cost, norm
        if not (math.isfinite(cost) and math.isfinite(norm)):
            break
        while weighed <= t and optimizer == ADAM:
            v_weight = numbers[BETA] * v_weight + (1 - numbers[BETA])
            s_weight = numbers[BETA2] * s_weight + (1 - numbers[BETA2])
            weighed += 1
        update(theta, dtheta, v, s, v_weight, s_weight, optimizer, norm, alphas[t], numbers, team, member)
        if leads:
            update_running_statistics(running, statistics, numbers[EWA_DECAY])
        meet(team)
        t = made = t + 1
    if leads:
        weights[0], weights[1] = v_weight, s_weight
        end(team)
    return made


@kept
def evaluate(
    X: Any,
    y: Any,
    block: int,
    layers: Any,
    theta: Any,
    running: Any,
    work: Any,
    activation: int,
    epsilon: float,
    team: Any,
    sums: Any,
    scratch: Any,
    leads: bool,
) -> tuple[float, float]:
    """Cost and accuracy over all examples, batch norm with given statistics; so many examples at a time.

    What members return who do not lead says nothing.
    """
    L = layers.shape[0] - 1
    wide, last, rows = panel_width(work), layers[L], work[layers[0, ACTIVATIONS] :]
    member = 0 if leads else join(team)
    cost, correct = 0.0, 0.0
    step = 0
    while True:
        if leads:
            step += 1
            if (step - 1) * block >= y.size:
                break
            begin(team, step)
        else:
            step = follow(team, member, step)
            if step < 0:
                break
        start = (step - 1) * block
        m = min(block, y.size - start)
        first, after = share(team, member, m)
        for i in range(first, after):
            copy_example(X, start + i, min(start + i + 2, y.size - 1), rows, i)
        meet(team)
        for l in range(1, L):
            here, before = layers[l], layers[l - 1]
            n, stride, n_before = here[UNITS], here[STRIDE], before[UNITS]
            A_before, A, W = work[before[ACTIVATIONS] :], work[here[ACTIVATIONS] :], theta[here[WEIGHTS] :]
            of_units = pieces(n, work)
            piece = take(team, member, of_units)
            while piece < of_units:
                j = piece * wide
                units = panel(
                    PLAIN, TRANSPOSED, m, n, n_before, A_before, before[STRIDE], W, n_before, A, stride, j, scratch
                )
                activate_at_test_time(m, j, units, here, theta, running, work, activation, epsilon)
                piece = take(team, member, of_units)
            meet(team)
        of_examples = pieces(m, work)
        piece = take(team, member, of_examples)
        while piece < of_examples:
            i = piece * wide
            examples = logits(m, i, layers, theta, work, scratch)
            sums[2 * piece], sums[2 * piece + 1] = cost_and_correct(
                work[last[LINEAR] + i :],
                examples,
                last[UNITS],
                last[STRIDE],
                y[start + i :],
                work[last[LARGEST] + i :],
                work[last[EXPONENTIALS] + i :],
            )
            piece = take(team, member, of_examples)
        meet(team)
        for piece in range(of_examples):
            cost += sums[2 * piece]
            correct += sums[2 * piece + 1]
        meet(team)
    if leads:
        end(team)
    return cost / y.size, correct / y.size
