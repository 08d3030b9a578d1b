"""The lock of a session: one process records, everybody else watches.

The lock is `flock`: it belongs to the open file, dies with the process however that ends, and does not vanish when
the process closes another descriptor of the file (as `lockf` does).

A watcher wants to know whether a process records right now, but must not lock, not even for a moment: were it stopped
in that moment, recording could not begin. `flock` cannot be asked without trying. So on Linux the writer also takes
a lock of the other family (`F_OFD_SETLK`, with the same life time), which anybody can ask about with `F_OFD_GETLK`.
Elsewhere a watcher tries for a shared lock and gives it back at once; that is the lesser evil there.
"""

from __future__ import annotations

import os
import struct
import sys

_FLOCK = "hhqqi4x"
_FAR = 2**62


def try_to_lock(fd: int) -> bool:
    """Take the lock for as long as this open file lives; False if it is taken. `fd` must be open for writing."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(fd, _FAR, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if sys.platform == "linux":
                fcntl.fcntl(fd, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    except (BlockingIOError, PermissionError):
        return False
    return True


def is_locked(fd: int) -> bool:
    """Whether a process, this one included, holds the lock now. `fd` is any open descriptor of the file."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(fd, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return True
        os.lseek(fd, _FAR, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)
        return False
    import fcntl

    if sys.platform == "linux":
        asked = fcntl.fcntl(fd, fcntl.F_OFD_GETLK, struct.pack(_FLOCK, fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0))
        return bool(struct.unpack(_FLOCK, asked)[0] != fcntl.F_UNLCK)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(fd, fcntl.LOCK_UN)
    return False
