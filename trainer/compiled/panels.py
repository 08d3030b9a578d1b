"""Panels: a panel is a group of neighbouring columns of a matrix, as many as a tile is wide.

A matrix product C = A B is computed one panel of C at a time. The activation or gradient that follows then finds the
panel still in the cache. A BLAS is not used: its sums depend on its version and on its threads, and it computes a
whole product before anything else can use a part of it.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from trainer.compiled.compiler import compiled
from trainer.compiled.lanes import ROWS_AHEAD, Lanes, first, load, prefetch, store, vector_of, width
from trainer.compiled.structures import Matrix, Rows
from trainer.compiled.tiles import ROWS, VECTORS, tile_name
from trainer.numerics.parameters import Vector

PLAIN, TRANSPOSED, PACKED = range(3)
"""How a factor lies in memory: by rows, by columns, or in the order in which `pack_tiles` writes it."""

_MOST, _MIDDLE, _FEW, _ = ROWS
DEPTH = 1024
"""The sum over k is computed in sections of at most 1,024 terms, so that the rows of B in use stay in the cache."""
_NEAR = 400
"""Largest stride, in elements, with which the rows of B are read where they are; with a larger one they are packed."""


@compiled
def panel_width(array: Vector) -> int:
    """Number of columns of a panel in the precision of `array`."""
    return VECTORS * width(array)


def _tile(rows: int, A: Rows, from_row: int, from_k: int, P: Rows, K: int, C: Rows, columns: int, more: int) -> None:
    """One tile of C = A P: as many rows as `rows`, a height of `ROWS`, by `columns` columns, summed over K terms.

    Elements of A are `from_row` apart from one row to the next, and `from_k` from one k to the next; P is a panel with
    K rows. Where `more` is not 0, A P is added to C.
    """
    raise NotImplementedError("only within compiled code")


@overload(_tile)
def _tile_of_lanes(
    rows: Any, A: Any, from_row: Any, from_k: Any, P: Any, K: Any, C: Any, columns: Any, more: Any
) -> Any:
    matrix, size = types.voidptr, types.intp
    signature = types.void(matrix, size, size, size, matrix, size, size, size, matrix, size, size, size, size)
    dtype = C.types[0].dtype
    most, middle, few, one = (types.ExternalFunction(tile_name(dtype, height), signature) for height in ROWS)

    def tile(rows: Any, A: Any, from_row: Any, from_k: Any, P: Any, K: Any, C: Any, columns: Any, more: Any) -> None:
        a, p, c = A.memory.ctypes, P.memory.ctypes, C.memory.ctypes
        if rows == _MOST:
            most(a, A.start, from_row, from_k, p, P.start, P.stride, K, c, C.start, C.stride, columns, more)
        elif rows == _MIDDLE:
            middle(a, A.start, from_row, from_k, p, P.start, P.stride, K, c, C.start, C.stride, columns, more)
        elif rows == _FEW:
            few(a, A.start, from_row, from_k, p, P.start, P.stride, K, c, C.start, C.stride, columns, more)
        else:
            one(a, A.start, from_row, from_k, p, P.start, P.stride, K, c, C.start, C.stride, columns, more)

    return tile


@compiled
def _height(left: int) -> int:
    """Height of the next tile where `left` rows of the product are still to be computed."""
    if left >= _MOST + _MIDDLE or left == _MOST:
        return _MOST
    if left >= _MIDDLE:
        return _MIDDLE
    return _FEW if left >= _FEW else 1


@compiled
def _multiply(A: Matrix, M: int, K: int, k: int, depth: int, P: Rows, C: Rows, columns: int) -> None:
    """Add to a panel of C = A B, `(M, K)` by `(K, columns)`, the terms from number k to k + depth.

    P holds rows k to k + depth of B. C holds the sums of the terms before k; where k is 0, it is overwritten.
    """
    packed = A.lies == PACKED
    from_row, from_k = (1, A.stride) if A.lies == TRANSPOSED else (A.stride, 1)
    together = panel_width(C.memory) if packed else M
    for begin in range(0, M, together):
        end = min(begin + together, M)
        i = begin
        while i < end:
            rows = _height(end - i)
            there = Rows(C.memory, C.start + i * C.stride, C.stride)
            if packed:
                here = Rows(A.memory, i * K + k * rows, A.stride)
                _tile(rows, here, 1, rows, P, depth, there, columns, k)
            else:
                here = Rows(A.memory, i * from_row + k * from_k, A.stride)
                _tile(rows, here, from_row, from_k, P, depth, there, columns, k)
            i += rows


_WORD = ir.IntType(64)


def _element(context: Any, builder: Any, sig: Any, args: Any, i: int) -> Any:
    """Pointer to an element of the array that is argument i; argument i + 1 is the element's number."""
    data = cgutils.create_struct_proxy(sig.args[i])(context, builder, value=args[i]).data
    return builder.gep(data, [args[i + 1]])


