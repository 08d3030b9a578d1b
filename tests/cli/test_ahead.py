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
    first, gd, adam, sentence = out.splitlines()
    assert first == "run r1, the 200 iterations after 90"
    numbers = r"cost of the last mini-batch \S+, dev cost \S+ \(\S+ to \S+\), dev accuracy \d+\.\d\d%"
    assert re.fullmatch(f"  optimizer gd  {numbers}", gd)
    assert re.fullmatch(f"optimizer adam  {numbers}", adam)
    assert re.fullmatch(
        r"optimizer (gd|adam) is best: dev cost \S+ after 200, the median of 3 orders of the data \(\S+ to \S+\)",
        sentence,
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--at 91", "iteration must be a whole number from 0 to 90, but got 91"),
        ("--at x", "at must be a whole number of at least 0, but got 'x'"),
        ("--iterations 49", "iterations must be a whole number from 50 to 5,000, but got 49"),
        ("--set learning_rate=0", "learning_rate must be a number above 0 and at most 1e+06, but got 0.0"),
        ("--set colour=red", "'colour' is not a hyperparameter; those that may change are"),
        ("--seeds 99", "seeds must be a whole number from 0 to 64, but got 99"),
        ("--run r7", "r7"),
    ],
)
def test_bad_input_is_one_sentence(panda: Panda, path: Path, options: str, sentence: str) -> None:
    code, out, err = panda("ahead", path, *options.split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert sentence in err
