"""Trainable: what the machinery asks of something that trains; and the kinds of it that are known here.

Trainer, recorder, replay, undo and ghosts know no more of it than this. The network of this package is one kind
(`TrainingLoop`); what only a network can do, such as to predict, is asked of that class alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from trainer.data.dataset import Dataset
from trainer.engine.events import Evaluation
from trainer.engine.hyperparameters import NETWORK, Hyperparameters, RunConfig, Value
from trainer.engine.loop import TrainingLoop
from trainer.engine.state import TrainingState
from trainer.errors import InvalidHyperparameter
from trainer.numerics.updates import Floats


class Trainable(Protocol):
    """Trains by updates and can be changed, copied and put back at any boundary between two of them.

    Deterministic: the same config, data and sequence of calls give the same bits, however the updates are divided
    into calls of `train`. It lives in one thread at a time and reads no clock.

    Attributes
    ----------
    config, dataset : what does not change
    """

    config: RunConfig
    dataset: Dataset

    @property
    def hyperparameters(self) -> Hyperparameters:
        """In force for the next update."""

    @property
    def iteration(self) -> int:
        """Updates done."""

    @property
    def m(self) -> int:
        """Number of training examples."""

    @property
    def operations(self) -> float:
        """Operations of arithmetic in one update; more threads compute where there are many."""

    @property
    def at_once(self) -> int:
        """Updates that take a few milliseconds, at least one: a caller that may be asked to stop asks for no more."""

    @property
    def epoch_position(self) -> float:
        """Passes over the training set so far, as a fraction."""

    @property
    def learning_rate(self) -> float:
        """α in force for the next update."""

    def train(self, costs: Floats) -> None:
        """As many updates as `costs` has elements, which become the costs J before each of them.

        Raises
        ------
        NonFinite : cost or gradient is NaN or infinite; that update was not made, those before it were
        """

    def intervene(self, changes: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
        """Change hyperparameters from the next update on; returns the values of those names before and after.

        Raises
        ------
        InvalidHyperparameter : a name or value is not allowed; nothing was changed
        """

    def evaluate(self) -> Evaluation:
        """Cost and accuracy on the dev set, and what is measured beside them; changes nothing."""

    def state(self) -> TrainingState:
        """A copy of all that the future depends on."""

    def restore(self, state: TrainingState) -> None:
        """Go to a state; the inverse of `state()`.

        Raises
        ------
        InvalidHyperparameter : it is not a state of this; nothing was changed
        """


def gauges_of(trainable: Trainable) -> dict[str, float]:
    """The gauges of its next update, by name; none of one that is not a network."""
    return trainable.gauges() if isinstance(trainable, TrainingLoop) else {}


Build = Callable[[RunConfig, Dataset, Hyperparameters | None, TrainingState | None], Trainable]
"""Makes one that begins with these hyperparameters, or by default those of `Hyperparameters()`; or that goes on from a
state, which has its own."""

TRAINABLES: dict[str, Build] = {NETWORK: TrainingLoop}
"""What `RunConfig.trainable` may name here → how it is made. Another kind of trainable is an entry more."""


def build(
    config: RunConfig,
    dataset: Dataset,
    hyperparameters: Hyperparameters | None = None,
    state: TrainingState | None = None,
) -> Trainable:
    """What a run of this config trains: new, or as it goes on from a state.

    Raises
    ------
    InvalidHyperparameter : this kind of trainable is not known here, or it does not allow these hyperparameters
    """
    if config.trainable not in TRAINABLES:
        known = ", ".join(TRAINABLES)
        raise InvalidHyperparameter(f"trainable must be one of {known}, but got {config.trainable!r:.60}")
    return TRAINABLES[config.trainable](config, dataset, hyperparameters, state)
