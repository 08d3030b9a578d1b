"""Mini-batch updates of one network by compiled code."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from trainer.compiled import layers as kernels
from trainer.compiled import network as compiled
from trainer.compiled import optimizers
from trainer.compiled.matrix_product import link_matrix_products
from trainer.compiled.rows import read_rows
from trainer.compiled.tiles import VECTORS, link_tiles
from trainer.numerics.cost import Labels
from trainer.numerics.parameters import Architecture, Vector
from trainer.numerics.updates import Floats, Network, Rule

_ACTIVATIONS = {"relu": kernels.RELU, "tanh": kernels.TANH, "sigmoid": kernels.SIGMOID}
_OPTIMIZERS = {
    "gd": optimizers.GD,
    "momentum": optimizers.MOMENTUM,
    "rmsprop": optimizers.RMSPROP,
    "adam": optimizers.ADAM,
}

_LINE = 64
"""Bytes that memory hands over at once; arrays begin at a multiple of it."""

_EVALUATION_BLOCK = 256
"""Examples per forward pass at test time; fixed, so that sums are added up in the same order always."""


class CompiledUpdates:
    """As `ReferenceUpdates`, to rounding; not the same bits."""

    def __init__(self, network: Network, ewa_decay: float) -> None:
        load(network.parameters.vector.dtype.name)
        self._network, self._ewa_decay = network, ewa_decay
        architecture = network.parameters.architecture
        self._activation = _ACTIVATIONS[architecture.activation]
        self._epsilon = architecture.batch_norm_epsilon
        self._dtheta = _aligned(architecture.size, network.parameters.vector.dtype)
        self._statistics = np.zeros_like(network.running.vector)
        self._memories: dict[int, _Memory] = {}
        self._rule: Rule | None = None
        self._numbers = np.empty(0)

    def train(
        self,
        X: Vector,
        y: Labels,
        indices: Labels,
        bounds: Labels,
        largest: int,
        rule: Rule,
        alphas: Floats,
        costs: Floats,
        norms: Floats,
    ) -> int:
        """As `ReferenceUpdates.train`."""
        network, memory = self._network, self._memory(largest)
        if rule != self._rule:
            self._rule, self._numbers = rule, np.array([self._epsilon, self._ewa_decay, *rule[1:]])
        made: int = compiled.train(
            X,
            y,
            indices,
            bounds,
            memory.layers,
            network.parameters.vector,
            self._dtheta,
            network.v.vector,
            network.s.vector,
            network.weights,
            network.running.vector,
            self._statistics,
            memory.work,
            memory.labels,
            self._activation,
            _OPTIMIZERS[rule.optimizer],
            self._numbers,
            alphas,
            costs,
            norms,
        )
        return made

    def evaluate(self, X: Vector, y: Labels) -> tuple[float, float]:
        """As `ReferenceUpdates.evaluate`."""
        network, memory = self._network, self._memory(_EVALUATION_BLOCK)
        cost, accuracy = compiled.evaluate(
            X,
            y,
            _EVALUATION_BLOCK,
            memory.layers,
            network.parameters.vector,
            network.running.vector,
            memory.work,
            self._activation,
            self._epsilon,
        )
        return cost, accuracy

    def _memory(self, m: int) -> _Memory:
        """Memory for up to m examples at a time, kept for evaluations and for the mini-batches of now."""
        found = self._memories.get(m)
        if found is None:
            if len(self._memories) == 2:
                self._memories.clear()
            parameters = self._network.parameters
            found = self._memories[m] = _Memory(parameters.architecture, m, parameters.vector.dtype)
        return found


class _Memory:
    """The table of layers for mini-batches of up to m examples, and the memory that it divides."""

    def __init__(self, architecture: Architecture, m: int, dtype: np.dtype[np.floating]) -> None:
        lanes = _LINE // dtype.itemsize
        L = architecture.L
        self.layers = np.zeros((L + 1, 9), np.int64)
        self.labels = np.empty(m, np.intp)
        end = parameters = statistics = 0

        def reserve(size: int) -> int:
            nonlocal end
            start, end = end, end + _up(size, lanes)
            return start

        largest = 0
        for l, (row, n) in enumerate(zip(self.layers, architecture.layer_dims, strict=True)):
            row[compiled.UNITS] = n
            row[compiled.SCALE] = -1
            if l == 0:
                row[compiled.STRIDE] = n
                row[compiled.ACTIVATIONS] = reserve(m * n)
                continue
            row[compiled.WEIGHTS] = parameters
            parameters += n * architecture.layer_dims[l - 1]
            if architecture.normalised(l):
                row[compiled.SCALE] = parameters
                parameters += n
                row[compiled.MEAN] = statistics
                statistics += n
            row[compiled.OFFSET] = parameters
            parameters += n
            if l == L:
                row[compiled.STRIDE] = _up(m, lanes)
                size = n * row[compiled.STRIDE]
                row[compiled.ACTIVATIONS] = reserve(m)
                row[compiled.DEVIATION] = reserve(m)
            else:
                row[compiled.STRIDE] = _up(n, lanes) + (lanes if n > lanes else 0)  # rows in different parts of a cache
                size = m * row[compiled.STRIDE]
                row[compiled.ACTIVATIONS] = reserve(size)
                row[compiled.DEVIATION] = reserve(n)
            row[compiled.LINEAR] = reserve(size)
            largest = max(largest, size)
        self.layers[0, compiled.LINEAR] = reserve(largest)
        self.layers[0, compiled.DEVIATION] = reserve(largest)
        self.layers[0, compiled.SCRATCH] = reserve(max(m, *architecture.layer_dims) * VECTORS * lanes)
        self.work = _aligned(end, dtype)


@cache
def load(dtype: str) -> None:
    """Have everything compiled for a precision, or taken from disk, by using it once: then no update has to wait."""
    link_matrix_products()
    link_tiles()
    architecture, precision = Architecture((1, 2)), np.dtype(dtype)
    network, memory = Network.initial(architecture, 1, precision), _Memory(architecture, 256, precision)
    X, y, order, bounds = np.zeros((2, 1), precision), np.zeros(2, np.intp), np.arange(2), np.array([0, 2])
    theta, running, work, layers = network.parameters.vector, network.running.vector, memory.work, memory.layers
    alphas, numbers, one = np.zeros(1), np.zeros(7), np.empty(1)
    # the types decide what is compiled, so these calls are those of the methods above
    compiled.train(
        X,
        y,
        order,
        bounds,
        layers,
        theta,
        theta.copy(),
        theta.copy(),
        theta.copy(),
        network.weights,
        running,
        running.copy(),
        work,
        memory.labels,
        kernels.RELU,
        optimizers.GD,
        numbers,
        alphas,
        one,
        one.copy(),
    )
    compiled.evaluate(X, y, 256, layers, theta, running, work, kernels.RELU, 1e-5)
    read_rows(-1, np.empty(0, np.int64), np.empty((0, 1), np.uint8))


def _up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple


def _aligned(size: int, dtype: np.dtype[np.floating]) -> NDArray[np.floating]:
    """Zeros that begin at a multiple of `_LINE` bytes."""
    spare = _LINE // dtype.itemsize
    memory: NDArray[np.floating] = np.zeros(size + spare, dtype)
    start = -(memory.ctypes.data // dtype.itemsize) % spare
    return memory[start : start + size]
