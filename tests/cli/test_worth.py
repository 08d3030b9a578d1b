"""`panda worth`, as a person runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trainer.cli.main import main

SMALL = ["train", "--data", "iris", "--layers", "5", "--mini-batch-size", "16", "--iterations", "90"]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A session with a change that does nothing, a bold one, and one in the end."""
    recorded = tmp_path / "s.panda"
    nudges = ["20: momentum=0.9 # the same", "40: learning_rate=3 # bold", "90: momentum=0.5"]
    options = [word for nudge in nudges for word in ("--nudge", nudge)]
    assert main([*SMALL, *options, "--session", str(recorded)]) == 0
    capsys.readouterr()
    return recorded


def test_what_a_person_reads(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worth", str(path), "--run", "r1", "--intervention", "1", "--seeds", "3", "--iterations", "40"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    first, ghost, seeds, method, note = out.splitlines()
    assert note == "note: of 40 iterations, the latest after which the dev cost was evaluated is 24"
    assert first == "run r1, iteration 40: learning_rate 0.1 → 3"
    assert re.fullmatch(
        r"dev cost (−\S+ after 24 iterations: it helped|\+\S+ after 24 iterations: it hurt)"
        r" \(\S+ with it, \S+ without\)",
        ghost,
    )
    assert re.fullmatch(r"helped in [0-3] of 3 seeds, median [−+]\S+ \[[−+]\S+, [−+]\S+\]", seeds)
    assert method.endswith("smallest to largest of 3 paired differences of dev cost, coverage 75.0%")


def test_one_json_document(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worth", str(path), "--intervention", "0", "--seeds", "2", "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    found = json.loads(out)
    assert (found["session"], found["run"], found["intervention"]) == (str(path), "r1", 0)
    assert (found["iteration"], found["iterations"], found["after"]) == (20, 70, {"momentum": 0.9})
    assert (found["difference"], found["outcome"]) == (0, "made no difference")
    assert found["dev_cost_with"] == found["dev_cost_without"]
    assert found["seeds"]["seeds"] == [2, 3]
    assert found["seeds"]["differences"] == [0, 0]
    assert (found["seeds"]["helped"], found["seeds"]["coverage"]) == (0, 0.5)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--intervention 3", "intervention must be one that run r1 has behind it (r1:0, r1:1, r1:2), but got 3"),
        ("--intervention -1", "intervention must be a whole number of at least 0, but got '-1'"),
        ("--intervention 1.5", "intervention must be a whole number of at least 0, but got '1.5'"),
        ("--intervention 0 --run r7", "there is no run 'r7' in"),
        ("--intervention 0 --seeds 1", "seeds must be 0 or a whole number from 2 to 64, but got 1"),
        ("--intervention 0 --seeds 65", "seeds must be 0 or a whole number from 2 to 64, but got 65"),
        ("--intervention 0 --seeds x", "seeds must be a whole number of at least 0, but got 'x'"),
        ("--intervention 1 --iterations 51", "iterations must be a whole number from 1 to 50"),
        ("--intervention 2", "intervention 2 was made at iteration 90, the last of the run: nothing came after it"),
        ("--intervention 1 --budget 0", "budget must be a whole number of at least 1, but got '0'"),
        ("--intervention 1 --budget -1", "budget must be a whole number of at least 1, but got '-1'"),
        ("", "the following arguments are required: --intervention"),
    ],
)
def test_bad_input_is_one_line(path: Path, capsys: pytest.CaptureFixture[str], options: str, sentence: str) -> None:
    assert main(["worth", str(path), *options.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_damage_is_no(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(b"-intervention.json") + 600] ^= 1
    path.write_bytes(data)
    assert main(["worth", str(path), "--intervention", "1", "--seeds", "2"]) in (1, 2)
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_process_with_other_threads_computes_with_the_recorded_ones(path: Path) -> None:
    """The ghost of what changes nothing is the run bit for bit, however many threads the environment asks for."""
    command = [sys.executable, "-m", "trainer", "worth", str(path), "--intervention", "0", "--json"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = json.loads(done.stdout)
    assert (done.stderr, found["difference"], found["remark"]) == ("", 0, "")
