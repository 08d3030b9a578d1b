"""Worker: what goes on inside a process in which jobs run: low priority, progress, and an end with its parent."""

from __future__ import annotations

import math
import os
import signal
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Thread

from trainer.errors import PandaError

LOW_PRIORITY = 10
"""How much nicer than the page. At 19 a verification had not begun after 90 s where two others kept both cores busy."""

PROGRESS = struct.Struct("=qq")
"""How progress goes through its pipe: done, total."""

_TELL_SECONDS = 0.2

_tells: Connection | None = None
_told = -math.inf


def begin(alive: Connection, tells: Connection) -> None:
    """The first thing in a new process.

    Parameters
    ----------
    alive : its other end is held by the parent alone, and nothing is ever sent: it can be read when the parent is gone
    tells : where progress goes
    """
    global _tells
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    Thread(target=_end_with_the_parent, args=(alive,), daemon=True).start()
    os.nice(LOW_PRIORITY)
    os.set_blocking(tells.fileno(), False)
    _tells = tells


def call(function: Callable[..., object], arguments: tuple[object, ...]) -> tuple[object, str]:
    """Compute a job: (its result, ""), or (None, the sentence of a `PandaError`)."""
    global _told
    _told = -math.inf
    _tell(0, 0)  # it has begun
    _told = -math.inf
    try:
        return function(*arguments, progress=_tell), ""
    except PandaError as error:
        return None, str(error)


def _tell(done: int, total: int) -> None:
    global _told
    now = time.monotonic()
    if _tells is not None and now - _told > _TELL_SECONDS:
        _told = now
        with suppress(BlockingIOError):  # the pipe is full, as the parent has not read it; later progress says more
            _tells.send_bytes(PROGRESS.pack(done, total))


def _end_with_the_parent(alive: Connection) -> None:
    # `PR_SET_PDEATHSIG` would not do: it ends a process with the thread that started it, as of a page that has run
    with suppress(EOFError, OSError):
        alive.recv_bytes()
    os._exit(1)
