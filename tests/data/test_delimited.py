import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.files import ROWS, inputs, refusal, write
from trainer.data.delimited import read_delimited
from trainer.data.loading import load_dataset
from trainer.data.read_as import ReadAs
from trainer.errors import InvalidData

HEADER = "x,y,c\n"
TABLE = HEADER + ROWS


def test_by_hand(tmp_path: Path) -> None:
    raw = read_delimited(Path(write(tmp_path / "a.csv", "x,kind,y\n1.5,a,-2\n 3e1 ,b,.5\n+4,a,6.\n")), "kind")
    assert inputs(raw).tolist() == [[1.5, -2], [30, 0.5], [4, 6]]
    assert raw.labels.codes.tolist() == [0, 1, 0]
    assert raw.labels.values == ("a", "b")
    assert [column.name for column in raw.columns] == ["x", "kind", "y"]
    assert raw.warnings == ()


def test_label_is_the_last_column_or_the_named_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", TABLE)
    assert load_dataset(path).features == ("x", "y")
    assert load_dataset(path, ReadAs(label="c")).fingerprint == load_dataset(path).fingerprint
    numbers = write(tmp_path / "b.csv", "x,y,z\n" + "".join(f"{i % 3},{i * i % 7},{i % 5}\n" for i in range(30)))
    assert load_dataset(numbers, ReadAs(label="x")).features == ("y", "z")
    assert load_dataset(numbers, ReadAs(label="x")).classes == ("0", "1", "2")


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.replace("\n", "\r").encode(),
        TABLE.replace("\n", "\n\n").encode(),
        ("\n" + TABLE + "  \n\n").encode(),
        TABLE.rstrip("\n").encode(),
        TABLE.replace(",", " , ").encode(),
        b'"x","y","c"\n' + ROWS.replace("a", '"a"').encode(),
    ],
    ids=["bom", "utf-16", "crlf", "cr", "blank-lines", "blank-ends", "no-newline", "spaces", "quoted"],
)
def test_the_same_table_however_it_was_written(tmp_path: Path, content: bytes) -> None:
    expected = load_dataset(write(tmp_path / "a.csv", TABLE))
    dataset = load_dataset(write(tmp_path / "b.csv", content))
    assert dataset.fingerprint == expected.fingerprint
    assert (dataset.features, dataset.classes, dataset.warnings) == (expected.features, expected.classes, ())


