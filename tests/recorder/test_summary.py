from pathlib import Path

import pytest

from tests.recorder.sessions import Recording, records_of, small_session
from trainer.errors import SessionNotFound, UnsupportedFormat
from trainer.recorder.session import read_session
from trainer.recorder.summary import summarise


def test_a_summary_says_what_the_session_says(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    summary, session = summarise(tmp_path / "x"), read_session(tmp_path / "x")
    run = session.runs["r1"]
    assert (summary.id, summary.name, summary.created) == (session.id, "small, renamed", session.created)
    assert (summary.data, summary.runs, summary.iterations, summary.interventions) == ("three blobs", 1, 12, 2)
    assert summary.dev_accuracy == run.evaluations[-1].dev_accuracy
    assert summary.state == "closed"


def test_every_state(tmp_path: Path) -> None:
    path = tmp_path / "x"
    recording = Recording(path)
    assert summarise(path).state == "recording"
    assert summarise(path).dev_accuracy is None
    recording.start()
    recording.end()
    data, records = path.read_bytes(), records_of(path)
    path.write_bytes(data[:-5])
    assert summarise(path).state == "cut"
    path.write_bytes(data[:700] + b"?" + data[701:])
    assert summarise(path).state == "damaged"
    changed = records[2].payload_offset
    path.write_bytes(data[:changed] + b"?" + data[changed + 1 :])
    assert summarise(path).state == "closed"  # payloads are not looked at
    assert read_session(path).state == "damaged"


def test_what_is_no_session(tmp_path: Path) -> None:
    with pytest.raises(SessionNotFound):
        summarise(tmp_path / "x")
    (tmp_path / "x").write_bytes(b"hello")
    with pytest.raises(UnsupportedFormat):
        summarise(tmp_path / "x")
