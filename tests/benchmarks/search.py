"""How fast a search is, beside others that draw and train the same; and how good what it finds is.

    python -m tests.benchmarks.search [--workers | --quality] [--quick] [--seeds N] [--json PATH]

Beside others: Panda, scikit-learn's RandomizedSearchCV on MLPClassifier and Optuna with Panda's own training loop take
turns, each with equally many workers, on the same network without batch norm, which scikit-learn does not have, the
same mini-batch size, epochs and split.
Workers (`--workers`): two workers and one take turns, in trials that are long beside what is sent to them.
Quality (`--quality`): 2 × 25 trials coarse to fine, 50 at random and a grid of 7 × 7, of the same length, over seeds.

Every trial has one thread. Processes are started, and have trained once, before anything is timed.
"""

from __future__ import annotations

from trainer.threads import bound_threads, cores

bound_threads(spare=cores() - 1)

import argparse  # noqa: E402
import statistics  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable, Mapping  # noqa: E402
from concurrent.futures import Future  # noqa: E402
from contextlib import ExitStack  # noqa: E402
from dataclasses import replace  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
from scipy.stats import loguniform  # noqa: E402

from trainer.bench.turns import machine, median_and_spread, write_json  # noqa: E402
from trainer.data.dataset import Dataset  # noqa: E402
from trainer.data.loading import load_dataset  # noqa: E402
from trainer.engine.hyperparameters import Hyperparameters, RunConfig  # noqa: E402
from trainer.engine.loop import TrainingLoop  # noqa: E402
from trainer.errors import NonFinite  # noqa: E402
from trainer.experiments.search.box import Box  # noqa: E402
from trainer.experiments.search.plan import SearchPlan  # noqa: E402
from trainer.experiments.search.pools import LocalPool, Pool  # noqa: E402
from trainer.experiments.search.search import Search  # noqa: E402
from trainer.experiments.search.trial import Leg, LegResult  # noqa: E402
from trainer.experiments.search.view import SearchView  # noqa: E402

CONFIG = RunConfig(data="digits", layers=(128, 64), batch_norm=False)
WIDE = replace(CONFIG, layers=(512, 512))
HYPERPARAMETERS = Hyperparameters(momentum=0.9, mini_batch_size=64)
ALPHAS = {"learning_rate": [1e-4, 0.3]}


def main() -> None:
    options = parse()
    figures: dict[str, Any] = {"machine": machine("numpy", "sklearn", "optuna")}
    if options.quality:
        figures["quality"] = quality(options.seeds, 10 if options.quick else 50)
    elif options.workers:
        figures["workers"] = workers(options.quick)
    else:
        figures["beside others"] = beside_others(options.quick)
    write_json(options.json, figures)


class Started:
    """A pool of processes that have trained once, and go on when a search is over."""

    def __init__(self, number: int, plan: SearchPlan, dataset: Dataset) -> None:
        self._pool = LocalPool(number)
        self.workers = number
        self.search(replace(plan, trials=2 * number, epochs=1), dataset)

    def search(self, plan: SearchPlan, dataset: Dataset) -> None:
        searched(plan, dataset, self)

    def submit(self, leg: Leg) -> Future[LegResult]:
        return self._pool.submit(leg)

    def cancel(self, leg: Future[LegResult]) -> str:
        return self._pool.cancel(leg)

    def check(self) -> None:
        self._pool.check()

    def close(self) -> None:
        """It goes on."""

    def end(self) -> None:
        self._pool.close()


def beside_others(quick: bool) -> dict[str, Any]:
    """Trials a minute of every contender."""
    rounds, trials, epochs = (2, 10, 50) if quick else (5, 24, 200)
    dataset = load_dataset(CONFIG.data, CONFIG.read_as)
    both = min(2, cores())
    plan = SearchPlan(CONFIG, HYPERPARAMETERS, Box.of(ALPHAS), trials=trials, epochs=epochs)
    with ExitStack() as stack:
        started = Started(both, plan, dataset)
        stack.callback(started.end)
        contenders: dict[str, Callable[[], None]] = {
            f"Panda, {both} workers": lambda: started.search(plan, dataset),
            f"scikit-learn, {both} workers": lambda: scikit_learn(dataset, trials, epochs, both),
            f"Optuna, {both} threads": lambda: with_optuna(dataset, trials, epochs, both),
        }
        scikit_learn(dataset, both, 1, both)
        with_optuna(dataset, both, 1, both)
        rates = in_turns(contenders, trials, rounds)
    print(f"digits 64-128-64-10, {trials} trials of {epochs} epochs, {rounds} rounds")
    told(rates)
    return {"trials": trials, "epochs": epochs, "trials a minute": rates}


def workers(quick: bool) -> dict[str, Any]:
    """Trials a minute of one worker and of two."""
    rounds, trials, epochs = (3, 6, 10) if quick else (7, 12, 20)
    dataset = load_dataset(WIDE.data, WIDE.read_as)
    plan = SearchPlan(WIDE, HYPERPARAMETERS, Box.of(ALPHAS), trials=trials, epochs=epochs)
    with ExitStack() as stack:
        contenders: dict[str, Callable[[], None]] = {}
        for number in (1, 2):
            started = Started(number, plan, dataset)
            stack.callback(started.end)
            contenders[f"{number} worker{'s' if number > 1 else ''}"] = lambda s=started: s.search(plan, dataset)  # type: ignore[misc]
        rates = in_turns(contenders, trials, rounds)
    print(f"digits 64-512-512-10, {trials} trials of {epochs} epochs, {rounds} rounds")
    told(rates)
    return {"trials": trials, "epochs": epochs, "trials a minute": rates}