@pytest.mark.parametrize("name", ["a.csv", "a.CSV", "a.tsv"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_another_delimiter_is_found_and_told(tmp_path: Path, name: str, delimiter: str) -> None:
    dataset = load_dataset(write(tmp_path / name, TABLE.replace(",", delimiter)))
    assert dataset.features == ("x", "y")
    usual = "\t" if name.endswith("tsv") else ","
    words = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
    expected = f"The columns are separated by {words[delimiter]}, not by {words[usual]}."
    assert dataset.warnings == (() if delimiter == usual else (expected,))


def test_a_file_without_a_header_keeps_its_first_example(tmp_path: Path) -> None:
    dataset = load_dataset(write(tmp_path / "a.csv", ROWS))
    assert dataset.features == ("column 1", "column 2")
    assert dataset.m + len(dataset.y_dev) == 20
    assert dataset.warnings == ("There is no header line: line 1 is taken as the first example.",)
    assert "line 21, column 1 ('column 1')" in refusal(write(tmp_path / "b.csv", ROWS + "z,1,a\n"))
    assert load_dataset(write(tmp_path / "c.csv", ROWS), ReadAs(label="column 3")).features == dataset.features
    label_first = "".join(f"{'ab'[i % 2]},{i % 7},{(i * i) % 11}\n" for i in range(20))
    assert (
        load_dataset(write(tmp_path / "d.csv", label_first), ReadAs(label="column 1")).fingerprint
        == dataset.fingerprint
    )


@pytest.mark.parametrize("header", ["0,1,label", "0,1,2", "1,2,3", "1,2,c", "x,2,c", "400.5,402,c"])
def test_numbered_columns_are_a_header(tmp_path: Path, header: str) -> None:
    dataset = load_dataset(write(tmp_path / "a.csv", f"{header}\n{ROWS}"))
    assert dataset.features == tuple(header.split(",")[:2])
    assert dataset.m + len(dataset.y_dev) == 20


def test_numbered_columns_are_a_header_even_if_the_last_number_is_a_label_too(tmp_path: Path) -> None:
    rows = "".join(f"{i % 7},{(i * i) % 11},{i % 3}\n" for i in range(20))
    dataset = load_dataset(write(tmp_path / "a.csv", "0,1,2\n" + rows))
    assert dataset.features == ("0", "1")
    assert dataset.m + len(dataset.y_dev) == 20


BAD_LINES = {
    "text": ("red,2,a", "column 1 ('x'): 'red' is not a number"),
    "underscore": ("1_000,2,a", "column 1 ('x'): '1_000' is not a number"),
    "arabic": ("1,٣,a", "column 2 ('y'): '٣' is not a number"),
    "fullwidth": ("1,３,a", "column 2 ('y'): '３' is not a number"),
    "thousands": ('"1,000",2,a', "column 1 ('x'): '1,000' is 1000 if its comma separates thousands, and 1.000 if"),
    "thin-space": ("1\u202f000,2,a", r"column 1 ('x'): '1\u202f000' is not a number"),
    "hexadecimal": ("0x10,2,a", "column 1 ('x'): '0x10' is not a number"),
    "percent": ("5%,2,a", "column 1 ('x'): '5%' is not a number"),
    "inf": ("1,-inf,a", "column 2 ('y'): the value is -inf"),
    "too-large": ("1,1e999,a", "column 2 ('y'): the value is inf"),
    "nul": ("1,\x002,a", r"column 2 ('y'): '\x002' is not a number"),
    "no-label": ("1,2,", "column 3 ('c'): the label is missing"),
    "nan-label": ("1,2,NaN", "column 3 ('c'): the label is 'NaN'"),
}


@pytest.mark.parametrize(("line", "expected"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_field_is_named_with_line_and_column(tmp_path: Path, line: str, expected: str) -> None:
    path = write(tmp_path / "a.csv", TABLE + line + "\n" + ROWS)
    assert refusal(path).startswith(f"a.csv: line 22 (the header is line 1), {expected}")


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    # the header, a blank line, a label of two lines, and then the bad one: line 5
    text = 'x,y,c\n\n1,2,"a\nb"\n1,z,c\n' + ROWS
    assert "line 5 (the header is line 1), column 2 ('y'): 'z'" in refusal(write(tmp_path / "a.csv", text))
    assert "line 6 (the header is line 2)" in refusal(write(tmp_path / "b.csv", "\n" + text))


@pytest.mark.parametrize(
    ("line", "fields"), [("1,2", 2), ("1,2,a,", 4), ("1;2;a", 1)], ids=["short", "long", "another delimiter"]
)
def test_ragged_rows_are_refused(tmp_path: Path, line: str, fields: int) -> None:
    assert refusal(write(tmp_path / "a.csv", f"{TABLE}{line}\n")) == (
        f"a.csv: line 22 (the header is line 1) has {fields} fields, but 3 are expected as in the first line"
    )


COMMENTS = {
    "words": "# made by the laboratory",
    "one word": "#made",
    "as many fields": "# a, made by, laboratory",
    "more fields": "# a, made, by, the, laboratory",
    "another mark": "% made by the laboratory",
    "slashes": "// made",
    "after a blank line": "\n# made",
    "two lines": "# made\n# here",
}


@pytest.mark.parametrize("comment", COMMENTS.values(), ids=COMMENTS)
@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.tsv"])
def test_a_line_of_comment_is_told_as_one(tmp_path: Path, comment: str, name: str) -> None:
    said = refusal(write(tmp_path / name, f"{comment}\n{TABLE}"))
    line, text = (2, comment[1:]) if comment.startswith("\n") else (1, comment.split("\n")[0])
    assert said == f"{name}: line {line} is a comment and no row of the table: {text!r}; leave out lines of comment"


def test_names_that_begin_like_a_comment_are_names(tmp_path: Path) -> None:
    for names in ("# x,y,c", "#x,y,c", "%x,y,c"):
        assert load_dataset(write(tmp_path / "a.csv", f"{names}\n{ROWS}")).features == (names.split(",")[0], "y")
    assert "line 2 (the header is line 1) has 2 fields, but 3 are expected" in refusal(
        write(tmp_path / "a.csv", f"# x,y,c\n1,2\n{ROWS}")
    )
    assert "line 2 (the header is line 1), column 1 ('# x'): 'red' is not a number" in refusal(
        write(tmp_path / "a.csv", f"# x,y,c\nred,2,a\n{ROWS}")
    )


def test_a_comment_among_rows_is_told_as_one(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "a.csv", TABLE + "# the end\n")) == (
        "a.csv: line 22 (the header is line 1) has 1 fields, but 3 are expected as in the first line; if it is a "
        "comment, leave it out"
    )


def test_text_in_single_quotes_is_told(tmp_path: Path) -> None:
    double = "; text that holds a separator needs double quotes"
    assert refusal(write(tmp_path / "a.csv", TABLE + "1,2,'a,b'\n")) == (
        "a.csv: line 22 (the header is line 1) has 4 fields, but 3 are expected as in the first line: "
        "\"'a,b'\" is in single quotes" + double
    )
    every = "".join(f"{i % 7},'{'ab'[i % 2]}, {i % 3}',{i % 2}\n" for i in range(20))
    assert refusal(write(tmp_path / "a.csv", "x,q,y\n" + every)).endswith("\"'a, 0'\" is in single quotes" + double)
    assert refusal(write(tmp_path / "a.csv", every)) == (
        "a.csv: line 1, column 2: \"'a, 0'\" is in single quotes" + double
    )
    assert load_dataset(write(tmp_path / "a.csv", every.replace("'", '"'))).m == 16
    assert load_dataset(write(tmp_path / "a.csv", f"x,y,c\n{ROWS}1,2,'a\n1,2,'a\n")).classes == ("'a", "a", "b")


BAD_FILES: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "the file is empty"),
    "blank": ("\n \n", "the file is empty"),
    "bom alone": (b"\xef\xbb\xbf", "the file is empty"),
    "header alone": ("x,y,c\n", "there is a header line but no example below it"),
    "one column": ("c\na\nb\n", "there is only one column, 'c': inputs and a label are needed, separated by commas"),
    "no separator": ("x/y/c\n1/2/a\n", "there is only one column, 'x/y/c'"),
    "latin-1": (TABLE.encode() + b"1,2,\xe9\n", "line 22 holds the byte 0xe9, which is not UTF-8 text"),
    "utf-16 cut": (TABLE.encode("utf-16")[:-1], "the file begins like UTF-16 text but goes on as something else"),
    "binary": (b"x,y,c\n\x89PNG\r\n", "line 2 holds the byte 0x89"),
    "open quote": (TABLE + '1,"2,a\n' + ROWS, "line 22 cannot be read: unexpected end of data; is a quotation mark"),
    "long field": (TABLE + f"{'1' * 200_000},2,a\n", "line 22 cannot be read: field larger than field limit"),
    "one class": ("x,y\n1,a\n2,a\n", "all examples have the label 'a'"),
    "too few": ("x,y\n1,a\n2,b\n", "2 examples of 2 classes are too few"),
}


@pytest.mark.parametrize(("content", "expected"), BAD_FILES.values(), ids=BAD_FILES)
def test_bad_files(tmp_path: Path, content: str | bytes, expected: str) -> None:
    assert refusal(write(tmp_path / "a.csv", content)).startswith(f"a.csv: {expected}")


def test_unknown_and_ambiguous_label_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", TABLE)
    assert refusal(path, label="species") == (
        "a.csv: there is no column 'species' to take as the label; the columns are 'x', 'y', 'c'"
    )
    twice = write(tmp_path / "b.csv", "c,y,c\n" + ROWS)
    assert "2 columns are called 'c'" in refusal(twice, label="c")


def test_a_number_of_rows_counted_by_pandas_is_told(tmp_path: Path) -> None:
    rows = ROWS.splitlines()
    path = write(tmp_path / "a.csv", ",x,y,c\n" + "".join(f"{i},{row}\n" for i, row in enumerate(rows)))
    dataset = load_dataset(path)
    assert dataset.features == ("column 1", "x", "y")
    assert dataset.warnings == ("Counts the rows of the file, so it says nothing about other examples: 'column 1'.",)


def test_a_column_that_no_1_can_be_added_to_does_not_count_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "x,y,c\n" + "".join(f"1e300,{i % 3},{i % 2}\n" for i in range(30)))
    (warning,) = load_dataset(path).warnings
    assert warning.startswith("Constant")


