import errno
import io
import json
import os
import re
import subprocess
import tarfile
import threading
from pathlib import Path

import numpy as np
import pytest

from tests.examples import TEST, three_blobs
from tests.recorder.sessions import Recording, records_of, small_session
from trainer.engine.commands import Actor
from trainer.engine.events import Evaluation, Noted, Planned, PlannedChange, RunStarted, Trained
from trainer.errors import InvalidInput, RecordingFailed, RecordingPaused, SessionError
from trainer.recorder.new_path import new_session_path
from trainer.recorder.reader import RecordReader
from trainer.recorder.session import read_session
from trainer.recorder.session_log import SessionLog


def _kinds(path: Path) -> list[str]:
    return [record.kind for record in records_of(path)]


def test_create_writes_session_and_data_set(tmp_path: Path) -> None:
    log = SessionLog.create(tmp_path / "x", three_blobs(), name="mine")
    session = read_session(tmp_path / "x")
    assert (session.id, session.name, session.format, session.state) == (log.id, "mine", 2, "recording")
    assert session.dataset().fingerprint == session.fingerprint == three_blobs().fingerprint
    log.close()


def test_create_in_place_of_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"mine")
    with pytest.raises(SessionError, match="exists already"):
        SessionLog.create(tmp_path / "x", three_blobs())
    assert (tmp_path / "x").read_bytes() == b"mine"


def test_create_on_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pwritev", _no_room)
    with pytest.raises(RecordingPaused, match="No space left"):
        SessionLog.create(tmp_path / "x", three_blobs())
    assert list(tmp_path.iterdir()) == []


