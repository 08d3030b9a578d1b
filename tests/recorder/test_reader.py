import os
from contextlib import closing
from pathlib import Path

import pytest

from tests.recorder.sessions import Recording, records_of, small_session
from trainer.errors import SessionDamaged, SessionNotFound
from trainer.recorder.members import filled, member_header
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Damage, Payload, Record, encode_record

TIME = "2025-01-31T12:00:00.000Z"


def _read(path: Path) -> tuple[list[Record], list[Damage], RecordReader]:
    reader = RecordReader(path)
    found = list(reader.read())
    reader.close()
    records = [item for item in found if isinstance(item, Record)]
    return records, [item for item in found if isinstance(item, Damage)], reader


def _flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_records_are_chained_and_side_by_side(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    records = records_of(tmp_path / "x")
    assert [record.seq for record in records] == list(range(len(records)))
    assert [record.prev for record in records] == ["", *(record.hash for record in records[:-1])]
    assert [record.offset for record in records] == [0, *(record.end for record in records[:-1])]
    assert records[-1].end == (tmp_path / "x").stat().st_size


def test_polling_a_file_that_is_being_recorded(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x")
    with closing(RecordReader(tmp_path / "x")) as reader:
        assert [r.kind for r in reader.read() if isinstance(r, Record)] == ["session", "dataset"]
        assert list(reader.read()) == []
        recording.start()
        recording.train(3)
        assert [r.kind for r in reader.read() if isinstance(r, Record)] == ["run"]
        recording.intervene(momentum=0.5)
        assert [r.kind for r in reader.read() if isinstance(r, Record)] == ["metrics", "intervention"]
        recording.end()
        assert [r.kind for r in reader.read() if isinstance(r, Record)] == ["run-end", "session-end"]
        assert reader.tail is None


def test_a_record_in_flight_is_waited_for(tmp_path: Path) -> None:
    small_session(tmp_path / "whole")
    data = (tmp_path / "whole").read_bytes()
    records = records_of(tmp_path / "whole")
    path = tmp_path / "x"
    path.write_bytes(b"")
    with closing(RecordReader(path)) as reader, path.open("ab", buffering=0) as file:
        got: list[Record | Damage] = []
        for start in range(0, len(data), 700):
            file.write(data[start : start + 700])
            got += reader.read()
            whole = [record for record in records if record.end <= file.tell()]
            assert [record.hash for record in got if isinstance(record, Record)] == [record.hash for record in whole]
            assert len(got) == len(whole)
            rest = file.tell() - (whole[-1].end if whole else 0)
            assert (reader.tail.size, reader.tail.damage) == (rest, ()) if reader.tail else rest == 0


def test_payload_is_checked_when_it_is_loaded(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    record = records_of(tmp_path / "x")[2]
    with closing(RecordReader(tmp_path / "x")) as reader:
        assert len(reader.payload(record)) == record.payload_size
    _flip(tmp_path / "x", record.payload_offset)
    with closing(RecordReader(tmp_path / "x")) as reader, pytest.raises(SessionDamaged, match="000002-run"):
        reader.payload(record)


@pytest.mark.parametrize("part", ["payload header", "payload", "payload filling", "header", "json", "filling"])
def test_a_flip_costs_its_record_alone_and_names_it(tmp_path: Path, part: str) -> None:
    path = tmp_path / "x"
    small_session(path)
    records = records_of(path)
    hit = next(record for record in records if record.kind == "intervention")
    mark = hit.payload_offset + filled(hit.payload_size)
    at = {
        "payload header": hit.offset + 3,
        "payload": hit.payload_offset + 9,
        "payload filling": mark - 1,
        "header": mark + 130,
        "json": mark + 512 + 30,
        "filling": hit.end - 1,
    }[part]
    _flip(path, at)
    found, damages, reader = _read(path)
    assert [damage.record for damage in damages] == [hit.name]
    assert damages[0].offset == hit.offset
    assert [record.hash for record in found] == [record.hash for record in records if record is not hit]
    assert reader.tail is None


def test_damage_in_the_last_record_is_not_taken_for_an_unfinished_one(tmp_path: Path) -> None:
    path = tmp_path / "x"
    small_session(path)
    last = records_of(path)[-1]
    for at in (last.offset, last.offset + 512 + 5, last.end - 1):
        _flip(path, at)
        _, damages, reader = _read(path)
        assert damages == []
        assert reader.tail is not None
        assert [damage.record for damage in reader.tail.damage] == ["000014-session-end"]
        _flip(path, at)


def test_a_removed_record_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "x"
    small_session(path)
    records, data = records_of(path), path.read_bytes()
    gone = records[6]
    path.write_bytes(data[: gone.offset] + data[gone.end :])
    _, damages, _ = _read(path)
    assert [(damage.record, damage.what) for damage in damages] == [("000006", "it is missing")]


def test_a_record_put_in_the_place_of_another_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "x"
    small_session(path)
    records, data = records_of(path), path.read_bytes()
    old = next(record for record in records if record.kind == "note")
    body = {"author": "somebody", "text": "all was well"}
    new = encode_record(old.seq, "note", old.prev, old.time, body, run="r1", iteration=9)
    path.write_bytes(data[: old.offset] + new.data + data[old.end :])
    _, damages, _ = _read(path)
    assert [(damage.record, damage.what) for damage in damages] == [
        (records[old.seq + 1].name, "it does not follow from the record before it")
    ]


def test_bytes_between_records_and_repeated_records(tmp_path: Path) -> None:
    path = tmp_path / "x"
    small_session(path)
    records, data = records_of(path), path.read_bytes()
    at = records[4].offset
    path.write_bytes(data[:at] + b"\1" * 1024 + data[at:])
    found, damages, _ = _read(path)
    assert len(found) == len(records)
    assert [damage.record for damage in damages] == ["000004-intervention"]
    path.write_bytes(data[:at] + data[records[2].offset : records[2].end] + data[at:])
    found, damages, _ = _read(path)
    assert [record.seq for record in found] == [record.seq for record in records]
    assert [damage.what for damage in damages] == ["its number came before"]


def test_a_tail_of_zeros_is_a_record_that_was_never_written(tmp_path: Path) -> None:
    path = tmp_path / "x"
    small_session(path)
    with path.open("ab") as file:
        file.write(bytes(4096))
    found, damages, reader = _read(path)
    assert len(found) == 15
    assert damages == []
    assert reader.tail is not None
    assert (reader.tail.size, reader.tail.damage) == (4096, ())


def test_headers_that_promise_too_much_cost_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x"
    small_session(path)
    first = path.read_bytes()[: records_of(path)[0].end]
    huge = member_header("000001-dataset.safetensors", 8**11 - 1, 0)
    json = member_header("000001-note.json", 8**11 - 1, 0)
    path.write_bytes(first + (huge + json) * 2000)
    found, _, reader = _read(path)
    assert len(found) == 1
    assert reader.tail is not None


def test_a_sequence_number_from_far_away_is_not_counted_up_to(tmp_path: Path) -> None:
    path = tmp_path / "x"
    small_session(path)
    first = records_of(path)[0]
    far = encode_record(10**11, "note", first.hash, TIME, {"author": "", "text": ""})
    path.write_bytes(path.read_bytes()[: first.end] + far.data)
    found, damages, _ = _read(path)
    assert len(found) == 2
    assert len(damages) == 1000


def test_payload_types_and_json_must_agree(tmp_path: Path) -> None:
    path = tmp_path / "x"
    good = encode_record(0, "metrics", "", TIME, {}, payload=Payload("npy", (b"123",))).data
    wrong = encode_record(0, "metrics", "", TIME, {}, payload=Payload("npy", (b"12",))).data
    path.write_bytes(good[:1024] + wrong[1024:])
    _, _, reader = _read(path)
    assert reader.tail is not None
    assert reader.tail.damage[0].what == "its JSON and the header of its payload do not agree"
    path.write_bytes(wrong[1024:])
    _, _, reader = _read(path)
    assert reader.tail is not None
    assert reader.tail.damage[0].what == "its payload is missing or has been changed"


def test_it_never_writes_or_locks(tmp_path: Path) -> None:
    path = tmp_path / "x"
    small_session(path)
    before = path.stat().st_mtime_ns
    os.chmod(path, 0o444)
    with closing(RecordReader(path)) as reader:
        list(reader.read())
        assert os.get_inheritable(reader.fileno()) is False
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.write(reader.fileno(), b"x")
    assert path.stat().st_mtime_ns == before


def test_what_is_not_a_file(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "nothing", "there is no session"), (tmp_path, "is a folder, not a session file")):
        with pytest.raises(SessionNotFound, match=said):
            RecordReader(path)
