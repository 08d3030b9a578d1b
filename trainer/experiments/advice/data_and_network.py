"""Rules about the data and what the network makes of them."""

from __future__ import annotations

import numpy as np

from trainer.engine.hyperparameters import Value
from trainer.experiments.advice.piece import Advice, to_change, to_multiply_alpha
from trainer.experiments.advice.seen import Seen
from trainer.experiments.advice.signs import FEWEST, MEASURED, dead, smoothed, update_ratio


def unnormalised(seen: Seen) -> Advice | None:
    """z of the first layer is spread as no normalised inputs would have it."""
    at, spread = seen.gauges.get("z_std[1]", (np.empty(0), np.empty(0)))
    if not len(spread) or not spread[0] > 12 or at[0] > seen.changed + FEWEST:  # later it may be the weights
        return None
    first = float(spread[0])
    changes: dict[str, Value] = {
        name: value
        for name, value in (("input_scale", 1.0), ("input_shift", 0.0))
        if getattr(seen.hyperparameters, name, value) != value
    }
    text = (
        f"z of the first layer has spread {first:.3g}, where normalised inputs give about 1.4: the inputs are not"
        " normalised."
    )
    if changes:
        return to_change(seen, "unnormalised inputs", text, "z_std[1]", "Take the shift back", changes)
    text += " Adam's steps do not depend on how large they are."
    adam: dict[str, Value] = {"optimizer": "adam", "learning_rate": 0.001}
    return to_change(seen, "unnormalised inputs", text, "z_std[1]", "Adam, α 0.001", adam)


def outlier(seen: Seen) -> Advice | None:
    """A single mini-batch costs many times what its neighbours do."""
    if seen.hyperparameters.clip_norm or update_ratio(seen) > 0.03:
        return None
    usual, high = float(np.median(seen.costs)), float(seen.highest.max())
    if not high > max(50 * usual, 20 * seen.of_guessing):  # less may come of long steps
        return None
    at = int(seen.at[int(np.argmax(seen.highest))])
    norms = seen.latest("gradient_norm")
    norm = float(np.median(norms)) if len(norms) else 1.0
    clip = float(f"{3 * norm:.1g}") if norm > 0 else 1.0
    return to_change(
        seen,
        "outlier",
        f"Near iteration {at:,} one mini-batch had cost {high:.3g}, where {usual:.2g} is usual: some example is not"
        " like the others. A limit on the length of the gradient keeps it from doing harm.",
        "cost",
        f"Clip norm {clip:g}",
        {"clip_norm": clip},
    )


def dead_units(seen: Seen) -> Advice | None:
    """Many ReLU units of a layer are 0 for every example."""
    share, l = dead(seen)
    if share < 0.4:
        return None
    return to_change(
        seen,
        "dead units",
        f"{share:.0%} of the units of layer {l} are 0 for every example of a mini-batch: they learn nothing any more,"
        " and come back only in a run that begins anew, with batch norm or a lower α. Adam makes more of those that are"
        " left.",
        f"dead_units[{l}]",
        "Adam, α 0.001",
        {"optimizer": "adam", "learning_rate": 0.001},
    )


def stale_statistics(seen: Seen) -> Advice | None:
    """Batch norm's running statistics are far from those of the mini-batches, and the dev cost suffers."""
    drifts = {l: float(np.median(v)) for l, v in seen.layers("running_drift").items() if len(v) >= MEASURED}
    if not drifts or not len(seen.dev_costs):
        return None
    l = max(drifts, key=lambda l: drifts[l])
    cost, dev = seen.mean_cost(0.8, 1), float(seen.dev_costs[-1])
    behind = 1 / (1 - seen.config.ewa_decay) > seen.iteration / 2  # they cannot have caught up
    if not ((drifts[l] > 0.3 and behind) or (drifts[l] > 1 and dev > 1.5 * cost + 0.02)):
        return None
    return to_multiply_alpha(
        seen,
        "stale running statistics",
        f"In layer {l} batch norm's running statistics are {drifts[l]:.2g} standard deviations away from those of the"
        f" mini-batches (ρ is {seen.config.ewa_decay:g}), so the dev cost, {dev:.3g}, tells less of the network than"
        f" the cost, {cost:.3g}.",
        f"running_drift[{l}]",
        1 / 3,
    )


def overfitting(seen: Seen) -> Advice | None:
    """The dev cost rises while the cost still falls."""
    if len(seen.evaluated) < 12:
        return None
    (best_at, best), now = seen.best, float(smoothed(seen.dev_costs)[-1])
    cost = seen.mean_cost(0.9, 1)
    far = seen.iteration - best_at > 0.25 * (seen.iteration - float(seen.evaluated[0]))
    worse = now - best > max(0.25 * best, 0.1 * seen.of_guessing)
    if not (far and worse and now > 1.5 * cost and cost < 0.8 * best):
        return None
    return Advice(
        "over-fitting",
        f"The dev cost was {best:.3g} at iteration {best_at:,} and is {now:.3g} now, while the cost fell to {cost:.2g}:"
        " the network learns the training examples by heart.",
        "dev_cost",
        best_at,
        seen.iteration,
        f"Back to iteration {best_at:,}",
        {},
        best_at,
    )


def nothing_learned(seen: Seen) -> Advice | None:
    """The cost falls, the dev cost never was better than guessing: the labels may not go with the inputs."""
    if len(seen.dev_costs) < 12 or seen.passed < FEWEST:
        return None
    best = float(np.min(smoothed(seen.dev_costs)))
    if not (best > 0.97 * seen.of_guessing and float(smoothed(seen.dev_costs)[-1]) > 1.05 * seen.of_guessing):
        return None
    if not seen.mean_cost(0.8, 1) < 0.9 * seen.of_guessing:
        return None
    at = seen.best[0]
    return Advice(
        "nothing learned",
        f"The dev cost never was below {best:.3g}, and guessing costs {seen.of_guessing:.3g}, though the cost falls:"
        " the labels may not belong to these inputs.",
        "dev_cost",
        seen.since,
        seen.iteration,
        f"Back to iteration {at:,}",
        {},
        at,
    )
