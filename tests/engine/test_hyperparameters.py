"""Hyperparameters and the run config: what is allowed, and what is said when something is not."""

from __future__ import annotations

import json
import math
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from trainer.engine.hyperparameters import (
    ACTIVATIONS,
    HYPERPARAMETERS,
    ON_OFF,
    OPTIMIZERS,
    SCALES,
    Hyperparameters,
    RunConfig,
    parse_changes,
    parse_number,
)
from trainer.errors import InvalidHyperparameter
from trainer.numerics.data_shift import RECOLOURS
from trainer.numerics.learning_rate_decay import DECAYS

ALLOWED = {
    "learning_rate": "a number above 0 and at most 1e+06",
    "momentum": "a number at least 0 and below 1",
    "mini_batch_size": "a whole number at least 1",
    "decay_rate": "a number at least 0",
    "decay_interval": "a number above 0",
    "beta2": "a number at least 0 and below 1",
    "epsilon": "a number at least 1e-30 and at most 1",
    "weight_decay": "a number at least 0",
    "clip_norm": "a number at least 0",
    "input_shift": "a number at least -100 and at most 100",
    "input_scale": "a number above 0 and at most 100",
    "input_rotation": "a number at least -360 and at most 360",
    "input_noise": "a number at least 0 and at most 100",
    "shifted_inputs": "a whole number at least 0 and at most 1e+06",
}
KNOWN = {"decay": DECAYS, "optimizer": OPTIMIZERS, "input_recolour": RECOLOURS, "shift_dev": ON_OFF}
NOT_NUMBERS: list[Any] = [math.nan, math.inf, -math.inf, True, False, None, "0.1", "0,1", "", [0.1], 1j, 10**400, -1000]


def refusal(**values: Any) -> str:
    with pytest.raises(InvalidHyperparameter) as refused:
        Hyperparameters(**values)
    return str(refused.value)


def test_numbers_and_choices_are_all_there_are() -> None:
    assert {*ALLOWED, *KNOWN} == set(HYPERPARAMETERS)


@pytest.mark.parametrize("value", NOT_NUMBERS, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize("name", ALLOWED)
def test_a_bad_number_is_named_with_what_is_allowed(name: str, value: Any) -> None:
    assert refusal(**{name: value}) == f"{name} must be {ALLOWED[name]}, but got {value!r}"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("learning_rate", [0, 0.0, -0.0, 1000001, 1e7]),
        ("momentum", [1, 1.0, 1.5]),
        ("mini_batch_size", [0, 0.0, 0.5, 2.5, 64.0000001]),
        ("decay_interval", [0]),
        ("beta2", [1.0]),
        ("epsilon", [0, 1e-31, 1.1]),
        ("weight_decay", [-1]),
        ("input_shift", [-100.1, 101]),
        ("input_scale", [0, -1]),
        ("input_noise", [-0.1]),
        ("shifted_inputs", [-1, 1.5]),
    ],
)
def test_values_just_outside(name: str, values: list[float]) -> None:
    for value in values:
        got = int(value) if value == int(value) else value
        assert refusal(**{name: value}) == f"{name} must be {ALLOWED[name]}, but got {got}"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("learning_rate", [5e-324, 1e-4, 1, 1000000]),
        ("momentum", [0, 0.9999999999999999]),
        ("mini_batch_size", [2, 64.0, 10**9]),
        ("epsilon", [1e-30, 1]),
        ("weight_decay", [0, 1e300]),
        ("clip_norm", [0]),
        ("input_shift", [-100, -0.5, 100]),
        ("input_rotation", [-360, 360]),
        ("shifted_inputs", [0, 3.0]),
    ],
)
def test_values_just_inside_are_kept_exactly_and_become_floats_or_whole_numbers(name: str, values: list[float]) -> None:
    for value in values:
        kept = getattr(Hyperparameters(**{name: value}), name)  # type: ignore[arg-type]
        assert kept == value
        assert type(kept) is (int if SCALES[name].valid.whole else float)


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("value", ["", "Adam", "sgd", "inverse_time", None, 1, True, ["adam"]], ids=repr)
def test_an_unknown_choice_is_named_with_the_known_ones(name: str, value: Any) -> None:
    assert refusal(**{name: value}) == f"{name} must be one of {', '.join(KNOWN[name])}, but got {value!r}"


