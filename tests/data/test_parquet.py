import cProfile
import datetime
import pstats
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.data.files import ROWS, inputs, refusal, write
from trainer.data import examples, parquet
from trainer.data.loading import load_dataset
from trainer.data.parquet import read_parquet
from trainer.data.read_as import ReadAs

X = [i % 7 for i in range(20)]
Y = [(i * i) % 11 for i in range(20)]
C = ["ab"[i % 2] for i in range(20)]


def table_file(path: Path, **columns: Any) -> str:
    pq.write_table(pa.table(columns), path)
    return str(path)


def test_the_same_as_the_csv(tmp_path: Path) -> None:
    dataset = load_dataset(table_file(tmp_path / "a.parquet", x=X, y=Y, c=C))
    assert dataset.fingerprint == load_dataset(write(tmp_path / "a.csv", "x,y,c\n" + ROWS)).fingerprint
    assert (dataset.features, dataset.classes, dataset.warnings) == (("x", "y"), ("a", "b"), ())


def test_label_by_name(tmp_path: Path) -> None:
    path = table_file(tmp_path / "a.pq", c=C, x=X, y=Y)
    assert load_dataset(path, ReadAs(label="c")).features == ("x", "y")
    assert "there is no column 'd' to take as the label; the columns are 'c', 'x', 'y'" in refusal(path, label="d")


@pytest.mark.parametrize(
    "values",
    [
        pa.array([0.5, 1.5] * 10, pa.float32()),
        pa.array([1, 2] * 10, pa.uint8()),
        pa.array([True, False] * 10),
        pa.array([Decimal("1.25"), Decimal("2")] * 10),
        pa.array([2**60, -(2**60)] * 10),
    ],
    ids=lambda values: str(values.type),
)
def test_inputs_of_every_kind_of_number(tmp_path: Path, values: pa.Array) -> None:
    raw = read_parquet(Path(table_file(tmp_path / "a.parquet", x=values, c=C)), "")
    assert inputs(raw)[:, 0].tolist() == [float(value) for value in values.to_pylist()]


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (pa.array([10, 9] * 10), ("9", "10")),
        (pa.array([0.5, 2.0] * 10), ("0.5", "2")),
        (pa.array([True, False] * 10), ("False", "True")),
        (pa.array(["b", "a"] * 10, pa.large_string()), ("a", "b")),
        (pa.array(["b", "a"] * 10).dictionary_encode(), ("a", "b")),
        (pa.array([Decimal("10"), Decimal("9")] * 10), ("9", "10")),
    ],
    ids=lambda values: str(getattr(values, "type", "")),
)
def test_labels_of_every_kind(tmp_path: Path, values: pa.Array, classes: tuple[str, ...]) -> None:
    path = Path(table_file(tmp_path / "a.parquet", x=X, c=values))
    dataset = load_dataset(str(path))
    assert dataset.classes == classes
    labels = read_parquet(path, "").labels
    assert [labels.values[code] for code in labels.codes[:2]] == [
        str(value) if isinstance(value, Decimal) else value for value in values.to_pylist()[:2]
    ]


def test_row_names_of_pandas_are_no_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": X, "y": Y, "c": C}, index=[f"row {i}" for i in range(20)])
    frame.to_parquet(tmp_path / "a.parquet")
    assert pq.read_schema(tmp_path / "a.parquet").names[-1] == "__index_level_0__"
    assert load_dataset(str(tmp_path / "a.parquet")).features == ("x", "y")


def test_many_batches(tmp_path: Path) -> None:
    m = 40_000
    x = np.arange(m) * 7 % 1009
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": x, "c": [f"class {i % 3}" for i in range(m)]}), path, row_group_size=15_000)
    raw = read_parquet(path, "")
    assert inputs(raw)[:, 0].tolist() == x.tolist()
    labels = raw.labels
    assert [labels.values[code] for code in labels.codes] == [f"class {i % 3}" for i in range(m)]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            {"x": [None, *[datetime.date(2024, 1, 1)] * 19], "c": C},
            "row 2 (the first is row 1), column 1 ('x'): '2024-01-01' is a date or a time",
        ),
        ({"x": [[1, 2]] * 20, "c": C}, "row 1 (the first is row 1), column 1 ('x'): the value is '[1, 2]'"),
        (
            {"x": X, "y": [1.0, float("inf")] * 10, "c": C},
            "row 2 (the first is row 1), column 2 ('y'): the value is inf",
        ),
        ({"x": X, "c": [*C[:6], None, *C[7:]]}, "row 7 (the first is row 1), column 2 ('c'): the label is missing; "),
        ({"x": X, "c": [0.0, float("nan")] * 10}, "row 2 (the first is row 1), column 2 ('c'): the label is 'nan'"),
        (
            {"x": X, "c": [b"a", b"b"] * 10},
            "row 1 (the first is row 1), column 2 ('c'): a label must be a number, a boolean or text, not binary",
        ),
        ({"x": pa.array([], pa.float64()), "c": pa.array([], pa.string())}, "there are columns but no rows"),
        ({"c": C}, "there is only one column, 'c'"),
    ],
)
def test_bad_tables(tmp_path: Path, columns: dict[str, Any], expected: str) -> None:
    assert refusal(table_file(tmp_path / "a.parquet", **columns)).startswith(f"a.parquet: {expected}")


