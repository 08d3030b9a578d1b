"""A team of threads that compute one network together: each takes pieces of work that nobody has, then waits for all.

Who takes what is left to chance, as a processor's cores are not equally fast at all times; what is computed is not.
`team` is an array of integers that all members see.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from trainer.compiled.compiler import compiled

_LINE = 8
"""Integers in a line of the cache; what several members write to at the same time does not share one."""
MEMBERS, _WAITING, _ROUND, _TAKEN = 0, _LINE, 2 * _LINE, 3 * _LINE
"""From _TAKEN on, how many pieces have been taken of the share of each member."""


def size_of_team(members: int) -> int:
    """Integers that a team needs, zeros but for the number of its members."""
    return _TAKEN + _LINE * members


_TURNS, _YIELDS = 1000, 100
"""How often a member that waits looks again, and then how often it lets others have its core each time."""
_NAP = 20
"""Microseconds that it sleeps for each time then: somebody else is at work on the core of another member, and the
system moves that member to a core only that is idle."""

_X86 = llvmlite.binding.get_default_triple().startswith(("x86_64", "i686"))
_ALIGN = 8

_sched_yield = types.ExternalFunction("sched_yield", types.int32())
"""POSIX: whoever else is ready may run on this core."""
_usleep = types.ExternalFunction("usleep", types.int32(types.uint32))
"""POSIX: sleep for so many microseconds at least."""


def _place(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    data = cgutils.create_struct_proxy(sig.args[0])(context, builder, value=args[0]).data
    return builder.gep(data, [args[1]])


@intrinsic
def _add_one(typingctx: Any, team: Any, index: Any) -> Any:
    """What the element was, before one was added to it."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.atomic_rmw("add", _place(context, builder, sig, args), ir.IntType(64)(1), "acq_rel")

    return types.int64(team, types.intp), generate


@intrinsic
def _read(typingctx: Any, team: Any, index: Any) -> Any:
    """The element; what was written by others before they wrote it can be read from now on."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load_atomic(_place(context, builder, sig, args), "acquire", _ALIGN)

    return types.int64(team, types.intp), generate


@intrinsic
def _write(typingctx: Any, team: Any, index: Any, value: Any) -> Any:
    """The element becomes `value`, after everything that this member has written before."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store_atomic(args[2], _place(context, builder, sig, args), "release", _ALIGN)
        return context.get_dummy_value()

    return types.void(team, types.intp, types.int64), generate


@intrinsic
def _pause(typingctx: Any) -> Any:
    """Tell a processor that this thread only waits, where it wants to know."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if _X86:
            pause = ir.FunctionType(ir.VoidType(), [])
            builder.call(cgutils.get_or_insert_function(builder.module, pause, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return types.void(), generate


@compiled
def take(team: Any, member: int, pieces: int) -> int:
    """One of so many pieces of work that nobody has taken since all have met; `pieces` when there is none left.

    A member begins with its own share, always the same one, which its core has at hand; then it helps others.
    """
    members = team[MEMBERS]
    if members == 1:
        return min(_add_one(team, _TAKEN), pieces)
    whose = member
    for _ in range(members):
        begin, end = pieces * whose // members, pieces * (whose + 1) // members
        if begin + _read(team, _TAKEN + _LINE * whose) < end:
            piece = begin + _add_one(team, _TAKEN + _LINE * whose)
            if piece < end:
                return piece
        whose = whose + 1 if whose + 1 < members else 0
    return pieces


@compiled
def meet(team: Any) -> None:
    """Wait until all members are here: what each has written can then be read by all, and pieces taken anew."""
    now, members = _read(team, _ROUND), team[MEMBERS]
    if _add_one(team, _WAITING) == members - 1:
        _write(team, _WAITING, 0)
        for member in range(members):
            _write(team, _TAKEN + _LINE * member, 0)
        _write(team, _ROUND, now + 1)
        return
    turns = 0
    while _read(team, _ROUND) == now:
        turns += 1
        if turns < _TURNS:
            _pause()
        elif turns < _TURNS + _YIELDS:
            _sched_yield()
        else:
            _usleep(_NAP)
