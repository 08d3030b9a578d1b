"""Large matrix products within compiled code: by the BLAS that numpy itself brought along, called by its C address.

Numba's own `np.dot` would load SciPy's copy of OpenBLAS beside numpy's: two pools of threads for the same cores.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding
import numpy as np
from numba import types
from numba.extending import overload

from trainer.blas import WORTH_SHARING
from trainer.compiled.blas import product_addresses
from trainer.compiled.compiler import compiled

PLAIN, TRANSPOSED = 111, 112
_ROW_MAJOR = 101
"""The constants of the C interface to BLAS."""

_OURS = {"float32": "panda_sgemm", "float64": "panda_dgemm"}


def link_matrix_products() -> None:
    """Make numpy's products known to compiled code by names of ours; to be done before its first call."""
    for dtype, address in product_addresses().items():
        llvmlite.binding.add_symbol(_OURS[dtype], address)


def _external(name: str, dtype: types.Float) -> types.ExternalFunction:
    enum, size, matrix = types.int32, types.int64, types.voidptr
    arguments = (enum, enum, enum, size, size, size, dtype, matrix, size, matrix, size, dtype, matrix, size)
    return types.ExternalFunction(name, types.void(*arguments))


_sgemm, _dgemm = _external("panda_sgemm", types.float32), _external("panda_dgemm", types.float64)


@compiled
def worth_sharing(M: int, N: int, K: int) -> bool:
    """Whether threads should share such a product; else `trainer.compiled.tiles` is faster."""
    return 2.0 * M * N * K >= WORTH_SHARING


def product(
    A_is: int, B_is: int, M: int, N: int, K: int, A: Any, A_stride: int, B: Any, B_stride: int, C: Any, C_stride: int
) -> None:
    """C = A B, `(M, K)` by `(K, N)`, by rows; A and B are as they lie there or TRANSPOSED."""
    raise NotImplementedError("only within compiled code")


@overload(product)
def _product(
    A_is: Any, B_is: Any, M: Any, N: Any, K: Any, A: Any, A_stride: Any, B: Any, B_stride: Any, C: Any, C_stride: Any
) -> Any:
    gemm = _sgemm if A.dtype == types.float32 else _dgemm
    scalar = np.float32 if A.dtype == types.float32 else np.float64

    def call(
        A_is: Any,
        B_is: Any,
        M: Any,
        N: Any,
        K: Any,
        A: Any,
        A_stride: Any,
        B: Any,
        B_stride: Any,
        C: Any,
        C_stride: Any,
    ) -> None:
        one, zero = scalar(1), scalar(0)
        gemm(_ROW_MAJOR, A_is, B_is, M, N, K, one, A.ctypes, A_stride, B.ctypes, B_stride, zero, C.ctypes, C_stride)

    return call
