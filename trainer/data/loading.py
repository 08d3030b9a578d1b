"""Loading a data set by its name or from a file, ready to be trained on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from trainer.data.bundled import BUNDLED, read_bundled
from trainer.data.dataset import Dataset
from trainer.data.delimited import read_delimited
from trainer.data.examples import RawData
from trainer.data.generated import GENERATED, generate
from trainer.data.idx import is_idx, read_idx
from trainer.data.npy import read_npy
from trainer.data.npz import read_npz
from trainer.data.parquet import read_parquet
from trainer.data.preparation import prepare, prepare_table
from trainer.data.read_as import AS_USUAL, ReadAs
from trainer.data.table import Table
from trainer.data.text_files import is_text
from trainer.errors import InvalidData
from trainer.paths import file_at, is_folder
from trainer.text import valid_unicode

PARQUET = (".parquet", ".pq")
NPZ = (".npz",)
NPY = (".npy",)
FILES = (
    "CSV (.csv, .txt, .data), TSV (.tsv), each perhaps packed (.gz, .zip), Parquet (.parquet), NPZ (.npz), NPY (.npy, "
    "with the labels beside it in .labels.npy) and IDX pairs (train-images-idx3-ubyte, .gz or not)"
)


class DatasetSummary(NamedTuple):
    """One line about a data set that needs no file."""

    name: str
    description: str
    examples: int
    inputs: int
    classes: int


def list_datasets() -> list[DatasetSummary]:
    """The bundled data sets, then the generated ones."""
    bundled = [DatasetSummary(name, *facts) for name, facts in BUNDLED.items()]
    generated = [DatasetSummary(name, text, m, 2, C) for name, (text, m, C, _) in GENERATED.items()]
    return bundled + generated


def load_dataset(data: str, how: ReadAs = AS_USUAL) -> Dataset:
    """The data set called `data`: bundled, generated, or a file; split, and normalised with the training set's μ and σ.

    The same arguments and the same file give the same arrays, bit for bit. Raises InvalidData, in one or two
    sentences, where the data cannot be trained on; the data set's `warnings` name what is merely odd.

    Parameters
    ----------
    data : a name that `list_datasets` knows, or the path of a file
    """
    with named(data):
        raw = read(data, how)
    dataset = prepared(data, raw, how)
    return dataset if is_named(data) else replace(dataset, source=_existing(data).absolute())


def prepared(data: str, raw: Table | RawData, how: ReadAs) -> Dataset:
    """The Dataset of what was read from `data`; raises InvalidData where it cannot be trained on."""
    with named(data):
        if isinstance(raw, Table):
            return prepare_table(name_of(data), raw, how)
        return prepare(name_of(data), raw, how)


def name_of(data: str) -> str:
    """Name of a data set, or of a file without its folders."""
    return data if is_named(data) else valid_unicode(Path(data).name)


def is_named(data: str) -> bool:
    """Whether it is the name of a data set that needs no file."""
    return data in BUNDLED or data in GENERATED


def has_columns(data: str) -> bool:
    """Whether it is the path of a table, whose label column and columns to leave out can be named."""
    return not is_named(data) and (is_text(Path(data)) or Path(data).suffix.lower() in PARQUET)


@contextmanager
def named(data: str) -> Iterator[None]:
    """Have sentences about a file begin with its name; raises InvalidData where `data` is no data set."""
    if is_named(data):
        yield
        return
    path = _existing(data)
    try:
        yield
    except InvalidData as error:
        raise InvalidData(f"{path.name}: {error}") from None
    except OSError as error:
        raise InvalidData(f"{path.name} cannot be read: {error.strerror or error}") from None


def read(data: str, how: ReadAs) -> Table | RawData:
    """What is in a data set, not yet split; of a table, its columns."""
    columns = [name for name in (how.label, *how.leave_out) if name]
    if is_named(data):
        if columns:
            raise InvalidData(
                f"{data} has no column {columns[0]!r}; columns can be named for CSV, TSV and Parquet only"
            )
        return read_bundled(data) if data in BUNDLED else generate(data, how.seed)
    path = _existing(data)
    suffix = path.suffix.lower()
    if path.stat().st_size == 0:
        raise InvalidData("the file is empty")
    if is_text(path):
        return read_delimited(path, how.label, how.leave_out)
    if suffix in PARQUET:
        return read_parquet(path, how.label, how.leave_out)
    if columns:
        raise InvalidData(f"there is no column {columns[0]!r}; columns can be named for CSV, TSV and Parquet only")
    if suffix in NPZ:
        return read_npz(path)
    if suffix in NPY:
        return read_npy(path)
    if is_idx(path):
        return read_idx(path)
    raise InvalidData(f"the ending of the name is not that of a data file; those that can be read are {FILES}")


def _existing(data: str) -> Path:
    path = file_at(data)
    if path is not None:
        return path
    if data and is_folder(data):
        raise InvalidData(f"{data!r} is a folder; the path of a file is needed")
    names = ", ".join([*BUNDLED, *GENERATED])
    raise InvalidData(f"{data[:200]!r} is neither a file nor one of the data sets {names}")
