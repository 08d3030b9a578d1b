"""The guess: what a network costs that gives each class the same probability, which is what one knows without learning.

A network that had learnt and comes to that again diverges. One whose dev cost is many times that, whatever is tried,
has been thrown away: it is not brought back by going on.
"""

from __future__ import annotations

import math

from trainer.engine.hyperparameters import NETWORK
from trainer.engine.wording import measured_text
from trainer.experiments.clones import Boundary
from trainer.recorder.averages import Numbers, SoFar

_ABOVE = 1.1
"""A cost that is so many times another one is above it, and not by the luck of the mini-batches."""

_LEARNT = 0.5
"""A network has learnt whose training cost is below this share of that of a guess."""

_FAR = 10.0
"""So many times the dev cost of a guess is far above it."""

GO_BACK = "what helps is to go back: undo a change, or branch from an earlier iteration"


def cost_of_guess(boundary: Boundary) -> float:
    """J of a guess, log C; infinite where what is trained is no network, and costs what it likes."""
    return math.log(len(boundary.dataset.classes)) if boundary.config.trainable == NETWORK else math.inf


def diverges(so_far: SoFar, costs: Numbers, dev_costs: tuple[float, float], guess: float) -> bool:
    """Whether training ends above all that it may come to: the cost that it began with, or that of a guess.

    A network that had learnt may not come near that of a guess either: it lost all of it. One that had hardly begun
    may. What counts is the training cost, as a dev cost that rises alone is over-fitting; and the later half of it, as
    it may be high for a while. Where the dev cost comes down nothing was lost: in mini-batches of one or two, a few
    examples can cost more than all others.

    Parameters
    ----------
    so_far : where the smoothed costs stood before
    costs : since then, at least one
    dev_costs : before, and in the end
    """
    half = len(costs) // 2
    before, after = so_far.values[1] if so_far.known else float(costs[0]), float(costs[half:].mean())
    if math.isinf(guess):  # what is no network costs what it likes, also less than 0: it diverges if it goes on rising
        return not after <= _ABOVE * abs(max(before, float(costs[: half + 1].mean())))
    if dev_costs[1] <= dev_costs[0]:
        return False
    if before < _LEARNT * guess:
        return not after < guess / _ABOVE
    return not after <= _ABOVE * max(before, guess)


def is_thrown_away(guess: float, *dev_costs: float) -> bool:
    """Whether all of these are far above that of a guess."""
    return all(not cost <= _FAR * guess for cost in dev_costs)  # nor is one that is not a number


def going_back(guess: float) -> str:
    """The end of a sentence that tells the dev cost of a network that has been thrown away."""
    return f"where a guess costs {measured_text(guess)}; {GO_BACK}"