@intrinsic
def _transpose_square(typingctx: Any, B: Any, b_at: Any, b_stride: Any, P: Any, p_at: Any, p_stride: Any) -> Any:
    """Write the transpose of a square of B, with as many rows and columns as lanes have elements, into P."""
    lanes = Lanes(B.dtype)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector, n, align = vector_of(lanes), lanes.count, lanes.dtype.bitwidth // 8
        b_begin, p_begin = (_element(context, builder, sig, args, i) for i in (0, 3))
        b_stride, p_stride = args[2], args[5]

        def row(begin: Any, stride: Any, i: int) -> Any:
            return builder.bitcast(builder.gep(begin, [builder.mul(stride, _WORD(i))]), vector.as_pointer())

        rows = [builder.load(row(b_begin, b_stride, i), align=align) for i in range(n)]
        side = 1
        while side < n:  # what is above the diagonal of each square of two times two sides changes with what is below
            above = ir.VectorType(ir.IntType(32), n)([e if not e & side else n + (e ^ side) for e in range(n)])
            below_it = ir.VectorType(ir.IntType(32), n)([e ^ side if not e & side else n + e for e in range(n)])
            for i in range(n):
                if not i & side:
                    pair = rows[i], rows[i | side]
                    rows[i] = builder.shuffle_vector(*pair, above)
                    rows[i | side] = builder.shuffle_vector(*pair, below_it)
            side *= 2
        for i in range(n):
            builder.store(rows[i], row(p_begin, p_stride, i), align=align)
        return context.get_dummy_value()

    i = types.intp
    return types.void(B, i, i, P, i, i), generate


@compiled
def _pack_columns(B: Vector, at: int, stride: int, K: int, columns: int, P: Vector) -> None:
    """Copy `(K, columns)` of B, from element `at` on, into the panel P, and fill the panel up with zeros."""
    w, wide = width(B), panel_width(B)
    every = first(B, w)
    for j in range(0, wide, w):
        some = first(B, columns - j)
        for k in range(K):
            prefetch(B, at + (k + ROWS_AHEAD) * stride + j)
            store(P, k * wide + j, every, load(B, at + k * stride + j, some))


@compiled
def _pack_rows(B: Vector, at: int, stride: int, K: int, rows: int, P: Vector) -> None:
    """Copy `(rows, K)` of B, from element `at` on, into the panel P as its columns, and fill up with zeros."""
    w, wide = width(B), panel_width(B)
    squares, whole = rows - rows % w, K - K % w
    for j in range(0, squares, w):
        for k in range(0, whole, w):
            _transpose_square(B, at + j * stride + k, stride, P, k * wide + j, wide)
        for k in range(whole, K):
            for i in range(j, j + w):
                P[k * wide + i] = B[at + i * stride + k]
    for k in range(K):
        for i in range(squares, rows):
            P[k * wide + i] = B[at + i * stride + k]
        for i in range(rows, wide):
            P[k * wide + i] = 0


@compiled
def pack_tiles(A: Vector, stride: int, K: int, j: int, columns: int, packed: Vector) -> None:
    """Write one panel of A, `(K, M)` by rows, as rows of `packed`: a factor `(M, K)` that is PACKED.

    The panel has `columns` columns, from column j on. `packed` holds the elements tile by tile, in the order in which
    a tile reads them.
    """
    w, end = width(A), j + columns
    while j < end:
        rows = _height(end - j)
        for r in range(0, rows, w):
            some = first(A, rows - r)
            for k in range(K):
                prefetch(A, (k + ROWS_AHEAD) * stride + j + r)
                store(packed, j * K + k * rows + r, some, load(A, k * stride + j + r, some))
        j += rows


@compiled
def panel(A: Matrix, B: Matrix, C: Matrix, M: int, N: int, K: int, j: int, scratch: Vector) -> int:
    """Compute one panel of C = A B, `(M, K)` by `(K, N)`, from column j on; return how many columns it has.

    B is PLAIN or TRANSPOSED, C is PLAIN. `scratch` has room for min(K, `DEPTH`) rows of `panel_width` elements.
    """
    wide = panel_width(C.memory)
    columns = min(wide, N - j)
    for k in range(0, K, DEPTH):
        depth = min(DEPTH, K - k)
        P, p_at, p_stride = scratch, 0, wide
        if B.lies == TRANSPOSED:
            _pack_rows(B.memory, j * B.stride + k, B.stride, depth, columns, scratch)
        elif columns < wide or B.stride > _NEAR:
            _pack_columns(B.memory, k * B.stride + j, B.stride, depth, columns, scratch)
        else:
            P, p_at, p_stride = B.memory, k * B.stride + j, B.stride
        _multiply(A, M, K, k, depth, Rows(P, p_at, p_stride), Rows(C.memory, j, C.stride), columns)
    return columns
