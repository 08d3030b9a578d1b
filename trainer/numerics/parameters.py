"""The parameters θ of a network: one contiguous vector, seen as W[l], gamma[l], beta[l] and b[l].

Gradients dθ and the averages v and s of the optimizers have the same shape and the same names.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.floating]
Activation = Literal["relu", "tanh", "sigmoid"]


@dataclass(frozen=True)
class Architecture:
    """The shape of a network, without its numbers.

    Attributes
    ----------
    layer_dims : n[0], n[1], …, n[L]: inputs, hidden units of each layer, classes
    batch_norm : hidden layers are normalised; they then have gamma[l] and beta[l] instead of b[l]
    activation : of the hidden layers
    batch_norm_epsilon : ε in √(σ² + ε), at least 1e-8
    """

    layer_dims: tuple[int, ...]
    batch_norm: bool = True
    activation: Activation = "relu"
    batch_norm_epsilon: float = 1e-5

    @property
    def L(self) -> int:
        """Number of layers with weights; the last one is the softmax output."""
        return len(self.layer_dims) - 1

    def normalised(self, l: int) -> bool:
        """Whether layer l has batch norm, and so gamma[l] and beta[l] instead of b[l]."""
        return self.batch_norm and 0 < l < self.L

    @cached_property
    def shapes(self) -> dict[str, tuple[int, int]]:
        """Name → shape of every parameter, in the order in which they lie in θ."""
        shapes: dict[str, tuple[int, int]] = {}
        for l in range(1, self.L + 1):
            n_prev, n = self.layer_dims[l - 1], self.layer_dims[l]
            shapes[f"W[{l}]"] = (n, n_prev)
            if self.normalised(l):
                shapes[f"gamma[{l}]"] = (n, 1)
                shapes[f"beta[{l}]"] = (n, 1)
            else:
                shapes[f"b[{l}]"] = (n, 1)
        return shapes

    @cached_property
    def size(self) -> int:
        """Number of elements of θ."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def operations(self, m: int) -> int:
        """Arithmetic operations of an update with m examples, roughly: 2 for each weight in each of Z, dW and dA."""
        return 6 * self.size * m


class Parameters:
    """One vector with named views; writing to a view writes to the vector and back.

    `parameters.W[l]` is the course's W[l] (index 0 is unused); `parameters["W[1]"]` is the same view by name.

    Attributes
    ----------
    vector : (size,) contiguous
    W, b, gamma, beta : lists over l of views `(n[l], n[l-1])` or `(n[l], 1)`, empty where a layer has none
    """

    def __init__(self, architecture: Architecture, dtype: type | np.dtype[np.floating] = np.float32) -> None:
        self.architecture = architecture
        self.vector: Vector = np.zeros(architecture.size, dtype)
        self.views: dict[str, Vector] = {}
        start = 0
        for name, shape in architecture.shapes.items():
            stop = start + math.prod(shape)
            self.views[name] = self.vector[start:stop].reshape(shape)
            start = stop
        self.W = self._over_layers("W")
        self.b = self._over_layers("b")
        self.gamma = self._over_layers("gamma")
        self.beta = self._over_layers("beta")

    def _over_layers(self, name: str) -> list[Vector]:
        absent: Vector = np.empty((0, 1), self.vector.dtype)
        return [self.views.get(f"{name}[{l}]", absent) for l in range(self.architecture.L + 1)]

    def __getitem__(self, name: str) -> Vector:
        return self.views[name]


def initialize_parameters(
    architecture: Architecture, seed: int, dtype: type | np.dtype[np.floating] = np.float32
) -> Parameters:
    """Random weights, small enough that the variance of Z neither grows nor shrinks with depth.

    He initialisation for ReLU, Xavier for tanh, sigmoid and the softmax layer (course 2, week 1):

        W[l] = N(0, 1) · √(2 / n[l-1])     He
        W[l] = N(0, 1) · √(1 / n[l-1])     Xavier
        b[l] = 0,  gamma[l] = 1,  beta[l] = 0
    """
    parameters = Parameters(architecture, dtype)
    generator = np.random.Generator(np.random.PCG64(seed))
    for l in range(1, architecture.L + 1):
        n_prev = architecture.layer_dims[l - 1]
        he = architecture.activation == "relu" and l < architecture.L
        normal = generator.standard_normal((architecture.layer_dims[l], n_prev))
        parameters[f"W[{l}]"][:] = normal * math.sqrt((2 if he else 1) / n_prev)
        parameters.gamma[l][:] = 1
    return parameters
