"""The tensors of a record: those of a state of this run, or those of a data set; exactly these."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.engine.hyperparameters import NETWORK, Hyperparameters, RunConfig
from trainer.errors import InvalidData
from trainer.recorder.drafts import Draft
from trainer.recorder.payloads import decode_tensors, encode_tensors
from trainer.recorder.records import Malformed, field, parse_json

DATASET_LIMIT = 64 * 1024 * 1024
"""Arrays of a data set up to this many bytes are stored; of a larger one the fingerprint and the description."""

_AVERAGES = {"gd": (), "momentum": ("v",), "rmsprop": ("s",), "adam": ("v", "s")}
_ARRAYS = ("X_train", "y_train", "X_dev", "y_dev", "mean", "deviation")


def check_state_tensors(
    tensors: Mapping[str, NDArray[Any]], config: RunConfig, inputs: int, classes: int, hyperparameters: Hyperparameters
) -> None:
    """Raise Malformed unless these are the tensors, with shape and dtype, of a state of such a network.

    Of another trainable it is known only that they are numbers; which they are, the digest of the state says.
    """
    if config.trainable != NETWORK:
        for name, tensor in tensors.items():
            if tensor.dtype.kind != "f":
                raise Malformed(f"its tensor {name!r:.60} is {tensor.dtype}, not floating-point numbers")
        return
    architecture = config.architecture(inputs, classes)
    expected = dict(architecture.shapes)
    if config.batch_norm:
        for l, units in enumerate(config.layers, start=1):
            expected[f"running_mean[{l}]"] = expected[f"running_variance[{l}]"] = (units, 1)
    for average in _AVERAGES[hyperparameters.optimizer]:
        expected |= {f"{average}/{name}": shape for name, shape in architecture.shapes.items()}
    for name in expected.keys() ^ tensors.keys():
        raise Malformed(f"its tensor {name!r:.60} is {'missing' if name in expected else 'not one of a state'}")
    for name, tensor in tensors.items():
        if tensor.shape != expected[name] or str(tensor.dtype) != config.dtype:
            raise Malformed(
                f"its tensor {name} is {tensor.dtype} of shape {tensor.shape}, not {config.dtype} of {expected[name]}"
            )


def draft_of_dataset(dataset: Dataset) -> Draft:
    """The data set: its description, and its arrays if they are small enough."""
    tensors = {} if dataset.on_disk else dataset.tensors()
    stored = bool(tensors) and sum(tensor.nbytes for tensor in tensors.values()) <= DATASET_LIMIT
    description = json.dumps(dataset.description(), ensure_ascii=False, allow_nan=False).encode()
    payload = {"description": np.frombuffer(description, np.uint8), **(tensors if stored else {})}
    fields = {
        "name": dataset.name,
        "m": dataset.m,
        "m_dev": len(dataset.y_dev),
        "inputs": dataset.X_train.shape[1],
        "classes": len(dataset.classes),
        "dtype": str(dataset.X_train.dtype),
        "fingerprint": dataset.fingerprint,
        "stored": stored,
    }
    return Draft("dataset", fields, payload=encode_tensors(payload))


def dataset_from_payload(data: bytes) -> Dataset:
    """A data set from the payload of its record, checked; raises Malformed."""
    tensors = decode_tensors(data)
    description = description_of(tensors, _ARRAYS)
    _check_arrays(tensors, len(description["classes"]), len(description["features"]))
    try:
        return Dataset.from_parts(description, tensors)
    except InvalidData as error:
        raise Malformed(f"its columns: {error}") from None


def description_of(tensors: Mapping[str, NDArray[Any]], others: tuple[str, ...]) -> dict[str, Any]:
    """The description among the tensors of a data set's record, beside just these others; raises Malformed."""
    if set(tensors) != {"description", *others} or tensors["description"].dtype != np.uint8:
        raise Malformed(f"its tensors are {sorted(tensors)!r:.200}, not those of a data set")
    description = parse_json(tensors["description"].tobytes())
    if not isinstance(description, dict):
        raise Malformed("its description is not an object")
    field(description, "name", str)
    for name in ("classes", "features", "warnings"):
        if not all(isinstance(text, str) for text in field(description, name, list)):
            raise Malformed(f"its {name} are not texts")
    shape = description.get("image_shape")
    if shape is not None and not (
        isinstance(shape, list) and len(shape) == 2 and all(type(n) is int and n > 0 for n in shape)
    ):
        raise Malformed(f"its image shape is {shape!r:.60}")
    if shape is not None and shape[0] * shape[1] != len(description["features"]):
        raise Malformed(f"images of shape {shape} do not have {len(description['features'])} inputs")
    return description


def _check_arrays(tensors: dict[str, NDArray[Any]], classes: int, inputs: int) -> None:
    dtype = tensors["X_train"].dtype
    if dtype not in (np.float32, np.float64):
        raise Malformed(f"its examples are {dtype}")
    for part in ("train", "dev"):
        X, y = tensors[f"X_{part}"], tensors[f"y_{part}"]
        if X.shape != (len(y) if y.ndim == 1 else -1, inputs) or X.dtype != dtype or y.dtype != np.int64:
            raise Malformed(f"its {part} examples {X.dtype} {X.shape} and labels {y.dtype} {y.shape} do not fit")
        if not np.isfinite(X).all() or (len(y) and not (y.min() >= 0 and y.max() < classes)):
            raise Malformed(f"its {part} examples are not finite or have labels outside 0 to {classes - 1}")
    for name in ("mean", "deviation"):
        if tensors[name].shape != (inputs,) or tensors[name].dtype != np.float64:
            raise Malformed(f"its {name} is {tensors[name].dtype} of shape {tensors[name].shape}")
