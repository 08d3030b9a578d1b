"""From the text of all cells of a column to a column of one kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.data import cells
from trainer.data.examples import shown
from trainer.data.table import Column

_SLIP = 5
"""If one cell in more than so many is no number while the others are, it is a slip; if more are, they are words."""

MANY_WORDS = 50
"""Most different words in a column that is an input."""

RowPlace = Callable[[int], str]
"""i → where the cell of row i stands in the file."""


@dataclass(frozen=True)
class _Count:
    """How many cells of a column hold what."""

    numbers: int
    commas: int
    booleans: int
    dates: int
    present: int


def is_slip(odd: int, present: int) -> bool:
    """Whether cells that are no numbers are slips in a column of numbers, by how many they are of all with a value."""
    return 0 < odd * _SLIP < present


def slip(place: str, cell: str) -> str:
    """The sentence about a cell that is no number in a column of numbers."""
    return (
        f"{place}: {cells.complaint(cell)}, but the other values of the column are: a column holds numbers such as "
        "1234.5, without separators, or words"
    )


def text_column(
    name: str, codes: NDArray[np.intp], texts: Sequence[str], place: RowPlace, *, commas_are_decimal: bool = False
) -> Column:
    """The column whose row i holds `texts[codes[i]]`.

    Parameters
    ----------
    name : of the column
    codes : `(m,)`, -1 where there is no text at all
    texts : the different texts, as they stand in the file
    place : where a row's cell stands
    commas_are_decimal : whether the file has other columns with decimal commas
    """
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    used = [text for text, count in zip(texts, counts, strict=True) if count]
    absent = {text for text in used if cells.is_missing(text)}
    missing = int((codes < 0).sum()) + sum(int(counts[i]) for i, text in enumerate(texts) if text in absent)
    markers = tuple(sorted({text.strip() for text in absent}))
    present = [text for text in used if text not in absent]
    nul = next((i for i, text in enumerate(texts) if counts[i] and "\0" in text), None)
    if nul is not None:
        problem = f"{place(_first(codes, nul))}: {shown(texts[nul])} holds a NUL character, which is not text"
        return Column(name, "other", missing=missing, problem=problem)
    if not present:
        return nothing(name, len(codes), missing, markers)
    found = _count(dict(zip(texts, counts.tolist(), strict=True)), present)
    if found.dates == found.present:
        return dates(name, place(_first(codes, texts.index(present[0]))), present[0], missing, markers)
    if found.booleans == found.present:
        values = [float("nan") if text in absent else float(bool(cells.truth(text))) for text in texts]
        return Column(name, "booleans", numbers=_chosen(values, codes), missing=missing, markers=markers)
    numeric = found.numbers + found.commas
    if numeric == found.present or is_slip(found.present - numeric, found.present):
        return _numbers(name, codes, texts, counts, place, missing, markers, commas_are_decimal)
    return _words(name, codes, texts, absent, missing, markers, numeric)


def nothing(name: str, m: int, missing: int, markers: tuple[str, ...]) -> Column:
    """A column without a value."""
    problem = f"the column {shown(name)} has no value in any of {m:,} rows; leave it out"
    return Column(name, "nothing", missing=missing, markers=markers, problem=problem)


def dates(name: str, place: str, first: str, missing: int = 0, markers: tuple[str, ...] = ()) -> Column:
    """A column of dates or times, which are no inputs."""
    problem = (
        f"{place}: {shown(first)} is a date or a time, and the column {shown(name)} holds nothing else; leave it out, "
        "or put numbers in its place, such as the year or the days since an event"
    )
    return Column(name, "dates", missing=missing, markers=markers, problem=problem)


def decimal_commas(name: str, example: str, *, sure: bool, points: str, place: str) -> tuple[str, str]:
    """(problem, remark) about a column of numbers in which commas stand.

    Parameters
    ----------
    example : a number with a comma
    sure : whether its comma, or that of another number, cannot separate thousands
    points : a number with a point in the same column; "" if there is none
    place : where the example stands
    """
    if points:
        return (
            f"{place}: {shown(example)} has a comma, but another number of the column has a point, {shown(points)}",
            "",
        )
    if not sure:
        return (
            f"{place}: {shown(example)} is {example.strip().replace(',', '')} if its comma separates thousands, and "
            f"{example.strip().replace(',', '.')} if it is a decimal comma, and no other number tells which; write "
            "numbers with a point and without separators",
            "",
        )
    number = example.strip().replace(",", ".")
    return "", f"Decimal commas: in the column {shown(name)}, {shown(example.strip())} is read as {number}."


def _count(often: dict[str, int], present: list[str]) -> _Count:
    numbers = sum(often[text] for text in present if cells.number(text) is not None)
    commas = sum(often[text] for text in present if cells.comma_number(text) is not None)
    booleans = sum(often[text] for text in present if cells.truth(text) is not None)
    dates_ = sum(often[text] for text in present if cells.is_date(text))
    return _Count(numbers, commas, booleans, dates_, sum(often[text] for text in present))


def _numbers(
    name: str,
    codes: NDArray[np.intp],
    texts: Sequence[str],
    counts: NDArray[np.intp],
    place: RowPlace,
    missing: int,
    markers: tuple[str, ...],
    commas_are_decimal: bool,
) -> Column:
    values, odd, commas, points = [], [], [], ""
    for i, text in enumerate(texts):
        value = cells.number(text)
        if value is not None:
            points = text if "." in text and counts[i] and not points else points
        elif (value := cells.comma_number(text)) is not None and counts[i]:
            commas.append(i)
        elif counts[i] and not cells.is_missing(text):
            odd.append(i)
        values.append(float("nan") if value is None else value)
    problem, remarks = "", []
    if odd:
        first = min(odd, key=lambda i: _first(codes, i))
        problem = slip(place(_first(codes, first)), texts[first])
    elif commas:
        sure = commas_are_decimal or not all(cells.may_be_thousands(texts[i]) for i in commas)
        first = min(commas, key=lambda i: _first(codes, i))
        problem, remark = decimal_commas(
            name, texts[first], sure=sure, points=points, place=place(_first(codes, first))
        )
        remarks = [remark] if remark else []
    return Column(
        name,
        "numbers",
        numbers=_chosen(values, codes),
        missing=missing,
        markers=markers,
        problem=problem,
        remarks=tuple(remarks),
    )


def _words(
    name: str,
    codes: NDArray[np.intp],
    texts: Sequence[str],
    absent: set[str],
    missing: int,
    markers: tuple[str, ...],
    numeric: int,
) -> Column:
    words = list(dict.fromkeys(text.strip() for text in texts if text not in absent))
    place_of = {word: i for i, word in enumerate(words)}
    word_codes = np.array([*(place_of.get(text.strip(), -1) if text not in absent else -1 for text in texts), -1])[
        codes
    ]
    used = Counter(word_codes.tolist())
    different = sum(1 for code in used if code >= 0)
    problem, remarks = "", []
    if different > MANY_WORDS:
        problem = (
            f"the column {shown(name)} holds {different:,} different words, such as {shown(words[0])}; at most "
            f"{MANY_WORDS} are allowed; leave it out, or put fewer words or numbers in their place"
        )
    if numeric:
        remarks.append(f"The column {shown(name)} holds words and numbers; all of them are taken as words.")
    remarks += spellings(name, [text for text in texts if text not in absent])
    return Column(
        name,
        "words",
        codes=word_codes,
        words=tuple(words),
        missing=missing,
        markers=markers,
        problem=problem,
        remarks=tuple(remarks),
    )


def spellings(name: str, texts: Sequence[str]) -> list[str]:
    """A warning of words that differ in spaces only, which are one word, and of those that differ in case only."""
    spaced: dict[str, set[str]] = {}
    for text in texts:
        spaced.setdefault(text.strip(), set()).add(text)
    alike: dict[str, set[str]] = {}
    for word in spaced:
        alike.setdefault(word.casefold(), set()).add(word)
    warnings = []
    one = next((sorted(several) for several in spaced.values() if len(several) > 1), None)
    if one:
        warnings.append(f"In {name}, {_listed(one)} are one word: spaces around a word are left out.")
    apart = next((sorted(several) for several in alike.values() if len(several) > 1), None)
    if apart:
        warnings.append(f"In {name}, {_listed(apart)} differ in capital letters only, and stay different words.")
    return warnings


def _listed(words: Sequence[str]) -> str:
    return ", ".join(shown(word) for word in words[:-1]) + f" and {shown(words[-1])}"


def _first(codes: NDArray[np.intp], code: int) -> int:
    return int(np.argmax(codes == code))


def _chosen(values: Sequence[float], codes: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.array([*values, float("nan")])[codes]
