"""A team of threads that compute one network together: each takes pieces of work that nobody has, then waits for all.

Who takes what is left to chance, as a processor's cores are not equally fast at all times; what is computed is not.
The first member waits for nobody for long: what it begins is divided into steps, and each step is made by those who
have come by then, be it by the first alone. `team` is an array of integers that all members see, new for every call.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from trainer.compiled.compiler import compiled

_LINE = 8
"""Integers in a line of the cache; what several members write to at the same time does not share one."""
_CALLED, _MEMBERS, _STEP, _COME, _WAITING, _ROUND, _TAKEN = (_LINE * i for i in range(7))
"""How many were called, and how many take part in this step; the step, and again how many take part in it; how many
others have come; how many wait in `meet`, and how often all have met; from _TAKEN on, how many pieces have been taken
of each member's share."""
_BITS = 16
"""Of `team[_STEP]`, for the number of members."""

_TURNS, _YIELDS = 1000, 100
"""How often a member that waits looks again, and then how often it lets others have its core each time."""
_PATIENCE = 2 * _TURNS
"""How often the first member looks whether all have come, before it begins without them: for about half a millisecond,
as the system takes 50 to 150 µs to wake a thread."""
_NAP = 20
"""Microseconds that it sleeps for each time then: somebody else is at work on the core of another member, and the
system moves that member to a core only that is idle."""

_X86 = llvmlite.binding.get_default_triple().startswith(("x86_64", "i686"))
_ALIGN = 8
"""Bytes that an integer of a team has."""

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


def new_team(members: int) -> NDArray[np.int64]:
    """Of the first member, who calls so many others that they are as many together."""
    team = np.zeros(_TAKEN + _LINE * members, np.int64)
    team[_CALLED] = members
    return team


def dismiss(team: NDArray[np.int64]) -> None:
    """Whoever comes from now on finds nothing to do; the first member has made its last step, or never began."""
    team[_STEP] = -1


@compiled
def _wait(turns: int) -> None:
    """A little, and longer the more turns it has taken already."""
    if turns < _TURNS:
        _pause()
    elif turns < _TURNS + _YIELDS:
        _sched_yield()
    else:
        _usleep(_NAP)


@compiled
def join(team: Any) -> int:
    """Number of a member that has been called, and has come; the first one is 0 without it."""
    return _add_one(team, _COME) + 1


@compiled
def begin(team: Any, step: int) -> None:
    """First member: this step, numbered from 1 on, is made by all who are here. Nobody is at work on another."""
    if step == 1:
        turns = 0
        while _read(team, _COME) < team[_CALLED] - 1 and turns < _PATIENCE:
            turns += 1
            _wait(min(turns, _TURNS))
    members = _read(team, _COME) + 1
    team[_MEMBERS] = members
    _write(team, _STEP, (step << _BITS) + members)


@compiled
def end(team: Any) -> None:
    """First member: there are no more steps."""
    _write(team, _STEP, -1)


@compiled
def follow(team: Any, member: int, step: int) -> int:
    """Any other member: number of the next step after this one that it takes part in; -1 when there is none."""
    turns = 0
    while True:
        now = _read(team, _STEP)
        if now < 0:
            return -1
        if now >> _BITS > step and member < now & ((1 << _BITS) - 1):
            return now >> _BITS
        turns += 1
        _wait(turns)


@compiled
def share(team: Any, member: int, n: int) -> tuple[int, int]:
    """Where a member's share of n begins and ends."""
    members = team[_MEMBERS]
    return n * member // members, n * (member + 1) // members


@compiled
def take(team: Any, member: int, pieces: int) -> int:
    """One of so many pieces of work that nobody has taken since all have met; `pieces` when there is none left.

    A member begins with its own share, always the same one, which its core has at hand; then it helps others.
    """
    members = team[_MEMBERS]
    if members == 1:
        return min(_add_one(team, _TAKEN), pieces)
    whose = member
    for _ in range(members):
        first, after = share(team, whose, pieces)
        if first + _read(team, _TAKEN + _LINE * whose) < after:
            piece = first + _add_one(team, _TAKEN + _LINE * whose)
            if piece < after:
                return piece
        whose = whose + 1 if whose + 1 < members else 0
    return pieces


@compiled
def meet(team: Any) -> None:
    """Wait until all members are here: what each has written can then be read by all, and pieces taken anew."""
    now, members = _read(team, _ROUND), team[_MEMBERS]
    if _add_one(team, _WAITING) == members - 1:
        _write(team, _WAITING, 0)
        for member in range(members):
            _write(team, _TAKEN + _LINE * member, 0)
        _write(team, _ROUND, now + 1)
        return
    turns = 0
    while _read(team, _ROUND) == now:
        turns += 1
        _wait(turns)
