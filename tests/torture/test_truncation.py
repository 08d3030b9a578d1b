"""Promise 4: any cut of a session opens and holds exactly the whole records before the cut."""

from pathlib import Path

import pytest

from tests.recorder.sessions import Recording, records_of
from trainer.errors import SessionDamaged
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Record
from trainer.recorder.session import read_session
from trainer.recorder.session_log import SessionLog

pytestmark = pytest.mark.slow


def _tiny_session(path: Path) -> None:
    recording = Recording(path)
    recording.start()
    recording.train(3)
    recording.intervene("why not", learning_rate=0.3)
    recording.train(2)
    recording.log.close()


def test_cut_at_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "x"
    _tiny_session(path)
    records = records_of(path)
    with path.open("r+b") as file:
        for length in range(path.stat().st_size - 1, -1, -1):
            file.truncate(length)
            whole = [record.hash for record in records if record.end <= length]
            session = read_session(path)
            assert (session.state, session.damage, session.records) == ("cut", (), len(whole)), f"cut at {length}"
            assert session.hash == (whole[-1] if whole else "")
            assert session.end == (records[len(whole) - 1].end if whole else 0)


def test_every_cut_can_be_gone_on_with(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole", tmp_path / "x"
    _tiny_session(whole)
    records, data = records_of(whole), whole.read_bytes()
    for length in range(0, len(data), 111):
        path.write_bytes(data[:length])
        kept = [record.hash for record in records if record.end <= length]
        if not kept:
            with pytest.raises(SessionDamaged, match="its first record is not there"):
                SessionLog.reopen(path)
            assert path.read_bytes() == data[:length]
            continue
        log = SessionLog.reopen(path)
        log.rename("still here")
        log.close()
        assert read_session(path).damage == ()
        reader = RecordReader(path)
        again = [record.hash for record in reader.read() if isinstance(record, Record)]
        reader.close()
        assert again[: len(kept)] == kept
        assert len(again) == len(kept) + 3
