import hashlib
import io
import tarfile

import pytest

from trainer.errors import InvalidInput
from trainer.recorder.members import BLOCK, member_header, parse_header
from trainer.recorder.records import (
    JSON_LIMIT,
    Malformed,
    Payload,
    decode_json,
    encode_json,
    encode_record,
    field,
    header_time,
    parse_json,
    record_of,
    whole,
)

TIME = "2025-01-31T12:00:00.000Z"


def test_tarfile_understands_the_header() -> None:
    info = tarfile.TarInfo.frombuf(member_header("000004-intervention.json", 1234, 1738324800), "ascii", "strict")
    assert (info.name, info.size, info.mtime, info.mode) == ("000004-intervention.json", 1234, 1738324800, 0o444)
    assert (info.uid, info.gid, info.uname, info.gname, info.isreg()) == (0, 0, "", "", True)


def test_a_header_that_differs_in_one_byte_is_none() -> None:
    block = member_header("000004-intervention.json", 1234, 1738324800)
    header = parse_header(block)
    assert header is not None
    assert (header.seq, header.kind, header.extension, header.size) == (4, "intervention", "json", 1234)
    for at in range(BLOCK):
        for bit in (1, 0x80):
            changed = bytearray(block)
            changed[at] ^= bit
            assert parse_header(bytes(changed)) is None


@pytest.mark.parametrize(
    "name",
    ["../../x.json", "/etc/passwd", "000001-note.exe", "1-note.json", "000001-Note.json", "000001-.json", "x" * 99],
)
def test_a_name_that_panda_does_not_give_is_no_header(name: str) -> None:
    assert parse_header(member_header(name, 1, 1)) is None


def test_a_record_is_payload_then_json_with_its_hash() -> None:
    encoded = encode_record(
        7, "metrics", "ab" * 32, TIME, {"first": 3}, run="r1", iteration=5, payload=Payload("npy", (b"12345",))
    )
    with tarfile.open(fileobj=io.BytesIO(encoded.data)) as tar:
        payload, mark = tar.getmembers()
        assert (payload.name, payload.size, mark.name) == ("000007-metrics.npy", 5, "000007-metrics.json")
        found = tar.extractfile(mark)
        assert found is not None
        line = found.read()
    body = decode_json(line)
    assert body == {
        "seq": 7,
        "kind": "metrics",
        "run": "r1",
        "iteration": 5,
        "time": TIME,
        "first": 3,
        "payload": {"type": "npy", "size": 5, "sha256": hashlib.sha256(b"12345").hexdigest()},
        "prev": "ab" * 32,
        "hash": encoded.hash,
    }
    assert hashlib.sha256(line[: line.index(b',"hash"')]).hexdigest() == encoded.hash
    assert len(encoded.data) % BLOCK == 0


def test_json_changed_in_one_byte_is_malformed() -> None:
    line, _ = encode_json({"seq": 1, "text": "α"})
    assert decode_json(line)["text"] == "α"
    for at in range(len(line)):
        changed = bytearray(line)
        changed[at] ^= 1
        with pytest.raises(Malformed, match="does not match its hash"):
            decode_json(bytes(changed))


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":' + b"9" * 5000 + b"}",
        b"[" * 60_000,
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b"{",
    ],
)
def test_json_of_a_stranger(text: bytes) -> None:
    with pytest.raises(Malformed, match="cannot be used"):
        parse_json(text)


def test_text_that_only_looks_like_a_surrogate_is_allowed() -> None:
    assert parse_json(rb'{"a":"\\ud800"}') == {"a": r"\ud800"}


def test_json_longer_than_the_limit_is_not_even_hashed() -> None:
    with pytest.raises(Malformed, match="longer than 65536"):
        decode_json(b" " * (JSON_LIMIT + 1))
    with pytest.raises(InvalidInput, match="at most 65536 bytes of JSON, but this one has"):
        encode_record(1, "note", "", TIME, {"text": "x" * JSON_LIMIT})


def test_text_that_is_not_unicode_is_written_as_the_bytes_that_it_was() -> None:
    line, _ = encode_json({"text": ["a\udcff\ud800"], "a\udcce\udcb1": 1.5})
    body = decode_json(line)
    assert body["text"] == [r"a\xff\ud800"]
    assert body["aα"] == 1.5


@pytest.mark.parametrize(
    "time", ["", "2025-01-31 12:00", "1969-12-31T23:59:59.000Z", "9999-01-01T00:00:00.000Z", "x" * 99]
)
def test_a_time_that_a_header_cannot_carry(time: str) -> None:
    with pytest.raises(Malformed, match="its time"):
        header_time(time)


@pytest.mark.parametrize(
    "change",
    [
        {"seq": -1},
        {"seq": True},
        {"iteration": 2**63},
        {"run": 3},
        {"payload": []},
        {"payload": {"type": "exe", "size": 1, "sha256": ""}},
        {"payload": {"type": [], "size": 1, "sha256": ""}},
        {"payload": {"type": "npy", "size": -1, "sha256": ""}},
    ],
)
def test_common_fields_that_are_wrong(change: dict[str, object]) -> None:
    body = {"seq": 1, "kind": "note", "run": "", "iteration": 0, "time": TIME, "prev": "", "hash": ""}
    assert record_of(body, 0, 1024).name == "000001-note"
    with pytest.raises(Malformed):
        record_of({**body, **change}, 0, 1024)


def test_fields_name_the_offending_value() -> None:
    with pytest.raises(Malformed, match="'first' is 'three', not of type int"):
        field({"first": "three"}, "first", int)
    with pytest.raises(Malformed, match="'first' is -3, not a whole number"):
        whole({"first": -3}, "first")
