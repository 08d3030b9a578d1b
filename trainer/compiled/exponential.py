"""e^z, tanh and the sigmoid of lanes (`trainer.compiled.lanes`), computed by additions and multiplications.

    e^z = 2^k (1 + p),   k = round(z / ln 2),   r = z - k ln 2,   |r| ≤ ln 2 / 2,   p = e^r - 1

p is the sum of its Taylor series, up to the last term that matters in the precision. ln 2 is subtracted in two parts,
the first with so few digits that k times it is exact (Cody and Waite 1980, chapter 6).
"""

from __future__ import annotations

import math
from typing import Any

from numba import types
from numba.extending import overload

from trainer.compiled.compiler import compiled
from trainer.compiled.lanes import fma, larger, magnitude, power_of_two, smaller, spread, where_above, with_sign_of

_LOG2_E = 1 / math.log(2)
_C13, _C12, _C11, _C10, _C9, _C8, _C7, _C6, _C5, _C4, _C3, _C2 = (1 / math.factorial(n) for n in range(13, 1, -1))

LOWEST = {"float32": -80.0, "float64": -650.0}
"""For smaller z, e^z becomes 0, so that neither it nor its quotients are denormal numbers, with which a processor
computes many times as slowly."""


def lowest(like: Any) -> Any:
    """`LOWEST` in lanes."""
    raise NotImplementedError("only within compiled code")


@overload(lowest)
def _lowest(like: Any) -> Any:
    bound = LOWEST[str(like.dtype)]

    def in_lanes(like: Any) -> Any:
        return spread(like, bound)

    return in_lanes


def two_to_the_k_and_p(like: Any, z: Any) -> Any:
    """2^k and p of e^z, for lanes z between `lowest` and -`lowest`; p is NaN where z is."""
    raise NotImplementedError("only within compiled code")


@overload(two_to_the_k_and_p)
def _two_to_the_k_and_p(like: Any, z: Any) -> Any:
    if like.dtype == types.float32:
        # adding 1.5 · 2^23 rounds to a whole number; ln 2 = 0.693359375 - 0.000212…
        to_whole, ln2, rest = 12582912.0, -0.693359375, 2.12194440054690582e-4

        def of_float32(like: Any, z: Any) -> Any:
            shifted = fma(z, spread(like, _LOG2_E), spread(like, to_whole))
            k = shifted - spread(like, to_whole)
            r = fma(k, spread(like, rest), fma(k, spread(like, ln2), z))
            p = fma(spread(like, _C7), r, spread(like, _C6))
            p = fma(p, r, spread(like, _C5))
            p = fma(p, r, spread(like, _C4))
            p = fma(p, r, spread(like, _C3))
            p = fma(p, r, spread(like, _C2))
            return power_of_two(shifted), fma(p * r, r, r)

        return of_float32

    to_whole, ln2, rest = 6755399441055744.0, -0.6931471803691238, -1.9082149292705877e-10

    def of_float64(like: Any, z: Any) -> Any:
        shifted = fma(z, spread(like, _LOG2_E), spread(like, to_whole))
        k = shifted - spread(like, to_whole)
        r = fma(k, spread(like, rest), fma(k, spread(like, ln2), z))
        p = fma(spread(like, _C13), r, spread(like, _C12))
        p = fma(p, r, spread(like, _C11))
        p = fma(p, r, spread(like, _C10))
        p = fma(p, r, spread(like, _C9))
        p = fma(p, r, spread(like, _C8))
        p = fma(p, r, spread(like, _C7))
        p = fma(p, r, spread(like, _C6))
        p = fma(p, r, spread(like, _C5))
        p = fma(p, r, spread(like, _C4))
        p = fma(p, r, spread(like, _C3))
        p = fma(p, r, spread(like, _C2))
        return power_of_two(shifted), fma(p * r, r, r)

    return of_float64


@compiled
def exp(like: Any, z: Any) -> Any:
    """e^z of lanes z ≤ 0; 0 below `lowest`, NaN where z is."""
    power, p = two_to_the_k_and_p(like, larger(z, lowest(like)))
    return where_above(lowest(like), z, spread(like, 0.0), fma(power, p, power))


@compiled
def tanh(like: Any, z: Any) -> Any:
    """tanh |z| = (e^2|z| - 1) / (e^2|z| - 1 + 2), with the sign of z; 1 from |z| = 20 on, in both precisions."""
    power, p = two_to_the_k_and_p(like, smaller(magnitude(z) + magnitude(z), spread(like, 40.0)))
    e = fma(power, p, power - spread(like, 1.0))
    return with_sign_of(e / (e + spread(like, 2.0)), z)


@compiled
def sigmoid(like: Any, z: Any) -> Any:
    """1 / (1 + e^-z) = (1 + tanh(z/2)) / 2."""
    half = spread(like, 0.5)
    return fma(tanh(like, z * half), half, half)
