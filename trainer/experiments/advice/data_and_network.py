"""Rules about the data and what the network makes of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from trainer.engine.data_shift import shift_text, taken_back
from trainer.engine.wording import measured_text, number_text
from trainer.experiments.advice.look import Look
from trainer.experiments.advice.piece import USUAL, Advice, to_change, to_go_back, to_multiply_alpha
from trainer.experiments.advice.signs import FEWEST, MANY_DEAD, dead, learns, smoothed, update_ratio

_SHIFTED = "shifted inputs"

_TIME_TO_RECOVER = 1000
"""Iterations that a network whose cost falls is given to get over a change of its inputs."""

_HIGH = 12
"""Spread of z of the first layer where the inputs are not normalised."""


def shifted_inputs(look: Look) -> Advice | None:
    """The network does not get over a shift of its inputs, or learns inputs that the dev set does not have."""
    h, shift = look.hyperparameters, look.shift
    cost = look.mean_cost(0.9, 1)
    early = look.iteration < look.inputs_since + _TIME_TO_RECOVER
    recovers = early and learns(look) and cost < look.of_guessing and dead(look)[0] < MANY_DEAD
    if shift is not None and look.far_above(min(shift.lowest, cost), shift.cost) and not recovers:
        how = f"are shifted ({shift_text(h)})" if shift_text(h) else "were shifted, which was taken back,"
        text = (
            f"Since the inputs {how} from iteration {shift.begun:,} on, the cost is {measured_text(cost)}, where it was"
            f" {measured_text(shift.cost)}: the network has not got over it."
        )
        begin = int(shift.costs["cost"][0][0])
        return to_go_back(look, _SHIFTED, text, "cost", begin, shift.begun - 1)  # there nothing was shifted yet
    if not look.training_inputs_alone or not look.are_enough(look.dev_costs):
        return None
    dev, before = float(smoothed(look.dev_costs)[-1]), math.nan if shift is None else shift.dev_cost
    if not look.far_above(dev, cost) or dev < 1.25 * before:
        return None
    was = "" if shift is None else f", where it was {measured_text(before)} before iteration {shift.begun:,}"
    text = (
        f"The inputs are shifted ({shift_text(h)}): the dev cost is {measured_text(dev)}{was}, and the cost"
        f" {measured_text(cost, 2)}, as the network learns inputs that the dev set does not have."
    )
    advice = _take_the_shift_back(look, _SHIFTED, text, "dev_cost")
    return advice if shift is None else replace(advice, begin=int(shift.costs["dev_cost"][0][0]))


def unnormalised(look: Look) -> Advice | None:
    """z of the first layer is spread as no normalised inputs would have it."""
    at, spread = look.first.get("z_std[1]", (look.inputs_since, 0.0))
    h = look.hyperparameters
    if not shift_text(h) and (look.inputs_changed is not None or look.begun):
        return None  # a shift was taken back, or it did not begin here: the spread is that of the weights
    # root mean square of x' = scale x + shift + noise ε, where those of x and ε are 1
    size = math.hypot(h.input_scale, h.input_shift, h.input_noise)
    late = at > look.inputs_since + FEWEST  # then it may be the weights, unless the shift alone explains it
    usual = USUAL["z_std"]
    if not spread > _HIGH or (late and not size * usual > _HIGH):
        return None
    text = (
        f"z of the first layer had spread {measured_text(spread)} at iteration {at:,.0f}, where normalised inputs give"
        f" about {usual}: the inputs are not normalised"
    )
    if h.input_scale > 1 or h.input_shift or h.input_noise:
        advice = _take_the_shift_back(look, "unnormalised inputs", f"{text} ({shift_text(h)}).", "z_std[1]")
    else:
        text += ". Adam's steps do not depend on how large they are."
        advice = _adam(look, "unnormalised inputs", text, "z_std[1]")
    return replace(advice, begin=int(at))


def outlier(look: Look) -> Advice | None:
    """A single mini-batch costs many times what its neighbours do."""
    if look.hyperparameters.clip_norm or update_ratio(look) > 0.03:
        return None
    usual, high = float(np.median(look.costs)), float(look.highest.max())
    if usual > 1.4 * look.of_guessing:  # then it is the steps
        return None
    if not high > max(50 * usual, 20 * look.of_guessing):  # less may come of long steps
        return None
    at = int(look.at[int(np.argmax(look.highest))])
    if look.inputs_changed is not None and at <= look.inputs_changed + FEWEST:  # it may be that which did it
        return None
    norms = look.latest("gradient_norm")
    norm = float(np.median(norms)) if len(norms) else 1.0
    clip = float(f"{3 * norm:.1g}") if norm > 0 else 1.0
    return to_change(
        look,
        "outlier",
        f"Near iteration {at:,} one mini-batch had cost {measured_text(high)}, where {measured_text(usual, 2)} is usual"
        ": some example is not like the others. A limit on the length of the gradient keeps it from doing harm.",
        "cost",
        f"Clip norm {number_text(clip)}",
        {"clip_norm": clip},
    )


def dead_units(look: Look) -> Advice | None:
    """Many ReLU units of a layer are 0 for every example, and it is not told that they died, and of what."""
    (share, l), shift = dead(look), shift_text(look.hyperparameters)
    if share < MANY_DEAD or (l in look.alive and not shift):
        return None
    text = f"{share:.0%} of the units of layer {l} are 0 for every example of a mini-batch"
    series = f"dead_units[{l}]"
    if shift:
        text += f", and the inputs are shifted ({shift}): as they were, more of the units may answer to them."
        return _take_the_shift_back(look, "dead units", text, series)
    text += (
        ": they learn nothing any more, and come back only in a run that begins anew, with"
        f" {'' if look.config.batch_norm else 'batch norm or '}a lower α. Adam makes more of those that are left."
    )
    return _adam(look, "dead units", text, series)


def _take_the_shift_back(look: Look, rule: str, sentence: str, series: str) -> Advice:
    return to_change(look, rule, sentence, series, "Take the shift back", taken_back(look.hyperparameters))


def _adam(look: Look, rule: str, sentence: str, series: str) -> Advice:
    return to_change(look, rule, sentence, series, "Adam, α 0.001", {"optimizer": "adam", "learning_rate": 0.001})


def stale_statistics(look: Look) -> Advice | None:
    """Batch norm's running statistics are far from those of the mini-batches, and the dev cost suffers."""
    drifts = {l: float(np.median(v)) for l, v in look.layers("running_drift").items()}
    if not drifts or not len(look.dev_costs):
        return None
    l = max(drifts, key=lambda l: drifts[l])
    cost, dev = look.mean_cost(0.8, 1), float(look.dev_costs[-1])
    behind = 1 / (1 - look.config.ewa_decay) > look.iteration / 2  # they cannot have caught up
    suffers = dev > 1.5 * cost + 0.02 and not look.training_inputs_alone
    if not ((drifts[l] > 0.3 and behind) or (drifts[l] > 1 and suffers)):
        return None
    return to_multiply_alpha(
        look,
        "stale running statistics",
        f"In layer {l} batch norm's running statistics are {measured_text(drifts[l], 2)} standard deviations away from"
        f" those of the mini-batches (ρ is {number_text(look.config.ewa_decay)}), so the dev cost,"
        f" {measured_text(dev)}, tells less of the network than the cost, {measured_text(cost)}.",
        f"running_drift[{l}]",
        1 / 3,
    )


