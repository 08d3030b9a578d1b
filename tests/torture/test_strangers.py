"""Promise 8: a stranger's file cannot run code, write outside its folder, hang the process or exhaust it."""

import io
import pickle
import tarfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.recorder.sessions import records_of, small_session
from trainer.errors import SessionDamaged, SessionError, UnsupportedFormat
from trainer.recorder import reader
from trainer.recorder.import_session import import_session
from trainer.recorder.members import BLOCK, filled, member, member_header
from trainer.recorder.records import Payload, Record, encode_record
from trainer.recorder.session import read_session
from trainer.recorder.summary import summarise

TIME = "2025-01-31T12:00:00.000Z"


class _Evil:
    """Unpickling this would leave a mark."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("unpickled",)


def _npy_of_objects() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([[_Evil()]], dtype=object), allow_pickle=True)
    return stream.getvalue()


def _npy_claiming(shape: str) -> bytes:
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def _tensors_claiming(length: int, header: bytes = b"{}") -> bytes:
    return length.to_bytes(8, "little") + header


METRICS = {"first": 13, "columns": ["cost"], "evaluations": [], "seconds": 1.0}
HOSTILE = {
    "npy that claims 32 GiB": ("metrics", METRICS, Payload("npy", (_npy_claiming("(4294967296, 1)"),))),
    "npy with a pickle": ("metrics", METRICS, Payload("npy", (_npy_of_objects(),))),
    "a pickle": ("metrics", METRICS, Payload("npy", (pickle.dumps(_Evil()),))),
    "npy header that is code": ("metrics", METRICS, Payload("npy", (_npy_claiming("__import__('os').abort()"),))),
    "safetensors header of 2^60 bytes": ("dataset", {}, Payload("safetensors", (_tensors_claiming(2**60),))),
}


def _with_last(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_payloads_in_intact_records(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    kind, fields, payload = HOSTILE[name]
    path = tmp_path / "x"
    small_session(path)
    last = records_of(path)[-1]
    data = encode_record(last.seq + 1, kind, last.hash, TIME, fields, run="r1", iteration=13, payload=payload)
    _with_last(path, data.data)
    tracemalloc.start()
    session = read_session(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [damage.record for damage in session.damage] == [f"000015-{kind}"]
    assert peak < 16e6
    with pytest.raises(SessionDamaged, match=f"000015-{kind}"):
        import_session(path, tmp_path / "in")
    assert "unpickled" not in capsys.readouterr().out


def _json_member(line: bytes, seq: int = 15, kind: str = "note") -> bytes:
    return b"".join(member(f"{seq:06d}-{kind}.json", (line,), len(line), 0))


@pytest.mark.parametrize(
    "line",
    [
        b'{"seq":15,"x":NaN}\n',
        b'{"seq":15,"x":1e999}\n',
        b'{"seq":15,"x":' + b"[" * 60_000 + b"\n",
        b'{"seq":15,"x":' + b"9" * 60_000 + b"}\n",
        b"x" * 10_000_000,
        b'{"seq":15,"x":"\xff\xfe"}\n',
        b"",
    ],
)
def test_hostile_json(tmp_path: Path, line: bytes) -> None:
    import hashlib

    path = tmp_path / "x"
    small_session(path)
    text = line.rstrip(b"\n")[:-1]
    signed = text + b',"hash":"' + hashlib.sha256(text).hexdigest().encode() + b'"}\n'
    for content in (line, signed):
        small = path.read_bytes()
        _with_last(path, _json_member(content))
        session = read_session(path)
        assert [damage.record for damage in session.damage] == ["000015-note"]
        with pytest.raises(SessionDamaged, match="cannot be imported: record 000015-note"):
            import_session(path, tmp_path / "in")
        path.write_bytes(small)


def test_names_that_point_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "in" / "x"
    path.parent.mkdir()
    small_session(path)
    whole = path.read_bytes()
    with tarfile.open(tmp_path / "evil.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        for name in ("../../outside", "/tmp/outside", "000015-note.json/../../../outside"):
            info = tarfile.TarInfo(name)
            info.size = 4
            tar.addfile(info, io.BytesIO(b"evil"))
        link = tarfile.TarInfo("000015-note.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    path.write_bytes(whole + (tmp_path / "evil.tar").read_bytes())
    session = read_session(path)
    assert session.state == "damaged"
    assert session.records == 15
    with pytest.raises(SessionDamaged):
        import_session(path, tmp_path / "in")
    assert sorted(found.name for found in tmp_path.rglob("*")) == ["evil.tar", "in", "x"]


def test_a_name_in_the_session_does_not_choose_where_the_import_goes(tmp_path: Path) -> None:
    fields = {"format": 1, "id": "../../../id", "name": "../../../../etc/cron.d/x\0\n", "environment": {"threads": 1}}
    (tmp_path / "x").write_bytes(encode_record(0, "session", "", TIME, fields).data)
    path = import_session(tmp_path / "x", tmp_path / "in")
    assert path.parent == tmp_path / "in"
    assert path.name.startswith("etc-cron-d-x-")


def test_a_session_hidden_in_the_payload_of_another_is_not_taken_for_it(tmp_path: Path) -> None:
    small_session(tmp_path / "hidden")
    small_session(tmp_path / "x")
    last = records_of(tmp_path / "x")[-1]
    payload = Payload("safetensors", ((tmp_path / "hidden").read_bytes(),))
    _with_last(tmp_path / "x", encode_record(15, "checkpoint", last.hash, TIME, {}, payload=payload).data)
    session = read_session(tmp_path / "x")
    assert session.records == 16
    assert list(session.runs) == ["r1"]
    assert [str(damage) for damage in session.damage] == [
        "record 000015-checkpoint: it belongs to a run '' that never began"
    ]


@pytest.mark.parametrize("size", [8**11 - 1, 10**9])
def test_sizes_that_are_only_claimed_are_not_allocated(tmp_path: Path, size: int) -> None:
    path = tmp_path / "x"
    small_session(path)
    claim = member_header("000015-checkpoint.safetensors", size, 0)
    _with_last(path, claim + bytes(BLOCK))
    tracemalloc.start()
    session = read_session(path)
    summarise(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert session.state == "cut"
    assert peak < 16e6


def test_bytes_that_many_records_claim_are_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nested claims: each of many headers names a payload around the next one, so a careless reader is quadratic."""
    n = 100
    path = tmp_path / "x"
    small_session(path)
    data = bytearray(path.read_bytes() + b"?" * BLOCK)
    start = len(data)
    for i in range(n):
        size = (n - 1 - i) * BLOCK + (n - 1 - i) * 2 * BLOCK
        data += member_header(f"{20 + i:06d}-checkpoint.safetensors", size, 1738324800)
    for i in reversed(range(n)):
        size = (n - 1 - i) * BLOCK + (n - 1 - i) * 2 * BLOCK
        fake = encode_record(20 + i, "checkpoint", "", TIME, {}, payload=Payload("safetensors", (bytes(size),)))
        data += fake.data[BLOCK + filled(size) :]
    path.write_bytes(data)
    assert len(data) - start == n * 3 * BLOCK
    hashed = 0
    real = reader.RecordReader._check_payload

    def counting(self: reader.RecordReader, record: Record, end: int) -> object:
        nonlocal hashed
        hashed += record.payload_size
        return real(self, record, end)

    monkeypatch.setattr(reader.RecordReader, "_check_payload", counting)
    session = read_session(path)
    assert session.records == 15
    assert session.state == "damaged"
    assert hashed < len(data)


@pytest.mark.parametrize("data", [b"", b"\0" * 1024, b"PK\x03\x04" + bytes(1000), bytes(range(256)) * 40])
def test_what_is_no_session_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(SessionError) as caught:
        import_session(tmp_path / "x", tmp_path / "in")
    assert isinstance(caught.value, UnsupportedFormat if data else SessionDamaged)
    assert not (tmp_path / "in").exists()