def test_a_table_of_too_many_numbers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table_file(tmp_path / "a.parquet", x=X, y=Y, c=C)
    monkeypatch.setattr(examples, "MAX_NUMBERS", 20)
    assert load_dataset(path).m == 16
    monkeypatch.setattr(examples, "MAX_NUMBERS", 19)
    assert refusal(path) == "a.parquet: the column of the labels has 20 numbers; at most 19 can be loaded"


def test_every_cut_of_a_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    content = Path(table_file(tmp_path / "a.parquet", x=X, c=C)).read_bytes()
    for length in range(0, len(content), 37):
        sentence = refusal(write(tmp_path / "a.parquet", content[:length]))
        assert sentence.startswith(
            "a.parquet: this cannot be read as Parquet" if length else "a.parquet: the file is empty"
        )


def test_the_time_of_many_columns_is_that_of_each(tmp_path: Path) -> None:
    # the schema of an open file is made anew each time it is asked for: once for each column is hours of 10,000 columns
    path = tmp_path / "wide.parquet"
    inputs = {f"q{j}": [float(i * j % 7) for i in range(20)] for j in range(300)}
    pq.write_table(pa.table(inputs | {"y": [0, 1] * 10}), path)
    profile = cProfile.Profile()
    profile.runcall(load_dataset, str(path))
    calls = {name: seen[0] for (_, _, name), seen in pstats.Stats(profile).stats.items()}  # type: ignore[attr-defined]
    assert 0 < calls["schema_arrow"] < 10


def test_a_table_on_disk_holds_numbers_without_gaps_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "IN_MEMORY", 0)
    words = table_file(tmp_path / "a.parquet", x=X, colour=["red"] * 20, c=C)
    assert "a.parquet: the column 'colour' holds words; in a table whose inputs take more than" in refusal(words)
    assert load_dataset(words, ReadAs(leave_out=("colour",))).features == ("x",)
    for missing in (None, float("nan")):
        gaps = table_file(tmp_path / "b.parquet", x=[*map(float, X[:4]), missing, *X[5:]], y=Y, c=C)
        assert "row 5 (the first is row 1), column 1 ('x'): the value is nan, but every input must be" in refusal(gaps)
        assert load_dataset(gaps, ReadAs(leave_out=("x",))).features == ("y",)


def test_a_missing_value_is_filled_whether_it_is_null_or_nan(tmp_path: Path) -> None:
    null = load_dataset(table_file(tmp_path / "a.parquet", x=[*X[:4], *[None] * 8, *X[12:]], c=C))
    nan = load_dataset(table_file(tmp_path / "b.parquet", x=[*map(float, X[:4]), *[float("nan")] * 8, *X[12:]], c=C))
    assert null.features == nan.features == ("x", "x is missing")
    assert null.fingerprint == nan.fingerprint


def test_decimal_commas_of_one_column_tell_those_of_others_as_in_a_csv(tmp_path: Path) -> None:
    a, b = [f"{i % 7 + 1},500" for i in range(20)], [f"{i % 5},5" for i in range(20)]
    path, csv = table_file(tmp_path / "a.parquet", a=a, b=b, c=C), tmp_path / "a.csv"
    write(csv, "a;b;c\n" + "".join(f"{x};{y};{c}\n" for x, y, c in zip(a, b, C, strict=True)))
    dataset = load_dataset(path)
    assert dataset.fingerprint == load_dataset(str(csv)).fingerprint
    assert "Decimal commas: in the column 'a', '1,500' is read as 1.500." in dataset.warnings
    alone = table_file(tmp_path / "b.parquet", a=a, b=[i % 7 for i in range(20)], c=C)
    assert "'1,500' is 1500 if its comma separates thousands" in refusal(alone)
    words = table_file(tmp_path / "c.parquet", a=a, b=[*b[:10], *(["one", "two"] * 5)], c=C)
    assert "'1,500' is 1500 if its comma separates thousands" in refusal(words)
    points = table_file(tmp_path / "d.parquet", a=[f"{i % 7 + 1}.500" for i in range(20)], b=b, c=C)
    assert "'1.500' has a point, but numbers of other columns have decimal commas" in refusal(points)


def test_text_that_is_numbers_throughout_is_taken_as_numbers_and_told(tmp_path: Path) -> None:
    text = load_dataset(table_file(tmp_path / "a.parquet", x=list(map(str, X)), y=["True", "False"] * 10, c=C))
    same = load_dataset(table_file(tmp_path / "b.parquet", x=X, y=[True, False] * 10, c=C))
    assert text.fingerprint == same.fingerprint
    assert text.warnings == (
        "The column 'x' holds text that is numbers throughout; it is taken as numbers.",
        "The column 'y' holds text that is booleans throughout; it is taken as booleans.",
    )
