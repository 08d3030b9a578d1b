"""Rules about the data and what the network makes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trainer.engine.data_shift import data_shift, shift_text, taken_back
from trainer.experiments.advice.look import Look
from trainer.experiments.advice.piece import Advice, to_change, to_multiply_alpha
from trainer.experiments.advice.signs import FEWEST, MEASURED, dead, smoothed, update_ratio


def unnormalised(look: Look) -> Advice | None:
    """z of the first layer is spread as no normalised inputs would have it."""
    at, spread = look.first.get("z_std[1]", (look.changed, 0.0))
    if not spread > 12 or at > look.changed + FEWEST:  # later it may be the weights
        return None
    h = look.hyperparameters
    text = (
        f"z of the first layer had spread {spread:.3g} at iteration {at:,.0f}, where normalised inputs give about 1.4:"
        " the inputs are not normalised"
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
    if not high > max(50 * usual, 20 * look.of_guessing):  # less may come of long steps
        return None
    at = int(look.at[int(np.argmax(look.highest))])
    if data_shift(look.hyperparameters) is not None and at <= look.changed + FEWEST:  # it may be the shift that did it
        return None
    norms = look.latest("gradient_norm")
    norm = float(np.median(norms)) if len(norms) else 1.0
    clip = float(f"{3 * norm:.1g}") if norm > 0 else 1.0
    return to_change(
        look,
        "outlier",
        f"Near iteration {at:,} one mini-batch had cost {high:.3g}, where {usual:.2g} is usual: some example is not"
        " like the others. A limit on the length of the gradient keeps it from doing harm.",
        "cost",
        f"Clip norm {clip:g}",
        {"clip_norm": clip},
    )


def dead_units(look: Look) -> Advice | None:
    """Many ReLU units of a layer are 0 for every example."""
    share, l = dead(look)
    if share < 0.4:
        return None
    text = f"{share:.0%} of the units of layer {l} are 0 for every example of a mini-batch"
    series, shift = f"dead_units[{l}]", shift_text(look.hyperparameters)
    if shift:
        text += f", and the inputs are shifted ({shift}): as they were, more of the units may answer to them."
        return _take_the_shift_back(look, "dead units", text, series)
    text += (
        ": they learn nothing any more, and come back only in a run that begins anew, with batch norm or a lower α."
        " Adam makes more of those that are left."
    )
    return _adam(look, "dead units", text, series)


def _take_the_shift_back(look: Look, rule: str, sentence: str, series: str) -> Advice:
    return to_change(look, rule, sentence, series, "Take the shift back", taken_back(look.hyperparameters))


def _adam(look: Look, rule: str, sentence: str, series: str) -> Advice:
    return to_change(look, rule, sentence, series, "Adam, α 0.001", {"optimizer": "adam", "learning_rate": 0.001})


def stale_statistics(look: Look) -> Advice | None:
    """Batch norm's running statistics are far from those of the mini-batches, and the dev cost suffers."""
    drifts = {l: float(np.median(v)) for l, v in look.layers("running_drift").items() if len(v) >= MEASURED}
    if not drifts or not len(look.dev_costs):
        return None
    l = max(drifts, key=lambda l: drifts[l])
    cost, dev = look.mean_cost(0.8, 1), float(look.dev_costs[-1])
    behind = 1 / (1 - look.config.ewa_decay) > look.iteration / 2  # they cannot have caught up
    if not ((drifts[l] > 0.3 and behind) or (drifts[l] > 1 and dev > 1.5 * cost + 0.02)):
        return None
    return to_multiply_alpha(
        look,
        "stale running statistics",
        f"In layer {l} batch norm's running statistics are {drifts[l]:.2g} standard deviations away from those of the"
        f" mini-batches (ρ is {look.config.ewa_decay:g}), so the dev cost, {dev:.3g}, tells less of the network than"
        f" the cost, {cost:.3g}.",
        f"running_drift[{l}]",
        1 / 3,
    )


def overfitting(look: Look) -> Advice | None:
    """The dev cost rises while the cost still falls."""
    if len(look.evaluated) < 12:
        return None
    (best_at, best), now = look.best, float(smoothed(look.dev_costs)[-1])
    cost = look.mean_cost(0.9, 1)
    far = look.iteration - best_at > 0.25 * (look.iteration - float(look.evaluated[0]))
    worse = now - best > max(0.25 * best, 0.1 * look.of_guessing)
    if not (far and worse and now > 1.5 * cost and cost < 0.8 * best):
        return None
    return Advice(
        "over-fitting",
        f"The dev cost was {best:.3g} at iteration {best_at:,} and is {now:.3g} now, while the cost fell to {cost:.2g}:"
        " the network learns the training examples by heart.",
        "dev_cost",
        best_at,
        look.iteration,
        f"Back to iteration {best_at:,}",
        {},
        best_at,
    )


def nothing_learned(look: Look) -> Advice | None:
    """The cost falls, the dev cost never was better than guessing: the labels may not go with the inputs."""
    if len(look.dev_costs) < 12 or look.passed < FEWEST:
        return None
    best = float(np.min(smoothed(look.dev_costs)))
    if not (best > 0.97 * look.of_guessing and float(smoothed(look.dev_costs)[-1]) > 1.05 * look.of_guessing):
        return None
    if not look.mean_cost(0.8, 1) < 0.9 * look.of_guessing:
        return None
    at = look.best[0]
    return Advice(
        "nothing learned",
        f"The dev cost never was below {best:.3g}, and guessing costs {look.of_guessing:.3g}, though the cost falls:"
        " the labels may not belong to these inputs.",
        "dev_cost",
        look.since,
        look.iteration,
        f"Back to iteration {at:,}",
        {},
        at,
    )
