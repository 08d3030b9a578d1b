"""Tiles: a tile is a small block of a matrix product whose sums stay in registers while the loop over k runs.

A function for each height of tile is written in LLVM's language, since in Python one cannot choose what stays in a
register. It is compiled each time that Panda starts, in a tenth of a second; compiled Python calls it by name, as it
calls BLAS.

Every element of a product is `fma(a[k], b[k], sum)` for k = 0, 1, 2, …, in this order. So all processors, heights of
tiles and numbers of threads give the same bits.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types

from trainer.compiled.lanes import Lanes, below, call_llvm, splat, suffix, vector_of

_WIDE = bool(llvm.get_host_cpu_features().get("avx512f"))
VECTORS = 2 if _WIDE else 1
"""Lanes in a row of a tile. 32 registers of 64 bytes have room for 12 rows of two; 16 of 32 bytes for 6 rows of one."""
ROWS = (12, 8, 4, 1) if _WIDE else (6, 4, 2, 1)
"""Heights of tiles, in rows; the largest first."""

_WORD = ir.IntType(64)


def tile_name(dtype: types.Float, rows: int) -> str:
    """Name by which compiled code calls the function for tiles of a precision and a height."""
    return f"panda_tile_{dtype}_{rows}"


_LINKING = Lock()


def link_tiles() -> llvm.ExecutionEngine:
    """Compile the functions for all tiles, and register their names; must be called before any compiled function.

    Once in a process, however many threads ask at the same time: the code of a second engine would go with it, and
    names that lead there would lead nowhere.
    """
    with _LINKING:
        return _linked_tiles()


@cache
def _linked_tiles() -> llvm.ExecutionEngine:
    module = ir.Module("tiles")
    for dtype in (types.float32, types.float64):
        for rows in ROWS:
            _write_tile(module, tile_name(dtype, rows), Lanes(dtype), rows)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3
    )
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(str(module)), machine)
    engine.finalize_object()
    for function in module.functions:
        if not function.is_declaration:
            llvm.add_symbol(function.name, engine.get_function_address(function.name))
    return engine  # the code lives as long as the engine


def _write_tile(module: ir.Module, name: str, lanes: Lanes, rows: int) -> None:
    """Write a function (A, at, row to row, k to k, P, at, row to row, K, C, at, row to row, n, more).

    It computes C = A P for the rows of one tile: A has `rows` rows and K columns, P is a panel of K rows of `VECTORS`
    lanes, and the first n columns of C are written. Each array begins at the element `at`;
    "row to row" and "k to k" are distances in elements. Where `more` is not 0, A P
    is added to C.
    """
    pointer = vector_of(lanes).element.as_pointer()
    arguments = [pointer, _WORD, _WORD, _WORD, pointer, _WORD, _WORD, _WORD, pointer, _WORD, _WORD, _WORD, _WORD]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), arguments), name)
    begin, together, apart = (function.append_basic_block(block) for block in ("begin", "together", "apart"))
    builder = ir.IRBuilder(begin)
    from_row = function.args[2]
    builder.cbranch(builder.icmp_signed("==", from_row, _WORD(1)), together, apart)
    # where the rows of A are adjacent for one k, as in a transposed A, their offsets are constants
    builder.position_at_end(together)
    _write_loop(builder, function, lanes, [_WORD(r) for r in range(rows)])
    builder.position_at_end(apart)
    _write_loop(builder, function, lanes, [builder.mul(from_row, _WORD(r)) for r in range(rows)])


def _write_loop(builder: ir.IRBuilder, function: ir.Function, lanes: Lanes, offsets: list[Any]) -> None:
    """Write the loop over k for rows that begin at these offsets, the stores into C, and the return."""
    A, a_at, _, from_k, P, p_at, p_stride, K, C, c_at, c_stride, columns, more = function.args
    A, P, C = builder.gep(A, [a_at]), builder.gep(P, [p_at]), builder.gep(C, [c_at])
    vector, align, rows = vector_of(lanes), lanes.dtype.bitwidth // 8, len(offsets)
    begin, (add, loop, after) = builder.block, (builder.append_basic_block(name) for name in ("add", "loop", "after"))
    meant = [below(builder, columns, lanes, v * lanes.count) for v in range(VECTORS)]
    places = [
        [_vector_at(builder, row, v * lanes.count, vector) for v in range(VECTORS)]
        for row in (builder.gep(C, [builder.mul(c_stride, _WORD(r))]) for r in range(rows))
    ]
    builder.cbranch(builder.icmp_signed("!=", more, _WORD(0)), add, loop)
    builder.position_at_end(add)
    read = f"llvm.masked.load.{suffix(lanes)}.p0"
    before = [
        [
            call_llvm(builder, read, vector, [places[r][v], ir.IntType(32)(align), meant[v], vector(None)])
            for v in range(VECTORS)
        ]
        for r in range(rows)
    ]
    builder.branch(loop)
    builder.position_at_end(loop)
    k, a, p = builder.phi(_WORD), builder.phi(A.type), builder.phi(P.type)
    sums = [[builder.phi(vector) for _ in range(VECTORS)] for _ in range(rows)]
    b = [builder.load(_vector_at(builder, p, v * lanes.count, vector), align=align) for v in range(VECTORS)]
    new = []
    for r in range(rows):
        factor = splat(builder, builder.load(builder.gep(a, [offsets[r]])), vector)
        fma = f"llvm.fma.{suffix(lanes)}"
        new.append([call_llvm(builder, fma, vector, [factor, b[v], sums[r][v]]) for v in range(VECTORS)])
    next_k = builder.add(k, _WORD(1))
    goes_on = [
        (k, _WORD(0), _WORD(0), next_k),
        (a, A, A, builder.gep(a, [from_k])),
        (p, P, P, builder.gep(p, [p_stride])),
    ]
    goes_on += [(sums[r][v], vector(None), before[r][v], new[r][v]) for r in range(rows) for v in range(VECTORS)]
    for phi, *incoming in goes_on:
        for value, block in zip(incoming, (begin, add, loop), strict=True):
            phi.add_incoming(value, block)
    builder.cbranch(builder.icmp_signed("<", next_k, K), loop, after)
    builder.position_at_end(after)
    write = f"llvm.masked.store.{suffix(lanes)}.p0"
    for r in range(rows):
        for v in range(VECTORS):
            call_llvm(builder, write, ir.VoidType(), [new[r][v], places[r][v], ir.IntType(32)(align), meant[v]])
    builder.ret_void()


def _vector_at(builder: Any, pointer: Any, offset: int, vector: Any) -> Any:
    return builder.bitcast(builder.gep(pointer, [_WORD(offset)]), vector.as_pointer())
