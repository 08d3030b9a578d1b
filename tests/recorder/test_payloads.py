import io
import json

import numpy as np
import pytest
from safetensors.numpy import load

from trainer.recorder.payloads import HEADER_LIMIT, decode_rows, decode_tensors, encode_rows, encode_tensors
from trainer.recorder.records import Malformed

TENSORS = {
    "z": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a": np.array([[1e300], [np.pi]]),
    "none": np.empty((0, 1), np.float32),
    "y": np.array([3, -1], np.int64),
    "text": np.frombuffer(b"abc", np.uint8),
}


def _file(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def test_tensors_come_back_with_order_bits_and_their_own_memory() -> None:
    back = decode_tensors(encode_tensors(TENSORS).data)
    assert list(back) == list(TENSORS)
    for name, tensor in TENSORS.items():
        assert back[name].dtype == tensor.dtype
        assert back[name].shape == tensor.shape
        assert back[name].tobytes() == tensor.tobytes()
        assert back[name].flags.writeable
        assert back[name].flags.aligned


def test_other_tools_read_the_tensors() -> None:
    back = load(encode_tensors(TENSORS).data)
    assert set(back) == set(TENSORS)
    assert all(np.array_equal(back[name], TENSORS[name]) for name in TENSORS)


def test_a_deep_network_fits_under_the_header_limit() -> None:
    names = [f"{kind}[{l}]" for kind in ("v/gamma",) * 11 for l in range(101)]
    tensors = {f"{i:02d}/{name}": np.zeros((1, 1), np.float32) for i, name in enumerate(names)}
    assert len(decode_tensors(encode_tensors(tensors).data)) == 1111


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "header claims"),
        (b"1234567", "header claims"),
        (_file({}, length=2**63), "header claims"),
        (_file(b" " * (HEADER_LIMIT + 1)), "header claims"),
        (_file(b"[" * 1000), "cannot be used"),
        (_file([]), "not an object"),
        (_file({"a": 3}), "not described"),
        (_file({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], "x": 1}}, b"1234"), "not described"),
        (_file({"a": {"dtype": "O", "shape": [1], "data_offsets": [0, 4]}}, b"1234"), "dtype 'O'"),
        (_file({"a": {"dtype": [], "shape": [1], "data_offsets": [0, 4]}}, b"1234"), "dtype"),
        (_file({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, b"1234"), "shape"),
        (_file({"a": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}}, b"1234"), "shape"),
        (_file({"a": {"dtype": "F32", "shape": [1] * 9, "data_offsets": [0, 4]}}, b"1234"), "shape"),
        (_file({"a": {"dtype": "F32", "shape": [2**33], "data_offsets": [0, 2**35]}}, b"1234"), "does not lie"),
        (_file({"a": {"dtype": "F32", "shape": [2**39] * 8, "data_offsets": [0, 4]}}, b"1234"), "does not lie"),
        (_file({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, b"12345678"), "does not lie"),
        (_file({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, b"12345678"), "take 4 bytes"),
        (
            _file(
                {
                    "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
                    "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
                },
                b"1234",
            ),
            "does not lie",
        ),
    ],
)
def test_tensors_of_a_stranger(data: bytes, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        decode_tensors(data)


def test_rows_are_npy_that_numpy_reads() -> None:
    rows = np.array([[1.5], [np.nan], [-0.0]])
    data = encode_rows(rows).data
    assert np.load(io.BytesIO(data)).tobytes() == rows.tobytes()
    assert decode_rows(data).tobytes() == rows.tobytes()
    assert decode_rows(encode_rows(np.empty((0, 1))).data).shape == (0, 1)


@pytest.mark.parametrize("step", [-1, 2])
def test_what_lies_scattered_in_memory_is_written_in_order(step: int) -> None:
    rows = np.arange(6.0)[::step, np.newaxis]
    assert decode_rows(encode_rows(rows).data).tolist() == rows.tolist()
    tensors = {"a": np.arange(6.0)[::step], "b": np.arange(6.0).reshape(2, 3).T[::step]}
    back = decode_tensors(encode_tensors(tensors).data)
    assert {name: tensor.tolist() for name, tensor in back.items()} == {n: t.tolist() for n, t in tensors.items()}


def _npy(array: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(array))
    return stream.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        _npy([1.0, 2.0]),
        _npy([[1, 2]]),
        _npy(np.array([[None]])),
        _npy(np.ones((2, 2), order="F") * [[1], [2]]),
        encode_rows(np.ones((2, 1))).data[:-1],
        encode_rows(np.ones((2, 1))).data.replace(b"(2, 1)", b"(4294967296, 1)"),
        encode_rows(np.ones((2, 1))).data.replace(b"(2, 1)", b"(9, 1)"),
        encode_rows(np.ones((2, 1))).data.replace(b"'<f8'", b"'|O8'"),
    ],
)
def test_rows_of_a_stranger(data: bytes) -> None:
    with pytest.raises(Malformed, match="array"):
        decode_rows(data)
