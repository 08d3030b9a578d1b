"""From the text of all cells of a column to a column of one kind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trainer.data import cells
from trainer.data.column_problems import RowPlace, dates, decorated, is_slip, nothing
from trainer.data.examples import listed, shown
from trainer.data.number_column import NumberColumn
from trainer.data.table import Column

MANY_WORDS = 50
"""Most different words in a column that is an input."""

_FEW_WORDS = 5
"""With more different words than this, most of which occur once, a column names its rows."""


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
    used, first_rows, counts = np.unique(codes, return_index=True, return_counts=True)
    facts = sorted(zip(first_rows.tolist(), used.tolist(), counts.tolist(), strict=True))  # as they come in the file
    rows = {texts[code]: row for row, code, _ in facts if code >= 0}
    often = {texts[code]: n for _, code, n in facts if code >= 0 and not cells.is_missing(texts[code])}
    missing = len(codes) - sum(often.values())
    markers = tuple(sorted({text.strip() for text in rows.keys() - often.keys()}))
    if not often:
        return nothing(name, len(codes), missing, markers)
    for text, row in rows.items():
        if "\0" in text:
            problem = f"{place(row)}: {shown(text)} holds a NUL character, which is not text"
            return Column(name, "other", missing=missing, problem=problem)
    first = next(iter(often))
    if all(map(cells.is_date, often)):
        return dates(name, place(rows[first]), first, missing, markers)
    truths = {text: cells.truth(text) for text in often}
    if None not in truths.values():
        values = np.array([*(truths.get(text, np.nan) for text in texts), np.nan], np.float64)
        return Column(name, "booleans", numbers=values[codes], missing=missing, markers=markers)
    numeric = sum(n for text, n in often.items() if _is_number(text))
    present = sum(often.values())
    if numeric == present or is_slip(present - numeric, present):
        numbers = NumberColumn()
        numbers.add([texts[code] if code >= 0 else "" for code in codes.tolist()])
        return numbers.column(name, place, commas_are_decimal=commas_are_decimal)
    words = tuple(dict.fromkeys(text.strip() for text in often))
    place_of = {word: i for i, word in enumerate(words)}
    word_codes = np.array([*(place_of[text.strip()] if text in often else -1 for text in texts), -1])[codes]
    return Column(
        name,
        "words",
        codes=word_codes,
        words=words,
        missing=missing,
        markers=markers,
        problem=_problem_of_words(name, often, words, place(rows[first])),
        remarks=tuple(_remarks_on_words(name, often, numeric)),
    )


def are_sure_commas(texts: Sequence[str]) -> bool:
    """Whether the different texts of a column are numbers, one of them with a comma that cannot separate thousands."""
    present = [text for text in texts if not cells.is_missing(text)]
    return all(map(_is_number, present)) and any(
        cells.number(text) is None and not cells.may_be_thousands(text) for text in present
    )


def _is_number(text: str) -> bool:
    return cells.number(text) is not None or cells.comma_number(text) is not None


def _problem_of_words(name: str, often: dict[str, int], words: Sequence[str], place: str) -> str:
    if all(cells.is_decorated(text) or _is_number(text) for text in often):
        return decorated(place, next(iter(often)))
    if len(words) > MANY_WORDS:
        return (
            f"the column {shown(name)} holds {len(words):,} different words, such as {shown(words[0])}; at most "
            f"{MANY_WORDS} are allowed; leave it out, or put fewer words or numbers in their place"
        )
    return ""


def _remarks_on_words(name: str, often: dict[str, int], numeric: int) -> list[str]:
    remarks = []
    if numeric:
        remarks.append(f"The column {shown(name)} holds words and numbers; all of them are taken as words.")
    once = [text for text, n in often.items() if n == 1]
    if len(often) > _FEW_WORDS and len(once) * 2 > len(often):
        remarks.append(
            f"Most of the {len(often)} words in the column {shown(name)} occur once, such as {shown(once[0])}; nothing "
            "can be learned from these about other examples."
        )
    return remarks + _spellings(name, list(often))


def _spellings(name: str, texts: Sequence[str]) -> list[str]:
    """Words that differ in spaces only, which are one word, and those that differ in case only, which are not."""
    spaced: dict[str, list[str]] = {}
    for text in texts:
        spaced.setdefault(text.strip(), []).append(text)
    alike: dict[str, list[str]] = {}
    for word in spaced:
        alike.setdefault(word.casefold(), []).append(word)
    remarks = []
    one = next((several for several in spaced.values() if len(several) > 1), None)
    if one:
        remarks.append(f"In the column {shown(name)}, {listed(one)} are one word: spaces around it are left out.")
    apart = next((several for several in alike.values() if len(several) > 1), None)
    if apart:
        remarks.append(f"In the column {shown(name)}, {listed(apart)} stay different words.")
    return remarks
