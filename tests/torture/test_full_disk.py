"""Promise 7: a full disk loses nothing. A real one, where this process may mount one, and an injected one."""

import errno
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recorder.sessions import CONFIG, Recording, records_of
from trainer.engine import trainer as engine
from trainer.engine.events import Event, RunEnded
from trainer.engine.start import Start
from trainer.errors import RecordingPaused
from trainer.recorder.session import read_session
from trainer.recorder.session_log import SessionLog


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    path = small_disk / "x.panda"
    recording = Recording(path)
    recording.start()
    blocker = small_disk / "blocker"
    blocker.write_bytes(bytes(os.statvfs(small_disk).f_bavail * 4096 - 8192))
    acknowledged = 0
    refusal = ""
    while not refusal:
        recording.train(3)
        try:
            recording.intervene(f"change {acknowledged}", momentum=acknowledged / 1000)
            acknowledged += 1
        except RecordingPaused as error:
            refusal = str(error)
    assert "No space left on device; nothing is lost" in refusal
    session = read_session(path)
    assert (session.state, session.damage) == ("recording", ())
    assert len(session.runs["r1"].interventions) == acknowledged
    size = path.stat().st_size
    with pytest.raises(RecordingPaused):
        recording.log.retry()
    assert path.stat().st_size == size
    blocker.unlink()
    recording.log.retry()
    recording.train(2)
    recording.end()
    session = read_session(path)
    assert (session.state, session.damage) == ("closed", ())
    assert [c.note for c in session.runs["r1"].interventions] == [f"change {i}" for i in range(acknowledged + 1)]
    assert session.runs["r1"].costs.tolist() == recording.costs


@pytest.mark.parametrize("written", [0, 1, 513, 2000])
def test_a_disk_that_takes_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()
    recording.train(2)
    before = (tmp_path / "x").read_bytes()
    real, calls = os.pwritev, 0

    def pwritev(fd: int, buffers: list[memoryview], offset: int) -> int:
        nonlocal calls
        calls += 1
        if calls == 1 and written:
            return real(fd, [buffers[0][:written]], offset)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwritev", pwritev)
        with pytest.raises(RecordingPaused):
            recording.intervene("kept", momentum=0.1)
        assert (tmp_path / "x").read_bytes() == before
    recording.log.retry()
    recording.end()
    assert read_session(tmp_path / "x").runs["r1"].interventions[0].note == "kept"
    assert read_session(tmp_path / "x").damage == ()


def test_training_waits_for_room_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "RETRY_SECONDS", 0.01)
    real, refusals = os.pwritev, 3
    statuses: list[str] = []

    def pwritev(fd: int, buffers: list[memoryview], offset: int) -> int:
        nonlocal refusals
        if b"-run-end.json" in b"".join(buffers):
            statuses.append(trainer.status().state)
        if refusals and statuses:
            refusals -= 1
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, buffers, offset)

    trainer = engine.Trainer()
    source = Recording(tmp_path / "source")
    source.log.close()
    log = SessionLog.create(tmp_path / "x", source.dataset)
    monkeypatch.setattr(os, "pwritev", pwritev)
    ended = threading.Event()

    def watch(event: Event) -> None:
        if isinstance(event, RunEnded):
            ended.set()

    start = Start(CONFIG, source.dataset, "r1", log, (watch,), source.hyperparameters, iterations=50)
    assert trainer.submit(start).result().status == "applied"
    assert ended.wait(60)
    trainer.close()
    log.close()
    assert statuses == ["running", "blocked", "blocked", "blocked"]
    session = read_session(tmp_path / "x")
    assert (session.state, session.damage, session.runs["r1"].ended) == ("closed", (), "finished")
    assert session.runs["r1"].costs.tolist() == [source.loop.step() for _ in range(50)]
    assert [record.seq for record in records_of(tmp_path / "x")] == list(range(session.records))
