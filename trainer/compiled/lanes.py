"""Lanes: 64 bytes of an array's elements at a time, for compiled loops.

What a processor computes on many elements at once is written down as such, instead of hoping that the compiler finds
it. So a sum has a fixed order, whatever the processor's own width is, and no bit depends on the compiler's mood. (But
the norm of a gradient and the cost are added up panel by panel, and the width of those does depend on it.)
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

ROWS_AHEAD = 8
"""So many rows ahead is asked for what is read row by row: a processor by itself looks no further than a page of
memory, and where rows are 4 KB apart, the nearest cache has room for 8 of them."""


class Lanes(types.Type):
    """16 float32 or 8 float64."""

    def __init__(self, dtype: types.Float) -> None:
        self.dtype = dtype
        self.count = 512 // dtype.bitwidth
        super().__init__(name=f"Lanes({dtype})")


class Mask(types.Type):
    """Which of so many lanes are meant."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(name=f"Mask({count})")


def vector_of(lanes: Any) -> ir.VectorType:
    """The type of a processor's register, or of several beside each other."""
    element = ir.FloatType() if lanes.dtype == types.float32 else ir.DoubleType()
    return ir.VectorType(element, lanes.count)


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, vector_of(fe_type))


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, ir.VectorType(ir.IntType(1), fe_type.count))


def _arithmetic(symbol: Any, instruction: str) -> None:
    @infer_global(symbol)
    class OfLanes(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if len(args) == 2 and isinstance(args[0], Lanes) and args[0] == args[1]:
                return signature(args[0], *args)
            return None

    @lower_builtin(symbol, Lanes, Lanes)
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return getattr(builder, instruction)(*args)


for _symbol, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _arithmetic(_symbol, _instruction)


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any, lanes: Lanes) -> Any:
    data = cgutils.create_struct_proxy(array_type)(context, builder, value=array).data
    return builder.bitcast(builder.gep(data, [index]), vector_of(lanes).as_pointer())


def call_llvm(builder: Any, name: str, result: Any, arguments: Any) -> Any:
    """Call a function that LLVM has for every processor."""
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(result, [argument.type for argument in arguments]), name
    )
    return builder.call(function, arguments)


def suffix(lanes: Lanes) -> str:
    """What the names of LLVM's functions for lanes end with."""
    return f"v{lanes.count}f{lanes.dtype.bitwidth}"


@intrinsic
def width(typingctx: Any, array: Any) -> Any:
    """Number of lanes for an array's element type."""
    count = Lanes(array.dtype).count
    return types.intp(array), lambda context, builder, sig, args: context.get_constant(types.intp, count)


@intrinsic
def first(typingctx: Any, array: Any, count: Any) -> Any:
    """Mask of the first `count` lanes; all of them where there are not so many."""
    lanes = Lanes(array.dtype)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return below(builder, args[1], lanes)

    return Mask(lanes.count)(array, types.intp), generate


def below(builder: Any, count: Any, lanes: Lanes, start: int = 0) -> Any:
    """Which of the elements number `start` and following are below `count`."""
    numbers = ir.VectorType(ir.IntType(64), lanes.count)
    number = ir.Constant(numbers, list(range(start, start + lanes.count)))
    return builder.icmp_signed("<", number, splat(builder, count, numbers))


def splat(builder: Any, value: Any, vector: Any) -> Any:
    """A value in every element of a vector."""
    undefined = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, undefined, ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None))


