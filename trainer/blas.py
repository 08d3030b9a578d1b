"""The number of BLAS threads, fixed before numpy is loaded: another number gives other bits."""

from __future__ import annotations

import os

_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def pin_blas_threads() -> None:
    """Leave one core to the page and everything else; a number that the environment sets already is kept.

    Must be called before the first import of numpy.
    """
    threads = str(max(1, (os.cpu_count() or 1) - 1))
    for variable in _VARIABLES:
        os.environ.setdefault(variable, threads)
