"""Payloads: arrays as safetensors or npy, written and parsed by hand.

Both are standard formats that other tools read. Parsing here trusts nothing: no pickles, every declared size is
compared with the bytes that are there before anything is allocated, and the order of the tensors is kept.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.recorder.members import Part
from trainer.recorder.records import Malformed, Payload, parse_json

HEADER_LIMIT = 256 * 1024
"""Longest safetensors header in bytes; a network of 100 hidden layers with Adam's averages needs 115 KB."""

_DTYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U8": "|u1"}
_NAMES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}
_NPY = re.compile(
    rb"\x93NUMPY\x01\x00(..)\{'descr': '<f8', 'fortran_order': False, 'shape': \((\d{1,15}), (\d{1,4})\), \} *\n", re.S
)


def encode_tensors(tensors: Mapping[str, NDArray[Any]]) -> Payload:
    """Arrays by name as safetensors, in their order; shares memory with those that are contiguous."""
    header: dict[str, Any] = {}
    parts: list[Part] = []
    start = 0
    for name, tensor in tensors.items():
        stop = start + tensor.nbytes
        header[name] = {"dtype": _NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [start, stop]}
        parts.append(np.ascontiguousarray(tensor).reshape(-1).view(np.uint8).data)
        start = stop
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return Payload("safetensors", (len(text).to_bytes(8, "little") + text, *parts))


def decode_tensors(data: bytes) -> dict[str, NDArray[Any]]:
    """The inverse of `encode_tensors`; the arrays own their memory. Raises Malformed."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(HEADER_LIMIT, len(data) - 8):
        raise Malformed(f"its safetensors header claims {length} bytes")
    header = parse_json(data[8 : 8 + length])
    if not isinstance(header, dict):
        raise Malformed("its safetensors header is not an object")
    base = 8 + length
    room = len(data) - base
    tensors: dict[str, NDArray[Any]] = {}
    start = 0
    for name, entry in header.items():
        dtype, shape = _tensor_entry(name, entry)
        stop = start + math.prod(shape) * dtype.itemsize
        if entry["data_offsets"] != [start, stop] or stop > room:
            raise Malformed(f"its tensor {name!r:.60} does not lie where its shape {shape!s:.60} needs it")
        tensors[name] = np.frombuffer(data, dtype, math.prod(shape), base + start).reshape(shape).copy()
        start = stop
    if start != room:
        raise Malformed(f"its tensors take {start} bytes, but it has {room}")
    return tensors


def encode_rows(rows: NDArray[np.float64]) -> Payload:
    """A float64 array `(n, columns)` as npy; shares memory with it if it is contiguous."""
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {rows.shape}, }}".encode()
    text += b" " * (-(10 + len(text) + 1) % 64) + b"\n"
    before = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
    return Payload("npy", (before, np.ascontiguousarray(rows).reshape(-1).view(np.uint8).data))


def decode_rows(data: bytes) -> NDArray[np.float64]:
    """The inverse of `encode_rows`; shares memory with `data`. Raises Malformed."""
    found = _NPY.match(data[:192])
    if found is None or int.from_bytes(found[1], "little") + 10 != found.end():
        raise Malformed("its npy header is not that of a float64 array of two dimensions")
    shape = int(found[2]), int(found[3])
    if shape[0] * shape[1] * 8 != len(data) - found.end():
        raise Malformed(f"its array claims shape {shape}, but it has {len(data) - found.end()} bytes")
    return np.frombuffer(data, "<f8", shape[0] * shape[1], found.end()).reshape(shape)


def _tensor_entry(name: str, entry: object) -> tuple[np.dtype[Any], tuple[int, ...]]:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise Malformed(f"its tensor {name!r:.60} is not described by dtype, shape and data_offsets")
    shape, dtype = entry["shape"], entry["dtype"]
    if not isinstance(shape, list) or len(shape) > 8 or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
        raise Malformed(f"its tensor {name!r:.60} has the shape {shape!r:.60}")
    if not isinstance(dtype, str) or dtype not in _DTYPES:
        raise Malformed(f"its tensor {name!r:.60} has dtype {dtype!r:.60}, not one of {', '.join(_DTYPES)}")
    return np.dtype(_DTYPES[dtype]), tuple(shape)
