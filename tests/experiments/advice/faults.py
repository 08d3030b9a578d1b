"""Thirteen faults that are put into runs, runs that are healthy, and how advice is watched on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from trainer.data.bundled import BUNDLED
from trainer.data.dataset import Dataset
from trainer.data.generated import GENERATED
from trainer.data.loading import load_dataset
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.engine.intervals import evaluation_interval
from trainer.engine.loop import TrainingLoop
from trainer.engine.state import TrainingState
from trainer.errors import NonFinite
from trainer.experiments.advice.look import look_at
from trainer.experiments.advice.piece import Advice
from trainer.experiments.advice.rules import advice
from trainer.numerics.parameters import Vector
from trainer.recorder.cost_curve import CostCurve

BROKE = "not finite"


@dataclass
class Case:
    """A run: what it is of, how long it goes on, what is done to its data and to its network, and who may speak.

    `changes` are made at the first evaluation after so many iterations.
    """

    name: str
    rules: tuple[str, ...]
    config: RunConfig = field(default_factory=RunConfig)
    hyperparameters: Hyperparameters = field(default_factory=Hyperparameters)
    iterations: int = 2000
    data: Callable[[Dataset, np.random.Generator], Dataset] = lambda dataset, _: dataset
    network: Callable[[TrainingLoop, np.random.Generator], None] = lambda loop, _: None
    changes: Mapping[int, Mapping[str, Value]] = field(default_factory=dict)


def _h(**changes: Any) -> Hyperparameters:
    return Hyperparameters(**changes)


def _c(**changes: Any) -> RunConfig:
    return RunConfig(**changes)


def _kill_units(loop: TrainingLoop, rng: np.random.Generator) -> None:
    b = loop.parameters.b[1]
    b[rng.random(b.shape) < 0.7] = -8


def _shrink(loop: TrainingLoop, _: np.random.Generator) -> None:
    for l, W in enumerate(loop.parameters.W):
        if l:
            W *= 0.02


def _poisoned(dataset: Dataset, rng: np.random.Generator) -> Dataset:
    X, y = np.array(dataset.X_train), dataset.y_train.copy()
    i = int(rng.integers(len(y)))
    X[i] *= 1000
    y[i] = (y[i] + 1) % len(dataset.classes)
    return replace(dataset, X_train=X, y_train=y)


def _shuffled(dataset: Dataset, rng: np.random.Generator) -> Dataset:
    return replace(dataset, y_train=rng.permutation(dataset.y_train), y_dev=rng.permutation(dataset.y_dev))


def _noise(dataset: Dataset, rng: np.random.Generator) -> Dataset:
    """A tenth of the examples, a third of whose labels are wrong."""
    keep = rng.permutation(len(dataset.y_train))[:200]
    y = dataset.y_train[keep].copy()
    wrong = rng.random(len(y)) < 0.35
    y[wrong] = rng.integers(0, len(dataset.classes), int(wrong.sum()))
    X: Vector = np.array(dataset.X_train)
    return replace(dataset, X_train=X[keep], y_train=y)


def _unnormalised(dataset: Dataset, _: np.random.Generator) -> Dataset:
    X: Vector = np.array(dataset.X_train)
    return replace(dataset, X_train=X * 100 + 50, X_dev=dataset.X_dev * 100 + 50)


FAULTS = (
    Case("α × 100", ("α too high", "diverging", BROKE), hyperparameters=_h(learning_rate=10.0)),
    Case("α ÷ 1000", ("α too low",), hyperparameters=_h(learning_rate=1e-4)),
    Case(
        "dead units",
        ("dead units",),
        _c(batch_norm=False),
        _h(learning_rate=0.03),
        network=_kill_units,
    ),
    Case("poisoned mini-batch", ("outlier",), _c(batch_norm=False), _h(learning_rate=0.03), data=_poisoned),
    Case("shuffled labels", ("nothing learned", "over-fitting"), iterations=3000, data=_shuffled),
    Case("β 0.999 too early", ("β too high",), hyperparameters=_h(momentum=0.999), iterations=1000),
    Case(
        "decay so fast", ("decay too fast",), hyperparameters=_h(decay="exponential", decay_rate=0.1), iterations=1000
    ),
    Case("mini-batch too small", ("mini-batches too small",), hyperparameters=_h(mini_batch_size=2), iterations=4000),
    Case("ρ near 1", ("stale running statistics",), _c(ewa_decay=0.9999), iterations=1000),
    Case(
        "unnormalised inputs",
        ("unnormalised inputs",),
        _c(batch_norm=False),
        _h(learning_rate=0.001),
        data=_unnormalised,
        iterations=1000,
    ),
    Case("over-fitting", ("over-fitting",), hyperparameters=_h(learning_rate=0.05), iterations=4000, data=_noise),
    Case("shifted training inputs", ("shifted inputs",), hyperparameters=_h(input_shift=2.0, shift_dev="off")),
    Case(
        "plateau",
        ("plateau",),
        _c(batch_norm=False, layers=(32, 32, 32), activation="tanh"),
        _h(learning_rate=0.03, optimizer="gd"),
        network=_shrink,
        iterations=1500,
    ),
)


_WHILE = {"iris": 300, "wine": 300, "breast_cancer": 600}
"""Iterations of small sets, which are learned by heart soon after."""


def healthy() -> Iterator[Case]:
    """Thirty runs as a person would have them: every data set, with values that suit it, not for too long."""
    names = [*BUNDLED, *GENERATED]
    ways = (
        (_c(), _h(mini_batch_size=32)),
        (_c(layers=(32,)), _h(optimizer="adam", learning_rate=0.003, mini_batch_size=32)),
        (_c(layers=(), batch_norm=False), _h(optimizer="gd", learning_rate=0.1, mini_batch_size=32)),
        (_c(layers=(64, 32), batch_norm=False), _h(learning_rate=0.02, mini_batch_size=32)),
    )
    made = 0
    for config, hyperparameters in ways:
        for name in names:
            if made < 30:
                yield Case(
                    f"{name} {made // len(names) + 1}",
                    (),
                    replace(config, data=name),
                    hyperparameters,
                    _WHILE.get(name, 1500),
                )
                made += 1


@dataclass
class Watched:
    """A run that was watched: its loop, and the advice at its evaluations."""

    loop: TrainingLoop
    curve: CostCurve
    at: list[tuple[int, list[Advice]]]
    states: list[TrainingState]
    broke: bool = False

    @property
    def named(self) -> str:
        """The first advice that there was."""
        return next((advice[0].rule for _, advice in self.at if advice), BROKE if self.broke else "")


def watch(case: Case, seed: int, *, stop_at_advice: bool = False, gauges_every: int = 1) -> Watched:
    """Train a case to its end, or until there is advice, with a look after each evaluation.

    Gauges are measured at every so manieth evaluation: a fast live run measures them seldom.
    """
    rng = np.random.default_rng(seed)
    config = replace(case.config, seed=seed)
    dataset = case.data(load_dataset(config.data, config.read_as), rng)
    h = case.hyperparameters
    size = min(h.mini_batch_size, dataset.m // 2)
    loop = TrainingLoop(config, dataset, h.changed({"mini_batch_size": size}))
    case.network(loop, rng)
    curve = CostCurve()
    curve.begin("r1", dataset.m, loop.state())
    curve.extend(np.empty(0), [loop.evaluate()], 0.0)
    measured = {name: [(0, value)] for name, value in loop.gauges().items()}  # as a live run does at its beginning
    found: list[tuple[int, list[Advice]]] = []
    states, changes = [loop.state()], dict(case.changes)
    every = evaluation_interval(loop)
    while loop.iteration < case.iterations:
        costs = np.empty(min(every, case.iterations - loop.iteration))
        first = loop.iteration
        try:
            loop.train(costs)
        except NonFinite:
            curve.extend(costs[: loop.iteration - first], [loop.evaluate()], 0.0)
            return Watched(loop, curve, found, states, broke=True)
        curve.extend(costs, [loop.evaluate()], 0.0)
        for name, value in loop.gauges().items() if len(found) % gauges_every == 0 else ():
            measured.setdefault(name, []).append((loop.iteration, value))
        gauges = {name: (np.array(rows)[:, 0], np.array(rows)[:, 1]) for name, rows in measured.items()}
        look = look_at(curve, config, loop.hyperparameters, dataset.m, len(dataset.classes), gauges)
        found.append((loop.iteration, advice(look)))
        states.append(loop.state())
        for at in [at for at in changes if at <= loop.iteration]:
            before, after = loop.intervene(changes.pop(at))
            curve.intervene(len(curve.interventions), loop.iteration, "you", "", before, after)
        if stop_at_advice and found[-1][1]:
            break
    return Watched(loop, curve, found, states)
