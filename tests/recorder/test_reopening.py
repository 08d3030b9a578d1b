import errno
import os
from pathlib import Path

import pytest

from tests.recorder.sessions import Clock, Recording, records_of, small_session
from trainer.errors import RecordingPaused, SessionDamaged, SessionLocked
from trainer.recorder.session import read_session
from trainer.recorder.session_log import SessionLog


def _no_room(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_two_writers(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x")
    size = (tmp_path / "x").stat().st_size
    with pytest.raises(SessionLocked, match="recorded by another process"):
        SessionLog.reopen(tmp_path / "x")
    assert (tmp_path / "x").stat().st_size == size
    recording.log.close()
    SessionLog.reopen(tmp_path / "x").close()


def test_reopen_goes_on_where_it_ended(tmp_path: Path) -> None:
    recording = small_session(tmp_path / "x")
    size = (tmp_path / "x").stat().st_size
    clock = Clock()
    recording.log, recording.clock = SessionLog.reopen(tmp_path / "x", clock=clock), clock
    recording.train(2)
    recording.end()
    session = read_session(tmp_path / "x")
    assert (session.state, session.damage) == ("closed", ())
    assert session.runs["r1"].costs.tolist() == recording.costs
    assert len(session.environments) == 2
    reopened = next(record for record in records_of(tmp_path / "x") if record.kind == "reopened")
    assert (reopened.body["cut"], reopened.body["lost"], reopened.offset) == (0, "", size)


def test_reopen_cuts_what_follows_the_last_intact_record_and_says_how_much(tmp_path: Path) -> None:
    recording = small_session(tmp_path / "x")
    data, records = (tmp_path / "x").read_bytes(), records_of(tmp_path / "x")
    cut = records[11]
    assert cut.kind == "intervention"
    (tmp_path / "x").write_bytes(data[: cut.end - 700])
    SessionLog.reopen(tmp_path / "x").close()
    session = read_session(tmp_path / "x")
    assert (session.state, session.damage) == ("closed", ())
    reopened = records_of(tmp_path / "x")[11]
    assert (reopened.kind, reopened.offset) == ("reopened", cut.offset)
    assert reopened.body["cut"] == cut.end - 700 - cut.offset
    assert session.runs["r1"].costs.tolist() == recording.costs[:9]


def test_reopen_names_a_damaged_last_record_that_it_cuts(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    data = bytearray((tmp_path / "x").read_bytes())
    data[-600] ^= 1
    (tmp_path / "x").write_bytes(data)
    assert read_session(tmp_path / "x").state == "damaged"
    SessionLog.reopen(tmp_path / "x").close()
    assert next(r for r in records_of(tmp_path / "x") if r.kind == "reopened").body["lost"] == "000014-session-end"


def test_a_file_damaged_in_its_middle_is_never_written_again(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    data = bytearray((tmp_path / "x").read_bytes())
    data[records_of(tmp_path / "x")[4].offset + 600] ^= 1
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(SessionDamaged, match=r"record 000004-intervention: its payload .* nothing more is written"):
        SessionLog.reopen(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == data
    assert read_session(tmp_path / "x").state == "damaged"


def test_reopen_on_a_full_disk_remembers_the_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_session(tmp_path / "x")
    (tmp_path / "x").write_bytes((tmp_path / "x").read_bytes()[:-1])
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwritev", _no_room)
        log = SessionLog.reopen(tmp_path / "x")
        with pytest.raises(RecordingPaused):
            log.retry()
    log.close()
    assert [(r.kind, r.body.get("cut")) for r in records_of(tmp_path / "x")[-2:]] == [
        ("reopened", 1023), ("session-end", None),
    ]  # fmt: skip