@pytest.mark.parametrize("decay", ["exponential", "staircase"])
def test_a_decay_by_a_factor_takes_no_rate_above_1_and_not_0(decay: str) -> None:
    for rate in (0.0, 1.0001, 5.0):
        expected = f"decay_rate must be a number above 0 and at most 1 where decay is {decay}, but got {rate}"
        assert refusal(decay=decay, decay_rate=rate) == expected
    assert Hyperparameters(decay=decay, decay_rate=1.0).decay_rate == 1  # type: ignore[arg-type]


def test_a_change_of_the_kind_of_decay_alone_is_checked_against_the_rate_that_stays() -> None:
    five = Hyperparameters(decay="inverse-time", decay_rate=5)
    with pytest.raises(InvalidHyperparameter, match=r"decay_rate .* where decay is exponential, but got 5.0"):
        five.changed({"decay": "exponential"})
    assert five.changed({"decay": "exponential", "decay_rate": 0.95}).decay_rate == 0.95


def test_changed_replaces_what_is_named_and_leaves_the_original() -> None:
    before = Hyperparameters()
    after = before.changed({"learning_rate": 0.01, "optimizer": "adam"})
    assert (before.learning_rate, before.optimizer) == (0.1, "momentum")
    assert after == Hyperparameters(learning_rate=0.01, optimizer="adam")
    assert before.changed({}) == before


@pytest.mark.parametrize("name", ["alpha", "beta", "lr", "layers", "seed", "Learning_rate", ""])
def test_an_unknown_name_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(InvalidHyperparameter) as refused:
        Hyperparameters().changed({name: 0.1})
    assert str(refused.value) == (
        f"{name!r} is not a hyperparameter; those that may change are {', '.join(HYPERPARAMETERS)}"
    )


def test_values_are_frozen_and_go_through_json_exactly() -> None:
    odd = Hyperparameters(learning_rate=0.1 + 0.2, momentum=1 / 3, epsilon=1e-30)
    assert Hyperparameters(**json.loads(json.dumps(odd.as_dict()))) == odd
    with pytest.raises(FrozenInstanceError):
        odd.momentum = 0.5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.1", 0.1), (" 1e-3 ", 1e-3), ("1E-3", 1e-3), ("+2", 2), ("-2.5", -2.5), (".5", 0.5), ("5.", 5), ("007", 7)],
)
def test_numbers_as_people_type_them(text: str, number: float) -> None:
    assert parse_number("momentum", text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1_000",
        "0,1",
        "٠.١",
        "\uff10.\uff11",
        "1e",
        "e3",
        "--1",
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "0x10",
        "1 2",
        "1e1.5",
        "½",
    ],
)
def test_what_python_or_a_spreadsheet_would_take_is_not_a_number_here(text: str) -> None:
    with pytest.raises(InvalidHyperparameter) as refused:
        parse_number("momentum", text)
    assert str(refused.value) == f"momentum must be a number such as 0.01 or 1e-3, but got {text!r}"


def test_a_typed_number_beyond_every_float_is_refused_by_the_range() -> None:
    assert refusal(learning_rate=parse_number("learning_rate", "1e999")) == (
        "learning_rate must be a number above 0 and at most 1e+06, but got inf"
    )


def test_changes_as_typed() -> None:
    assert parse_changes("learning_rate=0.001") == {"learning_rate": 0.001}
    assert parse_changes("  momentum=0.95   decay=inverse-time\tdecay_rate=0.05 ") == {
        "momentum": 0.95,
        "decay": "inverse-time",
        "decay_rate": 0.05,
    }
    changed = Hyperparameters().changed(parse_changes("mini_batch_size=128 optimizer=adam"))
    assert (changed.mini_batch_size, changed.optimizer) == (128, "adam")
    assert type(changed.mini_batch_size) is int


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no NAME=VALUE in ''; names are learning_rate, momentum"),
        ("   ", "no NAME=VALUE in '   '; names are"),
        ("momentum", "a change is written NAME=VALUE, but got 'momentum'"),
        ("momentum 0.9", "a change is written NAME=VALUE, but got 'momentum'"),
        ("momentum = 0.9", "a change is written NAME=VALUE, but got 'momentum'"),
        ("momentum=", "momentum must be a number such as 0.01 or 1e-3, but got ''"),
        ("momentum==0.9", "momentum must be a number such as 0.01 or 1e-3, but got '=0.9'"),
        ("momentum=high", "momentum must be a number such as 0.01 or 1e-3, but got 'high'"),
        ("momentum=0.9 momentum=0.8", "momentum is set twice in 'momentum=0.9 momentum=0.8'"),
        (
            "momentum=0.9,learning_rate=1",
            "momentum must be a number such as 0.01 or 1e-3, but got '0.9,learning_rate=1'",
        ),
    ],
)
def test_changes_that_are_not_changes(text: str, sentence: str) -> None:
    with pytest.raises(InvalidHyperparameter) as refused:
        parse_changes(text)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("text", ["alpha=0.1", "=0.1", "seed=2"])