def test_metrics_are_written_each_second(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()
    at_start = len(_kinds(tmp_path / "x"))
    recording.clock.now += 0.89
    recording.train(100)
    assert len(_kinds(tmp_path / "x")) == at_start
    recording.clock.now += 0.02
    recording.train(1)
    assert _kinds(tmp_path / "x")[at_start:] == ["metrics"]
    recording.clock.now += 0.89
    recording.train(100)
    assert _kinds(tmp_path / "x")[at_start:] == ["metrics"]
    recording.clock.now += 0.02
    recording.train(1)
    assert _kinds(tmp_path / "x")[at_start:] == ["metrics"] * 2
    recording.end()
    assert read_session(tmp_path / "x").runs["r1"].costs.tolist() == recording.costs


def test_metrics_come_before_whatever_happened_after_them(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    assert _kinds(tmp_path / "x") == [
        "session", "dataset", "run", "metrics", "intervention", "metrics", "checkpoint", "note", "paused", "rename",
        "resumed", "intervention", "metrics", "run-end", "session-end",
    ]  # fmt: skip


def test_an_intervention_is_durable_on_return(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()
    recording.train(2)
    sizes: list[int] = []
    real = os.fdatasync

    def fdatasync(fd: int) -> None:
        real(fd)
        sizes.append(os.fstat(fd).st_size)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    recording.intervene(learning_rate=0.5)
    assert sizes == [(tmp_path / "x").stat().st_size]
    assert read_session(tmp_path / "x").runs["r1"].interventions[0].after == {"learning_rate": 0.5}
    recording.log.close()


def test_many_evaluations_are_split(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()
    n = 2600
    evaluations = tuple(Evaluation(i, 1 / (i + 1), float("inf") if i == 7 else 1 / 3) for i in range(n + 1))
    recording.log.record(Trained("r1", 1, np.arange(n, dtype=float), evaluations, 1.5))
    recording.log.record(Trained("r1", n + 1, np.array([3.5]), (), 1.6))
    recording.log.close()
    run = read_session(tmp_path / "x").runs["r1"]
    assert run.evaluations == evaluations
    assert run.costs.tolist() == [*range(n), 3.5]
    assert run.timeline[-1, :2].tolist() == [n + 1, 1.6]


def test_two_runs_do_not_mix(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()
    recording.train(3)
    other = Recording(tmp_path / "other", run="r2")
    other.log.close()
    other.log = recording.log
    other.start()
    other.train(2)
    recording.train(1)
    recording.log.close()
    runs = read_session(tmp_path / "x").runs
    assert runs["r1"].costs.tolist() == recording.costs
    assert runs["r2"].costs.tolist() == other.costs


def test_what_cannot_have_happened_is_not_recorded(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()
    recording.train(3)
    with pytest.raises(ValueError, match="recorded up to iteration 3, so 5 cannot follow"):
        recording.log.record(Trained("r1", 5, np.zeros(1), (), 0))
    with pytest.raises(ValueError, match=r"a run r1 in .* already"):
        recording.start()
    stranger = Recording(tmp_path / "y", dataset=three_blobs(seed=3), run="r2")
    stranger.log.close()
    stranger.log = recording.log
    with pytest.raises(ValueError, match="about other data"):
        stranger.start()
    recording.log.close()


@pytest.mark.parametrize("reopened", [False, True])
def test_a_plan_of_a_name_that_is_there_is_not_recorded(tmp_path: Path, reopened: bool) -> None:
    recording = Recording(tmp_path / "x")
    begun, later = (PlannedChange(f"r1-{n}", 100, {"momentum": 0.5}, TEST) for n in (1, 2))
    loop = recording.loop
    recording.log.record(RunStarted("r1", recording.config, recording.dataset, loop.state(), plans=(begun,)))
    recording.log.record(Planned("r1", 0, later))
    if reopened:
        recording.log.close()
        recording.log = SessionLog.reopen(tmp_path / "x")
    for known in (begun, later):
        with pytest.raises(ValueError, match=f"there is a plan {known.plan} in "):
            recording.log.record(Planned("r1", 0, known))
    taken_along = RunStarted("r2", recording.config, recording.dataset, loop.state(), plans=(begun, later))
    recording.log.record(taken_along)
    recording.log.close()
    session = read_session(tmp_path / "x")
    assert (session.damage, [len(run.plans) for run in session.runs.values()]) == ((), [2, 2])


def test_long_texts_are_refused_with_a_sentence(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()
    with pytest.raises(InvalidInput, match="a note may have at most 10,000 characters, but this one has 10,001"):
        recording.log.record(Noted("r1", 0, Actor("person", "me"), "x" * 10_001))
    with pytest.raises(InvalidInput, match="a session's name may have at most 200"):
        recording.log.rename("x" * 201)
    recording.log.record(Noted("r1", 0, Actor("person", "me"), "\x00" * 10_000))
    recording.log.add_note("α" * 10_000, actor=Actor("person", "me"))
    recording.log.close()
    session = read_session(tmp_path / "x")
    assert session.damage == ()
    assert session.notes[0].text == "α" * 10_000
    assert session.runs["r1"].notes[0].text == "\x00" * 10_000


def _no_room(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()
    recording.train(4)
    before = (tmp_path / "x").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwritev", _no_room)
        with pytest.raises(RecordingPaused, match="No space left on device; nothing is lost"):
            recording.intervene("kept", learning_rate=0.2)
        with pytest.raises(RecordingPaused):
            recording.log.retry()
        with pytest.raises(RecordingPaused):
            recording.log.rename("kept too")
        with pytest.raises(RecordingPaused):
            recording.log.close()
        assert (tmp_path / "x").read_bytes() == before
    recording.log.retry()
    with pytest.raises(RecordingFailed, match="closed"):
        recording.log.rename("too late")
    recording.log.close()
    recording.log.close()
    session = read_session(tmp_path / "x")
    assert (session.state, session.name) == ("closed", "kept too")
    assert session.runs["r1"].costs.tolist() == recording.costs
    assert session.runs["r1"].interventions[0].note == "kept"
    assert _kinds(tmp_path / "x")[-3:] == ["intervention", "rename", "session-end"]


def test_after_a_failed_sync_every_event_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()

    def fail(fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        with pytest.raises(RecordingFailed):
            recording.intervene(learning_rate=0.2)
    with pytest.raises(RecordingFailed):
        recording.log.retry()
    with pytest.raises(RecordingFailed):
        recording.checkpoint()
    recording.log.close()
    assert read_session(tmp_path / "x").state == "cut"


def test_renaming_from_another_thread_while_recording(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()

    def rename(name: str) -> None:
        for i in range(20):
            recording.log.rename(f"{name}-{i}")

    threads = [threading.Thread(target=rename, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for i in range(30):
        recording.train(2)
        recording.intervene(momentum=i / 100)
    for thread in threads:
        thread.join()
    recording.end()
    session = read_session(tmp_path / "x")
    assert session.damage == ()
    assert _kinds(tmp_path / "x").count("rename") == 40
    assert session.runs["r1"].costs.tolist() == recording.costs


def test_recording_is_watched_without_being_disturbed(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()
    readers = [RecordReader(tmp_path / "x") for _ in range(3)]
    for reader in readers:
        next(reader.read())
    recording.intervene(momentum=0.1)
    recording.end()
    for reader in readers:
        reader.close()
    assert read_session(tmp_path / "x").state == "closed"


def test_new_paths(tmp_path: Path) -> None:
    path = new_session_path(tmp_path / "sessions", "Fräulein's ../../Digits 2")
    assert path.parent == tmp_path / "sessions"
    assert path.parent.is_dir()
    assert re.fullmatch(r"fraulein-s-digits-2-[0-9a-f]{8}\.panda", path.name)
    assert new_session_path(tmp_path, "学").name.startswith("session-")


def test_any_tar_tool_lists_the_history(tmp_path: Path) -> None:
    recording = small_session(tmp_path / "x")
    listed = subprocess.run(["tar", "tvf", str(tmp_path / "x")], capture_output=True, check=True, text=True)
    assert listed.stderr == ""
    names = [line.split()[-1] for line in listed.stdout.splitlines()]
    assert names[:3] == ["000000-session.json", "000001-dataset.safetensors", "000001-dataset.json"]
    assert names[-1] == "000014-session-end.json"
    with tarfile.open(tmp_path / "x") as tar:
        assert tar.getnames() == names
        line = tar.extractfile("000004-intervention.json")
        costs = tar.extractfile("000003-metrics.npy")
        assert line is not None
        assert costs is not None
        assert json.loads(line.read())["note"] == "calmer, α down"
        assert np.load(io.BytesIO(costs.read()))[:, 0].tolist() == recording.costs[:5]
