"""Zoom: a box inside the one before, around its best trials, whatever kinds of hyperparameters there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.experiments.search.searching import CONFIG, DATASET, HYPERPARAMETERS, PoolHere, plan
from trainer.experiments.search.box import Box, Values, trial_config, trial_hyperparameters
from trainer.experiments.search.dimension import position
from trainer.experiments.search.search import Search
from trainer.experiments.search.trial import Trial
from trainer.experiments.search.zoom import best_of, zoomed

KINDS: dict[str, list[Any]] = {
    "learning_rate": [1e-4, 1.0],
    "momentum": [0.0, 0.999],
    "hidden_units": [4, 40],
    "mini_batch_size": [1, 64],
    "hidden_layers": [0, 3],
    "decay": ["none", "exponential"],
    "decay_rate": [0.01, 1.0],
    "batch_norm": ["on", "off"],
}


def over(index: int, values: Values, dev_cost: float) -> Trial:
    config, hyperparameters = trial_config(values, CONFIG), trial_hyperparameters(values, HYPERPARAMETERS)
    return Trial(index, 1, values, config, hyperparameters, 1, "finished", 1, [(1, dev_cost, 0.5)])


def trials_of(box: Box, seed: int, n: int = 24) -> list[Trial]:
    """Trials whose dev costs are drawn at random."""
    return [over(index, box.draw(seed, index), position(seed, index, "dev cost")) for index in range(n)]


def within(small: Box, large: Box) -> bool:
    return all(large.holds({**_any(large), name: end}) for name, ends in small.ranges().items() for end in ends)


def _any(box: Box) -> Values:
    return {name: ends[0] for name, ends in box.ranges().items()}


@pytest.mark.parametrize("seed", range(40))
def test_a_zoomed_box_is_inside_and_around_the_best(seed: int) -> None:
    names: Sequence[str] = [name for name in KINDS if position(seed, 0, name) < 0.6] or ["learning_rate"]
    box = Box.of(_sensible(names))
    for _ in range(4):  # also a zoom of a zoom
        trials = trials_of(box, seed)
        small = zoomed(box, trials)
        assert within(small, box)
        assert all(small.holds(trial.values) for trial in best_of(trials))
        assert Box.of(small.ranges()) == small
        small.check(CONFIG, HYPERPARAMETERS, DATASET.m)
        box = small


def _sensible(names: Sequence[str]) -> dict[str, list[Any]]:
    """A decay rate needs a decay, and batch norm a mini-batch of two."""
    chosen: dict[str, list[Any]] = {name: list(KINDS[name]) for name in names}
    if "decay" not in chosen:
        chosen.pop("decay_rate", None)
    if "mini_batch_size" in chosen:
        chosen["mini_batch_size"] = [2, 64]
    return chosen or {"learning_rate": [1e-4, 1.0]}


def test_a_zoom_to_no_decay_leaves_out_what_has_no_effect_then() -> None:
    box = Box.of({name: KINDS[name] for name in ("learning_rate", "decay", "decay_rate")})
    trials = [
        over(i, box.draw(1, i) | {"decay": "none" if i < 4 else "exponential"}, 0.1 if i < 4 else 1.0)
        for i in range(12)
    ]
    small = zoomed(box, trials)
    assert small.ranges()["decay"] == ["none"]
    assert small.names == ("learning_rate", "decay")
    search = Search(plan(box=box, trials=12), DATASET, PoolHere(), over=trials)
    search.edit(search.zoom(), trials=2)
    assert len(search.run().trials) == 14


def test_best_trials_in_one_corner_make_a_much_smaller_box() -> None:
    box = Box.first()
    trials = [over(i, v, abs(v["learning_rate"] - 0.03)) for i in range(50) for v in [box.draw(3, i)]]
    low, high = zoomed(box, trials).ranges()["learning_rate"]
    assert 1e-4 < low < 0.03 < high < 0.5
