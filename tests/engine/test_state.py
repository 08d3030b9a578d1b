"""TrainingState: its digest sees every field and every bit, and its parts make it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from trainer.engine.hyperparameters import HYPERPARAMETERS, Hyperparameters
from trainer.engine.state import TrainingState, learning_rate_in_force
from trainer.numerics.parameters import Vector


def make_state(**values: Any) -> TrainingState:
    tensors: Mapping[str, Vector] = {
        "W[1]": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b[1]": np.zeros((2, 1), np.float32),
        "v/W[1]": np.full((2, 3), 0.5, np.float32),
    }
    state = TrainingState(
        iteration=12,
        epoch=1,
        offset=32,
        hyperparameters=Hyperparameters(decay="inverse-time", decay_rate=0.5),
        schedule_epoch=0,
        schedule_offset=16,
        v_weight=0.7,
        s_weight=0.3,
        tensors=tensors,
    )
    return replace(state, **values)


def test_the_same_contents_have_the_same_digest() -> None:
    assert make_state().digest() == make_state().digest()
    assert len(make_state().digest()) == 64


@pytest.mark.parametrize("name", ["iteration", "epoch", "offset", "schedule_epoch", "schedule_offset"])
def test_the_digest_sees_every_position(name: str) -> None:
    state = make_state()
    assert replace(state, **{name: getattr(state, name) + 1}).digest() != state.digest()


@pytest.mark.parametrize("name", ["v_weight", "s_weight"])
def test_the_digest_sees_the_last_bit_of_a_weight(name: str) -> None:
    state = make_state()
    weight: Any = float(np.nextafter(getattr(state, name), 1))
    assert replace(state, **{name: weight}).digest() != state.digest()


@pytest.mark.parametrize("name", HYPERPARAMETERS)
def test_the_digest_sees_every_hyperparameter(name: str) -> None:
    state = make_state()
    others = {"decay": "none", "optimizer": "adam", "mini_batch_size": 65}
    other: Any = {**others, "input_recolour": "invert", "shifted_inputs": 1, "shift_dev": "off"}.get(name)
    if other is None:
        other = float(np.nextafter(getattr(state.hyperparameters, name), 2))
    changed = state.hyperparameters.changed({name: other})
    assert changed != state.hyperparameters
    assert replace(state, hyperparameters=changed).digest() != state.digest()


@pytest.mark.parametrize("name", ["W[1]", "b[1]", "v/W[1]"])
def test_the_digest_sees_every_bit_of_every_tensor(name: str) -> None:
    state = make_state()
    digests = {state.digest()}
    size = state.tensors[name].nbytes * 8
    for bit in range(size):
        tensors = {key: tensor.copy() for key, tensor in state.tensors.items()}
        tensors[name].view(np.uint8).reshape(-1)[bit // 8] ^= 1 << bit % 8
        digests.add(replace(state, tensors=tensors).digest())
    assert len(digests) == size + 1


def test_the_digest_sees_names_shapes_and_dtypes() -> None:
    state = make_state()
    tensors = dict(state.tensors)
    others = [
        {**tensors, "W[1]": tensors["W[1]"].reshape(3, 2)},
        {**tensors, "W[1]": tensors["W[1]"].astype(np.float64)},
        {("W[2]" if name == "W[1]" else name): tensor for name, tensor in tensors.items()},
        {name: tensor for name, tensor in tensors.items() if name != "b[1]"},
        {**tensors, "s/W[1]": tensors["W[1]"]},
        {},
    ]
    assert len({replace(state, tensors=other).digest() for other in [tensors, *others]}) == len(others) + 1


def test_the_digest_is_of_the_contents_not_of_how_they_lie_in_memory() -> None:
    state = make_state()
    strided = np.asfortranarray(state.tensors["W[1]"])
    assert replace(state, tensors={**state.tensors, "W[1]": strided}).digest() == state.digest()


def test_every_field_is_among_scalars_and_tensors() -> None:
    state = make_state()
    assert {*state.scalars(), "tensors"} == {field.name for field in fields(TrainingState)}


def test_parts_make_the_state_again_also_through_json() -> None:
    state = make_state(v_weight=0.1 + 0.2, s_weight=1 / 3)
    again = TrainingState.from_parts(json.loads(json.dumps(state.scalars())), state.tensors)
    assert again.digest() == state.digest()
    assert again.hyperparameters == state.hyperparameters


def test_size_in_bytes() -> None:
    assert make_state().nbytes == (6 + 2 + 6) * 4


def test_epochs_of_the_schedule_and_alpha_by_hand() -> None:
    state = make_state()
    # with 64 examples: (1 - 0) + (32 - 16) / 64 = 1.25 epochs
    assert state.elapsed_epochs(64) == 1.25
    # 0.1 / (1 + 0.5 · 1.25) = 0.1 / 1.625
    assert state.learning_rate(64) == pytest.approx(0.06153846153846154, rel=1e-15)
    assert learning_rate_in_force(Hyperparameters(learning_rate=0.3), 1e6) == 0.3