def in_turns(contenders: Mapping[str, Callable[[], None]], trials: int, rounds: int) -> dict[str, list[float]]:
    """Trials a minute of each in every round; they take turns, in this order and the other."""
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds):
        order = list(contenders)
        for name in order if turn % 2 else reversed(order):
            began = time.perf_counter()
            contenders[name]()
            rates[name].append(60 * trials / (time.perf_counter() - began))
    return rates


def told(rates: Mapping[str, list[float]]) -> None:
    """Print the median of each, and its ratio to the first one in the same rounds."""
    first, *_ = rates.values()
    for name, found in rates.items():
        middle, spread = median_and_spread(found)
        ratio = statistics.median(one / other for one, other in zip(found, first, strict=True))
        print(f"  {name:26} {middle:8,.0f} trials a minute (±{spread:.0%})   {ratio:.2f} × the first")


def searched(plan: SearchPlan, dataset: Dataset, pool: Pool) -> SearchView:
    """How it came out; raises RuntimeError where a figure would mean nothing."""
    view = Search(plan, dataset, pool).run()
    if view.state != "finished" or any(trial.state == "failed" for trial in view.trials):
        raise RuntimeError(view.reason or next(t.reason for t in view.trials if t.state == "failed"))
    return view


def scikit_learn(dataset: Dataset, trials: int, epochs: int, workers: int) -> None:
    from joblib import parallel_config  # type: ignore[import-untyped]
    from sklearn.model_selection import PredefinedSplit, RandomizedSearchCV
    from sklearn.neural_network import MLPClassifier

    net = MLPClassifier(
        CONFIG.layers, solver="sgd", momentum=0.9, nesterovs_momentum=False, alpha=0, batch_size=64, random_state=1,
        max_iter=epochs, n_iter_no_change=epochs + 1,
    )  # fmt: skip
    X = np.concatenate([dataset.X_train, dataset.X_dev])
    y = np.concatenate([dataset.y_train, dataset.y_dev])
    fold = np.concatenate([np.full(dataset.m, -1), np.zeros(len(dataset.y_dev), int)])
    law = {"learning_rate_init": loguniform(*ALPHAS["learning_rate"])}
    search = RandomizedSearchCV(
        net, law, n_iter=trials, cv=PredefinedSplit(fold), refit=False, random_state=1, error_score=0.0
    )
    with warnings.catch_warnings(), parallel_config("loky", n_jobs=workers, inner_max_num_threads=1):
        warnings.simplefilter("ignore")  # all epochs were made: that is what was asked for
        search.fit(X, y)


def with_optuna(dataset: Dataset, trials: int, epochs: int, workers: int) -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    iterations = epochs * -(-dataset.m // HYPERPARAMETERS.mini_batch_size)

    def objective(trial: optuna.Trial) -> float:
        low, high = ALPHAS["learning_rate"]
        alpha = trial.suggest_float("learning_rate", low, high, log=True)
        loop = TrainingLoop(CONFIG, dataset, replace(HYPERPARAMETERS, learning_rate=alpha))
        try:
            loop.train(np.empty(iterations))
        except NonFinite:
            return 1e9
        return loop.evaluate().dev_cost

    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    study.optimize(objective, n_trials=trials, n_jobs=workers)


def quality(seeds: int, trials: int) -> list[dict[str, Any]]:
    """The best dev cost that each sampler finds, over seeds of what is drawn and of the trials themselves."""
    found: list[dict[str, Any]] = []
    samplers = (("coarse-to-fine", 2), ("random", 1), ("grid", 1))
    for data, epochs in (("digits", 10), ("breast_cancer", 10)):
        print(f"{data}: best dev cost (accuracy) of {trials} trials of {epochs} epochs over α and β")
        for seed in range(1, seeds + 1):
            config = RunConfig(data=data, layers=(128, 64), seed=seed)
            dataset = load_dataset(data, config.read_as)
            row: dict[str, Any] = {"data": data, "seed": seed}
            for sampler, rounds in samplers:
                box = Box.first()
                plan = SearchPlan(config, Hyperparameters(), box, sampler, seed, trials, rounds, epochs)  # type: ignore[arg-type]
                best = searched(plan, dataset, LocalPool(cores())).best_first[0]
                row[sampler] = (best.dev_cost, best.dev_accuracy)
            found.append(row)
            costs = (f"{name} {row[name][0]:.4f} ({row[name][1]:.1%})" for name, _ in samplers)
            print(f"  seed {seed}: " + ", ".join(costs))
        rows = [row for row in found if row["data"] == data]
        for name, _ in samplers:
            wins = sum(row[name][0] == min(row[other][0] for other, _ in samplers) for row in rows)
            print(f"  {name}: median {statistics.median(row[name][0] for row in rows):.4f}, best in {wins} of {seeds}")
    return found


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few short rounds: a look, not a figure to quote")
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--workers", action="store_true", help="two workers and one, instead of Panda beside others")
    parts.add_argument("--quality", action="store_true", help="how good what is found is, instead of how fast")
    parser.add_argument("--seeds", type=int, default=5, help="of --quality (default: 5)")
    parser.add_argument("--json", type=Path, help="write all figures there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
