"""Rules about the steps: too long, too short, too noisy, or none that help."""

from __future__ import annotations

import math

import numpy as np

from trainer.experiments.advice.look import Look
from trainer.experiments.advice.piece import Advice, to_change, to_multiply_alpha
from trainer.experiments.advice.signs import (
    MEASURED,
    dead,
    done,
    fades,
    fastest_layer,
    hardly_moves,
    in_words,
    learns,
    lowest,
    swings,
    update_ratio,
    well_under_way,
)


def diverging(look: Look) -> Advice | None:
    """The cost has risen far above what it was, and is no better for it."""
    best, now = lowest(look), look.mean_cost(0.9, 1)
    if not now > max(2 * best, best + 0.25 * look.of_guessing) or learns(look):
        return None
    return to_multiply_alpha(
        look,
        "diverging",
        f"The cost rose from {best:.3g} to {now:.3g} since iteration {look.since:,}: the steps are too long, and it may"
        " diverge.",
        "cost",
        1 / 10,
    )


def alpha_too_high(look: Look) -> Advice | None:
    """The updates move the weights far, and the cost is high or swings."""
    ratio = update_ratio(look)
    now = look.mean_cost(0.8, 1)
    stays = ratio > 0.03 and now > 0.35 * look.of_guessing and not learns(look)
    if not stays and not (ratio > 0.008 and (swings(look) or dead(look)[0] > 0.3)):
        return None
    how = f"stays at {now:.3g}" if stays else "swings" if swings(look) else "suffers, as units die"
    return to_multiply_alpha(
        look,
        "α too high",
        f"Each update moves the weights of a layer by {in_words(ratio)} of their length (1e-3 is usual), and the cost"
        f" {how}: the steps are too long.",
        fastest_layer(look),
        1 / 10,
    )


def alpha_too_low(look: Look) -> Advice | None:
    """Each update hardly moves the weights, and the cost hardly falls."""
    ratio = update_ratio(look)
    if done(look) or not (hardly_moves(look) or ratio < 3e-5):
        return None
    return to_multiply_alpha(
        look,
        "α too low",
        f"Each update moves the weights of a layer by {in_words(ratio)} of their length (1e-3 is usual), and the cost, "
        f"{look.mean_cost(0.9, 1):.3g}, falls slowly: α may be higher.",
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
        f"α fell from {h.learning_rate:g} to {alpha:.2g} and the cost has stopped at {look.mean_cost(0.9, 1):.3g}: the"
        " decay is too fast.",
        "learning_rate",
        f"α {h.learning_rate:g}, no decay",
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
    against = len(cosines) >= MEASURED and float(np.median(cosines)) < 0.0
    if not (early or against) or well_under_way(look):
        return None
    return to_change(
        look,
        "β too high",
        f"With β {h.momentum:g} the velocity averages over {window:,.0f} gradients, most of them of a network that is"
        " gone; early on that is slow, and later it swings.",
        "gradient_momentum_cosine",
        "β 0.9",
        {"momentum": 0.9},
    )


def noisy(look: Look) -> Advice | None:
    """The gradients of the mini-batches disagree so much that the cost no longer falls."""
    size = look.hyperparameters.mini_batch_size
    noise = look.latest("gradient_noise")
    measured = look.gauges.get("gradient_norm", (np.empty(0), np.empty(0)))[1]
    if not len(measured) or 4 * size > look.m:
        return None
    absent = 1 - len(noise) / max(1, len(measured) - len(measured) // 2)
    scale = float(np.median(noise)) if len(noise) else math.inf
    tiny = size <= 8
    if not (tiny and (scale > 4 * size or absent > 0.5)) or learns(look):
        return None
    if not look.mean_cost(0.8, 1) > 0.1 * look.of_guessing:
        return None
    bigger = min(max(64, 4 * size), 2 ** int(math.log2(max(2, look.m))))
    return to_change(
        look,
        "mini-batches too small",
        f"The gradients of mini-batches of {size} disagree: their noise is as long as the gradient at "
        f"{'more examples than could be measured' if math.isinf(scale) else f'{scale:,.0f} examples'}, and the cost no"
        " longer falls.",
        "gradient_noise",
        f"Mini-batch size {bigger}",
        {"mini_batch_size": bigger},
    )


def plateau(look: Look) -> Advice | None:
    """The cost stands still, high, though the steps are not short."""
    now = look.mean_cost(0.9, 1)
    if not now > 0.5 * look.of_guessing or learns(look) or math.isnan(update_ratio(look)):
        return None
    if hardly_moves(look) and not fades(look):  # then it is α
        return None
    h = look.hyperparameters
    if h.optimizer == "adam":
        return to_multiply_alpha(look, "plateau", f"The cost stands at {now:.3g}: a plateau, or a saddle.", "cost", 3)
    return to_change(
        look,
        "plateau",
        f"The cost has stood at {now:.3g} for {look.passed // 2:,} iterations: a plateau, or a saddle. Adam gets off"
        " one sooner.",
        "cost",
        "Adam, α 0.01",
        {"optimizer": "adam", "learning_rate": 0.01},
    )
