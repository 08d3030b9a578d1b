"""Gauges for clients, in plain values: the numbers, what they show and what is normal, and why others are absent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from trainer.engine.gauge_specs import GAUGES, split_layer
from trainer.engine.hyperparameters import NETWORK, RunConfig
from trainer.recorder.gauge_history import GaugeHistory
from trainer.service.frames import plain


def gauges_as_plain(history: GaugeHistory, config: RunConfig | None, since: int = -1) -> dict[str, Any]:
    """What was measured after an iteration, at most at a thousand iterations, JSON-ready.

    "names" and "iterations" are the rows and columns of "values", where null stands for a gauge that had no meaning
    then; a number that is not finite is given by its name. "gauges" are the entries of those that are named, in the
    order of the table of gauges. "layers" is how many layers the network has, the output layer included; "absent" has
    one sentence for each kind of gauge that is not there, with the reason.

    Parameters
    ----------
    config : of the run; None where there is no run
    """
    table = history.table(since)
    named = {split_layer(name)[0] for name in table.names}
    return {
        "names": list(table.names),
        "iterations": table.iterations.tolist(),
        "values": [[None if value != value else plain(value) for value in row] for row in table.values.tolist()],
        "gauges": [asdict(spec) for name, spec in GAUGES.items() if name in named],
        "layers": 0 if config is None or config.trainable != NETWORK else len(config.layers) + 1,
        "absent": [] if config is None else absent_gauges(config, named),
    }


def absent_gauges(config: RunConfig, named: Collection[str]) -> list[str]:
    """Which gauges there are none of, and why: one sentence for each kind.

    Parameters
    ----------
    named : the gauges that there are, without layers
    """
    if config.trainable != NETWORK:
        return [f"There are no gauges: what is trained is a {config.trainable}, which has no layers."]
    if not named and config.gauge_budget == 0:
        return ["There are no gauges: the share of the training time in which they are measured is 0."]
    if not named:
        return [
            "There are no gauges: none have been measured yet, or the run was recorded by a version of Panda that"
            " measured none."
        ]
    if not config.layers:
        found = [
            "Dead units and the gauges of batch norm are not shown: this is softmax regression, without hidden layers."
        ]
    else:
        found = []
        if not config.batch_norm:
            found.append("z_norm, z~, γ, β and the drift of running statistics are not shown: there is no batch norm.")
        if config.activation != "relu":
            found.append(f"Dead units are not shown: they are counted where units are ReLU, not {config.activation}.")
    if "gradient_momentum_cosine" not in named:
        found.append(
            "Gradient · momentum is not shown: there was no velocity v where it was measured; it is 0 at first, and"
            " gradient descent and RMSprop have none."
        )
    if "gradient_noise" not in named:
        found.append("Gradient noise is not shown: the halves of the mini-batches are too small or disagree too much.")
    return found
