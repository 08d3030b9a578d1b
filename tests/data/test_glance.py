"""A glance at a file that is too large to be read for a look at it."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.data.adult_like import adult_like
from tests.data.files import write
from trainer.data import glance as glancing
from trainer.data.description import describe_data
from trainer.data.glance import glance, takes_long
from trainer.data.read_as import ReadAs


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return pd.concat([adult_like("wine")] * 40, ignore_index=True)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.csv.gz", "a.zip", "a.csv.zip", "a.parquet"])
def test_the_beginning_tells_columns_and_first_rows(
    tmp_path: Path, frame: pd.DataFrame, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    text = frame.to_csv(index=False, sep="\t" if name == "a.tsv" else ",")
    if name == "a.parquet":
        frame.to_parquet(path)
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inside.csv", text)
    else:
        path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    if name == "a.zip":  # its ending does not say what is in it
        assert glance(str(path)).columns == ()
        return
    whole = describe_data(str(path), ReadAs(label="word 0", leave_out=("truth",)))
    monkeypatch.setattr(glancing, "_HEAD", 20_000)
    found = glance(str(path), ReadAs(label="word 0", leave_out=("truth",)))
    assert found.first_rows == whole.first_rows
    told = [(column.name, column.role, column.kind) for column in found.columns]
    assert told == [(column.name, column.role, column.kind) for column in whole.columns]
    assert (found.name, found.refusal, found.train) == (name, "", 0)


def test_what_is_no_table_or_cannot_be_read_is_told_by_its_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.zeros((9, 2)), y=np.arange(9) % 3)
    write(tmp_path / "b.csv.gz", "x,y\n1,2\n")
    write(tmp_path / "c.parquet", "x,y\n1,2\n")
    write(tmp_path / "d.csv", "alone\n")
    for path in sorted(tmp_path.iterdir()):
        found = glance(str(path))
        assert (found.name, found.columns, found.first_rows, found.refusal) == (path.name, (), (), "")
    assert glance(str(tmp_path / "nowhere.csv")).columns == ()


def test_only_a_large_file_takes_long(tmp_path: Path) -> None:
    for name, size in (("a.csv", 30), ("a.csv.gz", 10), ("a.parquet", 50), ("a.npz", 150)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size * 2**20)  # a hole: nothing is written
        assert takes_long(str(tmp_path / name))
    write(tmp_path / "b.csv", "x,y\n1,2\n")
    assert not takes_long(str(tmp_path / "b.csv"))
    assert not takes_long("digits")
    assert not takes_long("nowhere.csv")
