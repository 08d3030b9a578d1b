"""TrainingLoop: one network, one data set, one mini-batch update after the other; deterministic.

No thread, no clock, no file: the same config, data and sequence of calls give the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from trainer.data.dataset import Dataset
from trainer.engine.class_weights import class_weights
from trainer.engine.data_shift import check_data_shift, seen
from trainer.engine.engines import updates_by
from trainer.engine.events import Evaluation
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.engine.mini_batch_size import check_mini_batch_size
from trainer.engine.schedule import begins_anew, rebased
from trainer.engine.series import MEASURED
from trainer.engine.state import TrainingState, learning_rate_in_force
from trainer.errors import InvalidHyperparameter, NonFinite
from trainer.numerics.activations import softmax
from trainer.numerics.cost import Labels
from trainer.numerics.gauges import measure_gauges, measure_population_drift
from trainer.numerics.mini_batches import epoch_order, next_mini_batch_size
from trainer.numerics.parameters import Parameters, Vector
from trainer.numerics.propagation import Statistics, predict_logits
from trainer.numerics.updates import Floats, Network, Rule
from trainer.threads import members

_AVERAGES = {"gd": (), "momentum": ("v",), "rmsprop": ("s",), "adam": ("v", "s")}

GAUGED = 8192
"""Examples of the next mini-batch of which gauges are measured, at most: its first ones bound time and memory."""

POPULATION = 4096
"""Training examples of which the population drift is measured, at most, likewise."""

_AT_ONCE = {"compiled": (2.5e8, 1e6), "reference": (2e7, 5e6)}
"""Operations of arithmetic that make up some milliseconds, and that one update costs beside its matrix products."""


class TrainingLoop:
    """Trains by mini-batch updates and can be changed, copied and put back at any boundary between two of them.

    Attributes
    ----------
    config, dataset : what does not change
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
        InvalidHyperparameter : the mini-batch is larger than the training set, or of one example though there is batch
            norm; a data shift is of more inputs than there are; a class that is to have a balanced weight has no
            training example
        """
        self.config = config
        self.dataset = dataset
        architecture = config.architecture(dataset.X_train.shape[1], len(dataset.classes))
        dtype = np.dtype(config.dtype)
        self._network = (
            Network.initial(architecture, config.seed, dtype)
            if state is None
            else Network.of(Parameters(architecture, dtype))  # drawing them would take milliseconds
        )
        self._class_weights = class_weights(config, dataset)
        self._updates = updates_by(config.engine, self._network, config.ewa_decay, self._class_weights)
        self.iteration = self._epoch = self._offset = 0
        self._schedule_epoch = self._schedule_offset = 0
        self._order = epoch_order(config.seed, 0, dataset.m)
        self.hyperparameters = Hyperparameters() if hyperparameters is None else hyperparameters
        if state is not None:
            self.restore(state)
        self._check(self.hyperparameters)
        self._seen: tuple[Hyperparameters, Dataset, Dataset] | None = None

    @property
    def parameters(self) -> Parameters:
        """θ, with named views."""
        return self._network.parameters

    @property
    def running(self) -> Statistics:
        """Batch norm's running statistics, for test time."""
        return self._network.running

    @property
    def seen(self) -> Dataset:
        """The data set as the network gets it now: with the inputs shifted as the hyperparameters say.

        Where nothing is shifted it is `dataset` itself.
        """
        known, h = self._seen, self.hyperparameters
        if known is None or known[0] is not h or known[1] is not self.dataset:
            known = self._seen = (h, self.dataset, seen(self.dataset, h, self.config.seed))
        return known[2]

    @property
    def m(self) -> int:
        """Number of training examples."""
        return self.dataset.m

    @property
    def operations(self) -> float:
        """Operations of arithmetic in one update."""
        return self.parameters.architecture.operations(self.hyperparameters.mini_batch_size)

    @property
    def at_once(self) -> int:
        """Updates that take a few milliseconds, at least one: a caller that may be asked to stop asks for no more."""
        per_update = self.operations
        arithmetic, overhead = _AT_ONCE[self.config.engine]
        if self.config.engine == "compiled":
            arithmetic *= members(per_update)
        return max(1, int(arithmetic / (per_update + overhead)))

    @property
    def epoch_position(self) -> float:
        """Passes over the training set so far, as a fraction."""
        return self._epoch + self._offset / self.m

    @property
    def learning_rate(self) -> float:
        """α in force for the next update."""
        return self._learning_rate_at(self._epoch, self._offset)

    def step(self) -> float:
        """One update; returns the cost J of its mini-batch before it. Raises as `train`."""
        cost = np.empty(1)
        self.train(cost)
        return float(cost[0])

    def train(self, costs: Floats) -> None:
        """As many updates as `costs` has elements, which become the costs J of the mini-batches before them.

        However many are made in one call, the bits are those of single steps.

        Raises
        ------
        NonFinite : cost or gradient is NaN or infinite; that update was not made, those before it were
        """
        rule, largest, data = self._rule(), min(self.hyperparameters.mini_batch_size + 1, self.m), self.seen
        whole = max(1, data.at_once // largest)
        for done in range(0, len(costs), whole):
            part = costs[done : done + whole]
            indices, bounds, alphas, after = self._mini_batches(len(part))
            X, y, indices = data.training_examples(indices[: bounds[-1]])
            norms = np.empty(len(part))
            made = self._updates.train(X, y, indices, bounds, largest, rule, alphas, part, norms)
            if made < len(part):
                *_, after = self._mini_batches(made)
            self.iteration += made
            self._epoch, self._offset, self._order = after
            if made < len(part):
                raise self._not_finite(float(part[made]), float(norms[made]))

    def intervene(self, changes: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
        """Change hyperparameters from the next update on; returns their values before and after.

        Setting α or the decay lets the schedule begin anew here, from the α in force where α itself was not set.
        Another optimizer starts its averages from zero. The value of "learning_rate" before is α in force.

        Raises
        ------
        InvalidHyperparameter : a name or value is not allowed; nothing was changed
        """
        alpha = self.learning_rate
        anew = begins_anew(changes)
        if anew and alpha == 0 and not changes.get("learning_rate"):
            raise InvalidHyperparameter("the learning rate in force has decayed to 0: set learning_rate as well")
        hyperparameters = rebased(self.hyperparameters, changes, alpha)
        self._check(hyperparameters)
        old = {**self.hyperparameters.as_dict(), "learning_rate": alpha}
        new = hyperparameters.as_dict()
        if anew:
            self._schedule_epoch, self._schedule_offset = self._epoch, self._offset
        if hyperparameters.optimizer != self.hyperparameters.optimizer:
            self._forget_averages()
        self.hyperparameters = hyperparameters
        return {name: old[name] for name in changes}, {name: new[name] for name in changes}

    def evaluate(self) -> Evaluation:
        """Cost, accuracy and every measured series on the dev set, with batch norm's running statistics.

        The dev set is shifted where the hyperparameters say so. Changes nothing.
        """
        cost, accuracy = self._updates.evaluate(self.seen.X_dev, self.seen.y_dev)
        return Evaluation(
            self.iteration, cost, accuracy, {name: float(measure(self)) for name, measure in MEASURED.items()}
        )

    def next_examples(self) -> tuple[Vector, Labels, Vector | None]:
        """Inputs `(n[0], m)`, labels, class weights of the next mini-batch; of more than `GAUGED` the first ones."""
        indices, bounds, *_ = self._mini_batches(1)
        X, y = self._examples(indices[: min(bounds[1], GAUGED)])
        return X, y, None if self._class_weights is None else self._class_weights.astype(X.dtype)

    def gauges(self) -> dict[str, float]:
        """Every gauge of the next update, by name: `measure_gauges` of `next_examples`. Changes nothing."""
        return measure_gauges(self._network, self._rule(), self.learning_rate, *self.next_examples())

    def population_drift(self) -> dict[str, float]:
        """Batch norm's running statistics against those of at most `POPULATION` training examples; changes nothing."""
        X, _ = self._examples(epoch_order(self.config.seed, 0, self.m)[:POPULATION])
        return measure_population_drift(self._network, X)

    def predict(self, X: Vector) -> Vector:
        """Class probabilities `(C, m)` of normalised inputs `(n[0], m)`, one example or many, at test time.

        Not numbers where the parameters are so large that nothing finite comes out.
        """
        with np.errstate(all="ignore"):
            return softmax(predict_logits(X, self.parameters, self.running))

    def state(self) -> TrainingState:
        """A copy of all that the future depends on."""
        v_weight, s_weight = self._network.weights.tolist()
        return TrainingState(
            iteration=self.iteration,
            epoch=self._epoch,
            offset=self._offset,
            hyperparameters=self.hyperparameters,
            schedule_epoch=self._schedule_epoch,
            schedule_offset=self._schedule_offset,
            v_weight=v_weight,
            s_weight=s_weight,
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
        self._forget_averages()
        for name, view in self._tensors(state.hyperparameters.optimizer).items():
            view[:] = state.tensors[name]
        if state.epoch != self._epoch:
            self._order = epoch_order(self.config.seed, state.epoch, self.m)
        self.iteration, self._epoch, self._offset = state.iteration, state.epoch, state.offset
        self._schedule_epoch, self._schedule_offset = state.schedule_epoch, state.schedule_offset
        self._network.weights[:] = state.v_weight, state.s_weight
        self.hyperparameters = state.hyperparameters

    def _check(self, hyperparameters: Hyperparameters) -> None:
        check_mini_batch_size(hyperparameters.mini_batch_size, self.config, self.m)
        check_data_shift(hyperparameters, self.dataset.X_train.shape[1])

    def _rule(self) -> Rule:
        h = self.hyperparameters
        return Rule(h.optimizer, h.momentum, h.beta2, h.epsilon, h.weight_decay, h.clip_norm)

    def _examples(self, indices: Labels) -> tuple[Vector, Labels]:
        """Inputs `(n[0], m)`, as the network gets them, and labels of training examples."""
        X, y, indices = self.seen.training_examples(indices)
        return X.take(indices, axis=0).astype(self.parameters.vector.dtype, copy=False).T, y[indices]

    def _tensors(self, optimizer: str | None = None) -> dict[str, Vector]:
        tensors = dict(self.parameters.views)
        for l, (mean, variance) in enumerate(zip(self.running.mean, self.running.variance, strict=True)):
            if self.parameters.architecture.normalised(l):
                tensors[f"running_mean[{l}]"] = mean
                tensors[f"running_variance[{l}]"] = variance
        averages = {"v": self._network.v, "s": self._network.s}
        for average in _AVERAGES[optimizer or self.hyperparameters.optimizer]:
            tensors |= {f"{average}/{name}": view for name, view in averages[average].views.items()}
        return tensors

    def _forget_averages(self) -> None:
        for vector in (self._network.v.vector, self._network.s.vector, self._network.weights):
            vector[:] = 0

    def _mini_batches(self, count: int) -> tuple[Labels, Labels, Floats, tuple[int, int, Labels]]:
        """The next mini-batches: examples one after the other, the bounds between them, their α; and where they end."""
        epoch, offset, order, m = self._epoch, self._offset, self._order, self.m
        parts, bounds, alphas = [order[offset:]], [0], []
        for _ in range(count):
            alphas.append(self._learning_rate_at(epoch, offset))
            size = next_mini_batch_size(offset, m, self.hyperparameters.mini_batch_size)
            bounds.append(bounds[-1] + size)
            offset += size
            if offset == m:
                epoch, offset = epoch + 1, 0
                order = epoch_order(self.config.seed, epoch, m)
                parts.append(order)
        indices = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return indices, np.array(bounds, np.intp), np.array(alphas, np.float64), (epoch, offset, order)

    def _learning_rate_at(self, epoch: int, offset: int) -> float:
        elapsed = (epoch - self._schedule_epoch) + (offset - self._schedule_offset) / self.m
        return learning_rate_in_force(self.hyperparameters, elapsed)

    def _not_finite(self, cost: float, norm: float) -> NonFinite:
        what = "cost" if not math.isfinite(cost) else "gradient"
        back = "; where that does not help, go back to an earlier iteration" if self.iteration else ""
        return NonFinite(
            f"the {what} of iteration {self.iteration + 1} is not a finite number (cost {cost:g}, gradient norm"
            f" {norm:g}); the parameters are still those of iteration {self.iteration}: lower the learning rate"
            f" (now {self.learning_rate:g}), then resume{back}"
        )
