"""The data shift that hyperparameters describe, and which of them a run may have: that depends on its inputs."""

from __future__ import annotations

from collections.abc import Iterable

from trainer.data.dataset import Dataset
from trainer.data.shifted import shifted
from trainer.engine.hyperparameters import DATA_SHIFT, HYPERPARAMETERS, Hyperparameters, Value
from trainer.engine.wording import number_text, symbol
from trainer.errors import InvalidHyperparameter
from trainer.numerics.data_shift import DataShift


def data_shift(h: Hyperparameters) -> DataShift | None:
    """What becomes of the inputs; None where nothing does."""
    shift = DataShift(h.input_shift, h.input_scale, h.input_rotation, h.input_noise, h.input_recolour, h.shifted_inputs)
    return None if shift == DataShift(inputs=h.shifted_inputs) else shift


def seen(dataset: Dataset, h: Hyperparameters, seed: int) -> Dataset:
    """The data set as a network gets it under these hyperparameters: itself where nothing is shifted."""
    shift = data_shift(h)
    return dataset if shift is None else shifted(dataset, shift, seed, h.shift_dev == "on")


def shift_text(h: Hyperparameters) -> str:
    """What becomes of the inputs, in words; "" where nothing does.

    >>> shift_text(Hyperparameters(input_shift=0.5, input_recolour="invert"))
    'input shift 0.5, recolour inputs invert, of the dev set too'
    """
    if data_shift(h) is None:
        return ""
    values = {name: getattr(h, name) for name in HYPERPARAMETERS if name in DATA_SHIFT - {"shift_dev"}}
    told = [f"{symbol(name)} {number_text(v)}" for name, v in values.items() if v != HYPERPARAMETERS[name].default]
    return ", ".join([*told, "of the dev set too" if h.shift_dev == "on" else "not of the dev set"])


def taken_back(h: Hyperparameters) -> dict[str, Value]:
    """The changes after which nothing is shifted; empty where nothing is.

    >>> taken_back(Hyperparameters(input_shift=0.5, shift_dev="off"))
    {'input_shift': 0.0}
    """
    if data_shift(h) is None:
        return {}
    moves = DATA_SHIFT - {"shifted_inputs", "shift_dev"}
    usual = {name: spec.default for name, spec in HYPERPARAMETERS.items() if name in moves}
    return {name: value for name, value in usual.items() if getattr(h, name) != value}


def dev_shift(h: Hyperparameters) -> DataShift | None:
    """What becomes of the inputs of the dev set; None where nothing does."""
    return data_shift(h) if h.shift_dev == "on" else None


def changes_inputs(changes: Iterable[str]) -> bool:
    """Whether a change of these hyperparameters may change the inputs, and with them the dev cost at once."""
    return not DATA_SHIFT.isdisjoint(changes)


def check_data_shift(h: Hyperparameters, inputs: int) -> None:
    """Raise InvalidHyperparameter for a shift that a run with this number of inputs cannot have."""
    if h.shifted_inputs > inputs:
        raise InvalidHyperparameter(
            f"shifted_inputs must be at most {inputs}, the number of inputs, but got {h.shifted_inputs}"
        )
    if h.input_rotation and inputs < 2:
        raise InvalidHyperparameter(
            f"input_rotation turns pairs of inputs, so with 1 input it must be 0, but got {h.input_rotation!r}"
        )