def overfitting(look: Look) -> Advice | None:
    """The dev cost rises while the cost still falls."""
    if len(look.evaluated) < 12 or look.training_inputs_alone:
        return None
    (best_at, best, right), now = look.best, float(smoothed(look.dev_costs)[-1])
    cost, right_now = look.mean_cost(0.9, 1), float(smoothed(look.dev_accuracies)[-1])
    far = look.iteration - best_at > 0.25 * (look.iteration - float(look.evaluated[0]))
    worse = now - best > 0.25 * best and (now - best > 0.1 * look.of_guessing or _creeps(look, best))
    if not (far and worse and now > 1.5 * cost and cost < 0.8 * best):
        return None
    since, was = look.inputs_changed, "The dev cost was"
    if since is not None:
        was = f"Since the inputs were changed at iteration {since:,}, the lowest dev cost was"
    text = (
        f"{was} {measured_text(best)} at iteration {best_at:,} and is about {measured_text(now)} lately, while the"
        f" cost fell to {measured_text(cost, 2)}: the network learns the training examples by heart."
    )
    if right_now > right + 0.002:
        text += f" It makes fewer mistakes, but surer ones: the dev accuracy rose from {right:.1%} to {right_now:.1%}."
    return to_go_back(look, "over-fitting", text, "dev_cost", best_at, best_at)


def _creeps(look: Look, best: float) -> bool:
    """Whether of the evaluations in the later half of a run most are above the lowest dev cost by half of that.

    They are many, and it is well beyond the scatter from each to the next.
    """
    first = float(look.evaluated[0])
    later = look.dev_costs[look.evaluated > first + (look.iteration - first) / 2]
    if len(later) < 24:
        return False
    scatter = float(np.diff(later).std()) / math.sqrt(2)  # the difference of two has twice the variance of one
    return float(np.median(later)) - best > max(0.5 * best, 5 * scatter)


def nothing_learned(look: Look) -> Advice | None:
    """The cost falls, the dev cost never was better than guessing: the labels may not go with the inputs."""
    if len(look.dev_costs) < 12 or look.passed < FEWEST:
        return None
    if look.inputs_changed is not None or look.training_inputs_alone:  # that may be why
        return None
    best_at, best, _ = look.best
    if not (best > 0.97 * look.of_guessing and float(smoothed(look.dev_costs)[-1]) > 1.05 * look.of_guessing):
        return None
    if not look.mean_cost(0.8, 1) < 0.9 * look.of_guessing:
        return None
    text = (
        f"The dev cost never was below {measured_text(best)}, and guessing costs {measured_text(look.of_guessing)}, "
        "though the cost falls: the labels may not belong to these inputs, and then no setting helps."
    )
    return to_go_back(look, "nothing learned", text, "dev_cost", look.begun, best_at)
