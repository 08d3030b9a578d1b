"""Lanes: 64 bytes of an array, 16 float32 or 8 float64, on which one operation is done at once.

Compiled loops load lanes from arrays, compute with them, and store them. Writing loops in lanes, instead of leaving it
to the compiler to find what can be done at once, gives every sum one order, whatever width the processor has. (Two sums
still depend on the width of panels, and so on the processor: the norm of the gradient, and the cost.)
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
"""Loops over rows ask for the row that lies this many rows ahead. A processor by itself looks no further ahead than a
page of memory; where rows are 4 KB apart, the nearest cache has room for 8 of them."""


class Lanes(types.Type):
    """The type of lanes: 16 float32 or 8 float64."""

    def __init__(self, dtype: types.Float) -> None:
        self.dtype = dtype
        self.count = 512 // dtype.bitwidth
        super().__init__(name=f"Lanes({dtype})")


class Mask(types.Type):
    """The type of a mask: one bit for each lane, set where an operation applies to it."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(name=f"Mask({count})")


def vector_of(lanes: Any) -> ir.VectorType:
    """LLVM's type of lanes: one register of the processor, or several."""
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
    """Call one of LLVM's intrinsic functions, which exist for every processor."""
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(result, [argument.type for argument in arguments]), name
    )
    return builder.call(function, arguments)


def suffix(lanes: Lanes) -> str:
    """How the names of LLVM's functions for lanes end."""
    return f"v{lanes.count}f{lanes.dtype.bitwidth}"


@intrinsic
def width(typingctx: Any, array: Any) -> Any:
    """Number of lanes for an array's element type."""
    count = Lanes(array.dtype).count
    return types.intp(array), lambda context, builder, sig, args: context.get_constant(types.intp, count)


@intrinsic
def first(typingctx: Any, array: Any, count: Any) -> Any:
    """Mask of the first `count` lanes; of all lanes where `count` is larger than their number."""
    lanes = Lanes(array.dtype)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return below(builder, args[1], lanes)

    return Mask(lanes.count)(array, types.intp), generate


def below(builder: Any, count: Any, lanes: Lanes, start: int = 0) -> Any:
    """Mask of the lanes whose numbers, counted from `start`, are below `count`."""
    numbers = ir.VectorType(ir.IntType(64), lanes.count)
    number = ir.Constant(numbers, list(range(start, start + lanes.count)))
    return builder.icmp_signed("<", number, splat(builder, count, numbers))


def splat(builder: Any, value: Any, vector: Any) -> Any:
    """A vector with a value in every element."""
    undefined = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, undefined, ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None))


@intrinsic
def load(typingctx: Any, array: Any, index: Any, mask: Any) -> Any:
    """Load lanes from a contiguous array, from element `index` on; lanes outside the mask are 0."""
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
    """Store the lanes inside the mask into a contiguous array, from element `index` on."""

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
    """Start to bring element `index` into the cache, as it is needed soon; it may lie outside the array."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = cgutils.create_struct_proxy(array)(context, builder, value=args[0]).data
        place = builder.bitcast(builder.gep(data, [args[1]]), ir.IntType(8).as_pointer())
        to_read, often, data_not_code = (ir.Constant(ir.IntType(32), n) for n in (0, 3, 1))
        call_llvm(builder, "llvm.prefetch.p0", ir.VoidType(), [place, to_read, often, data_not_code])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@intrinsic
def spread(typingctx: Any, like: Any, value: Any) -> Any:
    """Lanes with the same number in each, in the precision of the array `like`."""
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
    """The larger of a and b, lane by lane; NaN where either is NaN."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return call_llvm(builder, f"llvm.maximum.{suffix(a)}", args[0].type, args)

    return a(a, b), generate


@intrinsic
def smaller(typingctx: Any, a: Any, b: Any) -> Any:
    """The smaller of a and b, lane by lane; NaN where either is NaN."""

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
    """|a| with the sign of `sign`."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return call_llvm(builder, f"llvm.copysign.{suffix(a)}", args[0].type, args)

    return a(a, sign), generate


@intrinsic
def where_above(typingctx: Any, a: Any, bound: Any, value: Any, otherwise: Any) -> Any:
    """`value` where a > bound, else `otherwise`; also `otherwise` where a is NaN."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", args[0], args[1]), args[2], args[3])

    return value(a, bound, value, otherwise), generate


@intrinsic
def power_of_two(typingctx: Any, shifted: Any) -> Any:
    """2^k, where `shifted` is k + 1.5 · 2^(bits of the mantissa), so that its lowest bits are k.

    k + bias becomes the exponent of the result; 2^k must be a normal number.
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
    """Sum of all lanes: the upper half is added to the lower half, until one lane is left."""

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
