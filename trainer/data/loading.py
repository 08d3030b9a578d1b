"""Loading a data set by its name or from a file, ready to be trained on."""

from __future__ import annotations

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
from trainer.data.preparation import DType, prepare
from trainer.errors import InvalidData

TEXT = (".csv", ".tsv", ".tab")
PARQUET = (".parquet", ".pq")
NPZ = (".npz",)
NPY = (".npy",)
FILES = (
    "CSV (.csv), TSV (.tsv), Parquet (.parquet), NPZ (.npz), NPY (.npy, with the labels beside it in .labels.npy) and "
    "IDX pairs (train-images-idx3-ubyte, .gz or not)"
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


def load_dataset(
    data: str, *, label: str = "", seed: int = 1, dev_fraction: float = 0.2, dtype: DType = "float32"
) -> Dataset:
    """The data set called `data`: bundled, generated, or a file; split, and normalised with the training set's μ and σ.

    The same arguments and the same file give the same arrays, bit for bit. Raises InvalidData, in one or two
    sentences, where the data cannot be trained on; the data set's `warnings` name what is merely odd.

    Parameters
    ----------
    data : a name that `list_datasets` knows, or the path of a file
    label : column of the labels in a CSV, TSV or Parquet file; "" is the last one
    seed : of the split, and of the points of a generated data set; 0 or more
    dev_fraction : share of the examples for the dev set, more than 0 and less than 1; not used where the data have
        their own dev set
    dtype : of the normalised inputs
    """
    if not 0 < dev_fraction < 1:
        raise InvalidData(f"dev_fraction must be more than 0 and less than 1, but got {dev_fraction!r}")
    if seed < 0:
        raise InvalidData(f"seed must be 0 or more, but got {seed!r}")
    if data in BUNDLED or data in GENERATED:
        if label:
            raise InvalidData(
                f"{data} has no column {label!r}; a label column can be named for CSV, TSV and Parquet only"
            )
        raw = read_bundled(data) if data in BUNDLED else generate(data, seed)
        return prepare(data, raw, seed, dev_fraction, dtype)
    path = _existing(data)
    try:
        return prepare(path.name, _read_file(path, label), seed, dev_fraction, dtype)
    except InvalidData as error:
        raise InvalidData(f"{path.name}: {error}") from None
    except OSError as error:
        raise InvalidData(f"{path.name} cannot be read: {error.strerror or error}") from None


def _existing(data: str) -> Path:
    path = Path(data)
    try:
        if path.is_file():
            return path
        folder = path.is_dir()
    except (OSError, ValueError):
        folder = False
    if folder and data:
        raise InvalidData(f"{data!r} is a folder; the path of a file is needed")
    names = ", ".join([*BUNDLED, *GENERATED])
    raise InvalidData(f"{data[:200]!r} is neither a file nor one of the data sets {names}")


def _read_file(path: Path, label: str) -> RawData:
    suffix = path.suffix.lower()
    if path.stat().st_size == 0:
        raise InvalidData("the file is empty")
    if suffix in TEXT:
        return read_delimited(path, label)
    if suffix in PARQUET:
        return read_parquet(path, label)
    if label:
        raise InvalidData(f"there is no column {label!r}; a label column can be named for CSV, TSV and Parquet only")
    if suffix in NPZ:
        return read_npz(path)
    if suffix in NPY:
        return read_npy(path)
    if is_idx(path):
        return read_idx(path)
    raise InvalidData(f"the ending of the name is not that of a data file; those that can be read are {FILES}")
