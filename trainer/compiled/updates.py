"""CompiledUpdates: mini-batch updates of one network by compiled code, called from Python."""

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
from trainer.compiled.structures import Examples, MiniBatches, UpdateRule, Vectors, Workspace
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
"""Bytes of a cache line; arrays begin at a multiple of it."""

_EVALUATION_BLOCK = 256
"""Examples per forward pass at test time; always the same number, so that sums are added up in one order."""


class CompiledUpdates:
    """The same updates as `ReferenceUpdates`, equal to rounding, not in their bits.

    Parameters
    ----------
    network : what is trained; its arrays are changed in place
    ewa_decay : ρ of batch norm's running statistics
    class_weights : as of `ReferenceUpdates`
    """

    def __init__(self, network: Network, ewa_decay: float, class_weights: Floats | None = None) -> None:
        link_tiles()
        self._network, self._ewa_decay = network, ewa_decay
        theta = network.parameters.vector
        dtheta = _aligned(theta.size, theta.dtype)
        statistics = np.zeros_like(network.running.vector)
        self._vectors = Vectors(
            theta, dtheta, network.v.vector, network.s.vector, network.weights, network.running.vector, statistics
        )
        # a product with 1 has the same bits: without class weights nothing changes
        classes = network.parameters.architecture.layer_dims[-1]
        weights = np.ones(classes) if class_weights is None else class_weights
        self._class_weights: Vector = weights.astype(theta.dtype)
        self._memories: dict[int, _Memory] = {}
        self._rule = Rule("gd", 0.0, 0.0, 0.0, 0.0, 0.0)
        self._update_rule = self._compiled_rule(self._rule)

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
        memory = self._memory(largest)
        if rule != self._rule:
            self._rule, self._update_rule = rule, self._compiled_rule(rule)
        return _together(
            compiled.train,
            members(self._network.parameters.architecture.operations(largest)),
            memory,
            Examples(self._by_rows(X), y, self._class_weights),
            MiniBatches(indices, bounds, alphas, costs, norms),
            self._vectors,
            memory.workspace,
            self._update_rule,
        )

    def evaluate(self, X: Vector, y: Labels) -> tuple[float, float]:
        """As `ReferenceUpdates.evaluate`."""
        memory = self._memory(_EVALUATION_BLOCK)
        of_an_update = self._network.parameters.architecture.operations(min(_EVALUATION_BLOCK, len(y)))
        return _together(
            compiled.evaluate,
            members(of_an_update / 3),  # the forward pass is a third of an update
            memory,
            Examples(self._by_rows(X), y, self._class_weights),
            _EVALUATION_BLOCK,
            self._vectors,
            memory.workspace,
            self._update_rule,
        )

    def _compiled_rule(self, rule: Rule) -> UpdateRule:
        architecture = self._network.parameters.architecture
        return UpdateRule(
            _ACTIVATIONS[architecture.activation],
            _OPTIMIZERS[rule.optimizer],
            float(architecture.batch_norm_epsilon),
            float(self._ewa_decay),
            *map(float, rule[1:]),
        )

    def _by_rows(self, X: Vector) -> Vector:
        """X contiguous by rows in the network's precision: X itself where it is so already, as that of a `Dataset`."""
        return np.ascontiguousarray(X, self._network.parameters.vector.dtype)

    def _memory(self, m: int) -> _Memory:
        """Memory for at most m examples at a time; kept for evaluations, and for the present mini-batch size."""
        found = self._memories.get(m)
        if found is None:
            if len(self._memories) == 2:
                self._memories.clear()
            parameters = self._network.parameters
            found = self._memories[m] = _Memory(parameters.architecture, m, parameters.vector.dtype)
        return found


def _together(function: Callable[..., Result], number: int, memory: _Memory, *arguments: object) -> Result:
    """Call a compiled function with a team of `number` threads; return what it returns to this thread.

    This thread leads the team. The other threads take part in what begins after they have come.
    """
    team, scratch = new_team(number), memory.scratch(number)
    others: list[Future[Result]] = []
    try:
        # where no thread can be started, or the process is about to end, this thread computes alone
        with suppress(RuntimeError):
            for own in scratch[1:number]:
                others.append(_helpers().submit(function, *arguments, team, own, False))
        return function(*arguments, team, scratch[0], True)
    finally:
        dismiss(team)
        for other in others:
            other.cancel()


@cache
def _helpers() -> ThreadPoolExecutor:
    """The threads that join teams: one pool for the process, so that they are never more than the cores."""
    return ThreadPoolExecutor(max(1, cores() - 1), "panda-team")


class _Memory:
    """The workspace for mini-batches of at most m examples, and the members' scratch memory."""

    def __init__(self, architecture: Architecture, m: int, dtype: np.dtype[np.floating]) -> None:
        lanes = _LINE // dtype.itemsize
        L = architecture.L
        layers = np.zeros((L + 1, at.COLUMNS), np.int64)
        end = parameters = statistics = 0

        def reserve(size: int) -> int:
            nonlocal end
            start, end = end, end + _up(size, lanes)
            return start

        largest = 0
        for l, (row, n) in enumerate(zip(layers, architecture.layer_dims, strict=True)):
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
            layers[0, column] = reserve(largest)
        for column in (at.FACTOR, at.NEXT_FACTOR):
            layers[0, column] = reserve(m * max(architecture.layer_dims[1:-1], default=0))
        wide = VECTORS * lanes
        panels = [-(-n // wide) for n in (m, *architecture.layer_dims)]
        sums = np.empty(2 * sum(panels) + 1)
        self.workspace = Workspace(layers, _aligned(end, dtype), np.empty(m, np.intp), _aligned(m, dtype), sums)
        self._largest_panel = min(DEPTH, max(m, *architecture.layer_dims)) * wide
        self._scratch: list[Vector] = []

    def scratch(self, members: int) -> list[Vector]:
        """Room for a panel for each member of a team: one array a member, or more."""
        while len(self._scratch) < members:
            self._scratch.append(_aligned(self._largest_panel, self.workspace.memory.dtype))
        return self._scratch


@cache
def load(dtype: str) -> None:
    """Compile everything for a precision, or load it from disk, by using it once, so that no update has to wait."""
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
