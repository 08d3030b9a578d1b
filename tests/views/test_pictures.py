"""Pictures of networks and data of every kind: each is there, or a sentence says why it is not."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.data.test_npy import many, pair
from tests.experiments.pictures.stills import square, still
from trainer.data import npy
from trainer.data.column_plan import ColumnPlan
from trainer.data.loading import load_dataset
from trainer.engine.data_shift import seen
from trainer.engine.hyperparameters import Hyperparameters
from trainer.experiments.pictures.projection import _FITTED
from trainer.experiments.pictures.still_network import StillNetwork
from trainer.experiments.pictures.units import MOST_UNITS
from trainer.views.pictures import pictures


def drawn(network: StillNetwork, layer: int = 1, most: int | None = None) -> dict[str, Any]:
    answer = pictures(network, layer, most=most)
    return dict(json.loads(json.dumps(answer, allow_nan=False)))


def levels(text: str) -> list[int]:
    return list(base64.b64decode(text))


def test_two_inputs_and_a_hidden_layer_have_all_but_weights_of_pixels() -> None:
    told = drawn(still(square(), layers=(3,)))
    assert told["why"].keys() == {"weights"}
    assert told["plane"]["points"] ** 2 == len(levels(told["plane"]["classes"])) == 64 * 64
    assert (told["plane"]["x"], told["plane"]["y"]) == ([[-1, -1], [-1, 1], [1, -1], [1, 1]], [0, 1, 0, 1])
    assert (told["units"]["layer"], told["units"]["output"], len(told["units"]["maps"])) == (1, False, 3)
    assert told["layers"] == [3, 2]
    assert [one["columns"][0][0] for one in told["worst"]] == ["x0"] * 4


def test_a_map_is_told_as_bytes_around_its_zero() -> None:
    network = still(square(), layers=(2,), batch_norm=False, activation="tanh")
    network.parameters.W[1][:] = [[100, 0], [0, 0]]
    network.parameters.b[1][:] = 0
    units = drawn(network)["units"]
    first = np.array(levels(units["maps"][0])).reshape(32, 32)
    assert (set(first[:, :16].ravel()), set(first[:, 16:].ravel())) == ({1}, {255})
    assert set(levels(units["maps"][1])) == {128}
    assert units["largest"] == [1, 0]


def test_without_a_hidden_layer_units_are_classes() -> None:
    told = drawn(still(square()), layer=7)
    assert (told["units"]["layer"], told["units"]["output"], told["layers"]) == (1, True, [2])


def test_a_hundred_layers() -> None:
    told = drawn(still(square(), layers=(4,) * 100), layer=100)
    assert (told["units"]["layer"], told["units"]["output"], len(told["layers"])) == (100, False, 101)


def test_without_batch_norm() -> None:
    assert drawn(still(square(), layers=(3,), batch_norm=False, iterations=5))["why"].keys() == {"weights"}


def test_more_inputs_are_drawn_on_principal_axes() -> None:
    told = drawn(still(square(inputs=5), layers=(3,)))
    assert "plane" not in told
    assert told["why"]["units"] == "what each unit sees is drawn over the plane of 2 inputs, but there are 5"
    assert told["axes"]["shares"] == pytest.approx([0.5, 0.5])
    assert len(told["axes"]["x"]) == len(told["axes"]["right"]) == 4


def test_a_shift_is_seen_within_the_axes_of_before() -> None:
    network = still(square(inputs=5), layers=(3,))
    (left, right), _ = drawn(network)["axes"]["ends"]
    moved = replace(network, seen=seen(network.dataset, Hyperparameters(input_shift=5.0), 1))
    told = drawn(moved)["axes"]
    x = np.array(told["x"])[:, 0]
    (low, high), _ = told["ends"]
    assert low < min(left, x.min()) + 1e-6
    assert high > max(right, x.max()) - 1e-6
    assert not (left < x.mean() < right)


def test_a_plane_holds_the_dev_set_where_only_the_training_set_is_shifted() -> None:
    network = still(square(), layers=(3,))
    moved = replace(network, seen=seen(network.dataset, Hyperparameters(input_shift=5.0, shift_dev="off"), 1))
    plane = drawn(moved)["plane"]
    x, (low, high) = np.array(plane["x"]), np.array(plane["ends"]).T
    assert (low < x).all()
    assert (x < high).all()
    assert (high > 5).all()


def test_one_input_has_a_sentence_for_each_plane() -> None:
    told = drawn(still(square(inputs=1), layers=(3,)))
    assert told["why"]["axes"].startswith("two axes take 2 inputs")
    assert told["accuracy"] >= 0


def test_images_have_weights_of_pixels_and_worst_examples_as_images() -> None:
    dataset = replace(square(inputs=12), image_shape=(3, 4))
    told = drawn(still(dataset, layers=(5,)))
    assert told["why"].keys() == {"units"}
    assert (told["weights"]["height"], told["weights"]["width"], len(told["weights"]["maps"])) == (3, 4, 5)
    assert all(len(levels(one["image"]["grey"])) == 12 and one["columns"] == [] for one in told["worst"])


def test_of_a_thousand_classes_the_most_confused_are_told() -> None:
    C = 1000
    dataset = replace(square(classes=C), classes=tuple(map(str, range(C))))
    network = still(dataset, layers=(3,))
    told = drawn(network, layer=2)
    assert told["confusion"] is None
    assert len(told["recall"]) == C
    assert told["recall"][4:] == [None] * (C - 4)  # no dev example
    assert (told["units"]["units"], len(told["units"]["maps"])) == (C, MOST_UNITS)
    assert all(1 <= len(one["probabilities"]) <= 3 for one in told["worst"])
    assert all(one["is"] in [k for k, _ in one["probabilities"]] for one in told["worst"])


def test_a_dev_set_of_one_example() -> None:
    told = drawn(still(square(m_dev=1), layers=(3,)))
    assert told["recall"][1] is None
    assert (told["examples"], len(told["worst"]), len(told["plane"]["x"])) == (1, 1, 1)
    assert len(drawn(still(square(m_dev=1, inputs=3)))["axes"]["x"]) == 1


def test_of_a_large_dev_set_a_bounded_sample_is_looked_at() -> None:
    told = drawn(still(square(m_dev=32)), most=10)
    assert (told["examples"], told["looked_at"], len(told["plane"]["x"])) == (32, 10, 10)
    assert sum(map(sum, told["confusion"])) == 10
    assert (told["plane"]["points"], told["units"]["width"]) == (24, 24)
    assert drawn(still(square()), most=1600)["plane"]["points"] == 40


def test_the_worst_rows_are_those_after_a_data_shift() -> None:
    plans = (
        ColumnPlan("size", "input", "numbers"),
        ColumnPlan("kind", "input", "words", words=("a", "b")),
        ColumnPlan("age", "input", "numbers", fill=0.0, indicator=True),
    )
    dataset = replace(square(inputs=5), columns=plans)
    before = still(dataset)
    both, train = (
        replace(before, seen=seen(dataset, Hyperparameters(input_shift=2.5, shift_dev=dev), 0)) for dev in ("on", "off")
    )
    told = {one["number"]: one["columns"] for one in drawn(before)["worst"]}
    assert told[0] == [["size", "-1"], ["kind", "another word"], ["age", "0"]]
    shifted = {one["number"]: one["columns"] for one in drawn(both)["worst"]}
    assert shifted[0] == [["size", "1.5"], ["kind", "another word before the shift"], ["age", "0 before the shift"]]
    assert {one["number"]: one["columns"] for one in drawn(train)["worst"]} == told
    assert [drawn(network)["dev_shifted"] for network in (before, both, train)] == [False, True, False]
    assert drawn(before)["inputs"] == 3


def test_what_is_not_finite_has_one_sentence() -> None:
    network = still(square(), layers=(3,), batch_norm=False)
    network.parameters.W[1][:] = 3e38
    network.parameters.W[2][:] = 3e38
    told = drawn(network)
    assert told["why"].keys() == {"all"}
    assert "not a finite number" in told["why"]["all"]


def test_data_on_disk_are_drawn_as_those_in_memory_until_their_file_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pair(tmp_path / "a.npy", *many())
    memory = drawn(still(load_dataset(path), layers=(3,)))
    monkeypatch.setattr(npy, "IN_MEMORY", 0)
    _FITTED.clear()
    disk = still(load_dataset(path), layers=(3,))
    assert disk.dataset.on_disk
    assert drawn(disk) == memory
    _FITTED.clear()
    with (tmp_path / "a.npy").open("ab") as file:
        file.write(b"more")
    told = drawn(disk)
    assert told["why"]["axes"] == "the file was changed after it was opened: its numbers cannot be read any more"
    assert told["confusion"] == memory["confusion"]
