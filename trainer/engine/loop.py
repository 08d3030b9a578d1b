"""TrainingLoop: one network, one data set, one mini-batch update after the other; deterministic.

No thread, no clock, no file: the same config, data and sequence of calls give the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from trainer.data.dataset import Dataset
from trainer.engine.events import Evaluation
from trainer.engine.hyperparameters import SCHEDULE, Hyperparameters, RunConfig, Value
from trainer.engine.state import TrainingState, learning_rate_in_force
from trainer.errors import InvalidHyperparameter, NonFinite
from trainer.numerics import optimizers
from trainer.numerics.activations import softmax
from trainer.numerics.batch_norm import update_running_statistics
from trainer.numerics.mini_batches import epoch_order, next_mini_batch_size
from trainer.numerics.parameters import Parameters, Vector, initialize_parameters
from trainer.numerics.propagation import (
    Statistics,
    Workspace,
    backward_propagation,
    evaluate_cost,
    forward_propagation,
    mini_batch_cost,
    predict_logits,
)

_AVERAGES = {"gd": (), "momentum": ("v",), "rmsprop": ("s",), "adam": ("v", "s")}


class TrainingLoop:
    """Trains by single steps and can be changed, copied and put back at any boundary between two of them.

    Attributes
    ----------
    config, dataset : what does not change
    parameters : θ, with named views
    running : batch norm's running statistics, for test time
    hyperparameters : in force for the next step
    iteration : updates done
    """

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        hyperparameters: Hyperparameters | None = None,
        state: TrainingState | None = None,
    ) -> None:
        """A new run from seeded initial parameters, or one that goes on from a state.

        Raises
        ------
        InvalidHyperparameter : the mini-batch is larger than the training set
        """
        self.config = config
        self.dataset = dataset
        architecture = config.architecture(dataset.X_train.shape[1], len(dataset.classes))
        self._dtype = np.dtype(config.dtype)
        self.parameters = initialize_parameters(architecture, config.seed, self._dtype)
        self.running = Statistics.initial(architecture, self._dtype)
        self._gradients = Parameters(architecture, self._dtype)
        self._averages = {"v": Parameters(architecture, self._dtype), "s": Parameters(architecture, self._dtype)}
        self._weights = {"v": 0.0, "s": 0.0}
        self._scratch = np.empty_like(self.parameters.vector)
        self._workspaces: dict[int, tuple[Workspace, Vector]] = {}
        self.iteration = self._epoch = self._offset = 0
        self._schedule_epoch = self._schedule_offset = 0
        self._order = epoch_order(config.seed, 0, dataset.m)
        self.hyperparameters = Hyperparameters() if hyperparameters is None else hyperparameters
        if state is not None:
            self.restore(state)
        self._check_mini_batch_size(self.hyperparameters)

    @property
    def m(self) -> int:
        """Number of training examples."""
        return self.dataset.m

    @property
    def epoch_position(self) -> float:
        """Passes over the training set so far, as a fraction."""
        return self._epoch + self._offset / self.m

    @property
    def learning_rate(self) -> float:
        """α in force for the next step."""
        elapsed = (self._epoch - self._schedule_epoch) + (self._offset - self._schedule_offset) / self.m
        return learning_rate_in_force(self.hyperparameters, elapsed)

    def step(self) -> float:
        """One mini-batch update; returns the cost J of the mini-batch before it.

        Raises
        ------
        NonFinite : cost or gradient is NaN or infinite; nothing was changed
        """
        size = next_mini_batch_size(self._offset, self.m, self.hyperparameters.mini_batch_size)
        workspace, rows = self._workspace(size)
        indices = self._order[self._offset : self._offset + size]
        self.dataset.X_train.take(indices, axis=0, out=rows, mode="clip")
        y = self.dataset.y_train[indices]
        with np.errstate(all="ignore"):
            forward_propagation(rows.T, self.parameters, workspace)
            cost = mini_batch_cost(y, workspace)
            gradient = backward_propagation(
                y, self.parameters, workspace, self._gradients, self.hyperparameters.weight_decay
            )
            norm = math.sqrt(np.vdot(gradient, gradient))
            self._guard(cost, norm)
            self._update(norm, workspace)
        self._advance(size)
        return cost

    def intervene(self, changes: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
        """Change hyperparameters from the next step on; returns their values before and after.

        Setting α or the decay lets the schedule begin anew here, from the α in force where α itself was not set.
        Another optimizer starts its averages from zero. The value of "learning_rate" before is α in force.

        Raises
        ------
        InvalidHyperparameter : a name or value is not allowed; nothing was changed
        """
        alpha = self.learning_rate
        rebased: dict[str, Value] = {"learning_rate": alpha} if SCHEDULE & changes.keys() else {}
        hyperparameters = self.hyperparameters.changed({**rebased, **changes})
        self._check_mini_batch_size(hyperparameters)
        old = {**self.hyperparameters.as_dict(), "learning_rate": alpha}
        new = hyperparameters.as_dict()
        if rebased:
            self._schedule_epoch, self._schedule_offset = self._epoch, self._offset
        if hyperparameters.optimizer != self.hyperparameters.optimizer:
            self._forget_averages()
        if hyperparameters.mini_batch_size != self.hyperparameters.mini_batch_size:
            self._workspaces.clear()
        self.hyperparameters = hyperparameters
        return {name: old[name] for name in changes}, {name: new[name] for name in changes}

    def evaluate(self) -> Evaluation:
        """Cost and accuracy on the dev set, batch norm with its running statistics; changes nothing."""
        with np.errstate(all="ignore"):
            cost, accuracy = evaluate_cost(self.dataset.X_dev.T, self.dataset.y_dev, self.parameters, self.running)
        return Evaluation(self.iteration, cost, accuracy)

    def predict(self, X: Vector) -> Vector:
        """Class probabilities `(C, m)` of normalised inputs `(n[0], m)`, one example or many, at test time."""
        return softmax(predict_logits(X, self.parameters, self.running))

    def state(self) -> TrainingState:
        """A copy of all that the future depends on."""
        return TrainingState(
            iteration=self.iteration,
            epoch=self._epoch,
            offset=self._offset,
            hyperparameters=self.hyperparameters,
            schedule_epoch=self._schedule_epoch,
            schedule_offset=self._schedule_offset,
            v_weight=self._weights["v"],
            s_weight=self._weights["s"],
            tensors={name: view.copy() for name, view in self._tensors().items()},
        )

    def restore(self, state: TrainingState) -> None:
        """Go to a state; the inverse of `state()`.

        Raises
        ------
        InvalidHyperparameter : the state's tensors are not those of this network; nothing was changed
        """
        names = set(self._tensors(state.hyperparameters.optimizer))
        if names != set(state.tensors):
            raise InvalidHyperparameter(
                f"this state has tensors {sorted(state.tensors)}, but the network needs {sorted(names)}"
            )
        if state.hyperparameters.mini_batch_size != self.hyperparameters.mini_batch_size:
            self._workspaces.clear()
        self._forget_averages()
        for name, view in self._tensors(state.hyperparameters.optimizer).items():
            view[:] = state.tensors[name]
        if state.epoch != self._epoch:
            self._order = epoch_order(self.config.seed, state.epoch, self.m)
        self.iteration, self._epoch, self._offset = state.iteration, state.epoch, state.offset
        self._schedule_epoch, self._schedule_offset = state.schedule_epoch, state.schedule_offset
        self._weights = {"v": state.v_weight, "s": state.s_weight}
        self.hyperparameters = state.hyperparameters

    def _tensors(self, optimizer: str | None = None) -> dict[str, Vector]:
        tensors = dict(self.parameters.views)
        for l, (mean, variance) in enumerate(zip(self.running.mean, self.running.variance, strict=True)):
            if self.parameters.architecture.normalised(l):
                tensors[f"running_mean[{l}]"] = mean
                tensors[f"running_variance[{l}]"] = variance
        for average in _AVERAGES[optimizer or self.hyperparameters.optimizer]:
            tensors |= {f"{average}/{name}": view for name, view in self._averages[average].views.items()}
        return tensors

    def _forget_averages(self) -> None:
        self._weights = {"v": 0.0, "s": 0.0}
        for average in self._averages.values():
            average.vector[:] = 0

    def _check_mini_batch_size(self, hyperparameters: Hyperparameters) -> None:
        if hyperparameters.mini_batch_size > self.m:
            raise InvalidHyperparameter(
                f"mini_batch_size must be at most {self.m}, the number of training examples,"
                f" but got {hyperparameters.mini_batch_size}"
            )

    def _workspace(self, size: int) -> tuple[Workspace, Vector]:
        found = self._workspaces.get(size)
        if found is None:
            workspace = Workspace(self.parameters.architecture, size, self._dtype)
            rows = np.empty((size, self.dataset.X_train.shape[1]), self._dtype)
            found = self._workspaces[size] = (workspace, rows)
        return found

    def _guard(self, cost: float, norm: float) -> None:
        if not (math.isfinite(cost) and math.isfinite(norm)):
            what = "cost" if not math.isfinite(cost) else "gradient"
            raise NonFinite(
                f"the {what} of iteration {self.iteration + 1} is not a finite number (cost {cost:g}, gradient norm"
                f" {norm:g}); the parameters are still those of iteration {self.iteration}: lower the learning rate"
                f" (now {self.learning_rate:g}), then resume"
            )

    def _update(self, norm: float, workspace: Workspace) -> None:
        h, alpha, theta, dtheta = (
            self.hyperparameters,
            self.learning_rate,
            self.parameters.vector,
            self._gradients.vector,
        )
        v, s = self._averages["v"].vector, self._averages["s"].vector
        if h.clip_norm:
            optimizers.clip_by_global_norm(dtheta, norm, h.clip_norm)
        match h.optimizer:
            case "gd":
                optimizers.update_parameters_with_gd(theta, dtheta, alpha, self._scratch)
            case "momentum":
                optimizers.update_parameters_with_momentum(theta, dtheta, v, alpha, h.momentum, self._scratch)
            case "rmsprop":
                optimizers.update_parameters_with_rmsprop(theta, dtheta, s, alpha, h.beta2, h.epsilon, self._scratch)
            case "adam":
                self._weights["v"] = optimizers.update_average_weight(self._weights["v"], h.momentum)
                self._weights["s"] = optimizers.update_average_weight(self._weights["s"], h.beta2)
                optimizers.update_parameters_with_adam(
                    theta,
                    dtheta,
                    v,
                    s,
                    self._weights["v"],
                    self._weights["s"],
                    alpha,
                    h.momentum,
                    h.beta2,
                    h.epsilon,
                    self._scratch,
                )
        update_running_statistics(self.running.vector, workspace.statistics.vector, self.config.ewa_decay)

    def _advance(self, size: int) -> None:
        self.iteration += 1
        self._offset += size
        if self._offset == self.m:
            self._epoch, self._offset = self._epoch + 1, 0
            self._order = epoch_order(self.config.seed, self._epoch, self.m)
