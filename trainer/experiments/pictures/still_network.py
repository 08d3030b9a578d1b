"""StillNetwork: a network as it stood at an iteration, which can be asked but not trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainer.data.dataset import Dataset
from trainer.engine.data_shift import seen
from trainer.engine.hyperparameters import RunConfig
from trainer.engine.state import TrainingState
from trainer.numerics.activations import softmax
from trainer.numerics.parameters import Architecture, Parameters, Vector
from trainer.numerics.propagation import Statistics, activations_at_test_time, predict_logits


@dataclass(frozen=True, eq=False)
class StillNetwork:
    """Everything is at test time: batch norm uses its running statistics.

    Attributes
    ----------
    dataset : that it is trained on
    parameters, running : θ, and batch norm's running statistics
    seen : the data set as the network gets it, which is after any data shift
    """

    dataset: Dataset
    parameters: Parameters
    running: Statistics
    seen: Dataset

    @classmethod
    def of(cls, config: RunConfig, dataset: Dataset, state: TrainingState) -> StillNetwork:
        """The network of a run in a state."""
        architecture = config.architecture(dataset.X_train.shape[1], len(dataset.classes))
        dtype = np.dtype(config.dtype)
        parameters, running = Parameters(architecture, dtype), Statistics.initial(architecture, dtype)
        for name, view in parameters.views.items():
            view[:] = state.tensors[name]
        for l in range(1, architecture.L):
            if architecture.normalised(l):
                running.mean[l][:] = state.tensors[f"running_mean[{l}]"]
                running.variance[l][:] = state.tensors[f"running_variance[{l}]"]
        return cls(dataset, parameters, running, seen(dataset, state.hyperparameters, config.seed))

    @property
    def architecture(self) -> Architecture:
        """The shape of the network."""
        return self.parameters.architecture

    def logits(self, X: Vector) -> Vector:
        """z[L], `(C, m)`, of normalised inputs `(n[0], m)`."""
        return predict_logits(X, self.parameters, self.running)

    def predict(self, X: Vector) -> Vector:
        """Class probabilities `(C, m)` of normalised inputs `(n[0], m)`."""
        return softmax(self.logits(X))

    def activations(self, X: Vector, layer: int) -> Vector:
        """A[l], `(n[l], m)`; of the last layer the class probabilities."""
        all_layers = activations_at_test_time(X, self.parameters, self.running)
        A = next(A for l, A in enumerate(all_layers, 1) if l == layer)
        return softmax(A) if layer == self.architecture.L else A
