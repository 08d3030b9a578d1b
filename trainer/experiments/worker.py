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

_SECONDS_BETWEEN = 0.2

_writer: Connection | None = None
_last_sent = -math.inf


def begin(alive: Connection, writer: Connection) -> None:
    """The first thing in a new process.

    Parameters
    ----------
    alive : its other end is held by the parent alone, and nothing is ever sent: it can be read when the parent is gone
    writer : where progress goes
    """
    global _writer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    Thread(target=_end_with_the_parent, args=(alive,), daemon=True).start()
    os.nice(LOW_PRIORITY)
    os.set_blocking(writer.fileno(), False)
    _writer = writer


def call(function: Callable[..., object], arguments: tuple[object, ...]) -> tuple[object, str]:
    """Compute a job: (its result, ""), or (None, the sentence of a `PandaError`)."""
    global _last_sent
    _last_sent = -math.inf
    _send_progress(0, 0)  # it has begun
    _last_sent = -math.inf
    try:
        return function(*arguments, progress=_send_progress), ""
    except PandaError as error:
        return None, str(error)


def _send_progress(done: int, total: int) -> None:
    global _last_sent
    now = time.monotonic()
    if _writer is not None and now - _last_sent > _SECONDS_BETWEEN:
        _last_sent = now
        with suppress(BlockingIOError):  # the pipe is full, as the parent has not read it; later progress says more
            _writer.send_bytes(PROGRESS.pack(done, total))


def _end_with_the_parent(alive: Connection) -> None:
    # `PR_SET_PDEATHSIG` would not do: it ends a process with the thread that started it, as of a page that has run
    with suppress(EOFError, OSError):
        alive.recv_bytes()
    os._exit(1)
