"""Teams: a team is a group of threads that compute one update together, each taking pieces of work until none is left.

Which member takes which piece is left to chance, as the cores of a processor are not equally fast at all times; what is
computed does not depend on it. The first member leads: it divides the work into steps, and waits only briefly for the
others. Each step is made by the members that have come before it begins, if need be by the first member alone.

`team` is an int64 array that all members share, new for every call of a compiled function.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from trainer.compiled.compiler import compiled
from trainer.compiled.structures import Integers

_LINE = 8
"""Integers in a line of the cache. Two elements that members write at the same time do not share a line."""
_CALLED, _MEMBERS, _STEP, _COME, _WAITING, _ROUND, _TAKEN = (_LINE * i for i in range(7))
"""Elements of a team. _CALLED: members that were called, with the first. _MEMBERS: members in this step. _STEP: number
of the step and, in its lowest `_BITS` bits, the members in it. _COME: other members that have come. _WAITING: members
that wait in `meet`. _ROUND: how often all have met. _TAKEN and following, one for each member: pieces that have been
taken of its share."""
_BITS = 16
"""Bits of `team[_STEP]` that hold the number of members."""

_TURNS, _YIELDS = 1000, 100
"""A member that waits looks this often again, then looks this often after it has offered its core to other threads, and
from then on sleeps between looks."""
_PATIENCE = 2 * _TURNS
"""The first member looks this often whether all have come, then begins without them: after half a millisecond or so.
The system takes 50 to 150 µs to wake a thread."""
_NAP = 20
"""Microseconds that a waiting member sleeps between looks. By then another process uses the core of the member that is
awaited, and the system moves that member only to a core that is idle."""

_X86 = llvmlite.binding.get_default_triple().startswith(("x86_64", "i686"))
_ALIGN = 8
"""Bytes that an integer of a team has."""

_sched_yield = types.ExternalFunction("sched_yield", types.int32())
"""POSIX: let another thread that is ready run on this core."""
_usleep = types.ExternalFunction("usleep", types.int32(types.uint32))
"""POSIX: sleep for at least this many microseconds."""


def _place(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    data = cgutils.create_struct_proxy(sig.args[0])(context, builder, value=args[0]).data
    return builder.gep(data, [args[1]])


@intrinsic
def _add_one(typingctx: Any, team: Any, index: Any) -> Any:
    """Add 1 to an element; return what it was before."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.atomic_rmw("add", _place(context, builder, sig, args), ir.IntType(64)(1), "acq_rel")

    return types.int64(team, types.intp), generate


@intrinsic
def _read(typingctx: Any, team: Any, index: Any) -> Any:
    """Read an element. What its writer wrote before it, in any array, can be read from now on."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load_atomic(_place(context, builder, sig, args), "acquire", _ALIGN)

    return types.int64(team, types.intp), generate


@intrinsic
def _write(typingctx: Any, team: Any, index: Any, value: Any) -> Any:
    """Write an element, after everything that this member has written before, in any array."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store_atomic(args[2], _place(context, builder, sig, args), "release", _ALIGN)
        return context.get_dummy_value()

    return types.void(team, types.intp, types.int64), generate


@intrinsic
def _pause(typingctx: Any) -> Any:
    """On x86, signal the processor that this thread only waits, so that it saves power."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if _X86:
            pause = ir.FunctionType(ir.VoidType(), [])
            builder.call(cgutils.get_or_insert_function(builder.module, pause, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return types.void(), generate


def new_team(members: int) -> Integers:
    """A team of at most `members` members, the first one included."""
    team = np.zeros(_TAKEN + _LINE * members, np.int64)
    team[_CALLED] = members
    return team


def dismiss(team: Integers) -> None:
    """Close a team whose first member has made its last step, or failed: members that come later return at once."""
    team[_STEP] = -1


@compiled
def _wait(turns: int) -> None:
    """Wait a little; longer where there have been more `turns` of waiting already."""
    if turns < _TURNS:
        _pause()
    elif turns < _TURNS + _YIELDS:
        _sched_yield()
    else:
        _usleep(_NAP)


@compiled
def join(team: Integers) -> int:
    """Enter a team as another member than the first; return the member's number, 1 or more. The first one has 0."""
    return _add_one(team, _COME) + 1


@compiled
def begin(team: Integers, step: int) -> None:
    """First member: begin step number `step`, 1 or more, with all members that have come. No step may be under way."""
    if step == 1:
        turns = 0
        while _read(team, _COME) < team[_CALLED] - 1 and turns < _PATIENCE:
            turns += 1
            _wait(min(turns, _TURNS))
    members = _read(team, _COME) + 1
    team[_MEMBERS] = members
    _write(team, _STEP, (step << _BITS) + members)


@compiled
def end(team: Integers) -> None:
    """First member: end the team's work."""
    _write(team, _STEP, -1)


@compiled
def follow(team: Integers, member: int, step: int) -> int:
    """Any other member: wait for the next step after `step` that it takes part in; return its number, -1 at the end."""
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
def share(team: Integers, member: int, n: int) -> tuple[int, int]:
    """The bounds of a member's share of n pieces: the first one, and the one after the last."""
    members = team[_MEMBERS]
    return n * member // members, n * (member + 1) // members


@compiled
def take(team: Integers, member: int, pieces: int) -> int:
    """Take one of `pieces` pieces of work that no member has taken since all met; `pieces` where none is left.

    A member first takes the pieces of its own share, which is the same each time, so that its core has them in its
    cache; then it takes pieces of other shares.
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
def meet(team: Integers) -> None:
    """Wait until all members have come here. Then all can read what each has written, and all pieces are free again."""
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
