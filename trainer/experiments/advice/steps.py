"""Rules about the steps: too long, too short, too noisy, or none that help."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from trainer.engine.data_shift import shift_text
from trainer.engine.gauge_specs import drawn
from trainer.engine.wording import capital, measured_text, number_text
from trainer.experiments.advice.look import Look
from trainer.experiments.advice.piece import Advice, there, to_change, to_go_back, to_multiply_alpha
from trainer.experiments.advice.signs import (
    MANY_DEAD,
    dead,
    done,
    fades,
    fastest_layer,
    hardly_moves,
    learns,
    lowest,
    past_its_minimum,
    still_falls,
    swings,
    update_ratio,
    well_under_way,
)


def units_died(look: Look) -> Advice | None:
    """Most ReLU units of a layer have died: the steps were too long, and it goes back to where they were alive."""
    share, l = dead(look)
    if share < MANY_DEAD or l not in look.alive or shift_text(look.hyperparameters):
        return None
    at, before, alpha = look.alive[l]
    text = (
        f"{share:.0%} of the units of layer {l} are 0 for every example of a mini-batch, where {before:.0%} were at"
        f" iteration {at:,}: with α {number_text(look.learning_rate)} the steps were so long that they died, and the"
        " dead do not come back."
    )
    if alpha <= look.learning_rate / 10:  # it was short enough then
        return to_go_back(look, "α too high", text, f"dead_units[{l}]", at, at)
    advice = to_multiply_alpha(look, "α too high", text, f"dead_units[{l}]", 1 / 10)
    return there(replace(advice, begin=at), at)


def diverging(look: Look) -> Advice | None:
    """The cost has risen far above what it was, and is no better for it."""
    best, now = lowest(look), look.mean_cost(0.9, 1)
    if not look.far_above(now, best) or learns(look):
        return None
    return to_multiply_alpha(
        look,
        "diverging",
        f"The cost rose from {measured_text(best)} to {measured_text(now)} since iteration {look.since:,}: the steps"
        " are too long, and it may diverge.",
        "cost",
        1 / 10,
    )


def alpha_too_high(look: Look) -> Advice | None:
    """The updates move the weights far, and the cost is high or swings."""
    ratio = update_ratio(look)
    now = look.mean_cost(0.8, 1)
    high = 1.2 if look.convex else 0.35  # a minimum may cost as much as a guess, and no more
    stays = ratio > 0.03 and now > high * look.of_guessing and not learns(look)
    if not stays and not (ratio > 0.008 and (swings(look) or dead(look)[0] > 0.3)):
        return None
    how = f"stays at {measured_text(now)}" if stays else "swings" if swings(look) else "suffers, as units die"
    return to_multiply_alpha(
        look,
        "α too high",
        f"Each update moves the weights of a layer by {measured_text(ratio, 2)} of their length (1e-3 is usual), and"
        f" the cost {how}: the steps are too long.",
        fastest_layer(look),
        1 / 10,
    )


def alpha_too_low(look: Look) -> Advice | None:
    """Each update hardly moves the weights, and the cost falls slowly or not, though there is something to learn."""
    ratio, cost = update_ratio(look), look.mean_cost(0.9, 1)
    hardly = hardly_moves(look)
    slowly = ratio < 3e-5 and look.mean_cost(0.8, 1) > 0.88 * look.mean_cost(0.4, 0.6)
    if past_its_minimum(look) or not (hardly or slowly):
        return None
    moves = f"each update moves the weights of a layer by {measured_text(ratio, 2)} of their length (1e-3 is usual)"
    if look.lowered is not None and cost > 0.01 * look.of_guessing:
        before, at = look.lowered.learning_rate, look.lowered.iteration
        return Advice(
            "α too low",
            f"The cost fell until α was set from {number_text(before)} to {number_text(look.learning_rate)} at"
            f" iteration {at:,}; now {moves}, and the cost stays at {measured_text(cost)}.",
            "cost",
            look.lowered.begin,
            look.iteration,
            f"α {number_text(before)}",
            {"learning_rate": before},
        )
    converged = cost < 0.9 * look.of_guessing and not still_falls(look)
    if converged or done(look):
        return None
    how = f", {measured_text(cost)}, hardly falls"
    if not hardly:
        first = measured_text(look.mean_cost(0, 0.1))
        how = f" fell only from {first} to {measured_text(cost)} in {look.passed:,} iterations"
    return to_multiply_alpha(
        look,
        "α too low",
        f"{capital(moves)}, and the cost{how}: α may be higher.",
        fastest_layer(look),
        10,
    )


def decayed(look: Look) -> Advice | None:
    """The learning rate has decayed so far that nothing moves any more."""
    h, alpha = look.hyperparameters, look.learning_rate
    if h.decay == "none" or not alpha < h.learning_rate / 20:
        return None
    if not hardly_moves(look) or done(look):
        return None
    return to_change(
        look,
        "decay too fast",
        f"α fell from {number_text(h.learning_rate)} to {measured_text(alpha, 2)} and the cost has stopped at"
        f" {measured_text(look.mean_cost(0.9, 1))}: the decay is too fast.",
        "learning_rate",
        f"α {number_text(h.learning_rate)}, no decay",
        {"learning_rate": h.learning_rate, "decay": "none"},
    )


def momentum_too_high(look: Look) -> Advice | None:
    """The velocity averages over more gradients than there were, or points away from them."""
    h = look.hyperparameters
    if h.optimizer not in ("momentum", "adam") or h.momentum < 0.97:
        return None
    window = 1 / (1 - h.momentum)
    cosines = look.latest("gradient_momentum_cosine")
    early = look.iteration - look.changed < 4 * window
    against = look.are_enough(cosines) and float(np.median(cosines)) < 0.0
    if not (early or against) or well_under_way(look):
        return None
    return to_change(
        look,
        "β too high",
        f"With β {number_text(h.momentum)} the velocity averages over {window:,.0f} gradients, most of them of a"
        " network that is gone; early on that is slow, and later it swings.",
        "gradient_momentum_cosine",
        "β 0.9",
        {"momentum": 0.9},
    )


def noisy(look: Look) -> Advice | None:
    """The gradients of the mini-batches disagree so much that the cost hardly falls, if at all."""
    size = look.hyperparameters.mini_batch_size
    noise = look.latest("gradient_noise")
    measured = look.gauges.get("gradient_norm", (np.empty(0), np.empty(0)))[1]
    if not len(measured) or 4 * size > look.m:
        return None
    absent = 1 - len(noise) / max(1, len(measured) - len(measured) // 2)
    known = drawn("gradient_noise", noise)
    known = known[~np.isnan(known)]
    scale = float(np.median(known)) if len(known) else math.inf if absent > 0.5 else math.nan
    tiny = size <= 8
    well = learns(look) and look.mean_cost(0.75, 1) < 0.95 * look.mean_cost(0.25, 0.75)
    if not (tiny and (scale > 4 * size or absent > 0.5)) or well:
        return None
    if not look.mean_cost(0.8, 1) > 0.1 * look.of_guessing:
        return None
    needed = "" if math.isinf(scale) else f" (one of {scale:,.0f} examples would be half noise)"
    bigger = min(max(64, 4 * size), 2 ** int(math.log2(max(2, look.m))))
    return to_change(
        look,
        "mini-batches too small",
        f"The gradients of mini-batches of {size} disagree: they are mostly noise{needed}, and the cost"
        f" {'hardly' if learns(look) else 'no longer'} falls.",
        "gradient_noise",
        f"Mini-batch size {bigger}",
        {"mini_batch_size": bigger},
    )


def plateau(look: Look) -> Advice | None:
    """The cost stands still, high, though the steps are not short, and though it has more than one place to stand."""
    now = look.mean_cost(0.9, 1)
    if look.convex or not now > 0.5 * look.of_guessing or learns(look) or math.isnan(update_ratio(look)):
        return None
    if hardly_moves(look) and not fades(look):  # then it is α
        return None
    h = look.hyperparameters
    if h.optimizer == "adam":
        text = f"The cost stands at {measured_text(now)}: a plateau, or a saddle."
        return to_multiply_alpha(look, "plateau", text, "cost", 3)
    return to_change(
        look,
        "plateau",
        f"The cost has stood at {measured_text(now)} for {look.passed // 2:,} iterations: a plateau, or a saddle. Adam"
        " gets off one sooner.",
        "cost",
        "Adam, α 0.01",
        {"optimizer": "adam", "learning_rate": 0.01},
    )