def test_a_typed_name_that_is_unknown_is_refused_when_applied(text: str) -> None:
    with pytest.raises(
        InvalidHyperparameter, match=r"is not a hyperparameter; those that may change are learning_rate"
    ):
        Hyperparameters().changed(parse_changes(text))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"layers": (0,)}, "layers must be a whole number at least 1 and at most 1e+06, but got 0"),
        ({"layers": (64, 2.5)}, "layers must be a whole number at least 1 and at most 1e+06, but got 2.5"),
        ({"layers": (True,)}, "layers must be a whole number at least 1 and at most 1e+06, but got True"),
        ({"layers": (10**400,)}, "layers must be a whole number at least 1 and at most 1e+06, but got 1000"),
        ({"layers": ("64",)}, "layers must be a whole number at least 1 and at most 1e+06, but got '64'"),
        ({"layers": 128}, "layers must be a list of whole numbers, but got 128"),
        ({"layers": "128,64"}, "layers must be a list of whole numbers, but got '128,64'"),
        ({"layers": (1,) * 101}, "layers: at most 100 hidden layers are allowed, but got 101"),
        ({"activation": "gelu"}, "activation must be one of relu, tanh, sigmoid, but got 'gelu'"),
        ({"dtype": "float16"}, "dtype must be one of float32, float64, but got 'float16'"),
        ({"batch_norm": "no"}, "batch_norm must be True or False, but got 'no'"),
        ({"batch_norm": 1}, "batch_norm must be True or False, but got 1"),
        (
            {"batch_norm_epsilon": 1e-9},
            "batch_norm_epsilon must be a number at least 1e-08 and at most 1, but got 1e-09",
        ),
        ({"ewa_decay": 1.0}, "ewa_decay must be a number at least 0 and below 1, but got 1"),
        ({"ewa_decay": math.nan}, "ewa_decay must be a number at least 0 and below 1, but got nan"),
        ({"seed": -1}, "seed must be a whole number at least 0 and at most 9.22337e+18, but got -1"),
        (
            {"seed": 2**63},
            "seed must be a whole number at least 0 and at most 9.22337e+18, but got 9223372036854775808",
        ),
        ({"seed": 1.5}, "seed must be a whole number"),
        ({"dev_fraction": 0}, "dev_fraction must be a number above 0 and below 1, but got 0"),
        ({"dev_fraction": 1.0}, "dev_fraction must be a number above 0 and below 1, but got 1"),
        ({"evaluate_every": -1}, "evaluate_every must be a whole number at least 0 and at most 1e+09, but got -1"),
        ({"data": 5}, "data must be text, but got 5"),
        ({"label": None}, "label must be text, but got None"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_bad_run_config_is_refused_in_one_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidHyperparameter) as refused:
        RunConfig(**values)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_a_run_config_goes_through_json_exactly() -> None:
    config = RunConfig(
        data="iris", layers=(7, 5), batch_norm=False, activation="tanh", ewa_decay=0.1 + 0.2, seed=2**63 - 1
    )
    again = RunConfig(**json.loads(json.dumps(config.as_dict())))
    assert again == config
    assert again.layers == (7, 5)
    assert set(config.as_dict()) == {field.name for field in fields(RunConfig)}


def test_layer_sizes_are_whole_numbers_however_they_were_written() -> None:
    config = RunConfig(layers=[8.0, 4])  # type: ignore[arg-type]
    assert config.layers == (8, 4)
    assert [type(n) for n in config.layers] == [int, int]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_architecture_of_a_data_set(activation: str) -> None:
    config = RunConfig(layers=(7, 5), batch_norm=False, activation=activation, batch_norm_epsilon=1e-3)  # type: ignore[arg-type]
    architecture = config.architecture(inputs=4, classes=3)
    assert architecture.layer_dims == (4, 7, 5, 3)
    assert (architecture.batch_norm, architecture.activation, architecture.batch_norm_epsilon) == (
        False,
        activation,
        1e-3,
    )
    assert RunConfig(layers=()).architecture(4, 3).layer_dims == (4, 3)
