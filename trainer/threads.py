"""How many threads compute one network: bounded before numpy is loaded, chosen for each session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import threadpoolctl

_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

_SHARE = 2e7
"""Operations of an update that each thread should have: with less, waiting for each other takes what they gain."""

_chosen: int | None = None
_for_a_while: int | None = None


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def bound_threads(spare: int = 1) -> None:
    """Leave so many cores to everything else, as to the page; a number that the environment sets already is kept.

    Must be called before the first import of numpy.
    """
    given = next((os.environ[variable] for variable in _VARIABLES if variable in os.environ), "")
    for variable in _VARIABLES:
        os.environ.setdefault(variable, given or str(max(1, cores() - spare)))


def threads_for(operations: float) -> int:
    """How many threads a network should have of which an update takes so many operations."""
    return max(1, min(_allowed(), int(operations // _SHARE)))


def threads() -> int:
    """How many numpy's BLAS has, on which the reference's bits depend: recorded with every session."""
    return _allowed() if _chosen is None else _chosen


def members(operations: float) -> int:
    """How many compiled code takes for updates of so many operations; its bits are the same with any number."""
    return threads_for(operations) if _for_a_while is None else min(_for_a_while, cores())


def use_threads(number: int) -> None:
    """Have numpy's BLAS compute with so many from now on, in this whole process."""
    global _chosen
    _chosen = number
    threadpoolctl.threadpool_limits(number)


@contextmanager
def with_threads(number: int) -> Iterator[None]:
    """Compute with so many for a while, compiled code too; nobody else may do so in this process meanwhile."""
    global _for_a_while
    before, around = threads(), _for_a_while
    use_threads(number)
    _for_a_while = number
    try:
        yield
    finally:
        use_threads(before)
        _for_a_while = around


def _allowed() -> int:
    allowed = os.environ.get(_VARIABLES[0], "1")
    return max(1, min(int(allowed), cores())) if allowed.isdecimal() else 1
