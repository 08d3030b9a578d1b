"""What a column holds is told by all its cells; what cannot be an input is refused, what is odd is told."""

from pathlib import Path

import pandas as pd
import pytest

from tests.data.files import refusal, write
from trainer.data.loading import load_dataset
from trainer.data.read_as import ReadAs

REFUSED = {
    "dates": ([f"2024-01-{i % 28 + 1:02}" for i in range(40)], "'2024-01-01' is a date or a time"),
    "times": ([f"{i % 24}:30" for i in range(40)], "'0:30' is a date or a time"),
    "german dates": ([f"{i % 28 + 1}.12.2024" for i in range(40)], "'1.12.2024' is a date or a time"),
    "names": (
        [f"name {i}" for i in range(51)],
        "the column 'k' holds 51 different words, such as 'name 0'; at most 50",
    ),
    "nothing": ([""] * 40, "the column 'k' has no value in any of 40 rows; leave it out"),
    "a slip": (["red", *map(str, range(40))], "line 2 (the header is line 1), column 1 ('k'): 'red' is not a number"),
    "a nul": (["a\0", "b"] * 20, r"line 2 (the header is line 1), column 1 ('k'): 'a\x00' holds a NUL character"),
}


@pytest.mark.parametrize(("cells", "expected"), REFUSED.values(), ids=REFUSED)
def test_columns_that_are_no_inputs_are_refused_unless_they_are_left_out(
    tmp_path: Path, cells: list[str], expected: str
) -> None:
    text = "k,x,c\n" + "".join(f"{cell},{i % 7},{'ab'[i % 2]}\n" for i, cell in enumerate(cells))
    path = write(tmp_path / "a.csv", text)
    assert expected in refusal(path)
    assert load_dataset(path, ReadAs(leave_out=("k",))).features == ("x",)


def test_words_and_numbers_in_one_column_are_words_and_told(tmp_path: Path) -> None:
    text = "children,x,c\n" + "".join(f"{['0', '1', '3+', '2'][i % 4]},{i % 7},{'ab'[i % 2]}\n" for i in range(40))
    dataset = load_dataset(write(tmp_path / "a.csv", text))
    assert dataset.features[:4] == ("children=0", "children=1", "children=2", "children=3+")
    assert dataset.warnings == ("The column 'children' holds words and numbers; all of them are taken as words.",)


def test_whole_numbers_that_are_rounded_are_told(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [2**53 + 1 + (i * i) % 41 for i in range(40)], "c": ["a", "b"] * 20})
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        (warning,) = load_dataset(str(tmp_path / name)).warnings
        assert warning == (
            "The column 'id' holds whole numbers beyond 9,007,199,254,740,992, which are rounded: neighbours may "
            "become the same number."
        )


DECORATED = ["$1,200.50|$9", "5 %|12 %", "12%|3%", "€ 7|€ 8", "1,234,567|2,000,000", "1.234.567|2.000.000"]
DECORATED += [
    "1'200|3'450",
    "1_000|2_000",
    "٣|٤",
    "1 000|20 000",
    "1\u202f000|2\u202f000",
    "$5|7",
    "\u22121.5|2",
    "(5.5)|7",
]


@pytest.mark.parametrize("pair", DECORATED)
def test_numbers_that_are_not_written_as_numbers_are_no_words(tmp_path: Path, pair: str) -> None:
    cells = pair.split("|")
    rows = "".join(f'"{cells[i % 2]}";{i % 7};{"ab"[i % 3 % 2]}\n' for i in range(30))
    path = write(tmp_path / "a.csv", "k;x;c\n" + rows)
    assert refusal(path).startswith(
        f"a.csv: line 2 (the header is line 1), column 1 ('k'): {cells[0]!r} is written like a number, but not"
    )
    assert load_dataset(path, ReadAs(leave_out=("k",))).features == ("x",)


def test_a_point_among_decimal_commas_may_separate_thousands(tmp_path: Path) -> None:
    rows = "".join(f"{i % 5 + 1}.000;{i % 7},5;{'ab'[i % 2]}\n" for i in range(30))
    assert "column 1 ('k'): '1.000' has a point, but numbers of other columns have decimal commas" in refusal(
        write(tmp_path / "a.csv", "k;x;c\n" + rows)
    )


def test_words_that_name_their_row_and_words_that_are_nearly_the_same_are_told(tmp_path: Path) -> None:
    text = "who,x,c\n" + "".join(f"name {i},{i % 7},{'ab'[i % 2]}\n" for i in range(40))
    (warning, *_) = load_dataset(write(tmp_path / "a.csv", text)).warnings
    assert warning.startswith("Most of the 40 words in the column 'who' occur once, such as 'name 0'; nothing can be")
    words = ["red", "Red", '"red "', "blue"]
    text = "who,x,c\n" + "".join(f"{words[i % 4]},{i % 7},{'ab'[i % 2]}\n" for i in range(40))
    assert load_dataset(write(tmp_path / "a.csv", text)).warnings == (
        "In the column 'who', 'red', 'red ' are one word: spaces around it are left out.",
        "In the column 'who', 'red', 'Red' stay different words.",
    )


def test_numbers_with_leading_zeros_are_told(tmp_path: Path) -> None:
    text = "zip,x,c\n" + "".join(f"0{1000 + i % 9},{i % 5},{'ab'[i % 2]}\n" for i in range(30))
    (warning,) = load_dataset(write(tmp_path / "a.csv", text)).warnings
    assert warning == "The column 'zip' is taken as numbers: '01000' is read as 1000."
    codes = [str(10000 + i) for i in range(1000)] + [f"0{7000 + i % 9}" for i in range(500)]
    late = "zip,x,c\n" + "".join(f"{code},{i % 5},{'ab'[i % 2]}\n" for i, code in enumerate(codes))
    told = "The column 'zip' is taken as numbers: '07000' is read as 7000."
    assert told in load_dataset(write(tmp_path / "b.csv", late)).warnings
    assert told in load_dataset(write(tmp_path / "c.csv", late.replace("\n10000,0,", "\n,0,"))).warnings
    frame = pd.DataFrame({"zip": codes, "x": range(1500), "c": ["a", "b"] * 750})
    frame.to_parquet(tmp_path / "d.parquet")
    assert told in load_dataset(str(tmp_path / "d.parquet")).warnings


@pytest.mark.parametrize("day", ["1 Jan 2024", "Jan 5, 2024", "05-March-24", "3. Dec 2023", "Sep 2024"])
def test_dates_with_the_name_of_a_month_are_dates(tmp_path: Path, day: str) -> None:
    text = "k,x,c\n" + "".join(f'"{day}",{i % 7},{"ab"[i % 2]}\n' for i in range(30))
    assert f"{day!r} is a date or a time" in refusal(write(tmp_path / "a.csv", text))
