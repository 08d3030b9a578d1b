"""Numbers in words: those that are set, and those that were measured, as the page writes them too."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from trainer.engine.wording import measured_text, number_text

TABLE = json.loads((Path(__file__).parents[1] / "frontend" / "numbers.json").read_text("utf-8"))
"""The same examples as `text.test.js` has."""


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["set"])
def test_numbers_are_written_as_on_the_page(row: dict[str, float | str]) -> None:
    value = float(row["value"])
    assert (number_text(value), measured_text(value)) == (row["set"], row["measured"])


def test_what_is_no_number_stands_as_it_is() -> None:
    assert [measured_text(value) for value in (math.nan, math.inf, -math.inf)] == ["nan", "inf", "-inf"]
    assert [number_text(value) for value in (None, 1234567, "adam", math.nan)] == ["–", "1234567", "adam", "nan"]
