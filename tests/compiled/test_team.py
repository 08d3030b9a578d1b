"""Threads that compute one network together: the same bits however many they are, and nothing twice or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from typing import Any

import numba
import numpy as np
import pytest

from tests.compiled.test_updates import data, make
from trainer.compiled import network
from trainer.compiled.team import begin, dismiss, end, follow, join, meet, new_team, take
from trainer.compiled.updates import CompiledUpdates
from trainer.numerics.parameters import Activation, Architecture
from trainer.numerics.updates import Network, Optimizer, Rule
from trainer.threads import with_members

STEPS = 50


@numba.njit(nogil=True)
def take_all(team: Any, pieces: int, taken: Any, members: Any, leads: bool) -> int:
    """Make steps: count in each how often each piece is taken, and which members take part; return the steps made."""
    member, step, made = 0 if leads else join(team), 0, 0
    while True:
        if leads:
            if step == len(taken):
                break
            step += 1
            begin(team, step)
        else:
            step = follow(team, member, step)
            if step < 0:
                return made
        meet(team)
        members[step - 1, member] = 1
        piece = take(team, member, pieces)
        while piece < pieces:
            taken[step - 1, piece] += 1
            piece = take(team, member, pieces)
        meet(team)
        if (taken[step - 1] != 1).any():
            return -1  # a member went on before the last piece was done
        made += 1
        meet(team)
    end(team)
    return made


def run_team(pool: ThreadPoolExecutor, called: int, come: int, pieces: int) -> tuple[int, list[int]]:
    """Run a team of which `come` members of `called` come; return the steps that the first and each other one made."""
    team = new_team(called)
    taken, members = np.zeros((STEPS, pieces), np.int64), np.zeros((STEPS, called), np.int64)
    others = [pool.submit(take_all, team, pieces, taken, members, False) for _ in range(come - 1)]
    made = [take_all(team, pieces, taken, members, True), *(other.result(60) for other in others)]
    assert (taken == 1).all()
    assert made[0] == STEPS
    assert sorted(made[1:]) == sorted(members.sum(axis=0)[1:come].tolist())
    return made[0], made[1:]


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        team = new_team(1)
        take_all(team, 0, np.zeros((0, 0), np.int64), np.zeros((0, 1), np.int64), True)  # compiled
        yield pool


@pytest.fixture
def five_cores(pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.threads.cores", lambda: 5)
    monkeypatch.setattr("trainer.compiled.updates._helpers", lambda: pool)


@pytest.mark.parametrize("pieces", [0, 1, 2, 7, 64])
@pytest.mark.parametrize("members", [1, 2, 3, 5])
def test_each_piece_is_taken_once_before_any_member_goes_on(
    pool: ThreadPoolExecutor, members: int, pieces: int
) -> None:
    run_team(pool, members, members, pieces)


def test_a_member_that_never_comes_is_not_waited_for(pool: ThreadPoolExecutor) -> None:
    assert run_team(pool, 5, 1, 7) == (STEPS, [])
    assert len(run_team(pool, 5, 3, 7)[1]) == 2


def test_a_member_that_comes_too_late_finds_nothing_to_do() -> None:
    taken, members = np.zeros((STEPS, 3), np.int64), np.zeros((STEPS, 2), np.int64)
    team = new_team(2)
    assert take_all(team, 3, taken, members, True) == STEPS
    assert take_all(team, 3, taken, members, False) == 0
    never_begun = new_team(2)
    dismiss(never_begun)
    assert take_all(never_begun, 3, taken, members, False) == 0
    assert (taken == 1).all()


def test_the_first_goes_on_alone_where_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    dims, rule = (20, 40, 3), Rule("adam", 0.9, 0.999, 1e-8, 0.0, 0.0)
    wanted = make(CompiledUpdates, Architecture(dims), rule, 30, "float32")
    pool = ThreadPoolExecutor(4)
    monkeypatch.setattr("trainer.threads.cores", lambda: 5)
    monkeypatch.setattr("trainer.compiled.updates._helpers", lambda: pool)

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with with_members(3):
        made = make(CompiledUpdates, Architecture(dims), rule, 30, "float32")
    assert all(one.tobytes() == other.tobytes() for one, other in zip(astuple(made), astuple(wanted), strict=True))


def test_helpers_are_let_go_when_the_first_never_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = ThreadPoolExecutor(2)
    monkeypatch.setattr("trainer.threads.cores", lambda: 3)
    monkeypatch.setattr("trainer.compiled.updates._helpers", lambda: pool)
    compiled = network.train

    def interrupted(*arguments: Any) -> int:
        if arguments[-1]:
            raise KeyboardInterrupt
        return int(compiled(*arguments))

    monkeypatch.setattr(network, "train", interrupted)
    with with_members(3), pytest.raises(KeyboardInterrupt):
        make(CompiledUpdates, Architecture((20, 40, 3)), Rule("gd", 0, 0, 1e-8, 0, 0), 30, "float32")
    pool.shutdown(wait=True)  # for ever, if one of them waited for the first


@pytest.mark.usefixtures("five_cores")
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
    dims: tuple[int, ...],
    m: int,
    optimizer: Optimizer,
    activation: Activation,
    batch_norm: bool,
    dtype: str,
) -> None:
    architecture = Architecture(dims, batch_norm, activation)
    rule = Rule(optimizer, 0.9, 0.999, 1e-8, 0.01, 1.0)
    made = []
    for number in (1, 2, 3, 5):
        with with_members(number):
            made.append(make(CompiledUpdates, architecture, rule, m, dtype))
    for other in made[1:]:
        for mine, theirs in zip(astuple(made[0]), astuple(other), strict=True):
            assert mine.tobytes() == theirs.tobytes()


@pytest.mark.usefixtures("five_cores")
def test_threads_may_become_more_or_fewer_between_updates() -> None:
    dims, rule = (20, 40, 3), Rule("adam", 0.9, 0.999, 1e-8, 0.0, 0.0)
    thetas = []
    for numbers in ((1, 1, 1, 1), (2, 1, 3, 2)):
        network = Network.initial(Architecture(dims), 3, np.dtype("float32"))
        updates, (X, y) = CompiledUpdates(network, 0.9), data(30, 20, 3, "float32")
        for number in numbers:
            with with_members(number):
                cost = np.empty(1)
                updates.train(X, y, np.arange(30), np.array([0, 30]), 30, rule, np.array([0.1]), cost, np.empty(1))
        thetas.append(network.parameters.vector.tobytes())
    assert thetas[0] == thetas[1]


@pytest.mark.usefixtures("five_cores")
def test_the_number_of_threads_follows_the_mini_batch_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "5")
    numbers: list[int] = []

    def listed(number: int) -> Any:
        numbers.append(number)
        return new_team(number)

    monkeypatch.setattr("trainer.compiled.updates.new_team", listed)
    dims, rule, none = (300, 256, 128, 10), Rule("gd", 0.0, 0.0, 1e-8, 0.0, 0.0), np.empty(1)
    updates = CompiledUpdates(Network.initial(Architecture(dims), 3, np.dtype("float32")), 0.9)
    X, y = data(300, 300, 10, "float32")
    for m in (20, 100, 300):  # some 112,000 parameters: 1.3e7, 6.7e7 and 2e8 operations
        updates.train(X, y, np.arange(m), np.array([0, m]), m, rule, np.array([0.1]), none, none.copy())
    updates.evaluate(X, y)  # 5.7e7
    assert numbers == [1, 3, 5, 2]
