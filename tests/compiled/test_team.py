"""Threads that compute one network together: the same bits however many they are, and nothing twice or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from typing import Any

import numba
import numpy as np
import pytest

from tests.compiled.test_updates import data, make
from trainer.compiled.team import MEMBERS, meet, size_of_team, take
from trainer.compiled.updates import CompiledUpdates
from trainer.numerics.parameters import Activation, Architecture
from trainer.numerics.updates import Network, Optimizer, Rule
from trainer.threads import with_threads

ROUNDS = 50


@numba.njit(nogil=True)
def take_all(team: Any, member: int, pieces: int, taken: Any, seen: Any) -> None:
    """Write down in each round who took what, and after it how many were taken by all."""
    for t in range(ROUNDS):
        piece = take(team, member, pieces)
        while piece < pieces:
            taken[t, piece] += 1 + member
            piece = take(team, member, pieces)
        meet(team)
        seen[t, member] = (taken[t] > 0).sum()
        meet(team)


@pytest.mark.parametrize("pieces", [0, 1, 2, 7, 64])
@pytest.mark.parametrize("members", [1, 2, 3, 5])
def test_each_piece_is_taken_once_and_seen_by_all(members: int, pieces: int) -> None:
    team = np.zeros(size_of_team(members), np.int64)
    team[MEMBERS] = members
    taken, seen = np.zeros((ROUNDS, pieces), np.int64), np.zeros((ROUNDS, members), np.int64)
    take_all(np.array([1] + [0] * (size_of_team(1) - 1)), 0, 0, taken[:, :0], seen)  # compiled before all begin
    with ThreadPoolExecutor(members) as pool:
        for done in [pool.submit(take_all, team, member, pieces, taken, seen) for member in range(members)]:
            done.result()
    assert ((taken >= 1) & (taken <= members)).all()  # by one of them, once
    assert (seen == pieces).all()  # nobody went on before the last piece was done
    assert team.tolist() == [members] + [0] * 15 + [2 * ROUNDS] + [0] * (len(team) - 17)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("dims", "m", "optimizer", "activation", "batch_norm"),
    [
        ((7, 4), 5, "gd", "relu", True),
        ((7, 33, 18, 5), 24, "adam", "relu", True),
        ((50, 130, 70, 100, 3), 67, "momentum", "tanh", False),
        ((300, 256, 128, 10), 128, "rmsprop", "sigmoid", True),
    ],
)
def test_the_number_of_threads_changes_no_bit(
    monkeypatch: pytest.MonkeyPatch,
    dims: tuple[int, ...],
    m: int,
    optimizer: Optimizer,
    activation: Activation,
    batch_norm: bool,
    dtype: str,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 5)
    architecture = Architecture(dims, batch_norm, activation)
    rule = Rule(optimizer, 0.9, 0.999, 1e-8, 0.01, 1.0)
    made = []
    for number in (1, 2, 3, 5):
        with with_threads(number):
            made.append(make(CompiledUpdates, architecture, rule, m, dtype))
    for other in made[1:]:
        for mine, theirs in zip(astuple(made[0]), astuple(other), strict=True):
            assert mine.tobytes() == theirs.tobytes()


def test_threads_may_become_more_or_fewer_between_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 5)
    dims, rule = (20, 40, 3), Rule("adam", 0.9, 0.999, 1e-8, 0.0, 0.0)
    thetas = []
    for numbers in ((1, 1, 1, 1), (2, 1, 3, 2)):
        network = Network.initial(Architecture(dims), 3, np.dtype("float32"))
        updates, (X, y) = CompiledUpdates(network, 0.9), data(30, 20, 3, "float32")
        for number in numbers:
            with with_threads(number):
                cost = np.empty(1)
                updates.train(X, y, np.arange(30), np.array([0, 30]), 30, rule, np.array([0.1]), cost, np.empty(1))
        thetas.append(network.parameters.vector.tobytes())
    assert thetas[0] == thetas[1]
