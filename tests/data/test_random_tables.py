"""Random tables with every quirk mixed, in every format, are read as pandas reads them when it is told how."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.files import refusal
from trainer.data.columns import unique_names
from trainer.data.loading import load_dataset, read
from trainer.data.read_as import AS_USUAL
from trainer.data.table import Column, Table

WORDS = [
    "red",
    "Zürich",
    "a,b",
    "c;d",
    "e|f",
    'say "no"',
    "two\nlines",
    "Tab\tbed",
    "it's",
    "#1",
    "日本",
    "x y",
    "-",
    "yes",
]
KINDS = ["integers", "fractions", "exponents", "booleans", "words", "two words", "children", "dates", "counting"]
NAMES = ["x", "Temp, C", "a;b", "Größe", "two\nnames", "", "7th", 'say "hi"', "x", "c|d", "No.", "width in m"]
MARKERS = ["", "NA", "nan", "?", "null", "None", "N/A"]


@dataclass(frozen=True)
class Writing:
    """How a table is written as text."""

    separator: str
    quoting: Any
    end: str
    encoding: str
    ending: str
    said: bool
    closed: bool
    headed: bool
    blank: bool
    comma: bool
    marker: str


writings = st.builds(
    Writing,
    separator=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    ending=st.sampled_from([".csv", ".tsv", ".txt", ".data", ".csv.gz", ".csv.zip"]),
    said=st.booleans(),
    closed=st.booleans(),
    headed=st.sampled_from([True, True, False]),
    blank=st.booleans(),
    comma=st.booleans(),
    marker=st.sampled_from(MARKERS),
)


def cells(kind: str, m: int, rng: np.random.Generator) -> list[Any]:
    """Values of a column; None is missing."""
    if kind == "integers":
        return [int(v) for v in rng.integers(-30, 1000, m)]
    if kind == "fractions":
        return [round(float(v), int(d)) for v, d in zip(rng.normal(size=m) * 100, rng.integers(1, 12, m), strict=True)]
    if kind == "exponents":
        return [float(v) for v in rng.normal(size=m) * 10.0 ** rng.integers(-30, 30, m)]
    if kind == "booleans":
        return [bool(v) for v in rng.integers(0, 2, m)]
    if kind == "children":
        return [["0", "1", "2", "3+", "4-5"][v] for v in rng.integers(0, 5, m)]
    if kind == "dates":
        return [f"20{v:02}-0{v % 9 + 1}-1{v % 10}" for v in rng.integers(10, 30, m)]
    if kind == "counting":
        return [int(v) for v in rng.permutation(m)]
    pool = WORDS[: 2 if kind == "two words" else len(WORDS)]
    return [pool[v] for v in rng.integers(0, len(pool), m)]


def table_of(kinds: list[str], m: int, gaps: bool, rng: np.random.Generator) -> list[list[Any]]:
    columns = [cells(kind, m, rng) for kind in kinds]
    for column in columns if gaps else ():
        for i in np.flatnonzero(rng.random(m) < rng.choice([0.0, 0.1, 0.4])):
            column[i] = None
    for column in columns:  # the first row comes again, so that it is an example also without a header
        column[0] = next((cell for cell in column if cell is not None), 1)
        column[-1] = column[0]
    label = [["a", "b", "c d"][i % 3] for i in range(m - 1)]
    return [*columns, [*label, "a"]]


def write_text(path: Path, names: list[str], columns: list[list[Any]], how: Writing) -> None:
    out = io.StringIO()
    if how.said:
        out.write(f"sep={how.separator}{how.end}")
    quoting: Any = csv.QUOTE_ALL if how.end == "\r" else how.quoting  # else a newline in a field is not quoted
    writer = csv.writer(out, delimiter=how.separator, quoting=quoting, lineterminator=how.end)
    closing = [""] if how.closed else []
    if how.headed:
        writer.writerow([*names, *closing])
    for i, row in enumerate(zip(*columns, strict=True)):
        if how.blank and i % 7 == 3:
            out.write(how.end)
        texts = [how.marker if cell is None else cell for cell in row]
        if how.comma and how.separator != ",":
            texts = [repr(cell).replace(".", ",") if isinstance(cell, float) else cell for cell in texts]
        writer.writerow([*texts, *closing])
    content = out.getvalue().encode(how.encoding)
    if how.encoding == "utf-16":
        content = codecs.BOM_UTF16_LE + out.getvalue().encode("utf-16-le")
    if path.suffix == ".gz":
        content = gzip.compress(content)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inside.csv", content)
    else:
        path.write_bytes(content)


def as_pandas_reads(path: Path, how: Writing, width: int) -> pd.DataFrame:
    frame: pd.DataFrame = pd.read_csv(
        path,
        sep=how.separator,
        encoding=how.encoding,
        skiprows=int(how.said),
        header=0 if how.headed else None,
        decimal="," if how.comma and how.separator != "," else ".",
        na_values=["?"],
        index_col=False,
        compression="infer",
    )
    if how.closed:
        assert frame.iloc[:, -1].isna().all()
    return frame.iloc[:, :width]


def check_column(found: Column, expected: pd.Series) -> None:
    """The kind, the values and what is missing of a column are those that pandas reads."""
    missing = expected.isna().to_numpy()
    assert found.missing == missing.sum()
    if missing.all():
        assert found.kind == "nothing"
    elif found.kind == "numbers" and found.problem:
        assert "is not a number, but the other values" in found.problem or "separates thousands" in found.problem
        assert not pd.api.types.is_numeric_dtype(expected) or "separates thousands" in found.problem
    elif found.kind == "dates":
        assert found.problem
        assert expected.dropna().str.fullmatch(r"20\d\d-\d\d-\d\d").all()
    elif found.kind == "words":
        words = [None if code < 0 else found.words[code] for code in found.codes]
        assert words == [None if absent else str(cell).strip() for cell, absent in zip(expected, missing, strict=True)]
        assert not pd.api.types.is_numeric_dtype(expected)
    else:
        truths = expected.dropna().map(lambda cell: isinstance(cell, bool | np.bool_)).all()
        assert (found.kind == "booleans") == truths
        values = np.array([np.nan if absent else float(c) for c, absent in zip(expected, missing, strict=True)])
        assert found.numbers.tobytes() == values.tobytes() or (
            (np.isnan(found.numbers) == missing).all() and (found.numbers[~missing] == values[~missing]).all()
        )


def check(table: Table, expected: pd.DataFrame) -> None:
    assert table.m == len(expected)
    assert len(table.columns) == expected.shape[1]
    for k, column in enumerate(table.columns):
        check_column(column, expected.iloc[:, k])
    labels = [str(table.labels.values[code]).strip() for code in table.labels.codes]
    assert labels == [str(label).strip() for label in expected.iloc[:, table.label]]


def check_prepared(path: Path, table: Table) -> None:
    """The table becomes a data set, or is refused in a sentence about a column that it names."""
    problems = [table.columns[k].problem for k in table.inputs if table.columns[k].problem]
    if problems:
        assert refusal(str(path)) == f"{path.name}: {problems[0]}"
        return
    dataset = load_dataset(str(path))
    assert np.isfinite(dataset.ends()).all()
    assert [plan.name for plan in dataset.columns] == [column.name for column in table.columns]
    for column in (table.columns[k] for k in table.inputs):
        told = " ".join(dataset.warnings)
        assert (repr(column.name)[:20] in told) or not (column.missing and column.name == column.name.strip())


kinds = st.lists(st.sampled_from(KINDS), min_size=1, max_size=6)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), kinds=kinds, m=st.integers(24, 60), gaps=st.booleans(), how=writings)
def test_text(
    tmp_path_factory: pytest.TempPathFactory, seed: int, kinds: list[str], m: int, gaps: bool, how: Writing
) -> None:
    rng = np.random.Generator(np.random.PCG64(seed))
    columns = table_of(kinds, m, gaps, rng)
    names = [NAMES[i] for i in rng.integers(0, len(NAMES), len(kinds))] + ["label"]
    path = tmp_path_factory.mktemp("text") / f"a{how.ending}"
    write_text(path, names, columns, how)
    table = read(str(path), AS_USUAL)
    assert isinstance(table, Table)
    check(table, as_pandas_reads(path, how, len(names)))
    told = [name.strip() for name in names] if how.headed else [""] * len(names)
    assert [column.name for column in table.columns] == unique_names(told)[0]
    assert how.headed or any(warning.startswith("There is no header line") for warning in table.warnings)
    check_prepared(path, table)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    kinds=kinds,
    m=st.integers(24, 60),
    gaps=st.booleans(),
    index=st.sampled_from(["none", "range", "shuffled", "named", "two"]),
    categories=st.booleans(),
)
def test_parquet_and_arrays(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    kinds: list[str],
    m: int,
    gaps: bool,
    index: str,
    categories: bool,
) -> None:
    rng = np.random.Generator(np.random.PCG64(seed))
    columns = table_of(kinds, m, gaps, rng)
    names = [f"{kind} {k}" for k, kind in enumerate(kinds)] + ["label"]
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)))
    if categories:
        frame = frame.astype({name: "category" for name, kind in zip(names, kinds, strict=False) if "word" in kind})
    if index == "shuffled":
        frame.index = pd.Index(rng.permutation(m))
    elif index != "none" and index != "range":
        frame.index = pd.Index(rng.integers(0, 3, m), name="site")
        frame = (
            frame.set_index("label", append=True, drop=False).rename_axis(["site", "plot"]) if index == "two" else frame
        )
    folder = tmp_path_factory.mktemp("parquet")
    path = folder / "a.parquet"
    frame.to_parquet(path, index=False if index == "none" else None)
    table = read(str(path), AS_USUAL)
    assert isinstance(table, Table)
    expected = pd.read_parquet(path).reset_index(drop=True)
    assert [column.name for column in table.columns] == list(expected.columns) == names
    check(table, expected)
    assert (index in ("none", "range")) == (not any("row names" in warning for warning in table.warnings))
    check_prepared(path, table)
    numbers = [name for name, kind in zip(names, kinds, strict=False) if kind in ("integers", "fractions", "exponents")]
    if numbers:
        arrays, same = folder / "a.npz", folder / "same.parquet"
        np.savez(arrays, X=frame[numbers].to_numpy(float), y=frame["label"].to_numpy(str))
        frame[[*numbers, "label"]].reset_index(drop=True).to_parquet(same)
        assert load_dataset(str(arrays)).fingerprint == load_dataset(str(same)).fingerprint
