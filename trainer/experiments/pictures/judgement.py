"""Judgement: what a network takes dev examples for, and how wrong it is about each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.experiments.pictures.still_network import StillNetwork
from trainer.experiments.predictions import Confusion
from trainer.numerics.activations import log_sum_exp
from trainer.numerics.cost import Labels
from trainer.numerics.propagation import EVALUATION_BLOCK


@dataclass(frozen=True, eq=False)
class Judgement:
    """Of some dev examples, in their order.

    Attributes
    ----------
    examples : their numbers in the dev set, `(m,)`
    y, taken_for : their classes, and the largest logits', `(m,)`
    losses : L(ŷ, y) = -log ŷ_y of each, without class weights, `(m,)`
    """

    examples: NDArray[np.intp]
    y: Labels
    taken_for: Labels
    losses: NDArray[np.floating]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which of them were taken for what they are, `(m,)`."""
        right: NDArray[np.bool_] = self.y == self.taken_for
        return right

    def confusion(self, classes: int) -> Confusion:
        """What the examples of each class were taken for."""
        return Confusion.of(classes, self.y, self.taken_for)

    def worst(self, most: int) -> NDArray[np.intp]:
        """Where in these arrays the examples of the highest losses are, the worst first."""
        return np.argsort(-self.losses, kind="stable")[:most]


def evenly(dataset: Dataset, most: int) -> NDArray[np.intp]:
    """Numbers of dev examples: all, or `most` of them, evenly spread over the set."""
    m = len(dataset.y_dev)
    return np.arange(m) if m <= most else np.linspace(0, m - 1, most).astype(np.intp)


def judge(network: StillNetwork, examples: NDArray[np.intp]) -> Judgement:
    """Have a network judge the dev examples with these numbers, in blocks, so that memory does not grow with them."""
    X, y = network.seen.X_dev, network.seen.y_dev[examples]
    taken_for, losses = np.empty(len(y), np.intp), np.empty(len(y))
    for start in range(0, len(y), EVALUATION_BLOCK):
        block = slice(start, start + EVALUATION_BLOCK)
        Z = network.logits(X[examples[block]].T)
        taken_for[block] = Z.argmax(axis=0)
        losses[block] = log_sum_exp(Z - Z[y[block], np.arange(Z.shape[1])])
    return Judgement(examples, y, taken_for, losses)
