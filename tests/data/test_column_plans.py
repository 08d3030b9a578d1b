"""What becomes of the columns of a table, beside scikit-learn's encoders, and for examples that a person types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from tests.data.adult_like import SETS, adult_like
from tests.data.files import ROWS, in_memory, refusal, write
from trainer.data.column_plan import ColumnPlan
from trainer.data.dataset import Dataset
from trainer.data.decoding import decode_example
from trainer.data.encoding import encode_example
from trainer.data.loading import load_dataset, read
from trainer.data.preparation import prepare_table
from trainer.data.read_as import AS_USUAL, DType, ReadAs
from trainer.data.split import split
from trainer.data.table import Table
from trainer.errors import InvalidData


def pipeline(plans: tuple[ColumnPlan, ...]) -> ColumnTransformer:
    """scikit-learn's preprocessing of the same columns, in the same order."""
    steps = []
    for plan in plans:
        if plan.role != "input":
            continue
        how = "median" if plan.kind == "numbers" else "most_frequent"
        missing = np.nan if plan.kind == "numbers" else None
        values = Pipeline([("fill", SimpleImputer(strategy=how, missing_values=missing))])
        if plan.kind == "words":
            values.steps.append(("code", OneHotEncoder(handle_unknown="ignore", sparse_output=False)))
        else:
            values.steps.append(("number", FunctionTransformer(lambda X: np.asarray(X, float))))
        parts: list[tuple[str, Any]] = [("values", values)]
        parts.append(("missing", MissingIndicator(missing_values=missing, error_on_new=False)))
        steps.append((plan.name, FeatureUnion(parts), [plan.name]))
    return ColumnTransformer(steps)


def split_of(path: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    table = read(path, AS_USUAL)
    assert isinstance(table, Table)
    found = split(table.labelled(), 1, 0.2)
    return found.train, found.dev


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".tsv.gz"])
@pytest.mark.parametrize("name", SETS)
def test_four_tables_are_what_scikit_learn_makes_of_them(tmp_path: Path, name: str, ending: str) -> None:
    frame = adult_like(name)
    path = tmp_path / f"a{ending}"
    if ending == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="," if ending == ".csv" else "\t")
    dataset = load_dataset(str(path), ReadAs(dtype="float64"))
    train, dev = split_of(str(path))
    transformer = pipeline(dataset.columns)
    for plan in dataset.columns:
        if plan.kind != "numbers":  # scikit-learn's missing value of objects is None
            frame[plan.name] = pd.Series(
                [None if cell is None or cell != cell else cell for cell in frame[plan.name]], dtype=object
            )
    expected = np.asarray(transformer.fit_transform(frame.iloc[train]), float)
    expected_dev = np.asarray(transformer.transform(frame.iloc[dev]), float)
    assert {plan.kind for plan in dataset.columns} == {"numbers", "booleans", "words"}
    assert any(plan.indicator for plan in dataset.columns)
    # the same numbers before they are normalised: the same mean and deviation, and the same bits after
    mean, deviation = expected.mean(axis=0), expected.std(axis=0)
    constant = expected.min(axis=0) == expected.max(axis=0)
    mean[constant], deviation[constant] = expected[0, constant], 1
    assert (dataset.mean == mean).all()
    assert (dataset.deviation == deviation).all()
    assert (in_memory(dataset.X_train) == (expected - mean) / deviation).all()
    assert (dataset.X_dev == (expected_dev - mean) / deviation).all()
    scaler = StandardScaler().fit(expected)
    np.testing.assert_allclose(in_memory(dataset.X_train), scaler.transform(expected), rtol=1e-9, atol=1e-9)


