"""What a table of a user's says is not changed in silence: each fault that was found, and its kind."""

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.data.files import ROWS, in_memory, refusal, write
from trainer.data import row_file
from trainer.data.dataset import Dataset
from trainer.data.loading import load_dataset
from trainer.data.read_as import ReadAs

HEADER = "x,y,c\n"
NUMBERED = "Counts the rows of the file, so it says nothing about other examples"


def shuffled(m: int) -> list[int]:
    return [int(i) for i in np.argsort(np.random.PCG64(3).random_raw(m), kind="stable")]


def all_inputs(dataset: Dataset) -> set[tuple[float, ...]]:
    """The raw examples, in no order."""
    X = np.concatenate([in_memory(dataset.X_train), dataset.X_dev]) * dataset.deviation + dataset.mean
    return {tuple(round(float(value), 3) for value in row) for row in X}


@pytest.mark.parametrize("index", [["site"], ["site", "plot"]], ids=["one", "two"])
def test_row_names_of_pandas_are_no_label(tmp_path: Path, index: list[str]) -> None:
    frame = pd.DataFrame({"a": [float(i * i % 7) for i in range(40)], "y": [0, 1] * 20})
    frame["site"], frame["plot"] = [0, 1, 2, 3] * 10, "p"
    frame[["a", "y", *index]].set_index(index).to_parquet(tmp_path / "a.parquet")
    dataset = load_dataset(str(tmp_path / "a.parquet"))
    assert (dataset.features, dataset.classes) == (("a",), ("0", "1"))
    assert dataset.warnings[0].startswith("The row names of the pandas table are no column of it")
    assert all(repr(name) in dataset.warnings[0] for name in index)
    assert load_dataset(str(tmp_path / "a.parquet"), ReadAs(label="site")).classes == ("0", "1", "2", "3")
    left_out = load_dataset(str(tmp_path / "a.parquet"), ReadAs(leave_out=tuple(index)))
    assert (left_out.features, left_out.warnings) == (("a",), dataset.warnings[1:])


def test_row_names_that_are_a_range_are_told_by_name(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [float(i * i % 7) for i in range(40)], "y": [0, 1] * 20})
    path = tmp_path / "a.parquet"
    frame.to_parquet(path)
    assert load_dataset(str(path)).warnings == ()  # the range that every table has, without a name
    frame.index = pd.RangeIndex(5, 205, 5, name="site")
    frame.to_parquet(path)
    dataset = load_dataset(str(path))
    assert (dataset.features, dataset.classes) == (("a",), ("0", "1"))
    assert dataset.warnings == ("The row names of the pandas table are no column of it, and are left out: 'site'.",)
    left_out = load_dataset(str(path), ReadAs(leave_out=("site",)))
    assert (left_out.features, left_out.warnings) == (("a",), ())
    assert refusal(str(path), label="site") == (
        "a.parquet: 'site' is the name of a range that numbers the rows of the pandas table, and no column; "
        "reset_index() of pandas makes it one"
    )
    frame.index.name = "a"  # a column has that name as well
    frame.to_parquet(path)
    assert "no column is left" in refusal(str(path), leave_out=("a",))
    assert load_dataset(str(path), ReadAs(label="a")).features == ("y",)


