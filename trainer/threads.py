"""How many threads compute one network: bounded before numpy is loaded, then chosen for each session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import threadpoolctl

_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

_SHARE = 2e7
"""Operations of an update for each thread: with fewer, threads lose as much by waiting for each other as they gain."""

_chosen: int | None = None
_members: int | None = None
_alone: ContextVar[bool] = ContextVar("computes alone", default=False)


def cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def bound_threads(spare: int = 1) -> None:
    """Bound the threads of numpy's BLAS, so that `spare` cores stay free for other work, such as the page.

    A number that the environment sets already is kept. Must be called before the first import of numpy.
    """
    given = next((os.environ[variable] for variable in _VARIABLES if variable in os.environ), "")
    for variable in _VARIABLES:
        os.environ.setdefault(variable, given or str(max(1, cores() - spare)))


def shared_by(processes: int) -> dict[str, str]:
    """The variables of the environment with which each of several processes has its share of the threads allowed here.

    Each has at least one. They must be set before numpy is loaded.
    """
    return {variable: str(max(1, _allowed() // processes)) for variable in _VARIABLES}


def threads_for(operations: float) -> int:
    """Number of threads for a network whose update takes this many operations of arithmetic."""
    wanted = int(operations // _SHARE)
    return min(_allowed(), wanted) if wanted > 1 else 1  # asking the system takes as long as a tiny update


def threads() -> int:
    """Number of threads of numpy's BLAS, on which the reference's bits depend: recorded with every session."""
    return _allowed() if _chosen is None else _chosen


def members(operations: float) -> int:
    """Number of threads of compiled code for updates of this many operations; its bits do not depend on the number."""
    if _alone.get():
        return 1
    return threads_for(operations) if _members is None else min(_members, cores())


def compute_alone() -> None:
    """Let compiled code that this thread calls compute in this thread alone from now on, beside those of others."""
    _alone.set(True)


def use_threads(number: int) -> None:
    """Let numpy's BLAS compute with `number` threads from now on, in this whole process."""
    global _chosen
    if number != _chosen:  # finding the libraries takes 2 ms
        threadpoolctl.threadpool_limits(number)
        _chosen = number


@contextmanager
def with_threads(number: int) -> Iterator[None]:
    """Let numpy's BLAS compute with `number` threads within a block; no other thread may change it meanwhile."""
    before = threads()
    use_threads(number)
    try:
        yield
    finally:
        use_threads(before)


@contextmanager
def with_members(number: int) -> Iterator[None]:
    """Let compiled code compute with `number` threads within a block; no other thread may change it meanwhile."""
    global _members
    before, _members = _members, number
    try:
        yield
    finally:
        _members = before


def _allowed() -> int:
    allowed = os.environ.get(_VARIABLES[0], "1")
    return max(1, min(int(allowed), cores())) if allowed.isdecimal() else 1
