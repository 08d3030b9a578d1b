from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.data.examples import AnyExamples, Examples, RawLabels, row_place
from trainer.data.labels import different_labels, number_classes
from trainer.errors import InvalidData


def examples(labels: list[Any]) -> AnyExamples:
    values = list(dict.fromkeys(labels))
    codes = np.array([values.index(label) for label in labels], np.intp)
    return Examples(np.zeros((len(labels), 1)), RawLabels(codes, tuple(values)), row_place)


def numbered(labels: list[Any]) -> tuple[list[int], tuple[str, ...], tuple[str, ...]]:
    y, classes, warnings = number_classes([examples(labels)])
    return y[0].tolist(), classes, warnings


@pytest.mark.parametrize(
    ("labels", "y", "classes"),
    [
        (["dog", "cat", "dog"], [1, 0, 1], ("cat", "dog")),
        (["10", "9", "1"], [2, 1, 0], ("1", "9", "10")),
        (["10", "x", "9"], [1, 2, 0], ("9", "10", "x")),
        (["1.0", "2", "01"], [0, 1, 0], ("1", "2")),
        ([0.5, 2.0, -1.0], [1, 2, 0], ("-1", "0.5", "2")),
        ([True, False], [1, 0], ("False", "True")),
        ([" a", "a ", "b"], [0, 0, 1], ("a", "b")),
        # none of these is a number, so the order is that of text
        (["1_000", "9"], [1, 0], ("9", "1_000")),
        (["٣", "9"], [1, 0], ("9", "٣")),
        (["1,000", "9"], [1, 0], ("9", "1,000")),
        (["1e999", "9"], [1, 0], ("9", "1e999")),
        (["0x10", "9"], [1, 0], ("9", "0x10")),
        (["9" * 5000, "9"], [1, 0], ("9", "9" * 5000)),
    ],
)
def test_order_and_names(labels: list[Any], y: list[int], classes: tuple[str, ...]) -> None:
    assert numbered(labels)[:2] == (y, classes)


@pytest.mark.parametrize("labels", [[0, 1, 2], [1, 2, 3], ["a", "b"], [True, False], ["0", "1"], [0.5, 1.5]])
def test_usual_labels_give_no_warning(labels: list[Any]) -> None:
    assert numbered(labels)[2] == ()


def test_minus_one_is_a_class_of_its_own_and_told() -> None:
    y, classes, (warning,) = numbered([-1, 0, 1, 2])
    assert y == [0, 1, 2, 3]
    assert classes == ("-1", "0", "1", "2")
    assert warning.startswith("The labels are -1, 0, 1, 2: not the whole numbers from 0 or 1 on without a gap.")


def test_gaps_are_told() -> None:
    y, _, (warning,) = numbered([0, 7, 3])
    assert y == [0, 2, 1]
    assert "0, 3, 7" in warning
    assert "classes 0 to 2" in warning


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=15, unique=True))
def test_text_and_numbers_of_the_same_integers_agree(values: list[int]) -> None:
    y, classes, _ = numbered(values * 2)
    assert numbered([str(value) for value in values * 2])[:2] == (y, classes)
    assert [int(classes[c]) for c in y] == values * 2


@pytest.mark.parametrize("missing", ["", " ", "nan", "NaN", float("nan")])
def test_a_missing_label_is_refused(missing: Any) -> None:
    with pytest.raises(InvalidData, match=r"row 3 \(the first is row 1\), the label: the label is .*needs a label"):
        numbered(["a", "b", missing] if isinstance(missing, str) else [0.0, 1.0, missing])


@pytest.mark.parametrize("infinite", ["inf", "-inf", "+Inf", " Infinity", float("inf"), float("-inf")])
def test_an_infinite_label_is_refused(infinite: Any) -> None:
    numbers = ["0", "1"] if isinstance(infinite, str) else [0.0, 1.0]
    for labels in ([*numbers, infinite], [infinite] * 3):
        with pytest.raises(InvalidData) as caught:
            numbered(labels)
        row = len(set(labels))
        assert str(caught.value) == (
            f"row {row} (the first is row 1), the label: the label is {str(infinite).strip()!r}; a class is a word, a "
            "truth value or a finite number"
        )
    with pytest.raises(InvalidData, match="label is 'inf'; a class is a word"):
        number_classes([examples([0, 1]), examples([0, 1, "inf"])])


