"""The loop under a data shift: the bits of training on shifted data, from the change on and no longer."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.examples import three_blobs
from trainer.data.dataset import Dataset
from trainer.engine.data_shift import shift_text
from trainer.engine.engines import ENGINES, Engine
from trainer.engine.hyperparameters import DATA_SHIFT, Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.errors import InvalidHyperparameter

BOTH = pytest.mark.parametrize("engine", ENGINES)
SMALL = Hyperparameters(mini_batch_size=16)
ALL: dict[str, Any] = {
    "input_shift": 0.5,
    "input_scale": 2.0,
    "input_rotation": 40.0,
    "input_noise": 0.1,
    "input_recolour": "permute",
    "shifted_inputs": 4,
}


def loop_on(dataset: Dataset, engine: Engine = "compiled", h: Hyperparameters = SMALL) -> TrainingLoop:
    return TrainingLoop(RunConfig(layers=(6,), engine=engine, dtype=str(dataset.X_dev.dtype)), dataset, h)  # type: ignore[arg-type]


def trained(loop: TrainingLoop, iterations: int) -> list[float]:
    costs = np.empty(iterations)
    loop.train(costs)
    return costs.tolist()


@BOTH
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_goes_on_as_on_data_that_were_shifted_by_hand(engine: Engine, dtype: Any) -> None:
    data = three_blobs(dtype=dtype)
    X_train, X_dev = ((2 * X.astype(float) + 0.5).astype(dtype) for X in (data.tensors()["X_train"], data.X_dev))
    by_hand = replace(data, X_train=X_train, X_dev=X_dev)
    loop = loop_on(data, engine)
    trained(loop, 20)
    state, told = loop.state(), loop.evaluate()
    assert loop.intervene({"input_shift": 0.5, "input_scale": 2}) == (
        {"input_shift": 0.0, "input_scale": 1.0},
        {"input_shift": 0.5, "input_scale": 2.0},
    )
    assert loop.evaluate().dev_cost > told.dev_cost
    other = loop_on(by_hand, engine)
    other.restore(state)
    assert trained(loop, 30) == trained(other, 30)
    assert loop.evaluate() == other.evaluate()
    assert np.array_equal(loop.parameters.vector, other.parameters.vector)


@BOTH
def test_one_by_one_and_at_once_have_the_same_bits(engine: Engine) -> None:
    one_by_one, at_once = (loop_on(three_blobs(), engine) for _ in range(2))
    for loop in (one_by_one, at_once):
        loop.intervene(ALL)
    assert trained(at_once, 40) == [one_by_one.step() for _ in range(40)]
    assert one_by_one.state().digest() == at_once.state().digest()


def test_taken_back_it_goes_on_as_if_nothing_had_happened() -> None:
    loop, straight = loop_on(three_blobs()), loop_on(three_blobs())
    trained(loop, 10)
    before = loop.state()
    loop.intervene(ALL)
    trained(loop, 10)
    loop.restore(before)
    assert trained(loop, 30) == trained(straight, 40)[10:]
    assert loop.state().digest() == straight.state().digest()


def test_off_there_is_no_copy_and_what_was_one_is_dropped() -> None:
    loop = loop_on(three_blobs())
    assert loop.seen is loop.dataset
    loop.intervene({"input_shift": 1})
    copy = weakref.ref(loop.seen)
    loop.intervene({"learning_rate": 0.01})
    assert loop.seen is copy()
    loop.intervene({"input_shift": 0, "shifted_inputs": 3, "shift_dev": "off"})
    assert loop.seen is loop.dataset
    gc.collect()
    assert copy() is None


def test_clones_share_the_copy() -> None:
    loop = loop_on(three_blobs())
    loop.intervene(ALL)
    clone = TrainingLoop(loop.config, loop.dataset, state=loop.state())
    assert clone.seen is loop.seen
    assert trained(clone, 20) == trained(loop, 20)


def test_the_dev_set_shifts_too_or_not() -> None:
    loop = loop_on(three_blobs())
    trained(loop, 60)
    before = loop.evaluate()
    loop.intervene({"input_shift": 1, "shift_dev": "off"})
    assert loop.evaluate() == before
    assert loop.seen.X_dev is loop.dataset.X_dev
    assert not np.array_equal(loop.seen.tensors()["X_train"], loop.dataset.tensors()["X_train"])
    loop.intervene({"shift_dev": "on"})
    assert loop.evaluate().dev_cost > before.dev_cost


def test_each_seed_has_its_own_noise() -> None:
    data = three_blobs()
    seen = []
    for seed in (1, 1, 2):
        loop = TrainingLoop(RunConfig(layers=(), seed=seed), data, SMALL)
        loop.intervene({"input_noise": 1})
        seen.append(loop.seen.tensors()["X_train"])
    assert np.array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[0], seen[2])


def test_at_its_default_nothing_of_it_is_recorded() -> None:
    assert not DATA_SHIFT & set(SMALL.as_recorded())
    assert SMALL.changed({"input_scale": 2}).as_recorded() == {**SMALL.as_recorded(), "input_scale": 2.0}
    assert len(DATA_SHIFT) == 7


@pytest.mark.parametrize(
    ("inputs", "changes", "sentence"),
    [
        (5, {"shifted_inputs": 6}, "shifted_inputs must be at most 5, the number of inputs, but got 6"),
        (1, {"input_rotation": 30}, "input_rotation turns pairs of inputs, so with 1 input it must be 0, but got 30.0"),
        (5, {"input_shift": float("nan")}, "input_shift must be a number at least -100 and at most 100, but got nan"),
        (5, {"input_scale": float("inf")}, "input_scale must be a number above 0 and at most 100, but got inf"),
    ],
)
def test_a_shift_that_cannot_be_is_refused_in_a_sentence(inputs: int, changes: dict[str, Any], sentence: str) -> None:
    data = three_blobs(inputs=inputs)
    loop = loop_on(data)
    digest = loop.state().digest()
    with pytest.raises(InvalidHyperparameter) as refused:
        loop.intervene(changes)
    assert str(refused.value) == sentence
    assert loop.state().digest() == digest
    if all(np.isfinite(list(changes.values()))):
        with pytest.raises(InvalidHyperparameter):
            loop_on(data, h=SMALL.changed(changes))


def test_in_words() -> None:
    assert shift_text(SMALL) == shift_text(SMALL.changed({"shift_dev": "off", "shifted_inputs": 2})) == ""
    told = shift_text(SMALL.changed({"input_rotation": 30, "shifted_inputs": 2, "shift_dev": "off"}))
    assert told == "input rotation 30, inputs that shift 2, not of the dev set"
