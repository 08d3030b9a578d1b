"""The number of BLAS threads: bounded before numpy is loaded, chosen for each session. Another gives other bits."""

from __future__ import annotations

import os

_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

WORTH_SHARING = 2e8
"""Operations of a matrix product from which threads gain more by sharing it than they lose by waiting."""


def pin_blas_threads(spare: int = 1) -> None:
    """Leave so many cores to everything else, as to the page; a number that the environment sets already is kept.

    Must be called before the first import of numpy.
    """
    threads = str(max(1, (os.cpu_count() or 1) - spare))
    for variable in _VARIABLES:
        os.environ.setdefault(variable, threads)


def threads_for(operations: float) -> int:
    """How many threads a network should have whose largest matrix product takes so many operations."""
    allowed = os.environ.get(_VARIABLES[0], "1")
    return int(allowed) if operations >= WORTH_SHARING and allowed.isdecimal() else 1