def test_inf_among_words_is_a_word() -> None:
    assert numbered(["inf", "flu", "inf"])[:2] == ([1, 0, 1], ("flu", "inf"))


def test_one_class_is_refused() -> None:
    with pytest.raises(InvalidData, match="all examples have the label 'a'; at least two classes are needed"):
        numbered(["a"] * 9)


@pytest.mark.parametrize(
    ("labels", "name"), [(["1", "01", "1.0"], "1"), (["True", "TRUE", "true"], "TRUE"), (["a", "a ", " a"], "a")]
)
def test_one_class_that_is_written_differently_is_refused_with_what_was_merged(labels: list[str], name: str) -> None:
    with pytest.raises(InvalidData) as caught:
        numbered(labels * 3)
    written = ", ".join(map(repr, sorted(labels)))
    assert str(caught.value) == (
        f"the labels {written} are taken as one class, {name}, and there is no other; at least two classes are needed"
    )


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ((2**53, 2**53 + 1, 2**60, 2**60 + 1), 4),
        ((str(2**53), str(2**53 + 1)), 2),
        (("1", "01", "2"), 2),
        (("True", "TRUE", "false"), 2),
        (("a", "a ", "A", "", "NA"), 2),
        ((0.5, 1.0, float("nan")), 2),
    ],
)
def test_different_labels_are_counted_as_they_become_classes(values: tuple[Any, ...], count: int) -> None:
    assert different_labels(values) == count


@pytest.mark.parametrize(
    ("labels", "like"),
    [
        ([i * 0.37 for i in range(300)], "0.37"),
        ([(i % 30) + 0.25 for i in range(3000)], "0.25"),
        ([str(i) for i in range(300)], "0"),
        ([f"name {i}" for i in range(300)], "name 0"),
    ],
)
def test_quantities_and_identifiers_are_refused(labels: list[Any], like: str) -> None:
    with pytest.raises(InvalidData, match=rf"different values in [\d,]+ examples, such as '{like}'.*is a class"):
        numbered(labels)


def test_many_classes_with_enough_examples_are_fine() -> None:
    assert len(numbered([i % 100 for i in range(1000)])[1]) == 100


def test_a_class_of_the_dev_set_alone_is_refused() -> None:
    with pytest.raises(InvalidData, match="the class 'c' occurs in the dev set only"):
        number_classes([examples(["a", "b"]), examples(["a", "c"])])


def test_both_sets_are_numbered_alike() -> None:
    (train, dev), classes, _ = number_classes([examples(["a", "b", "c"]), examples(["c", "a"])])
    assert (train.tolist(), dev.tolist(), classes) == ([0, 1, 2], [2, 0], ("a", "b", "c"))


@pytest.mark.parametrize(
    ("array", "values"),
    [
        (np.array([3, -1], np.int8), (-1, 3)),
        (np.array([True, False]), (False, True)),
        (np.array(["b", "a"]), ("a", "b")),
        (np.array(["é".encode(), b"a"]), ("a", "é")),
        (np.array([2.5, 1.0], np.float32), (1.0, 2.5)),
    ],
)
def test_labels_of_arrays(array: np.ndarray, values: tuple[Any, ...]) -> None:
    labels = RawLabels.from_array(array)
    assert labels.values == values
    assert [type(value) for value in labels.values] == [type(value) for value in values]
    assert labels.codes.tolist() == [1, 0]


@pytest.mark.parametrize(
    "array", [np.array([b"\xff", b"a"]), np.array([0x110000, 65], np.uint32).view("U1"), np.array(["\ud800", "a"])]
)
def test_text_that_is_none_is_refused(array: np.ndarray) -> None:
    with pytest.raises(InvalidData, match=r"not (Unicode|UTF-8)"):
        RawLabels.from_array(array)


