"""Quadratic: J(w) = w² − 10w + 25, the example of course 2's week on TensorFlow, as a second `Trainable`.

Its minimum is J(5) = 0. It takes no mini-batches: each update is a whole epoch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from trainer.data.dataset import Dataset
from trainer.engine.events import Evaluation
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.engine.schedule import begins_anew, rebased
from trainer.engine.state import TrainingState, learning_rate_in_force
from trainer.errors import InvalidHyperparameter, NonFinite
from trainer.numerics.optimizers import (
    update_average_weight,
    update_parameters_with_adam,
    update_parameters_with_gd,
    update_parameters_with_momentum,
)
from trainer.numerics.updates import Floats

_AVERAGES = {"gd": (), "momentum": ("v",), "adam": ("v", "s")}


class Quadratic:
    """One parameter w, from 0, by gradient descent, momentum or Adam."""

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        hyperparameters: Hyperparameters | None = None,
        state: TrainingState | None = None,
    ) -> None:
        self.config, self.dataset = config, dataset
        self.hyperparameters = hyperparameters or Hyperparameters()
        self.iteration = self._schedule_epoch = 0
        self._w, self._v, self._s, self._scratch = np.zeros((4, 1))
        self._v_weight = self._s_weight = 0.0
        if state is not None:
            self.restore(state)
        self._check(self.hyperparameters)

    @property
    def w(self) -> float:
        return float(self._w[0])

    @property
    def m(self) -> int:
        return self.dataset.m

    @property
    def operations(self) -> float:
        return 5.0

    @property
    def at_once(self) -> int:
        return 100

    @property
    def epoch_position(self) -> float:
        return float(self.iteration)

    @property
    def learning_rate(self) -> float:
        return learning_rate_in_force(self.hyperparameters, self.iteration - self._schedule_epoch)

    def train(self, costs: Floats) -> None:
        for t in range(len(costs)):
            costs[t] = self._cost()
            if not math.isfinite(costs[t]):
                raise NonFinite(f"the cost of iteration {self.iteration + 1} is not a finite number")
            self._update(2 * self._w - 10)
            self.iteration += 1

    def intervene(self, changes: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
        hyperparameters = rebased(self.hyperparameters, changes, self.learning_rate)
        self._check(hyperparameters)
        old = {**self.hyperparameters.as_dict(), "learning_rate": self.learning_rate}
        new = hyperparameters.as_dict()
        if begins_anew(changes):
            self._schedule_epoch = self.iteration
        if hyperparameters.optimizer != self.hyperparameters.optimizer:
            self._forget_averages()
        self.hyperparameters = hyperparameters
        return {name: old[name] for name in changes}, {name: new[name] for name in changes}

    def evaluate(self) -> Evaluation:
        return Evaluation(self.iteration, self._cost(), float(abs(self.w - 5) < 0.01))

    def state(self) -> TrainingState:
        averages = {"v": self._v, "s": self._s}
        return TrainingState(
            iteration=self.iteration,
            epoch=self.iteration,
            offset=0,
            hyperparameters=self.hyperparameters,
            schedule_epoch=self._schedule_epoch,
            schedule_offset=0,
            v_weight=self._v_weight,
            s_weight=self._s_weight,
            tensors={"w": self._w.copy()}
            | {f"{name}/w": averages[name].copy() for name in _AVERAGES[self.hyperparameters.optimizer]},
        )

    def restore(self, state: TrainingState) -> None:
        self._check(state.hyperparameters)
        self._forget_averages()
        self._w[:] = state.tensors["w"]
        for name, average in (("v/w", self._v), ("s/w", self._s)):
            average[:] = state.tensors.get(name, 0.0)
        self._v_weight, self._s_weight = state.v_weight, state.s_weight
        self.iteration, self._schedule_epoch = state.iteration, state.schedule_epoch
        self.hyperparameters = state.hyperparameters

    def _cost(self) -> float:
        return self.w**2 - 10 * self.w + 25 if abs(self.w) < 1e150 else math.inf

    def _update(self, dw: Floats) -> None:
        h, alpha = self.hyperparameters, self.learning_rate
        if h.optimizer != "gd":
            self._v_weight = update_average_weight(self._v_weight, h.momentum)
        match h.optimizer:
            case "gd":
                update_parameters_with_gd(self._w, dw, alpha, self._scratch)
            case "momentum":
                update_parameters_with_momentum(self._w, dw, self._v, alpha, h.momentum, self._scratch)
            case _:
                self._s_weight = update_average_weight(self._s_weight, h.beta2)
                weights = self._v_weight, self._s_weight
                rates = alpha, h.momentum, h.beta2, h.epsilon
                update_parameters_with_adam(self._w, dw, self._v, self._s, *weights, *rates, self._scratch)

    def _forget_averages(self) -> None:
        self._v[:] = self._s[:] = 0
        self._v_weight = self._s_weight = 0.0

    def _check(self, hyperparameters: Hyperparameters) -> None:
        if hyperparameters.optimizer not in _AVERAGES:
            raise InvalidHyperparameter(
                f"optimizer must be one of {', '.join(_AVERAGES)} here, but got {hyperparameters.optimizer!r}"
            )