@intrinsic
def load(typingctx: Any, array: Any, index: Any, mask: Any) -> Any:
    """Lanes from element `index` of a contiguous array on, 0 where masked out."""
    lanes = Lanes(array.dtype)
    if array.layout != "C" or lanes.count != mask.count:
        raise TypingError(f"{mask.count} lanes are loaded from an array that is contiguous by rows, but got {array}")

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, array, args[0], args[1], lanes)
        vector = vector_of(lanes)
        name = f"llvm.masked.load.{suffix(lanes)}.p0"
        align = ir.Constant(ir.IntType(32), lanes.dtype.bitwidth // 8)
        return call_llvm(builder, name, vector, [pointer, align, args[2], ir.Constant(vector, None)])

    return lanes(array, types.intp, mask), generate


@intrinsic
def store(typingctx: Any, array: Any, index: Any, mask: Any, value: Any) -> Any:
    """Write lanes from element `index` of a contiguous array on, as far as the mask says."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        lanes = value
        pointer = _pointer(context, builder, array, args[0], args[1], lanes)
        name = f"llvm.masked.store.{suffix(lanes)}.p0"
        align = ir.Constant(ir.IntType(32), lanes.dtype.bitwidth // 8)
        call_llvm(builder, name, ir.VoidType(), [args[3], pointer, align, args[2]])
        return context.get_dummy_value()

    return types.void(array, types.intp, mask, value), generate


@intrinsic
def prefetch(typingctx: Any, array: Any, index: Any) -> Any:
    """Ask for the memory about element `index`, which need not be within the array, for it is needed soon."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = cgutils.create_struct_proxy(array)(context, builder, value=args[0]).data
        place = builder.bitcast(builder.gep(data, [args[1]]), ir.IntType(8).as_pointer())
        to_read, often, data_not_code = (ir.Constant(ir.IntType(32), n) for n in (0, 3, 1))
        call_llvm(builder, "llvm.prefetch.p0", ir.VoidType(), [place, to_read, often, data_not_code])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@intrinsic
def spread(typingctx: Any, like: Any, value: Any) -> Any:
    """The same number in every lane, in the precision of the array `like`."""
    lanes = Lanes(like.dtype)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        cast = context.cast(builder, args[1], value, lanes.dtype)
        return splat(builder, cast, vector_of(lanes))

    return lanes(like, value), generate


@intrinsic
def fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """`a b + c`, rounded once."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return call_llvm(builder, f"llvm.fma.{suffix(a)}", args[0].type, args)

    return a(a, b, c), generate


@intrinsic
def root(typingctx: Any, a: Any) -> Any:
    """√a."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return call_llvm(builder, f"llvm.sqrt.{suffix(a)}", args[0].type, args)

    return a(a), generate


@intrinsic
def larger(typingctx: Any, a: Any, b: Any) -> Any:
    """The larger of two, lane by lane; NaN where one of them is."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return call_llvm(builder, f"llvm.maximum.{suffix(a)}", args[0].type, args)

    return a(a, b), generate


@intrinsic
def smaller(typingctx: Any, a: Any, b: Any) -> Any:
    """The smaller of two, lane by lane; NaN where one of them is."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return call_llvm(builder, f"llvm.minimum.{suffix(a)}", args[0].type, args)

    return a(a, b), generate


@intrinsic
def magnitude(typingctx: Any, a: Any) -> Any:
    """|a|."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return call_llvm(builder, f"llvm.fabs.{suffix(a)}", args[0].type, args)

    return a(a), generate


@intrinsic
def with_sign_of(typingctx: Any, a: Any, sign: Any) -> Any:
    """|a| with the sign of another."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return call_llvm(builder, f"llvm.copysign.{suffix(a)}", args[0].type, args)

    return a(a, sign), generate


@intrinsic
def where_above(typingctx: Any, a: Any, bound: Any, value: Any, otherwise: Any) -> Any:
    """`value` where a > bound, else `otherwise`; NaN is above nothing."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", args[0], args[1]), args[2], args[3])

    return value(a, bound, value, otherwise), generate


@intrinsic
def power_of_two(typingctx: Any, shifted: Any) -> Any:
    """2^k, where `shifted` is k + 1.5 · 2^(bits of the mantissa), so that k stands in its lowest bits.

    k + bias is written where a number keeps its exponent; k within the range of normal numbers.
    """
    bits, mantissa, bias = (32, 23, 127) if shifted.dtype == types.float32 else (64, 52, 1023)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        integers = ir.VectorType(ir.IntType(bits), shifted.count)
        k = builder.bitcast(args[0], integers)
        biased = builder.add(k, ir.Constant(integers, [bias] * shifted.count))
        return builder.bitcast(builder.shl(biased, ir.Constant(integers, [mantissa] * shifted.count)), args[0].type)

    return shifted(shifted), generate


@intrinsic
def total(typingctx: Any, a: Any) -> Any:
    """Sum of all lanes, halves first."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        parts, count = args[0], a.count
        while count > 1:
            count //= 2
            i32 = ir.IntType(32)
            low, high = (
                builder.shuffle_vector(
                    parts, parts, ir.Constant(ir.VectorType(i32, count), [start + n for n in range(count)])
                )
                for start in (0, count)
            )
            parts = builder.fadd(low, high)
        return builder.extract_element(parts, ir.Constant(ir.IntType(32), 0))

    return a.dtype(a), generate
