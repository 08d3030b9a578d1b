"""The panda and its trials have the same compute, counted as the loop itself counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.experiments.test_worth import at, record
from trainer.engine.hyperparameters import RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.errors import InvalidInput
from trainer.experiments.caviar.compute import examples_after, iterations_nearest
from trainer.experiments.caviar.plan import PANDA, ContestPlan, plan_contest
from trainer.experiments.search.box import Box
from trainer.experiments.session_data import dataset_of
from trainer.numerics.mini_batches import next_mini_batch_size
from trainer.recorder.session import read_session


def plan(path: Path, ranges: dict[str, list[float]] | None = None, trials: int = 4, seeds: int = 6) -> ContestPlan:
    session = read_session(path)
    run = session.run("r1")
    box = Box.first() if ranges is None else Box.of(ranges)
    return plan_contest(session, run, dataset_of(session, run), box, trials, seeds)


def test_examples_are_counted_as_the_loop_counts_them(tmp_path: Path) -> None:
    sizes = {20: 7, 45: 32, 46: 1}
    changes = [at(t, mini_batch_size=size) for t, size in sizes.items()]
    session = read_session(
        record(tmp_path / "s.panda", changes, iterations=60, config=RunConfig(data="iris", layers=()))
    )
    run = session.run("r1")
    dataset = dataset_of(session, run)
    loop = TrainingLoop(run.config, dataset, run.initial.hyperparameters)
    counted = []
    for t in range(60):
        if t in sizes:
            loop.intervene({"mini_batch_size": sizes[t]})
        loop.train(np.empty(1))
        counted.append(round(loop.epoch_position * loop.m))
    assert examples_after(range(1, 61), loop.m, run.initial.hyperparameters.mini_batch_size, sizes) == counted


@pytest.mark.parametrize(("m", "size"), [(120, 16), (97, 16), (120, 120), (10, 1), (10, 3)])
def test_the_number_of_iterations_that_comes_nearest(m: int, size: int) -> None:
    after = examples_after(range(1, 60), m, size, {})
    for wanted in range(size, after[-1]):
        found = iterations_nearest(wanted, m, size)
        assert abs(after[found - 1] - wanted) <= next_mini_batch_size(0, m, size) / 2 + 1


@pytest.mark.parametrize(
    "ranges",
    [
        None,
        {"mini_batch_size": [2, 64], "learning_rate": [0.001, 1]},
        {"hidden_units": [2, 40], "hidden_layers": [1, 3], "mini_batch_size": [4, 16]},
    ],
)
@pytest.mark.parametrize("trials", [2, 7, 16])
def test_both_sides_have_the_same_compute_to_one_percent(
    tmp_path: Path, ranges: dict[str, list[float]] | None, trials: int
) -> None:
    path = record(tmp_path / "s.panda", [at(40, mini_batch_size=32), at(60, learning_rate=0.01)], iterations=1500)
    made = plan(path, ranges, trials)
    for seed in made.seeds:
        panda, *caviar = made.entrants(seed)
        assert (panda.trial, [trial.trial for trial in caviar]) == (PANDA, list(range(trials)))
        together = sum(trial.compute for trial in caviar)
        assert abs(together - panda.compute) <= 0.01 * panda.compute
        for trial in caviar:  # by hand: examples of its iterations, and the parameters of its network
            loop = TrainingLoop(trial.config, made.dataset, trial.hyperparameters)
            loop.train(np.empty(min(trial.iterations, 5)))
            examples = examples_after([min(trial.iterations, 5)], loop.m, loop.hyperparameters.mini_batch_size, {})
            assert round(loop.epoch_position * loop.m) == examples[0]
            size = loop.parameters.vector.size
            whole = examples_after([trial.iterations], loop.m, loop.hyperparameters.mini_batch_size, {})[0]
            assert trial.compute == whole * size
            # none of them is given much more or less than its share
            step = trial.hyperparameters.mini_batch_size * size
            assert abs(trial.compute - panda.compute / trials) <= 1.1 * max(step, 64 * 1.2 * 4000)
    assert made.seeds == (2, 3, 4, 5, 6, 7)


def test_what_cannot_be_made_equal_is_refused(tmp_path: Path) -> None:
    path = record(tmp_path / "s.panda", [], iterations=20)
    with pytest.raises(
        InvalidInput, match=r"50 trials cannot have the compute of 20 iterations to 1%, but 2\d\d\.\d% "
    ):
        plan(path, trials=50)