def test_quantities_with_few_classes_are_refused() -> None:
    prices = [199, 205, 210, 220, 231, 240, 255, 260, 275, 289, 290, 301, 310, 325, 330, 345, 350, 365, 370, 389]
    for labels in (
        [*prices, 199, 205],
        [f"{price}.5" for price in [*prices, 199, 205]],
        [0.5 * (i % 9) for i in range(30)],
    ):
        with pytest.raises(InvalidData, match="that is a quantity or an identifier"):
            numbered(labels)


def test_numbers_that_may_be_a_quantity_are_told() -> None:
    for labels, like in (([10 * (i % 9) for i in range(30)], "0"), ([0.5, 1.0, 1.5] * 20, "0.5")):
        warnings = numbered(labels)[2]
        assert f"such as {like!r}" in warnings[-1]
        assert "if they are a quantity" in warnings[-1]
    assert numbered([i % 10 for i in range(50)])[2] == ()


@pytest.mark.parametrize(
    ("labels", "y", "classes", "told"),
    [
        (["1", "1.0", "01", "2"], [0, 0, 0, 1], ("1", "2"), "The labels '01', '1', '1.0' are taken as one class, 1."),
        (["yes", "yes ", "no"], [1, 1, 0], ("no", "yes"), "The labels 'yes', 'yes ' are taken as one class, yes."),
        (["True", "TRUE", "false"], [1, 1, 0], ("false", "TRUE"), "The labels 'TRUE', 'True' are taken as one class"),
        (["Yes", "YES", "no"], [1, 0, 2], None, "The classes 'YES', 'Yes' may be meant as one; they stay different"),
        (["1", "True", "0"], [1, 2, 0], ("0", "1", "True"), "The classes '1', 'True' may be meant as one"),
        (
            ["caf\u00e9", "cafe\u0301", "tea"],
            [1, 0, 2],
            None,
            "The classes 'cafe\u0301', 'caf\u00e9' may be meant as one",
        ),
        (["2", "\uff12", "1"], [1, 2, 0], ("1", "2", "\uff12"), "The classes '2', '\uff12' may be meant as one"),
        (["NA", "b", "a"], [0, 2, 1], None, "The label 'NA' is a class here"),
    ],
)
def test_spellings_are_one_class_where_that_is_certain_and_told(
    labels: list[str], y: list[int], classes: tuple[str, ...] | None, told: str
) -> None:
    found, names, warnings = numbered(labels)
    assert (found, names) == (y, classes or names)
    assert any(warning.startswith(told) for warning in warnings)


def test_truth_values_beside_0_and_1_are_told_pair_by_pair() -> None:
    together = "may be meant as one; they stay different classes."
    for labels in (["1", "True", "0", "False"], ["False", "0", "True", "1"]):
        assert numbered(labels)[2] == (f"The classes '0', 'False' {together}", f"The classes '1', 'True' {together}")
    assert numbered(["1", "true", "0", "True"])[2] == (f"The classes '1', 'True', 'true' {together}",)
    assert numbered(["0", "True"])[2] == ()


SAME = [
    ([True, False], [1, 0]),
    ([1, 0], [True, False]),
    ([True, False], ["True", "false"]),
    (["true", "false"], [True, False]),
    (["true", "false"], [1.0, 0.0]),
    ([1, 0], ["1.0", " 0"]),
    (["01", "2"], [1.0, 2.0]),
    ([True, False], [True]),
    (["b", "a"], ["b ", "a"]),
]


@pytest.mark.parametrize(("train", "dev"), SAME, ids=str)
def test_kinds_of_labels_that_mean_the_same_are_the_same(train: list[Any], dev: list[Any]) -> None:
    (y, y_dev), classes, _ = number_classes([examples(train), examples(dev)])
    assert y.tolist()[: len(dev)] == y_dev.tolist()
    assert len(classes) == 2


def test_a_label_with_a_nul_is_refused() -> None:
    with pytest.raises(InvalidData, match=r"the label 'a\\x00' holds a NUL character"):
        numbered(["a\0", "b"])
