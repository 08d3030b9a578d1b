"""The box: what is refused, what it holds, and the grid that 25 trials are enough for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.experiments.search.searching import CONFIG, HYPERPARAMETERS
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.errors import InvalidInput
from trainer.experiments.search.box import Box, trial_config, values_of

ALL: dict[str, list[Any]] = {
    "learning_rate": [1e-4, 1.0],
    "hidden_units": [8, 16],
    "mini_batch_size": [16, 64],
    "hidden_layers": [0, 2],
    "optimizer": ["gd", "adam"],
    "batch_norm": [True, False],
}


def test_25_random_trials_try_25_values_of_alpha_and_25_grid_points_5() -> None:
    box = Box.first()
    assert len({box.draw(1, index)["learning_rate"] for index in range(25)}) == 25
    grid = box.grid(25)
    assert len(grid) == 25
    assert len({point["learning_rate"] for point in grid}) == len({point["momentum"] for point in grid}) == 5
    assert min(point["learning_rate"] for point in grid) == 1e-4
    assert max(point["learning_rate"] for point in grid) == 1.0


@pytest.mark.parametrize(
    ("ranges", "trials", "points"),
    [
        ({"learning_rate": [1e-4, 1]}, 7, 7),
        ({"learning_rate": [1e-4, 1], "momentum": [0, 0.9]}, 24, 24),
        ({"learning_rate": [1e-4, 1], "batch_norm": ["on", "off"]}, 25, 24),
        ({"learning_rate": [1e-4, 1], "hidden_layers": [2, 4]}, 100, 99),
        ({"mini_batch_size": [16, 64], "hidden_layers": [2, 4]}, 100, 9),
        ({"mini_batch_size": [16, 16], "learning_rate": [1e-4, 1]}, 6, 6),
        ({"hidden_units": [50, 100], "hidden_layers": [2, 4]}, 12, 12),
    ],
)
def test_the_largest_grid(ranges: dict[str, list[Any]], trials: int, points: int) -> None:
    box = Box.of(ranges)
    grid = box.grid(trials)
    assert len(grid) == points == len({tuple(point.values()) for point in grid})
    assert all(box.holds(point) for point in grid)
    assert box.grid(points) == grid  # where a round has as many trials as its grid has points


def test_a_grid_that_is_larger_than_the_trials_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"has at least 16 points, but only 15 trials are allowed"):
        Box.of({"optimizer": ["adam", "momentum"], **_two("learning_rate", "momentum", "weight_decay")}).grid(15)


def _two(*names: str) -> dict[str, list[float]]:
    return {name: [0.1, 0.9] for name in names}


def test_ranges_and_texts_go_round() -> None:
    box = Box.of(ALL)
    assert Box.of(box.ranges()) == box
    assert list(box.ranges()) == list(box.names) == sorted(ALL, key=list(ALL).index)
    texts = [
        "learning_rate=1e-4:1",
        "hidden_units = 8 : 16",
        "mini_batch_size=16:64",
        "hidden_layers=0:2",
        "optimizer=adam, gd",
        "batch_norm=ON,off",
    ]
    assert Box.parse(reversed(texts)) == box
    assert Box.parse([]) == Box.first()
    assert Box.first().ranges() == {"learning_rate": [1e-4, 1.0], "momentum": [0.0, 0.999]}


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (["learning_rate"], "a range is written NAME=LOW:HIGH, or NAME=ONE,OTHER, but got 'learning_rate'"),
        (["learning_rate="], "a range is written"),
        (["learning_rate=0.1:1", "learning_rate=1:2"], "learning_rate has two ranges; one is allowed"),
        (["learning_rate=0.1,1"], "learning_rate needs two ends, as in learning_rate=LOW:HIGH, but got 0.1,1"),
        (["learning_rate=0.1:0.2:0.3"], "but got 0.1, 0.2, 0.3"),
        (["learning_rate=:1"], "learning_rate must be a number"),
        (["alpha=0.1:1"], "'alpha' cannot be searched"),
        (["=1"], "'' cannot be searched"),
    ],
)
def test_texts_that_are_no_ranges(texts: list[str], sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Box.parse(texts)
    assert sentence in str(refused.value)


def test_an_empty_box_is_refused() -> None:
    with pytest.raises(InvalidInput, match="the box is empty"):
        Box.of({})


@pytest.mark.parametrize(
    ("ranges", "config", "hyperparameters", "sentence"),
    [
        ({"decay_rate": [0.1, 1]}, {}, {}, "decay_rate has no effect while decay is none"),
        ({"decay_rate": [0.1, 1], "decay": ["none"]}, {}, {}, "decay_rate has no effect while decay is none"),
        ({"decay_interval": [1, 10]}, {}, {}, "decay_interval has no effect while decay is none"),
        ({"hidden_units": [8, 16]}, {"layers": ()}, {}, "hidden_units has no effect without hidden layers"),
        ({"mini_batch_size": [16, 128]}, {}, {}, "mini_batch_size must be at most 90, the number of training"),
        ({"learning_rate": [0.1, 1]}, {}, {"mini_batch_size": 128}, "mini_batch_size must be at most 90"),
        ({"mini_batch_size": [1, 16]}, {"batch_norm": True}, {}, "mini_batch_size must be at least 2 with batch norm"),
        (
            {"mini_batch_size": [1, 16], "batch_norm": ["on", "off"]},
            {},
            {},
            "mini_batch_size must be at least 2 with batch norm",
        ),
    ],
)
def test_a_box_whose_trials_could_not_be_trained(
    ranges: dict[str, list[Any]], config: dict[str, Any], hyperparameters: dict[str, Any], sentence: str
) -> None:
    given = (
        RunConfig(**{"data": "iris", "layers": (8,), **config}),
        Hyperparameters(**({"mini_batch_size": 16} | hyperparameters)),
    )
    with pytest.raises(InvalidInput) as refused:
        Box.of(ranges).check(*given, 90)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "ranges",
    [
        {"decay_rate": [0.1, 1], "decay": ["none", "exponential"]},
        {"mini_batch_size": [16, 100]},  # powers of two up to 64
        {"mini_batch_size": [1, 16], "batch_norm": ["off"]},
        {"hidden_units": [8, 16], "hidden_layers": [0, 2]},
    ],
)
def test_a_box_whose_trials_can_be_trained(ranges: dict[str, list[Any]]) -> None:
    Box.of(ranges).check(CONFIG, HYPERPARAMETERS, 90)


def test_what_a_run_has_of_what_a_box_draws() -> None:
    box = Box.of(ALL)
    config = RunConfig(data="iris", layers=(12, 12), batch_norm=True)
    values = values_of(box, config, HYPERPARAMETERS.changed({"optimizer": "adam"}))
    assert (values["hidden_layers"], values["hidden_units"]) == (2, 12)
    assert trial_config(values, config) == config
    assert box.holds(values)
    assert not box.holds(values | {"hidden_units": 17})
    assert not box.holds({"learning_rate": 0.1})