@settings(max_examples=60)
@given(
    X=st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3), min_size=1),
    delimiter=st.sampled_from(",;\t|"),
)
def test_numbers_survive_exactly(
    tmp_path_factory: pytest.TempPathFactory, X: list[list[float]], delimiter: str
) -> None:
    lines = [delimiter.join("pqrs")] + [delimiter.join([*map(repr, row), "a"]) for row in X]
    raw = read_delimited(Path(write(tmp_path_factory.mktemp("csv") / "a.csv", "\n".join(lines))), "")
    assert inputs(raw).tobytes() == np.array(X).tobytes()


@settings(max_examples=200)
@given(
    content=st.one_of(st.binary(max_size=80), st.text("01,;\t\n\r\"'ab.-_ \ufeff٣?=NnTrue\0", max_size=80)),
    name=st.sampled_from(["a.csv", "a.csv", "a.csv.txt", "a.csv.gz", "a.csv.zip"]),
    packed=st.booleans(),
)
def test_any_bytes_are_read_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: str | bytes, name: str, packed: bool
) -> None:
    content = content if isinstance(content, bytes) else content.encode()
    path = write(tmp_path_factory.mktemp("csv") / name, gzip.compress(content) if packed else content)
    try:
        said = load_dataset(path).name
    except InvalidData as error:
        said = str(error)
    assert said.startswith("a.csv")
    assert len(said) < 600