def test_the_same_content_means_the_same_in_every_format(tmp_path: Path) -> None:
    frame = adult_like("wine")
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_csv(tmp_path / "a.tsv", index=False, sep="\t", na_rep="NA")
    frame.to_csv(tmp_path / "b.csv", index=False, sep=";", decimal=",")
    frame.to_parquet(tmp_path / "a.parquet")
    frame.astype({"word 0": "category", "word 1": "category"}).to_parquet(tmp_path / "b.parquet")
    frame.map(lambda cell: None if cell is None or cell != cell else str(cell)).to_parquet(tmp_path / "c.parquet")
    first, *others = [load_dataset(str(path)) for path in sorted(tmp_path.iterdir())]
    assert len(others) == 5
    for other in others:
        assert (other.fingerprint, other.features, other.classes) == (first.fingerprint, first.features, first.classes)


def test_gaps_and_truth_values_in_arrays_are_those_of_tables(tmp_path: Path) -> None:
    X = np.array([[i % 7, i % 2] for i in range(30)], float)
    X[[3, 17], 0] = np.nan
    frame = pd.DataFrame({"x1": X[:, 0], "x2": X[:, 1] == 1, "c": [i % 3 for i in range(30)]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    np.savez(tmp_path / "a.npz", X=X, y=frame["c"])
    table, array = load_dataset(str(tmp_path / "a.csv")), load_dataset(str(tmp_path / "a.npz"))
    assert (table.fingerprint, table.features) == (array.fingerprint, array.features)
    assert table.features == ("x1", "x1 is missing", "x2")
    np.savez(tmp_path / "b.npz", X=np.nan_to_num(X), y=frame["c"], X_dev=X[:6], y_dev=frame["c"][:6])
    dataset = load_dataset(str(tmp_path / "b.npz"), ReadAs(dtype="float64"))
    assert dataset.features == ("x1", "x2")
    filled = np.median(np.nan_to_num(X)[:, 0])
    assert dataset.X_dev[3, 0] == (filled - dataset.mean[0]) / dataset.deviation[0]


def words_file(path: Path) -> str:
    rows = "".join(
        f"{'' if i % 9 == 4 else i % 7},{'red' if i % 3 else 'blue'},{i % 2 == 0},{i},{'ab'[i % 2]}\n"
        for i in range(40)
    )
    return write(path, "size,colour,sunny,id,c\n" + rows)


def test_an_example_that_is_typed_becomes_what_its_row_became(tmp_path: Path) -> None:
    path = words_file(tmp_path / "a.csv")
    dataset = load_dataset(path, ReadAs(leave_out=("id",)))
    train, dev = split_of(path)
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for rows, X in ((train, in_memory(dataset.X_train)), (dev, dataset.X_dev)):
        for i, expected in zip(rows, X, strict=True):
            typed = {name: frame[name][i] for name in ("size", "colour", "sunny")}
            found, remarks = dataset.inputs_of(typed)
            assert found.dtype == dataset.X_dev.dtype
            assert (found == expected).all()
            assert bool(remarks) == (typed["size"] == "")
    as_values, _ = dataset.inputs_of({"size": 3.0, "colour": "red", "sunny": True})
    assert (as_values == dataset.inputs_of({"size": " 3 ", "colour": " red", "sunny": "TRUE"})[0]).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", SETS)
def test_an_example_is_told_as_a_person_would_type_it(tmp_path: Path, name: str, dtype: DType) -> None:
    frame = adult_like(name)
    frame.to_csv(tmp_path / "a.csv", index=False)
    dataset = load_dataset(str(tmp_path / "a.csv"), ReadAs(dtype=dtype))
    _, dev = split_of(str(tmp_path / "a.csv"))
    as_written = pd.read_csv(tmp_path / "a.csv", dtype=str, keep_default_na=False)
    for i, inputs in zip(dev, dataset.X_dev, strict=True):
        told = dataset.values_of(inputs)
        again, _ = dataset.inputs_of(told)
        assert (again[0] == inputs).all()
        for plan in dataset.columns:
            if plan.role == "input":
                cell = as_written[plan.name][i]
                assert told[plan.name] == cell or float(told[plan.name]) == float(cell)


def test_a_word_that_the_training_set_has_not_is_told_as_another_word() -> None:
    plan = ColumnPlan("w", "input", "words", None, ("another word", "red"))
    told = decode_example([plan], np.zeros(2, np.float32), np.zeros(2), np.ones(2))
    assert told == {"w": "another word!"}
    assert (encode_example([plan], told)[0] == 0).all()


def test_what_cannot_be_typed_is_refused_and_what_is_odd_is_told(tmp_path: Path) -> None:
    dataset = load_dataset(words_file(tmp_path / "a.csv"), ReadAs(leave_out=("id",)))
    usual = {"size": "1", "colour": "red", "sunny": "True"}
    for name, text, expected in (
        ("size", "large", "size must be a finite number such as 1234.5, but got 'large'"),
        ("size", "inf", "size must be a finite number such as 1234.5, but got 'inf'"),
        ("sunny", "maybe", "sunny must be True or False, but got 'maybe'"),
        ("sunny", "", "sunny is missing, but it is in no example of the data; give it a value"),
        ("id", "3", "'id' is none of the inputs; they are 'size', 'colour', 'sunny'"),
    ):
        with pytest.raises(InvalidData) as caught:
            dataset.inputs_of({**usual, name: text})
        assert str(caught.value) == expected
    inputs, (remark,) = dataset.inputs_of({**usual, "colour": "green"})
    assert remark == "colour: the training set has no 'green'; it has 'blue', 'red'."
    raw = inputs.astype(float) * dataset.deviation + dataset.mean
    assert np.abs(raw[0, [dataset.features.index("colour=blue"), dataset.features.index("colour=red")]]).max() < 1e-6
    plain = load_dataset("iris")
    again, _ = plain.inputs_of(dict(zip(plain.features, plain.mean.tolist(), strict=True)))
    assert (again == 0).all()


def test_what_became_of_each_column_is_kept_with_the_data_set(tmp_path: Path) -> None:
    dataset = load_dataset(words_file(tmp_path / "a.csv"), ReadAs(leave_out=("id",)))
    description = json.loads(json.dumps(dataset.description()))
    again = Dataset.from_parts(description, dataset.tensors())
    assert again.columns == dataset.columns
    assert [plan.treatment for plan in again.columns] == [
        "as it is; missing: the median, 2.5, and an input that is 1 where it was",
        "2 inputs, 1 for its word and 0 for the others",
        "0 for False, 1 for True",
        "left out",
        "the label",
    ]
    del description["columns"]
    assert Dataset.from_parts(description, dataset.tensors()).columns == ()


BAD_COLUMNS: list[Any] = [
    [{}],
    [None],
    [{"name": "x", "role": "input", "kind": "numbers", "fill": "1", "words": [], "indicator": False}],
    [{"name": "x", "role": "input", "kind": "numbers", "fill": None, "words": [], "indicator": True}],
    [{"name": "x", "role": "input", "kind": "words", "fill": "c", "words": ["a"], "indicator": False}],
    [{"name": "x", "role": "input", "kind": "numbers", "fill": None, "words": [], "indicator": False}],
    [{"name": 3, "role": "input", "kind": "numbers", "fill": None, "words": [], "indicator": False, "more": 1}],
]


@pytest.mark.parametrize("columns", BAD_COLUMNS, ids=range(len(BAD_COLUMNS)))
def test_columns_that_cannot_be_are_refused(tmp_path: Path, columns: list[Any]) -> None:
    dataset = load_dataset(words_file(tmp_path / "a.csv"), ReadAs(leave_out=("id",)))
    with pytest.raises(InvalidData):
        Dataset.from_parts({**dataset.description(), "columns": columns}, dataset.tensors())


def test_words_of_the_dev_set_alone_are_told_and_are_0(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{'w' if i else 'x'},{i % 7},{'ab'[i % 2]}" for i in range(40)]
    for _ in range(40):  # one of them is in the dev set
        rows = rows[1:] + rows[:1]
        dataset = load_dataset(write(path, "word,y,c\n" + "\n".join(rows) + "\n"))
        if "word=x" not in dataset.features:
            break
    (warning,) = [warning for warning in dataset.warnings if "in the dev set only" in warning]
    assert warning == "The column 'word' has words in the dev set only, which are 0 in all its inputs: 'x'."


def test_columns_to_leave_out_are_named_one_by_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "x,y,c\n" + ROWS)
    assert load_dataset(path, ReadAs(leave_out=("x",))).features == ("y",)
    assert "no column is left to be an input beside the label" in refusal(path, leave_out=("x", "y"))
    assert "the column 'c' holds the labels, so it cannot be left out" in refusal(path, leave_out=("c",))
    assert "there is no column 'z' to leave out; the columns are 'x', 'y', 'c'" in refusal(path, leave_out=("z",))
    assert "iris has no column 'x'" in refusal("iris", leave_out=("x",))
    twice = write(tmp_path / "b.csv", "x,x,c\n" + ROWS)
    dataset = load_dataset(twice)
    assert dataset.features == ("x (column 1)", "x (column 2)")
    assert dataset.warnings == ("2 columns are called 'x'; each is named with its place, such as 'x (column 1)'.",)
    assert "2 columns are called 'x'; each column that is left out must be named alone" in refusal(
        twice, leave_out=["x"]
    )
    assert load_dataset(twice, ReadAs(leave_out=("x (column 2)",))).features == ("x (column 1)",)


def test_a_table_can_be_prepared_more_than_once(tmp_path: Path) -> None:
    table = read(words_file(tmp_path / "a.csv"), ReadAs(leave_out=("id",)))
    assert isinstance(table, Table)
    first, again = (prepare_table("a", table, AS_USUAL).fingerprint for _ in range(2))
    assert first == again


def test_a_value_that_is_missing_in_the_dev_set_alone_is_filled_and_no_input_is_said_to_tell_where(
    tmp_path: Path,
) -> None:
    rows = [f"{i % 7}.5,{'ab'[i % 2]}" for i in range(100)]
    write(tmp_path / "a.csv", "x,y\n" + "\n".join(rows))
    _, dev = split_of(str(tmp_path / "a.csv"))
    rows[dev[0]] = "," + rows[dev[0]].split(",")[1]
    write(tmp_path / "a.csv", "x,y\n" + "\n".join(rows))
    dataset = load_dataset(str(tmp_path / "a.csv"))
    assert dataset.features == ("x",)
    assert dataset.columns[0].treatment == "as it is; missing: the median, 3.5, in the dev set alone"
    assert dataset.warnings[0] == (
        "Missing values are filled by the training set, which has them all, so no input says where: 'x' (1 of 100; its "
        "median, 3.5)."
    )


def test_each_column_is_told_with_what_its_gaps_are_filled(tmp_path: Path) -> None:
    rows = [f"{i % 7}.5,{'rrg'[i % 3]},{i % 3 > 0},{i % 2}" for i in range(100)]
    for gap in range(0, 60, 3):
        rows[gap] = f",?,,{gap % 2}"
    dataset = load_dataset(write(tmp_path / "a.csv", "size,colour,open,y\n" + "\n".join(rows)))
    size, colour, opened = (f"{plan.fill!r}" for plan in dataset.columns[:3])
    assert (colour, opened) == ("'r'", "1.0")
    assert dataset.warnings[0] == (
        "Missing values are filled by the training set, and one more input says where: 'size' (20 of 100; its median, "
        f"{size}), 'colour' (20 of 100, written '?'; its most frequent word, 'r'), 'open' (20 of 100; its most "
        "frequent value, True)."
    )


def test_a_comma_that_a_person_types_is_told_or_refused(tmp_path: Path) -> None:
    dataset = load_dataset(
        write(tmp_path / "a.csv", "x,y\n" + "\n".join(f"{i % 7}.5,{'ab'[i % 2]}" for i in range(99)))
    )
    inputs, remarks = dataset.inputs_of({"x": "1,5"})
    assert (inputs == dataset.inputs_of({"x": 1.5})[0]).all()
    assert remarks == ["x: '1,5' is read as 1.5."]
    with pytest.raises(InvalidData, match=r"x: '1,234' may be 1\.234 or 1234; write it with a point"):
        dataset.inputs_of({"x": "1,234"})
