"""Whole mini-batch updates and evaluations, several in one call, without holding the interpreter's lock.

`train` and `evaluate` are called from Python once by each member of a team, with the same structures.
"""

from __future__ import annotations

import math

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
from trainer.compiled.panels import panel_width
from trainer.compiled.propagation import (
    ACTIVATIONS,
    UNITS,
    activate_at_test_time,
    backward,
    copy_example,
    forward,
    gather,
    logits,
    output_of,
    pieces,
    weighted,
)
from trainer.compiled.structures import (
    Examples,
    Integers,
    Member,
    MiniBatches,
    Part,
    Step,
    UpdateRule,
    Vectors,
    Workspace,
)
from trainer.compiled.team import begin, end, follow, join, meet, share, take
from trainer.numerics.parameters import Vector

_CHUNK = 4096
"""Parameters that a member updates in one go."""


@compiled
def update(vectors: Vectors, step: Step, rule: UpdateRule, member: Member) -> None:
    """Update θ and the optimizer's averages by dθ."""
    size = vectors.theta.size
    chunks = (size + _CHUNK - 1) // _CHUNK
    piece = take(member.team, member.number, chunks)
    while piece < chunks:
        some = slice(piece * _CHUNK, min((piece + 1) * _CHUNK, size))
        part = Part(vectors.theta[some], vectors.dtheta[some], vectors.v[some], vectors.s[some])
        if rule.optimizer == GD:
            update_with_gd(part, step)
        elif rule.optimizer == MOMENTUM:
            update_with_momentum(part, step, rule)
        elif rule.optimizer == ADAM:
            update_with_adam(part, step, rule)
        else:
            update_with_rmsprop(part, step, rule)
        piece = take(member.team, member.number, chunks)


@compiled
def clipping(norm: float, clip_norm: float) -> float:
    """Factor that shortens a gradient of this norm to `clip_norm`, where it is longer; 1 otherwise, or with 0."""
    if clip_norm > 0 and norm > clip_norm:
        return clip_norm / norm
    return 1.0


@kept
def train(
    examples: Examples,
    batches: MiniBatches,
    vectors: Vectors,
    workspace: Workspace,
    rule: UpdateRule,
    team: Integers,
    scratch: Vector,
    leads: bool,
) -> int:
    """Make one update for each mini-batch, until a cost or a gradient is not finite; return the number of updates made.

    The member that `leads` takes part in all updates, any other in those that begin after it has come; only what the
    first one returns has a meaning. An update whose cost or gradient is not finite changes nothing, but its cost and
    norm are written.
    """
    rows = workspace.memory[workspace.layers[0, ACTIVATIONS] :]
    number = 0 if leads else join(team)
    member = Member(team, number, scratch)
    weights = vectors.weights
    v_weight, s_weight = weights[0], weights[1]
    made = t = weighed = 0
    while True:
        if leads:
            t = made
            if t == batches.alphas.size:
                break
            begin(team, t + 1)
        else:
            t = follow(team, number, t) - 1
            if t < 0:
                return 0
        start, after = batches.bounds[t], batches.bounds[t + 1]
        m = after - start
        gather(examples, batches.indices[start:after], rows, workspace, member)
        meet(team)
        cost = forward(m, vectors, workspace, rule, member)
        norm = math.sqrt(backward(m, vectors, workspace, rule, member))
        if leads:
            batches.costs[t], batches.norms[t] = cost, norm
        if not (math.isfinite(cost) and math.isfinite(norm)):
            break
        while weighed <= t and rule.optimizer == ADAM:
            v_weight = rule.momentum * v_weight + (1 - rule.momentum)
            s_weight = rule.beta2 * s_weight + (1 - rule.beta2)
            weighed += 1
        step = Step(batches.alphas[t], clipping(norm, rule.clip_norm), v_weight, s_weight)
        update(vectors, step, rule, member)
        if leads:
            update_running_statistics(vectors.running, vectors.statistics, rule.ewa_decay)
        meet(team)
        t = made = t + 1
    if leads:
        weights[0], weights[1] = v_weight, s_weight
        end(team)
    return made


@kept
def evaluate(
    examples: Examples,
    block: int,
    vectors: Vectors,
    workspace: Workspace,
    rule: UpdateRule,
    team: Integers,
    scratch: Vector,
    leads: bool,
) -> tuple[float, float]:
    """Cost, in nats, and accuracy, 0..1, over all examples; batch norm uses its running statistics.

    The examples are taken `block` at a time. Only what the member that `leads` returns has a meaning.
    """
    layers, memory, sums, y = workspace.layers, workspace.memory, workspace.sums, examples.y
    L = layers.shape[0] - 1
    wide, rows = panel_width(memory), memory[layers[0, ACTIVATIONS] :]
    number = 0 if leads else join(team)
    cost, correct = 0.0, 0.0
    step = 0
    while True:
        if leads:
            step += 1
            if (step - 1) * block >= y.size:
                break
            begin(team, step)
        else:
            step = follow(team, number, step)
            if step < 0:
                break
        start = (step - 1) * block
        m = min(block, y.size - start)
        first, after = share(team, number, m)
        for i in range(first, after):
            copy_example(examples.X, start + i, min(start + i + 2, y.size - 1), rows, i)
            workspace.weights[i] = examples.class_weights[y[start + i]]
        meet(team)
        for l in range(1, L):
            A = memory[layers[l, ACTIVATIONS] :]
            of_units = pieces(layers[l, UNITS], memory)
            piece = take(team, number, of_units)
            while piece < of_units:
                j = piece * wide
                units = weighted(m, l, A, j, vectors, workspace, scratch)
                activate_at_test_time(m, l, j, units, vectors, workspace, rule)
                piece = take(team, number, of_units)
            meet(team)
        of_examples = pieces(m, memory)
        piece = take(team, number, of_examples)
        while piece < of_examples:
            i = piece * wide
            count = logits(m, i, vectors, workspace, scratch)
            sums[2 * piece], sums[2 * piece + 1] = cost_and_correct(output_of(i, y[start + i :], workspace), count)
            piece = take(team, number, of_examples)
        meet(team)
        for piece in range(of_examples):
            cost += sums[2 * piece]
            correct += sums[2 * piece + 1]
        meet(team)
    if leads:
        end(team)
    return cost / y.size, correct / y.size
