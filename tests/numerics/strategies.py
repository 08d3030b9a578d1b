"""What the properties are tried on, and how: matrices of finite numbers, the same ones in every run."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
DType = np.dtype[np.floating]

DTYPES: list[DType] = [np.dtype(np.float32), np.dtype(np.float64)]

PROPERTY = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
"""For properties of the formulas, which are quick to try."""


def finite(size: float) -> st.SearchStrategy[float]:
    """Numbers between -size and size."""
    return st.floats(-size, size, allow_subnormal=False)


def matrices(size: float = 100.0, rows: int = 1, columns: int = 1) -> st.SearchStrategy[Matrix]:
    """Matrices `(n, m)` with at least so many rows and columns and at most 6 of each."""
    shapes = array_shapes(min_dims=2, max_dims=2, max_side=6).map(lambda s: (max(s[0], rows), max(s[1], columns)))
    return arrays(np.float64, shapes, elements=finite(size))
