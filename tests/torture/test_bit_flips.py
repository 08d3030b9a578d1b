"""Promise 5: a damaged byte is reported and costs only the records it touches; nothing is silently wrong."""

import random
from pathlib import Path

import pytest

from tests.recorder.sessions import records_of, small_session
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Damage, Record
from trainer.recorder.session import read_session

pytestmark = pytest.mark.slow

FLIPS = 5000


def _read(path: Path) -> tuple[list[Record], list[Damage]]:
    reader = RecordReader(path)
    found = list(reader.read())
    reader.close()
    damages = [item for item in found if isinstance(item, Damage)]
    damages += reader.tail.damage if reader.tail else ()
    return [item for item in found if isinstance(item, Record)], damages


def test_every_flipped_bit_is_reported_by_the_name_of_its_record(tmp_path: Path) -> None:
    path = tmp_path / "x"
    small_session(path)
    records, size = records_of(path), path.stat().st_size
    chance = random.Random(5)
    hit_kinds = set()
    with path.open("r+b", buffering=0) as file:
        for _ in range(FLIPS):
            at, bit = chance.randrange(size), 1 << chance.randrange(8)
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ bit]))
            hit = next(record for record in records if at < record.end)
            hit_kinds.add(hit.kind)
            found, damages = _read(path)
            assert [(d.record, d.offset) for d in damages] == [(hit.name, hit.offset)], f"byte {at}: {damages}"
            assert [record.hash for record in found] == [record.hash for record in records if record is not hit]
            file.seek(at)
            file.write(bytes([byte]))
    assert hit_kinds == {record.kind for record in records}
    assert _read(path)[1] == []


def test_many_flips_at_once_are_never_silent(tmp_path: Path) -> None:
    path = tmp_path / "x"
    small_session(path)
    records, data = records_of(path), path.read_bytes()
    chance = random.Random(6)
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(chance.randint(2, 12)):
            at = chance.randrange(len(data))
            damaged[at] = chance.randrange(256)
        touched = {r.name for r in records if damaged[r.offset : r.end] != data[r.offset : r.end]}
        path.write_bytes(damaged)
        found, damages = _read(path)
        intact = {record.hash for record in records if record.name not in touched}
        assert {record.hash for record in found} == intact
        named = {int(damage.record[:6]) for damage in damages}
        lost = {record.seq for record in records if record.name in touched}
        last = max((record.seq for record in found), default=-1)
        assert {seq for seq in lost if seq < last} == {seq for seq in named if seq < last}
        # after the last intact record nobody can tell how many there were, but that something is lost
        assert any(seq > last for seq in named) == any(seq > last for seq in lost)
        assert read_session(path).state == ("damaged" if touched else "closed")


def test_blocks_overwritten_with_zeros_are_never_silent(tmp_path: Path) -> None:
    path = tmp_path / "x"
    small_session(path)
    records, data = records_of(path), path.read_bytes()
    for start in range(0, len(data) - 512, 512):
        path.write_bytes(data[:start] + bytes(512) + data[start + 512 :])
        hit = next(record for record in records if start < record.end)
        session = read_session(path)
        if hit is records[-1]:
            assert session.state in ("cut", "damaged")
        elif data[start : start + 512] != bytes(512):
            assert [damage.record[:6] for damage in session.damage] == [hit.name[:6]]
