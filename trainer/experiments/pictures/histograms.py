"""Histograms of a layer over time: one for each recorded state of a run, and one of it as it is now while it is live.

Nothing is recorded for them and nothing is computed while training: a state and its next mini-batch are all they need.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.engine.hyperparameters import NETWORK, RunConfig
from trainer.engine.loop import GAUGED, TrainingLoop
from trainer.engine.portrait import Portrait
from trainer.engine.state import TrainingState
from trainer.engine.trainable import Trainable, build
from trainer.errors import InvalidInput, SessionDamaged, SessionError
from trainer.experiments.session_data import dataset_of
from trainer.numerics.histograms import Quantity, common_edges, layer_values, shares
from trainer.numerics.parameters import Vector
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.runs import RecordedCheckpoint, RecordedRun
from trainer.recorder.session import Session

MOST_MOMENTS = 80
MOST_BYTES = 200_000_000
"""Of states read, and of numbers held in memory, for one picture."""


@dataclass(frozen=True, eq=False)
class LayerHistograms:
    """One histogram for each moment, all with the same bins.

    Attributes
    ----------
    iterations : of the moments, ascending, `(moments,)`
    edges : of the bins, `(bins + 1,)`
    shares : which share of the numbers is in each bin, `(moments, bins)`; the rest is beyond the edges
    numbers : how many numbers each is of, at the latest moment
    recorded : states that there are; evenly chosen ones of more than are drawn
    damaged : states among the chosen that cannot be read
    """

    iterations: NDArray[np.int64]
    edges: NDArray[np.float64]
    shares: NDArray[np.float64]
    numbers: int
    recorded: int
    damaged: int


def layer_histograms(
    session: Session,
    run: RecordedRun,
    quantity: Quantity,
    layer: int,
    begin: int = 0,
    end: int | None = None,
    present: Portrait | None = None,
) -> LayerHistograms:
    """Of a run with its ancestors, from one iteration to another.

    Parameters
    ----------
    end : the last iteration; None is where the run is
    present : the run as it is now, where it is live: a moment more

    Raises
    ------
    InvalidInput : there is no such layer, or it has no such quantity; what was trained is not a network
    SessionError : the data are not found, or no state can be read
    """
    config = run.config
    if config.trainable != NETWORK:
        raise InvalidInput(f"what is trained is a {config.trainable}, which has no layers")
    L = len(config.layers) + 1
    if not 1 <= layer <= L:
        raise InvalidInput(f"layer must be a whole number from 1 to {L}, but got {layer}")
    dataset = dataset_of(session, run) if present is None else present.dataset
    last = sys.maxsize if end is None else end
    states = [one for one in _first_of_each(with_ancestors(session, run)) if begin <= one.iteration <= last]
    measure = _Measure(config, dataset, quantity, layer)
    moments: dict[int, Vector] = {}
    damaged = 0
    for place in _evenly(len(states), measure.most):
        try:
            state = session.training_state(states[place].seq)
        except SessionDamaged:
            damaged += 1
            continue
        moments[state.iteration] = measure.values(state)
    if present is not None and begin <= present.state.iteration <= last:
        moments[present.state.iteration] = measure.values(present.state)
    if not moments:
        stretch = f"from iteration {begin:,}" + ("" if end is None else f" to {end:,}")
        raise SessionError(f"no state is recorded {stretch}" + (" that can be read" if damaged else ""))
    iterations = np.array(sorted(moments), np.int64)
    values = [moments[t] for t in iterations.tolist()]
    edges = common_edges(values)
    if edges is None:
        raise SessionError("none of the numbers is finite")
    found = np.array([shares(numbers, edges) for numbers in values])
    return LayerHistograms(iterations, edges, found, values[-1].size, len(states), damaged)


class _Measure:
    """One quantity of one layer, of one state after the other."""

    def __init__(self, config: RunConfig, dataset: Dataset, quantity: Quantity, layer: int) -> None:
        self._config, self._dataset, self._quantity, self._layer = config, dataset, quantity, layer
        self._loop: Trainable | None = None

    @property
    def most(self) -> int:
        """States that are read: of a large network or large data fewer, so that time and memory are bounded.

        Of each state parameters and two averages are read, the order of the examples is found, and the numbers of the
        layer are held.
        """
        architecture = self._config.architecture(self._dataset.X_train.shape[1], len(self._dataset.classes))
        m, itemsize = self._dataset.m, np.dtype(self._config.dtype).itemsize
        each = itemsize * (3 * architecture.size + architecture.layer_dims[self._layer] * min(GAUGED, m)) + 8 * m
        return max(2, min(MOST_MOMENTS, MOST_BYTES // each))

    def values(self, state: TrainingState) -> Vector:
        """The numbers in a state; raises InvalidInput where the layer has no such quantity."""
        if self._loop is None:
            self._loop = build(self._config, self._dataset, state=state)
        else:
            self._loop.restore(state)
        loop = self._loop
        assert isinstance(loop, TrainingLoop)
        X, y, weights = loop.next_examples()
        decay = loop.hyperparameters.weight_decay
        found = layer_values(self._quantity, self._layer, loop.parameters, X, y, decay, weights)
        if found is None:
            why = "the output layer has none" if self._config.batch_norm else "there is no batch norm"
            why = why if self._config.layers else "this is softmax regression, without hidden layers"
            raise InvalidInput(f"there is no z~ in layer {self._layer}: {why}")
        return found


def _first_of_each(line: RecordedRun) -> list[RecordedCheckpoint]:
    """The recorded states of a line, the first of each iteration: that before anything was changed there."""
    first: dict[int, RecordedCheckpoint] = {}
    for checkpoint in line.checkpoints:
        first.setdefault(checkpoint.iteration, checkpoint)
    return [first[t] for t in sorted(first)]


def _evenly(n: int, most: int) -> list[int]:
    """Up to so many places of n, evenly chosen, with the first and the last."""
    return sorted(set(np.linspace(0, n - 1, min(n, most)).round().astype(int).tolist()))