@pytest.mark.parametrize("told", [{"kind": "range", "name": 5}, {"kind": "range"}, {"name": ["a"]}, 7, None])
def test_row_names_that_are_told_in_another_way_do_no_harm(tmp_path: Path, told: Any) -> None:
    metadata = {"pandas": json.dumps({"index_columns": [told]})}
    pq.write_table(pa.table({"x": [1, 2] * 10, "y": [0, 1] * 10}).replace_schema_metadata(metadata), tmp_path / "a.pq")
    assert load_dataset(str(tmp_path / "a.pq")).features == ("x",)


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        (range(40), True),
        (range(39, -1, -1), True),
        (shuffled(40), True),
        ([i + 1 for i in shuffled(40)], True),
        ([*shuffled(39), 40], False),
        ([*shuffled(39), 1], False),
        ([i + 0.5 for i in shuffled(40)], False),
    ],
    ids=["counting", "descending", "shuffled", "shuffled from 1", "a gap", "one twice", "halves"],
)
def test_a_column_that_numbers_the_rows_is_told(tmp_path: Path, numbers: Any, told: bool) -> None:
    numbers = list(numbers)
    frame = pd.DataFrame({"Unnamed: 0": numbers, "x": [i * i % 7 for i in range(40)], "y": [k >= 20 for k in numbers]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    np.savez(tmp_path / "a.npz", X=frame.to_numpy(float)[:, :2], y=frame["y"])
    for name in ("a.csv", "a.parquet", "a.npz"):
        warnings = load_dataset(str(tmp_path / name)).warnings
        assert any(warning.startswith(NUMBERED) for warning in warnings) == told
    frame.set_index("Unnamed: 0").to_csv(tmp_path / "a.csv")
    warnings = load_dataset(str(tmp_path / "a.csv")).warnings
    assert any(warning.startswith(NUMBERED) for warning in warnings) == told


@pytest.mark.parametrize(
    ("numbers", "step"),
    [
        (range(10, 410, 10), "10"),
        (range(60, 20, -1), "-1"),
        (range(1000, -200, -30), "-30"),
        (range(2**40, 2**40 + 200, 5), "5"),
        ([7] * 40, None),
        ([*range(0, 390, 10), 391], None),
        ([0, 10, 30, *range(40, 410, 10)], None),
        ([0.1 * i for i in range(40)], None),
    ],
    ids=["tens", "down", "down by 30", "beyond int32", "constant", "last one off", "second one off", "a grid"],
)
def test_a_column_that_numbers_the_rows_in_other_steps_is_told(tmp_path: Path, numbers: Any, step: str | None) -> None:
    frame = pd.DataFrame({"id": list(numbers), "x": [i * i % 7 for i in range(40)], "y": [0, 1] * 20})
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    np.savez(tmp_path / "a.npz", X=frame.to_numpy(float)[:, :2], y=frame["y"])
    for name, feature in (("a.csv", "id"), ("a.parquet", "id"), ("a.npz", "x1")):
        told = [warning for warning in load_dataset(str(tmp_path / name)).warnings if "from row to row" in warning]
        assert told == [
            "The same number is added from row to row, as where the rows of a file are counted, so it may say nothing "
            f"about other examples: '{feature}' ({step} each)."
        ] * (step is not None)


def test_steps_of_numbers_of_every_type_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    down = np.arange(240, 40, -10)
    for block in (row_file.BLOCK, 5, 2):  # in one block, of two rows, of one row
        monkeypatch.setattr(row_file, "BLOCK", block)
        for dtype in (np.uint8, np.int16, np.uint64, np.float32):
            X = np.stack([down, [200, 100] * 10], axis=1).astype(dtype)
            np.savez(tmp_path / "a.npz", X=X, y=[0, 1, 1, 0] * 5)
            told = [warning for warning in load_dataset(str(tmp_path / "a.npz")).warnings if "row to row" in warning]
            assert [warning[warning.index("'") :] for warning in told] == ["'x1' (-10 each)."]


IRIS = "".join(f"{4 + i % 5 / 2},{3 + i % 7 / 4},{'setosa' if i % 2 else 'virginica'}\n" for i in range(30))


@pytest.mark.parametrize(
    "first",
    ["5.1,,setosa", "4.0,?,setosa", "NA,3.5,virginica", "5.1,3.5,rare", "5.0,3.2,virginica", "5.1,3.5, setosa"],
)
def test_the_first_example_of_a_file_without_a_header_is_kept(tmp_path: Path, first: str) -> None:
    dataset = load_dataset(write(tmp_path / "a.csv", f"{first}\n{IRIS}"))
    assert dataset.m + len(dataset.y_dev) == 31
    assert "There is no header line: line 1 is taken as the first example." in dataset.warnings
    assert "column 1" in dataset.features


def test_the_first_example_is_kept_among_words_and_truth_values(tmp_path: Path) -> None:
    rows = "".join(f"{'red' if i % 3 else 'blue'},{i % 2 == 0},{i % 7},{'ab'[i % 2]}\n" for i in range(30))
    for first in ("red,True,2,b", "blue,False,,a", "?,True,3,c", "green,False,3,a"):
        dataset = load_dataset(write(tmp_path / "a.csv", f"{first}\n{rows}"))
        assert dataset.m + len(dataset.y_dev) == 31
    for names in ("colour,sunny,size,class", "red,sunny,3,a", "red,True,size,a"):
        dataset = load_dataset(write(tmp_path / "a.csv", f"{names}\n{rows}"))
        assert dataset.m + len(dataset.y_dev) == 30


def test_numbers_that_may_be_names_are_told(tmp_path: Path) -> None:
    for header in ("400.5,402,c", "1,2,c", "0,1,label"):
        dataset = load_dataset(write(tmp_path / "a.csv", f"{header}\n{ROWS}"))
        (warning,) = dataset.warnings
        assert warning.startswith(f"The first line is taken as the names of the columns: {header.split(',')[0]!r}, ")
        assert dataset.m + len(dataset.y_dev) == 20


@pytest.mark.parametrize("kind", ["list", "map", "struct"])
def test_a_nested_column_as_label_is_refused_in_a_sentence(tmp_path: Path, kind: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    nested = {
        "list": pa.array([[1, 2]] * 20),
        "map": pa.array([[("k", 1)]] * 20, pa.map_(pa.string(), pa.int64())),
        "struct": pa.array([{"k": 1}] * 20),
    }[kind]
    pq.write_table(pa.table({"x": list(range(20)), "c": nested}), tmp_path / "a.parquet")
    sentence = refusal(str(tmp_path / "a.parquet"))
    assert "row 1 (the first is row 1), column 2 ('c'): a label must be a number, a boolean or text, not" in sentence


LAYOUTS = {
    "quoted comma": '"x, C";"y";"c"\n' + ROWS.replace(",", ";"),
    "sep line": "sep=;\nx;y;c\n" + ROWS.replace(",", ";"),
    "sep line, quoted": '"sep=|"\nx|y|c\n' + ROWS.replace(",", "|"),
    "sep tab": "sep=\t\nx\ty\tc\n" + ROWS.replace(",", "\t"),
    "newline in a name": '"x\nC","y","c"\n' + ROWS,
    "newline in a name, semicolons": '"x\n, C";"y";"c"\n' + ROWS.replace(",", ";"),
    "bars in names": "x|1,y|2,c\n" + ROWS,
    "closed": "x,y,c,\n" + ROWS.replace("\n", ",\n"),
    "closed names": "x,y,c,\n" + ROWS,
    "closed rows": "x,y,c\n" + ROWS.replace("\n", ",\n"),
    "closed semicolons": "x;y;c;\n" + ROWS.replace(",", ";").replace("\n", ";\n"),
    "spaces before quotes": '"x", "y", "c"\n' + ROWS.replace(",", ", ").replace("a", '"a"').replace("b", '"b"'),
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_the_layout_is_the_one_in_which_all_rows_agree(tmp_path: Path, text: str) -> None:
    dataset = load_dataset(write(tmp_path / "a.csv", text))
    assert dataset.fingerprint == load_dataset(write(tmp_path / "b.csv", HEADER + ROWS)).fingerprint
    assert [name[0] for name in dataset.features] == ["x", "y"]


def test_a_separator_at_the_end_of_each_line_is_told(tmp_path: Path) -> None:
    dataset = load_dataset(write(tmp_path / "a.csv", LAYOUTS["closed"]))
    assert dataset.warnings == ("Each line ends with a separator; the empty column after it is left out.",)


def test_a_layout_that_fails_late_gives_way_to_one_that_does_not(tmp_path: Path) -> None:
    rows = "".join(f"{i % 7}|{i % 5}|a,{i % 2}\n" for i in range(500))
    late = rows + "1|2|b,1,2\n" + "3|4|b,0\n" * 3
    dataset = load_dataset(write(tmp_path / "a.csv", "x|y|c,1\n" + late))
    assert dataset.features == ("x", "y")
    assert dataset.classes == ("a,0", "a,1", "b,0", "b,1,2")


PACKED = ["a.csv.gz", "a.csv.zip", "a.txt", "a.data", "a.tsv.gz", "A.CSV.GZ", "a.zip"]


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("separator", [",", ";", "\t", " ", "   "])
def test_text_of_every_name_packed_or_not(tmp_path: Path, name: str, separator: str) -> None:
    text = (HEADER + ROWS).replace(",", separator)
    path = tmp_path / name
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inside.csv", text)
            archive.writestr("__MACOSX/._inside.csv", "x")
    else:
        write(path, gzip.compress(text.encode()) if path.suffix.lower() == ".gz" else text)
    if name == "a.zip":
        return
    dataset = load_dataset(str(path))
    assert dataset.fingerprint == load_dataset(write(tmp_path / "plain.csv", HEADER + ROWS)).fingerprint


def test_damaged_packed_files_are_refused(tmp_path: Path) -> None:
    packed = gzip.compress((HEADER + ROWS).encode())
    assert "cannot be unpacked as .gz" in refusal(write(tmp_path / "a.csv.gz", packed[:-9]))
    assert "cannot be unpacked as .gz" in refusal(write(tmp_path / "b.csv.gz", HEADER + ROWS))
    assert "cannot be unpacked as .zip" in refusal(write(tmp_path / "a.csv.zip", b"PK" + packed))
    assert "the file is empty" in refusal(write(tmp_path / "c.csv.gz", gzip.compress(b"")))
    with zipfile.ZipFile(tmp_path / "two.csv.zip", "w") as archive:
        archive.writestr("a.csv", HEADER + ROWS)
        archive.writestr("b.csv", HEADER + ROWS)
    assert "it holds 'a.csv', 'b.csv'" in refusal(str(tmp_path / "two.csv.zip"))


def test_decimal_commas_are_read_and_told(tmp_path: Path) -> None:
    rows = "".join(f"{i % 7},5;{i % 11};{'ab'[i % 2]}\n" for i in range(20))
    plain = "".join(f"{i % 7}.5,{i % 11},{'ab'[i % 2]}\n" for i in range(20))
    expected = load_dataset(write(tmp_path / "b.csv", HEADER + plain))
    for text in ("x;y;c\n" + rows, rows):
        dataset = load_dataset(write(tmp_path / "a.csv", text))
        assert dataset.fingerprint == expected.fingerprint
        assert any("'0,5' is read as 0.5" in warning for warning in dataset.warnings)


def test_commas_that_may_separate_thousands_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"{i % 7 + 1},500;{i % 11};{'ab'[i % 2]}\n" for i in range(20))
    assert "'1,500' is 1500 if its comma separates thousands, and 1.500 if it is a decimal comma" in refusal(
        write(tmp_path / "a.csv", "x;y;c\n" + rows)
    )
    sure = "".join(f"{i % 7 + 1},500;{i % 11},5;{'ab'[i % 2]}\n" for i in range(20))
    dataset = load_dataset(write(tmp_path / "b.csv", "x;y;c\n" + sure))
    assert min(row[0] for row in all_inputs(dataset)) == 1.5
    mixed = rows + "1.5;2;a\n"
    assert "has a comma, but another number of the column has a point, '1.5'" in refusal(
        write(tmp_path / "c.csv", "x;y;c\n" + mixed)
    )


def test_a_point_that_the_number_does_not_show_stands_against_decimal_commas_wherever_it_is(tmp_path: Path) -> None:
    rows = [f"5;{i};{i % 2}" for i in range(3)]
    for pointed in (508, 509, 512):
        all_rows = [*rows, *[f"1.000;{i};{i % 2}" for i in range(pointed)], *[f"3,5;{i};{i % 2}" for i in range(300)]]
        said = refusal(write(tmp_path / "a.csv", "p;k;y\n" + "\n".join(all_rows)))
        assert "'3,5'" in said
        assert "'1.000'" in said


def test_an_odd_mark_in_the_first_example_makes_no_names_of_it_in_silence(tmp_path: Path) -> None:
    rows = "\n".join(f"{i % 7}.1,{i % 5}.5,{'ab'[i % 2]}" for i in range(100))
    for mark in ("-", "--", "5 %", "$4"):
        said = refusal(write(tmp_path / "a.csv", f"5.1,{mark},a\n{rows}"))
        assert said.startswith("a.csv: line 1, column 2 ('column 2'): ")
        assert repr(mark) in said
    for mark in ("missing", "n.a.", "unknown"):
        dataset = load_dataset(write(tmp_path / "a.csv", f"5.1,{mark},a\n{rows}"))
        told = f"The first line is taken as the names of the columns: '5.1', '{mark}', 'a'. If it is an example,"
        assert dataset.warnings[0].startswith(told)
    assert load_dataset(write(tmp_path / "a.csv", f"left,right,a\n{rows}")).warnings == ()
