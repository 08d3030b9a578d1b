"""Files of text: packed or not, in UTF-8 or UTF-16."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TextIO, cast

from trainer.data.examples import MAX_BYTES, shown
from trainer.errors import InvalidData

ENDINGS = (".csv", ".tsv", ".tab", ".txt", ".data")
_PACKED = (".gz", ".zip")
_CODECS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE = 2**20


def is_text(path: Path) -> bool:
    """Whether a file has the name of a table as text, packed or not: a.csv, a.csv.gz, a.data, a.csv.zip."""
    return ending(path) in ENDINGS


def ending(path: Path) -> str:
    """The last ending of a name before that of a packed file, in lower case."""
    suffix = path.suffix.lower()
    return PurePosixPath(path.stem).suffix.lower() if suffix in _PACKED else suffix


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The text of a file, unpacked, to be read from its beginning several times.

    Text is UTF-8, with or without a byte-order mark, or UTF-16 with one. Raises InvalidData for what is too large or is
    none of these, also where that shows only later, while the text is read.
    """
    with _content(path) as content:
        encoding = "utf-16" if content.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        content.seek(0)
        text = io.TextIOWrapper(content, encoding=encoding, newline="")
        try:
            yield text
        except UnicodeError:
            text.detach()
            raise _undecodable(content, encoding) from None


@contextmanager
def _content(path: Path) -> Iterator[BinaryIO]:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise InvalidData(f"the file has {size:,} bytes; at most {MAX_BYTES:,} can be loaded")
    suffix = path.suffix.lower()
    if suffix not in _PACKED:
        with path.open("rb") as file:
            yield file
        return
    try:
        yield io.BytesIO(_unpacked_zip(path) if suffix == ".zip" else _unpacked_gzip(path))
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InvalidData(f"this cannot be unpacked as {suffix}: {error}") from None


def _unpacked_gzip(path: Path) -> bytes:
    with gzip.open(path) as file:
        return _limited(cast(BinaryIO, file))


def _unpacked_zip(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
        if len(names) != 1:
            some = ", ".join(shown(name) for name in names[:10]) or "nothing"
            raise InvalidData(f"one table is expected in the archive, but it holds {some}")
        info = archive.getinfo(names[0])
        if info.flag_bits & 1 or info.compress_type not in _CODECS:
            raise InvalidData(f"{shown(names[0])} in the archive is encrypted or packed in a way that is not read")
        with archive.open(info) as file:
            return _limited(cast(BinaryIO, file))


def _limited(file: BinaryIO) -> bytes:
    pieces, size = [], 0
    while piece := file.read(_PIECE):
        size += len(piece)
        if size > MAX_BYTES:
            raise InvalidData(f"the table in it has more than {MAX_BYTES:,} bytes, so it cannot be loaded")
        pieces.append(piece)
    if not size:
        raise InvalidData("the file is empty")
    return b"".join(pieces)


def _undecodable(content: BinaryIO, encoding: str) -> InvalidData:
    if encoding == "utf-8-sig":
        content.seek(0)
        for number, line in enumerate(content, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                byte = line[error.start]
                return InvalidData(f"line {number} holds the byte {byte:#04x}, which is not UTF-8 text")
    return InvalidData("the file begins like UTF-16 text but goes on as something else")
