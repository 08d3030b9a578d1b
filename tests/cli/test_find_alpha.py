"""`panda find-alpha`, as a person runs it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import SMALL, Panda


@pytest.fixture
def path(tmp_path: Path, panda: Panda) -> Path:
    recorded = tmp_path / "s.panda"
    assert panda(*SMALL, "--iterations", "90", "--session", recorded)[0] == 0
    return recorded


def test_one_json_document(panda: Panda, path: Path) -> None:
    found = panda.json("find-alpha", path, "--run", "r1", "--at", "50", "--iterations", "50")
    assert (found["run"], found["at"], found["present"]) == ("r1", 50, 0.1)
    assert len(found["learning_rates"]) == len(found["costs"]) == len(found["dev_costs"]) == 25
    assert found["learning_rates"][0] <= found["suggested"]["low"] <= found["suggested"]["high"] <= 10
    assert found["limit"]["optimizer"] == "momentum"
    assert found["limit"]["learning_rate"] == pytest.approx(38 / found["limit"]["curvature"])
    assert len(found["range_test"]["learning_rates"]) == len(found["range_test"]["costs"])


def test_what_a_person_reads(panda: Panda, path: Path) -> None:
    code, out, err = panda("find-alpha", path)
    assert (code, err) == (0, "")
    first, suggested, reason, limit, *notes = out.splitlines()
    assert first == "run r1, iteration 90: α is 0.1"
    assert re.fullmatch(r"suggested: α = \S+( to \S+)?", suggested)
    assert re.match("after 200 iterations(, among the .*,)? the dev cost ", reason)
    told = r"momentum is stable up to about α = \S+ here \(an estimate: largest curvature .*, in mini-batches of \d+\)"
    assert re.fullmatch(told, limit)
    assert notes[-2:] == [
        "note: it holds for β = 0.9: where β is changed, find α again",
        "note: the run ends at iteration 90 as planned: all 200 iterations are beyond that",
    ]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--at 91", "at must be a whole number from 0 to 90, but got 91"),
        ("--iterations 6000", "iterations must be a whole number from 50 to 5,000, but got '6000'"),
        ("--run r7", "r7"),
    ],
)
def test_bad_input_is_one_sentence(panda: Panda, path: Path, options: str, sentence: str) -> None:
    code, out, err = panda("find-alpha", path, *options.split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert sentence in err
