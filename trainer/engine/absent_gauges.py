"""Why a run has none of some kinds of gauges, in sentences."""

from __future__ import annotations

from collections.abc import Collection

from trainer.engine.hyperparameters import NETWORK, RunConfig


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
