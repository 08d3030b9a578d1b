import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trainer.recorder.lock import is_locked, try_to_lock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x"
    path.write_bytes(b"")
    return path


def test_only_one_holds_it_and_closing_gives_it_back(path: Path) -> None:
    first, second, watcher = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR), os.open(path, os.O_RDONLY)
    assert not is_locked(watcher)
    assert try_to_lock(first)
    assert is_locked(watcher)
    assert not try_to_lock(second)
    os.close(second)
    assert is_locked(watcher)
    os.close(first)
    assert not is_locked(watcher)
    os.close(watcher)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere asking needs a moment's shared lock")
def test_asking_leaves_no_lock(path: Path) -> None:
    watcher, writer = os.open(path, os.O_RDONLY), os.open(path, os.O_RDWR)
    descriptors = Path("/proc/self/fdinfo")
    assert not is_locked(watcher)
    assert "lock:" not in (descriptors / str(watcher)).read_text()
    fcntl.flock(writer, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert "lock:" in (descriptors / str(writer)).read_text()
    os.close(watcher)
    os.close(writer)


def test_it_dies_with_its_process(path: Path) -> None:
    code = (
        "import os, sys; from trainer.recorder.lock import try_to_lock;"
        "print(try_to_lock(os.open(sys.argv[1], os.O_RDWR)), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        fd = os.open(path, os.O_RDWR)
        assert is_locked(fd)
        assert not try_to_lock(fd)
        process.kill()
        process.wait()
        assert not is_locked(fd)
        assert try_to_lock(fd)
        os.close(fd)
