"""`panda ahead`, as a person runs it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import SMALL, Panda


@pytest.fixture
def path(tmp_path: Path, panda: Panda) -> Path:
    recorded = tmp_path / "s.panda"
    nudge = ["--nudge", "40: learning_rate=0.03"]
    assert panda(*SMALL, "--iterations", "90", *nudge, "--session", recorded)[0] == 0
    return recorded


def test_an_arm_is_the_branch_with_that_change(panda: Panda, path: Path, tmp_path: Path) -> None:
    found = panda.json("ahead", path, "--at", "40", "--iterations", "50")
    assert (found["run"], found["at"], found["iterations"], len(found["arms"])) == ("r1", 40, 50, 5)
    dev_costs = [arm["dev_cost"] for arm in found["arms"]]
    assert found["best"] == dev_costs.index(min(dev_costs))
    for arm in (found["arms"][0], found["arms"][found["best"]]):
        change = f"learning_rate={arm['changes']['learning_rate']}"
        out = tmp_path / f"{arm['label']}.panda"
        branched = panda.json("branch", path, "--at", "40", "--set", change, "--iterations", "50", "--out", out)
        for name in ("digest", "cost", "dev_cost", "dev_accuracy"):
            assert arm[name] == branched[name]
        assert arm["iterations"][-1] == 90


def test_what_a_person_reads(panda: Panda, path: Path) -> None:
    code, out, err = panda("ahead", path, "--set", "optimizer=gd,adam", "--seeds", "2")
    assert (code, err) == (0, "")
    first, gd, adam, sentence, note = out.splitlines()
    assert first == "run r1, the 200 iterations after 90"
    spread = r"dev cost (\S+) \((\S+) to (\S+) in 3 orders of the data\)"
    numbers = rf"cost of the last mini-batch \S+, {spread}, dev accuracy \d+\.\d\d%"
    for line in (gd, adam):
        told = re.fullmatch(f" *optimizer (gd|adam)  {numbers}", line)
        assert told is not None
        own, low, high = map(float, told.groups()[1:])
        assert low <= own <= high
    assert re.fullmatch(
        r"optimizer (gd|adam) is best: dev cost \S+ after 200, the median of 3 orders of the data \(.*\)(; on .*)?",
        sentence,
    )
    assert note == "note: the run ends at iteration 90 as planned: all 200 iterations are beyond that"


def test_beyond_the_planned_end_of_a_run_it_says_so(panda: Panda, path: Path) -> None:
    options = ("--iterations", "50", "--set", "0.02")
    found = panda.json("ahead", path, "--at", "60", *options)
    assert found["arms"][0]["changes"] == {"learning_rate": 0.02}
    assert found["remark"] == "the run ends at iteration 90 as planned: 20 of the 50 iterations are beyond that"
    assert panda.json("ahead", path, "--at", "40", *options)["remark"] == ""


def test_what_is_planned_on_the_way_is_told(panda: Panda, path: Path) -> None:
    options = ("--at", "30", "--iterations", "50")
    found = panda.json("ahead", path, *options)
    assert found["remark"] == "on the way comes what is planned: α → 0.03 at iteration 40"
    assert f"\nnote: {found['remark']}\n" in panda("ahead", path, *options)[1]


def test_a_number_is_taken_as_it_is_written_in_the_refusal_of_another(panda: Panda, path: Path) -> None:
    assert panda.json("ahead", path, "--iterations", "1,000")["iterations"] == 1000


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--at 91", "at must be a whole number from 0 to 90, but got 91"),
        ("--at x", "at must be a whole number of at least 0, but got 'x'"),
        ("--iterations 49", "iterations must be a whole number from 50 to 5,000, but got '49'"),
        ("--iterations 6,000", "iterations must be a whole number from 50 to 5,000, but got '6,000'"),
        ("--iterations 1,00", "iterations must be a whole number from 50 to 5,000, but got '1,00'"),
        ("--iterations 0", "iterations must be a whole number from 50 to 5,000, but got '0'"),
        ("--iterations -5", "iterations must be a whole number from 50 to 5,000, but got '-5'"),
        ("--set learning_rate=0", "learning_rate must be a number above 0 and at most 1e+06, but got 0\n"),
        ("--set colour=red", "'colour' is not a hyperparameter; those that may change are"),
        ("--seeds 99", "seeds must be a whole number from 0 to 64, but got '99'"),
        ("--run r7", "r7"),
    ],
)
def test_bad_input_is_one_sentence(panda: Panda, path: Path, options: str, sentence: str) -> None:
    code, out, err = panda("ahead", path, *options.split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert sentence in err
