"""A glance at a file that would take seconds to read: the columns and the first rows of a table."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from trainer.data.description import Description, described_columns
from trainer.data.loading import PARQUET, is_named, name_of, read
from trainer.data.read_as import AS_USUAL, ReadAs
from trainer.data.table import Table
from trainer.data.text_files import is_text
from trainer.errors import InvalidData
from trainer.paths import file_at

_LARGE = {"text": 24 * 2**20, "packed": 8 * 2**20, "parquet": 40 * 2**20, "arrays": 128 * 2**20}
"""Bytes of a file of each kind that take about two seconds to read and to prepare."""

_HEAD = 2**18
"""Bytes of text that are looked at."""

_ROWS = 1000
"""Rows of a Parquet file that are looked at."""


def takes_long(data: str) -> bool:
    """Whether it is a file that takes more than a few seconds to describe."""
    path = None if is_named(data) else file_at(data)
    return path is not None and path.stat().st_size > _LARGE[_kind(path)]


def glance(data: str, how: ReadAs = AS_USUAL) -> Description:
    """Name, columns and first rows of a table, as its beginning shows them; the name alone of anything else.

    Whether the file can be trained on is not known: nothing is refused.
    """
    found = Description(name_of(data))
    path = file_at(data)
    if path is None:
        return found
    try:
        with TemporaryDirectory() as folder:
            beginning = _beginning(path, Path(folder))
            table = None if beginning is None else read(str(beginning), how)
    except (InvalidData, OSError, EOFError, zlib.error, zipfile.BadZipFile):
        return found  # why not is told where all of it is read
    if not isinstance(table, Table):
        return found
    columns = described_columns(table, ())
    uncounted = tuple(replace(column, missing=None, distinct=None, problem="") for column in columns)
    return replace(found, columns=uncounted, first_rows=table.first_rows)


def _kind(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in (".gz", ".zip"):
        return "packed"
    return "text" if is_text(path) else "parquet" if suffix in PARQUET else "arrays"


def _beginning(path: Path, folder: Path) -> Path | None:
    """The beginning of a table as a file of its own; None of anything else."""
    if path.suffix.lower() in PARQUET:
        return _first_rows(path, folder / "beginning.parquet")
    if not is_text(path):
        return None
    packed = path.suffix.lower() in (".gz", ".zip")
    small = folder / (path.stem if packed else path.name)
    content = _head(path)
    # a whole number of lines: the last one is cut, unless the file ends here
    small.write_bytes(content if len(content) < _HEAD else content[: content.rfind(b"\n") + 1])
    return small


def _head(path: Path) -> bytes:
    suffix = path.suffix.lower()
    if suffix == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
            return file.read(_HEAD)
    with gzip.open(path) if suffix == ".gz" else path.open("rb") as file:
        return bytes(file.read(_HEAD))


def _first_rows(path: Path, small: Path) -> Path | None:
    import pyarrow
    from pyarrow.parquet import ParquetFile, write_table

    try:
        with path.open("rb") as opened, ParquetFile(opened, pre_buffer=False) as file:
            batches: list[Any] = [next(file.iter_batches(batch_size=_ROWS), None)]
            rows = pyarrow.Table.from_batches([batch for batch in batches if batch is not None], file.schema_arrow)
        write_table(rows, small)
    except pyarrow.ArrowException as error:
        raise InvalidData(str(error)) from None
    return small
