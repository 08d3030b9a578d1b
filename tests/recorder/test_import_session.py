import shutil
from pathlib import Path

import pytest

from tests.recorder.sessions import Recording, records_of, small_session
from trainer.errors import InvalidInput, RecordingPaused, SessionDamaged, SessionNotFound, UnsupportedFormat
from trainer.recorder import import_session as importing
from trainer.recorder import tensors
from trainer.recorder.import_session import import_session
from trainer.recorder.payloads import encode_tensors
from trainer.recorder.records import encode_record
from trainer.recorder.session import read_session
from trainer.recorder.session_log import SessionLog

TIME = "2025-01-31T12:00:00.000Z"


def test_everything_arrives_under_a_new_id(tmp_path: Path) -> None:
    recording = small_session(tmp_path / "x")
    path = import_session(tmp_path / "x", tmp_path / "sessions")
    assert path.parent == tmp_path / "sessions"
    old, new = read_session(tmp_path / "x"), read_session(path)
    assert (new.state, new.damage, new.name) == ("closed", (), old.name)
    assert new.id != old.id
    assert new.imported == old.id
    assert new.hash != old.hash
    was, run = old.runs["r1"], new.runs["r1"]
    assert run.costs.tolist() == recording.costs
    assert (run.interventions, run.checkpoints, run.notes, run.moments) == (
        was.interventions, was.checkpoints, was.notes, was.moments,
    )  # fmt: skip
    assert [new.training_state(c.seq).digest() for c in run.checkpoints] == [c.digest for c in run.checkpoints]
    assert new.dataset().fingerprint == old.fingerprint
    SessionLog.reopen(path).close()


def test_what_panda_does_not_know_is_left_behind(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    last = records_of(tmp_path / "x")[-1]
    odd = encode_record(last.seq + 1, "applause", last.hash, TIME, {"effect": False})
    more = encode_record(last.seq + 2, "note", odd.hash, TIME, {"author": "a", "text": "t", "script": "<script>"})
    with (tmp_path / "x").open("ab") as file:
        file.write(odd.data + more.data)
    path = import_session(tmp_path / "x", tmp_path)
    assert b"<script>" not in path.read_bytes()
    assert b"applause" not in path.read_bytes()
    assert read_session(path).notes[0].text == "t"


def test_a_cut_session_arrives_as_far_as_it_goes(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    (tmp_path / "x").write_bytes((tmp_path / "x").read_bytes()[:-3000])
    path = import_session(tmp_path / "x", tmp_path)
    assert (read_session(path).state, read_session(path).damage) == ("closed", ())
    assert read_session(path).runs["r1"].ended is None


def test_a_session_under_way_can_be_imported(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()
    recording.intervene(momentum=0.3)
    path = import_session(tmp_path / "x", tmp_path / "in")
    recording.end()
    assert len(read_session(path).runs["r1"].interventions) == 1


def test_data_that_is_not_stored_stays_that_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensors, "DATASET_LIMIT", 100)
    small_session(tmp_path / "x")
    path = import_session(tmp_path / "x", tmp_path)
    assert read_session(path).data == read_session(tmp_path / "x").data


def test_a_file_with_anything_wrong_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    data = bytearray((tmp_path / "x").read_bytes())
    records = records_of(tmp_path / "x")
    data[records[4].offset + 700] ^= 1
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(SessionDamaged, match="x cannot be imported: record 000004-intervention"):
        import_session(tmp_path / "x", tmp_path / "in")
    (tmp_path / "x").write_bytes(data[:100])
    with pytest.raises(SessionDamaged, match="no whole record"):
        import_session(tmp_path / "x", tmp_path / "in")
    (tmp_path / "x").write_bytes(b"hello")
    with pytest.raises(UnsupportedFormat):
        import_session(tmp_path / "x", tmp_path / "in")
    with pytest.raises(SessionNotFound):
        import_session(tmp_path / "y", tmp_path / "in")
    assert not (tmp_path / "in").exists()


def test_a_payload_that_is_not_what_it_must_be_leaves_nothing(tmp_path: Path) -> None:
    recording = small_session(tmp_path / "x")
    last = records_of(tmp_path / "x")[-1]
    state = recording.loop.state()
    fields = {"reason": "requested", "state": state.scalars(), "digest": "0" * 64}
    payload = encode_tensors(state.tensors)
    with (tmp_path / "x").open("ab") as file:
        bad = encode_record(15, "checkpoint", last.hash, TIME, fields, run="r1", iteration=12, payload=payload)
        file.write(bad.data)
    with pytest.raises(SessionDamaged, match=r"000015-checkpoint .* does not have the recorded digest"):
        import_session(tmp_path / "x", tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_session(tmp_path / "x")
    monkeypatch.setattr(importing, "IMPORT_LIMIT", 1000)
    with pytest.raises(InvalidInput, match=r"x has .* bytes, but at most 1,000 can be imported"):
        import_session(tmp_path / "x", tmp_path / "in")


def test_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_session(tmp_path / "x")

    def no_room(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.pwritev", no_room)
    with pytest.raises(RecordingPaused):
        import_session(tmp_path / "x", tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


def test_the_original_is_not_touched(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    shutil.copy(tmp_path / "x", tmp_path / "y")
    import_session(tmp_path / "x", tmp_path / "in")
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()
