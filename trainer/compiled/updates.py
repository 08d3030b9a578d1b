"""Mini-batch updates of one network by compiled code."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from trainer.compiled import layers as kernels
from trainer.compiled import network as compiled
from trainer.compiled import optimizers
from trainer.compiled import propagation as at
from trainer.compiled.panels import DEPTH
from trainer.compiled.rows import read_rows
from trainer.compiled.team import dismiss, new_team
from trainer.compiled.tiles import VECTORS, link_tiles
from trainer.numerics.cost import Labels
from trainer.numerics.parameters import Architecture, Vector
from trainer.numerics.updates import Floats, Network, Rule
from trainer.threads import cores, members

_ACTIVATIONS = {"relu": kernels.RELU, "tanh": kernels.TANH, "sigmoid": kernels.SIGMOID}
_OPTIMIZERS = {
    "gd": optimizers.GD,
    "momentum": optimizers.MOMENTUM,
    "rmsprop": optimizers.RMSPROP,
    "adam": optimizers.ADAM,
}

Result = TypeVar("Result")

_LINE = 64
"""Bytes that memory hands over at once; arrays begin at a multiple of it."""

_EVALUATION_BLOCK = 256
"""Examples per forward pass at test time; fixed, so that sums are added up in the same order always."""


class CompiledUpdates:
    """As `ReferenceUpdates`, to rounding; not the same bits."""

    def __init__(self, network: Network, ewa_decay: float) -> None:
        link_tiles()
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
        return _together(
            compiled.train,
            members(network.parameters.architecture.operations(largest)),
            memory,
            self._by_rows(X),
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

    def evaluate(self, X: Vector, y: Labels) -> tuple[float, float]:
        """As `ReferenceUpdates.evaluate`."""
        network, memory = self._network, self._memory(_EVALUATION_BLOCK)
        of_an_update = network.parameters.architecture.operations(min(_EVALUATION_BLOCK, len(y)))
        return _together(
            compiled.evaluate,
            members(of_an_update / 3),  # Z alone
            memory,
            self._by_rows(X),
            y,
            _EVALUATION_BLOCK,
            memory.layers,
            network.parameters.vector,
            network.running.vector,
            memory.work,
            self._activation,
            self._epsilon,
        )

    def _by_rows(self, X: Vector) -> Vector:
        """X itself, where its examples lie one after the other in the network's precision, as a `Dataset`'s do."""
        return np.ascontiguousarray(X, self._network.parameters.vector.dtype)

    def _memory(self, m: int) -> _Memory:
        """Memory for up to m examples at a time, kept for evaluations and for the mini-batches of now."""
        found = self._memories.get(m)
        if found is None:
            if len(self._memories) == 2:
                self._memories.clear()
            parameters = self._network.parameters
            found = self._memories[m] = _Memory(parameters.architecture, m, parameters.vector.dtype)
        return found


def _together(function: Callable[..., Result], number: int, memory: _Memory, *arguments: object) -> Result:
    """What a compiled function returns to this thread, one of `number`: the others help as far as they come in time."""
    team, scratch = new_team(number), memory.scratch(number)
    others: list[Future[Result]] = []
    try:
        # where no thread can be started, or the process is about to end, this one does without
        with suppress(RuntimeError):
            for own in scratch[1:number]:
                others.append(_helpers().submit(function, *arguments, team, memory.sums, own, False))
        return function(*arguments, team, memory.sums, scratch[0], True)
    finally:
        dismiss(team)
        for other in others:
            other.cancel()


@cache
def _helpers() -> ThreadPoolExecutor:
    """The threads that help whoever trains or evaluates in this process, so that they are never more than the cores."""
    return ThreadPoolExecutor(max(1, cores() - 1), "panda-team")


class _Memory:
    """The table of layers for mini-batches of up to m examples, and the memory that it divides."""

    def __init__(self, architecture: Architecture, m: int, dtype: np.dtype[np.floating]) -> None:
        lanes = _LINE // dtype.itemsize
        L = architecture.L
        self.layers = np.zeros((L + 1, at.COLUMNS), np.int64)
        self.labels = np.empty(m, np.intp)
        end = parameters = statistics = 0

        def reserve(size: int) -> int:
            nonlocal end
            start, end = end, end + _up(size, lanes)
            return start

        largest = 0
        for l, (row, n) in enumerate(zip(self.layers, architecture.layer_dims, strict=True)):
            row[at.UNITS] = n
            row[at.SCALE] = -1
            if l == 0:
                row[at.STRIDE] = n
                row[at.ACTIVATIONS] = reserve(m * n)
                continue
            row[at.WEIGHTS] = parameters
            parameters += n * architecture.layer_dims[l - 1]
            if architecture.normalised(l):
                row[at.SCALE] = parameters
                parameters += n
                row[at.MEAN] = statistics
                statistics += n
            row[at.OFFSET] = parameters
            parameters += n
            if l == L:
                row[at.STRIDE] = _up(m, lanes)
                size = n * row[at.STRIDE]
                row[at.LARGEST] = reserve(m)
                row[at.EXPONENTIALS] = reserve(m)
            else:
                row[at.STRIDE] = _up(n, lanes) + (lanes if n > lanes else 0)  # rows in different parts of a cache
                size = m * row[at.STRIDE]
                row[at.ACTIVATIONS] = reserve(size)
                row[at.DEVIATION] = reserve(n)
            row[at.LINEAR] = reserve(size)
            largest = max(largest, size)
        for column in (at.GRADIENT, at.NEXT_GRADIENT):
            self.layers[0, column] = reserve(largest)
        for column in (at.FACTOR, at.NEXT_FACTOR):
            self.layers[0, column] = reserve(m * max(architecture.layer_dims[1:-1], default=0))
        self.work = _aligned(end, dtype)
        wide = VECTORS * lanes
        panels = [-(-n // wide) for n in (m, *architecture.layer_dims)]
        self.sums = np.empty(2 * sum(panels) + 1)
        self._largest_panel = min(DEPTH, max(m, *architecture.layer_dims)) * wide
        self._scratch: list[Vector] = []

    def scratch(self, members: int) -> list[Vector]:
        """Room for a panel, for each of so many members of a team."""
        while len(self._scratch) < members:
            self._scratch.append(_aligned(self._largest_panel, self.work.dtype))
        return self._scratch


@cache
def load(dtype: str) -> None:
    """Have everything compiled for a precision, or taken from disk, by using it once: then no update has to wait."""
    network, X, y = Network.initial(Architecture((1, 2)), 1, np.dtype(dtype)), np.zeros((2, 1), dtype), np.array([0, 1])
    updates, rule, one = CompiledUpdates(network, 0.5), Rule("gd", 0.0, 0.0, 1e-8, 0.0, 0.0), np.zeros(1)
    updates.train(X, y, y, np.array([0, 2]), 2, rule, one, one.copy(), one.copy())
    updates.evaluate(X, y)
    read_rows(-1, np.empty(0, np.int64), np.empty((0, 1), np.uint8), False)


def _up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple


def _aligned(size: int, dtype: np.dtype[np.floating]) -> NDArray[np.floating]:
    """Zeros that begin at a multiple of `_LINE` bytes."""
    spare = _LINE // dtype.itemsize
    memory: NDArray[np.floating] = np.zeros(size + spare, dtype)
    start = -(memory.ctypes.data // dtype.itemsize) % spare
    return memory[start : start + size]
