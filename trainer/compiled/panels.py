"""Matrix products, panel by panel: some columns of the result at a time, so that what follows finds them at hand.

A BLAS is not used: its sums depend on its version and its threads, and it cannot be followed by a layer's other work.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from trainer.compiled.compiler import compiled
from trainer.compiled.lanes import ROWS_AHEAD, Lanes, first, load, prefetch, store, vector_of, width
from trainer.compiled.tiles import ROWS, VECTORS, tile_name

PLAIN, TRANSPOSED, PACKED = range(3)
"""How a factor lies in memory: by rows, by columns, or as `pack_tiles` puts it."""

_MOST, _MIDDLE, _FEW, _ = ROWS
DEPTH = 1024
"""So many k at a time: that much of a panel stays in a cache."""
_NEAR = 400
"""Elements from one row to the next up to which rows are used as they lie there; those further apart are packed."""


@compiled
def panel_width(array: Any) -> int:
    """Columns of a panel for an array's element type."""
    return VECTORS * width(array)


def _tile(
    rows: int,
    A: Any,
    a_at: int,
    from_row: int,
    from_k: int,
    P: Any,
    p_at: int,
    p_stride: int,
    K: int,
    C: Any,
    c_at: int,
    c_stride: int,
    columns: int,
    more: int,
) -> None:
    """So many rows of C = A P, as many as a tile has; from one row of A to the next, and from one k.

    Where `more` is not 0, A P is added to C.
    """
    raise NotImplementedError("only within compiled code")


@overload(_tile)
def _tile_of_lanes(
    rows: Any,
    A: Any,
    a_at: Any,
    from_row: Any,
    from_k: Any,
    P: Any,
    p_at: Any,
    p_stride: Any,
    K: Any,
    C: Any,
    c_at: Any,
    c_stride: Any,
    columns: Any,
    more: Any,
) -> Any:
    matrix, size = types.voidptr, types.intp
    signature = types.void(matrix, size, size, size, matrix, size, size, size, matrix, size, size, size, size)
    most, middle, few, one = (types.ExternalFunction(tile_name(C.dtype, rows), signature) for rows in ROWS)

    def tile(
        rows: Any,
        A: Any,
        a_at: Any,
        from_row: Any,
        from_k: Any,
        P: Any,
        p_at: Any,
        p_stride: Any,
        K: Any,
        C: Any,
        c_at: Any,
        c_stride: Any,
        columns: Any,
        more: Any,
    ) -> None:
        a, p, c = A.ctypes, P.ctypes, C.ctypes
        if rows == _MOST:
            most(a, a_at, from_row, from_k, p, p_at, p_stride, K, c, c_at, c_stride, columns, more)
        elif rows == _MIDDLE:
            middle(a, a_at, from_row, from_k, p, p_at, p_stride, K, c, c_at, c_stride, columns, more)
        elif rows == _FEW:
            few(a, a_at, from_row, from_k, p, p_at, p_stride, K, c, c_at, c_stride, columns, more)
        else:
            one(a, a_at, from_row, from_k, p, p_at, p_stride, K, c, c_at, c_stride, columns, more)

    return tile


@compiled
def _height(left: int) -> int:
    """Rows of the next tile where so many are left."""
    if left >= _MOST + _MIDDLE or left == _MOST:
        return _MOST
    if left >= _MIDDLE:
        return _MIDDLE
    return _FEW if left >= _FEW else 1


@compiled
def _multiply(
    A_is: int,
    M: int,
    K: int,
    A: Any,
    A_stride: int,
    k: int,
    depth: int,
    P: Any,
    p_at: int,
    p_stride: int,
    C: Any,
    c_at: int,
    c_stride: int,
    columns: int,
) -> None:
    """Some columns of C = A P, (M, K) by (K, columns), by rows: what comes of so many k from k on.

    P begins with row k; C holds the sums over what was before it.
    """
    from_row, from_k = (1, A_stride) if A_is == TRANSPOSED else (A_stride, 1)
    together = panel_width(C) if A_is == PACKED else M
    for begin in range(0, M, together):
        end = min(begin + together, M)
        i = begin
        while i < end:
            rows, there = _height(end - i), c_at + i * c_stride
            if A_is == PACKED:
                a_at = i * K + k * rows
                _tile(rows, A, a_at, 1, rows, P, p_at, p_stride, depth, C, there, c_stride, columns, k)
            else:
                a_at = i * from_row + k * from_k
                _tile(rows, A, a_at, from_row, from_k, P, p_at, p_stride, depth, C, there, c_stride, columns, k)
            i += rows


_WORD = ir.IntType(64)


def _element(context: Any, builder: Any, sig: Any, args: Any, i: int) -> Any:
    """Pointer into the array that is argument i, to the element of which the number is the next one."""
    data = cgutils.create_struct_proxy(sig.args[i])(context, builder, value=args[i]).data
    return builder.gep(data, [args[i + 1]])


@intrinsic
def _transpose_square(typingctx: Any, B: Any, b_at: Any, b_stride: Any, P: Any, p_at: Any, p_stride: Any) -> Any:
    """A square of B, with as many columns as lanes hold, becomes one of P, with rows for columns."""
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
def _pack_columns(B: Any, at: int, stride: int, K: int, columns: int, P: Any) -> None:
    """Some columns of B, (K, columns), beside each other: a panel, filled up with zeros."""
    w, wide = width(B), panel_width(B)
    every = first(B, w)
    for j in range(0, wide, w):
        some = first(B, columns - j)
        for k in range(K):
            prefetch(B, at + (k + ROWS_AHEAD) * stride + j)
            store(P, k * wide + j, every, load(B, at + k * stride + j, some))


@compiled
def _pack_rows(B: Any, at: int, stride: int, K: int, rows: int, P: Any) -> None:
    """Some rows of B, (rows, K), as the columns of a panel."""
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
def pack_tiles(A: Any, stride: int, K: int, j: int, columns: int, packed: Any) -> None:
    """Columns j and following of A, (K, M) by rows, become rows of a factor (M, K) that is PACKED, tile by tile.

    They are those of one panel. A tile finds what it needs in the order in which it needs it.
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
def panel(
    A_is: int,
    B_is: int,
    M: int,
    N: int,
    K: int,
    A: Any,
    A_stride: int,
    B: Any,
    B_stride: int,
    C: Any,
    C_stride: int,
    j: int,
    scratch: Any,
) -> int:
    """Columns j and following of C = A B, `(M, K)` by `(K, N)`, by rows; how many they are.

    B is PLAIN or TRANSPOSED. There is room in `scratch` for `DEPTH` rows of `panel_width`, or for K.
    """
    wide = panel_width(C)
    columns = min(wide, N - j)
    for k in range(0, K, DEPTH):
        depth = min(DEPTH, K - k)
        P, p_at, p_stride = scratch, 0, wide
        if B_is == TRANSPOSED:
            _pack_rows(B, j * B_stride + k, B_stride, depth, columns, scratch)
        elif columns < wide or B_stride > _NEAR:
            _pack_columns(B, k * B_stride + j, B_stride, depth, columns, scratch)
        else:
            P, p_at, p_stride = B, k * B_stride + j, B_stride
        _multiply(A_is, M, K, A, A_stride, k, depth, P, p_at, p_stride, C, j, C_stride, columns)
    return columns
