"""TrainingState: exactly what the future of a run depends on, and nothing else.

Two runs of the same config on the same data whose states have the same digest go on identically, bit for bit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainer.engine.hyperparameters import Hyperparameters
from trainer.numerics.learning_rate_decay import decayed_learning_rate
from trainer.numerics.parameters import Vector


@dataclass(frozen=True, eq=False)
class TrainingState:
    """The state at the boundary after `iteration` updates.

    Attributes
    ----------
    iteration : updates done
    epoch, offset : the next mini-batch starts at example `offset` of epoch `epoch`'s order; offset < m
    hyperparameters : in force for the next update
    schedule_epoch, schedule_offset : the position in the data at which the learning-rate schedule began
    v_weight, s_weight : weights of the optimizer's averages, for bias correction
    tensors : by name, in a fixed order: the parameters "W[1]", …; batch norm's "running_mean[l]",
        "running_variance[l]"; the optimizer's averages "v/W[1]", …, "s/W[1]", … as far as it keeps them
    """

    iteration: int
    epoch: int
    offset: int
    hyperparameters: Hyperparameters
    schedule_epoch: int
    schedule_offset: int
    v_weight: float
    s_weight: float
    tensors: Mapping[str, Vector]

    def scalars(self) -> dict[str, Any]:
        """Everything but the tensors, JSON-ready and exact."""
        return {
            "iteration": self.iteration,
            "epoch": self.epoch,
            "offset": self.offset,
            "hyperparameters": self.hyperparameters.as_recorded(),
            "schedule_epoch": self.schedule_epoch,
            "schedule_offset": self.schedule_offset,
            "v_weight": self.v_weight,
            "s_weight": self.s_weight,
        }

    @classmethod
    def from_parts(cls, scalars: Mapping[str, Any], tensors: Mapping[str, Vector]) -> TrainingState:
        """The inverse of `scalars()` and `tensors`."""
        parts = dict(scalars)
        parts["hyperparameters"] = Hyperparameters(**parts["hyperparameters"])
        return cls(**parts, tensors=tensors)

    def digest(self) -> str:
        """SHA-256 over all of it, in hexadecimal; equal digests mean equal bits."""
        digest = hashlib.sha256(json.dumps(self.scalars(), sort_keys=True, separators=(",", ":")).encode())
        for name, tensor in self.tensors.items():
            digest.update(f"{name} {tensor.dtype.str} {tensor.shape}".encode())
            digest.update(np.ascontiguousarray(tensor).data)
        return digest.hexdigest()

    @property
    def nbytes(self) -> int:
        """Size of the tensors in bytes."""
        return sum(tensor.nbytes for tensor in self.tensors.values())

    def elapsed_epochs(self, m: int) -> float:
        """Epochs since the learning-rate schedule began, with m training examples."""
        return (self.epoch - self.schedule_epoch) + (self.offset - self.schedule_offset) / m

    def learning_rate(self, m: int) -> float:
        """α in force for the next update."""
        return learning_rate_in_force(self.hyperparameters, self.elapsed_epochs(m))


def learning_rate_in_force(hyperparameters: Hyperparameters, elapsed_epochs: float) -> float:
    """α after `elapsed_epochs` epochs of the schedule that the hyperparameters describe."""
    if hyperparameters.decay == "none":
        return hyperparameters.learning_rate
    return float(
        decayed_learning_rate(
            hyperparameters.decay,
            hyperparameters.learning_rate,
            hyperparameters.decay_rate,
            hyperparameters.decay_interval,
            elapsed_epochs,
        )
    )
