"""Products in tiles: every element is the sum over k in order, each step rounded once, whatever the sizes."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from trainer.compiled.lanes import first, fma, spread, store, width
from trainer.compiled.panels import DEPTH, PACKED, PLAIN, TRANSPOSED, pack_tiles, panel, panel_width
from trainer.compiled.structures import Matrix
from trainer.compiled.tiles import ROWS, VECTORS, link_tiles

LANES = {"float32": 16, "float64": 8}
ROOM = 3


@numba.njit
def in_tiles(A: Matrix, B: Matrix, C: Matrix, M: int, N: int, K: int, scratch: Any) -> None:
    j = 0
    while j < N:
        j += panel(A, B, C, M, N, K, j, scratch)


@numba.njit
def packed(A: Any, stride: int, M: int, K: int, tiles: Any) -> None:
    """A, (M, K) by columns, panel by panel."""
    for j in range(0, M, panel_width(A)):
        pack_tiles(A, stride, K, j, min(panel_width(A), M - j), tiles)


@numba.njit
def one_by_one(A: Any, B: Any, C: Any) -> None:
    """C = A B, `(M, K)` by `(N, K)`: as it is written in a book, with fused multiplication and addition."""
    row = np.empty(width(C), C.dtype)
    for i in range(A.shape[0]):
        for j in range(B.shape[0]):
            s = spread(C, 0.0)
            for k in range(A.shape[1]):
                s = fma(spread(C, A[i, k]), spread(C, B[j, k]), s)
            store(row, 0, first(row, 1), s)
            C[i, j] = row[0]


def lying(matrix: NDArray[Any], kind: int) -> tuple[NDArray[Any], int]:
    """A matrix in memory, plain or transposed, with some room after each row."""
    rows = matrix if kind == PLAIN else matrix.T
    memory = np.full((rows.shape[0], rows.shape[1] + ROOM), np.nan, matrix.dtype)
    memory[:, : rows.shape[1]] = rows
    return memory.reshape(-1), memory.shape[1]


SIZES = [
    (1, 1, 1),
    (10, 64, 33),
    (64, 10, 17),
    *((rows + more, 40, 5) for rows in ROWS for more in (0, 1)),
    (20, 31, 16),
    (7, 32, 48),
    (37, 53, 71),
    (128, 100, 64),
    (5, 500, 7),  # rows so far apart are packed
    (13, 40, 2 * DEPTH + 3),
    (40, 21, DEPTH + 1),
]


@pytest.mark.parametrize("dtype", LANES)
@pytest.mark.parametrize(("M", "N", "K"), SIZES)
def test_every_element_is_the_sum_in_order(dtype: str, M: int, N: int, K: int) -> None:
    link_tiles()
    generator = np.random.Generator(np.random.PCG64(M * 1000 + N))
    A, B = (generator.standard_normal(shape).astype(dtype) for shape in ((M, K), (N, K)))
    expected = np.empty((M, N), dtype)
    one_by_one(A, B, expected)
    scratch = np.full(K * VECTORS * LANES[dtype], np.nan, dtype)
    tiles = np.full(M * K, np.nan, dtype)
    packed(*lying(A, TRANSPOSED), M, K, tiles)
    for A_is in (PLAIN, TRANSPOSED, PACKED):
        for B_is in (PLAIN, TRANSPOSED):
            C = np.full((M, N + ROOM), 7, dtype)
            a = Matrix(tiles, 0, PACKED) if A_is == PACKED else Matrix(*lying(A, A_is), A_is)
            b = Matrix(*lying(B.T, B_is), B_is)
            in_tiles(a, b, Matrix(C.reshape(-1), N + ROOM, PLAIN), M, N, K, scratch)
            assert C[:, :N].tobytes() == expected.tobytes()
            assert (C[:, N:] == 7).all()  # nothing beyond its end is written
