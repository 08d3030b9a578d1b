import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trainer.errors import RecordingFailed, RecordingPaused, SessionError, SessionLocked, SessionNotFound
from trainer.recorder.writer import Writer


def test_append_is_in_the_file_and_synced_on_return(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real_write, real_sync = os.pwritev, os.fdatasync

    def pwritev(fd: int, buffers: list[memoryview], offset: int) -> int:
        calls.append("write")
        return real_write(fd, buffers, offset)

    def fdatasync(fd: int) -> None:
        calls.append("sync")
        real_sync(fd)

    monkeypatch.setattr(os, "pwritev", pwritev)
    monkeypatch.setattr(os, "fdatasync", fdatasync)
    writer = Writer.create(tmp_path / "x")
    writer.append(b"one")
    writer.append(b"two")
    assert calls == ["write", "sync", "write", "sync"]
    assert (tmp_path / "x").read_bytes() == b"onetwo"
    assert writer.end == 6
    writer.close()
    writer.close()


def test_create_never_touches_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"mine")
    with pytest.raises(SessionError, match="exists already"):
        Writer.create(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"mine"
    with pytest.raises(SessionError, match=r"cannot create .*: No such file or directory"):
        Writer.create(tmp_path / "nowhere" / "x")
    with pytest.raises(SessionNotFound, match="no session"):
        Writer.open(tmp_path / "y")


def test_the_directory_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{fd}"))
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    Writer.create(tmp_path / "x").close()
    assert synced == [str(tmp_path)]


def test_a_second_writer_is_told_so(tmp_path: Path) -> None:
    writer = Writer.create(tmp_path / "x")
    with pytest.raises(SessionLocked, match="one records, everybody else watches"):
        Writer.open(tmp_path / "x")
    writer.close()
    Writer.open(tmp_path / "x").close()


def _failing(after: int, error: int, short: int = 0) -> Callable[..., int]:
    """pwritev that writes `short` bytes once and then fails."""
    real, calls = os.pwritev, 0

    def pwritev(fd: int, buffers: list[memoryview], offset: int) -> int:
        nonlocal calls
        calls += 1
        if calls > after and short and calls == after + 1:
            return real(fd, [buffers[0][:short]], offset)
        if calls > after:
            raise OSError(error, os.strerror(error))
        return real(fd, buffers, offset)

    return pwritev


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("short", [0, 2])
def test_a_write_error_leaves_the_file_as_it_was_and_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int, short: int
) -> None:
    writer = Writer.create(tmp_path / "x")
    writer.append(b"one")
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwritev", _failing(0, error, short))
        with pytest.raises(RecordingPaused, match=os.strerror(error)):
            writer.append(b"three")
        assert (tmp_path / "x").read_bytes() == b"one"
        with pytest.raises(RecordingPaused):
            writer.append(b"three")
    writer.append(b"three")
    assert (tmp_path / "x").read_bytes() == b"onethree"
    writer.close()


def test_a_short_write_that_can_be_completed_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pwritev
    monkeypatch.setattr(os, "pwritev", lambda fd, buffers, offset: real(fd, [buffers[0][:2]], offset))
    writer = Writer.create(tmp_path / "x")
    writer.append(b"abcde")
    assert (tmp_path / "x").read_bytes() == b"abcde"
    writer.close()


@pytest.mark.parametrize("at_once", [1, 2, 5, 1000])
def test_parts_are_written_one_after_the_other_however_short_the_writes_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    real = os.pwritev
    monkeypatch.setattr(os, "pwritev", lambda fd, buffers, offset: real(fd, [b"".join(buffers)[:at_once]], offset))
    writer = Writer.create(tmp_path / "x")
    writer.append(b"one")
    writer.append(b"", b"two", b"", b"t", b"hree", b"")
    assert (tmp_path / "x").read_bytes() == b"onetwothree"
    assert writer.end == 11
    writer.close()


def test_more_parts_than_the_system_takes_at_once(tmp_path: Path) -> None:
    writer = Writer.create(tmp_path / "x")
    writer.append(*(b"%d\n" % i for i in range(5000)))
    assert (tmp_path / "x").read_bytes().split() == [b"%d" % i for i in range(5000)]
    writer.close()


def test_after_a_failed_sync_nothing_more_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer.create(tmp_path / "x")

    def fdatasync(fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fdatasync)
        with pytest.raises(RecordingFailed, match=r"did not confirm .* go on in a new one"):
            writer.append(b"one")
    size = (tmp_path / "x").stat().st_size
    with pytest.raises(RecordingFailed, match="did not confirm"):
        writer.append(b"two")
    assert (tmp_path / "x").stat().st_size == size
    writer.close()


def test_when_even_cutting_back_fails_the_file_takes_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    writer = Writer.create(tmp_path / "x")
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwritev", fail)
        patch.setattr(os, "ftruncate", fail)
        with pytest.raises(RecordingFailed, match="cannot be cut back"):
            writer.append(b"one")
    with pytest.raises(RecordingFailed, match="cannot be cut back"):
        writer.append(b"one")
    writer.close()


def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from trainer.recorder.writer import Writer
writer = Writer.create(Path(sys.argv[1]))
if os.fork() == 0:
    print("child", flush=True)
    sys.stdin.read()
    os._exit(0)
os._exit(0)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "x")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "child\n"
        process.wait()
        Writer.open(tmp_path / "x").close()
        process.stdin.close()
