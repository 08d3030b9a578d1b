"""`panda caviar`, as a person runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Panda
from tests.waiting import wait_until
from trainer.errors import SessionError
from trainer.experiments.caviar.record import read_so_far
from trainer.recorder.search_file import read_search

TRAIN = ["train", "--data", "iris", "--layers", "5", "--mini-batch-size", "16", "--iterations", "160"]


@pytest.fixture
def path(tmp_path: Path, panda: Panda) -> Path:
    session = tmp_path / "s.panda"
    nudges = ["--nudge", "40: learning_rate=0.03 # calmer", "--nudge", "120: learning_rate=0.01"]
    assert panda(*TRAIN, *nudges, "--session", session)[0] == 0
    return session


def test_what_a_person_reads(path: Path, panda: Panda, tmp_path: Path) -> None:
    out_file = tmp_path / "c.panda-caviar"
    code, out, err = panda("caviar", path, "--trials", "4", "--seeds", "6", "--out", out_file)
    assert (code, err) == (0, "")
    first, header, *rows, compute, verdict, method, seeds, where = out.splitlines()
    assert seeds == (
        "a seed changes the initial parameters and the order of the data, not the split into training and dev set"
    )
    assert first == (
        "dev cost of run r1, 160 iterations with 2 interventions, and of the best of 4 random trials that have its"
        " compute together"
    )
    assert header.split() == ["seed", "panda", "best", "of", "4", "difference", "of", "the", "best", "trial"]
    assert [row.split()[0] for row in rows] == ["2", "3", "4", "5", "6", "7"]
    row = r"\d +\d\.\d+ +\d\.\d+ +[+−]\d\S* +learning_rate=\S+ momentum=\S+"
    assert all(re.fullmatch(row, each) for each in rows), rows
    share = re.fullmatch(
        r"compute over all seeds, in examples × parameters: panda \S+, caviar \S+ \((\d+\.\d\d)%\)", compute
    )
    assert share is not None
    assert 99 <= float(share[1]) <= 101
    assert re.fullmatch(
        r"(the panda was better|caviar was better|undecided, as 0 is in the interval): the panda's dev cost was lower"
        r" in [0-6] of 6 seeds, median difference [+−]\S+ \[[+−]\S+, [+−]\S+\]",
        verdict,
    )
    assert method.endswith("smallest to largest of 6 paired differences of dev cost, coverage 96.9%")
    assert where == f"recorded in {out_file}"


def test_one_json_document(path: Path, panda: Panda, tmp_path: Path) -> None:
    out = tmp_path / "c.panda-caviar"
    box = ["learning_rate=0.001:1", "mini_batch_size=8:32", "optimizer=gd,adam"]
    found = panda.json("caviar", path, "--trials", "3", "--seeds", "6", "--box", *box, "--out", out)
    assert (found["session"], found["run"], found["out"]) == (str(path), "r1", str(out))
    assert (found["iterations"], found["interventions"], found["trials"]) == (160, 2, 3)
    assert found["box"] == {"learning_rate": [0.001, 1.0], "mini_batch_size": [8, 32], "optimizer": ["gd", "adam"]}
    assert [seed["seed"] for seed in found["seeds"]] == [2, 3, 4, 5, 6, 7]
    for seed in found["seeds"]:
        mine, caviar = seed["panda"], seed["caviar"]
        assert abs(caviar["compute"] / mine["compute"] - 1) <= 0.01
        assert seed["difference"] == mine["dev_cost"] - caviar["dev_cost"]
        assert (mine["curve"][-1], len(mine["curve"])) == ([mine["compute"], mine["dev_cost"]], 3)
        assert (caviar["curve"][-1], len(caviar["curve"])) == ([caviar["compute"], caviar["dev_cost"]], 3)
        assert caviar["config"].keys() == found["box"].keys()
    assert found["better"] == sum(seed["difference"] < 0 for seed in found["seeds"])
    assert found["low"] <= found["median"] <= found["high"]
    assert found["verdict"] in ("panda", "caviar", "undecided")
    assert panda.json("caviar", path, "--out", out, "--resume") == found


def test_a_new_file_in_sessions_by_default(
    path: Path, panda: Panda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = panda.json("caviar", path, "--trials", "2", "--seeds", "6")
    assert re.fullmatch(r"sessions/s-caviar-[0-9a-f]{8}\.panda-caviar", found["out"])
    assert Path(found["out"]).is_file()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--seeds 5", "seeds must be a whole number from 6 to 64 (with fewer than 6 no interval is sure to 95 %), but"),
        ("--seeds 65", "seeds must be a whole number from 6 to 64"),
        ("--trials 1", "trials must be a whole number from 2 to 10,000"),
        ("--trials x", "trials must be a whole number of at least 0, but got 'x'"),
        ("--trials 200", "200 trials cannot have the compute of 160 iterations to 1%"),
        ("--workers 99", "workers must be from 1 to "),
        ("--box learning_rate=1:0.1", "the range of learning_rate, 1 to 0.1, is reversed"),
        ("--box dance=1:2", "'dance' cannot be searched"),
        (
            "--box mini_batch_size=8:512",
            "mini_batch_size must be at most 120, the number of training examples",
        ),
        ("--run r7", "there is no run 'r7' in"),
        ("--resume", "--resume needs --out FILE, the comparison to go on with"),
        ("--resume --out none.panda-caviar", "there is no"),
        ("--out {path}", "exists"),
        ("--resume --out {path}", "is not the file of a search"),
    ],
)
def test_bad_input_is_one_line(
    path: Path, panda: Panda, words: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = path.read_bytes()
    code, out, err = panda("caviar", path, *words.format(path=path).split())
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["s.panda"]  # nothing is begun


def test_a_branch_has_no_beginning_to_be_run_again(path: Path, panda: Panda, tmp_path: Path) -> None:
    branch = tmp_path / "b.panda"
    assert panda("branch", path, "--at", "50", "--iterations", "20", "--out", branch)[0] == 0
    code, out, err = panda("caviar", branch, "--out", tmp_path / "c")
    assert (code, out) == (2, "")
    assert err.startswith("panda: run r1 was born from run r1 of s.panda (")
    assert err.endswith("make the same changes in a run that begins at iteration 0 and ask there\n")
    assert not (tmp_path / "c").exists()


def test_a_damaged_file_goes_on_in_a_new_one(path: Path, panda: Panda, tmp_path: Path) -> None:
    out = tmp_path / "c.panda-caviar"
    found = panda.json("caviar", path, "--trials", "2", "--seeds", "6", "--out", out)
    data = bytearray(out.read_bytes())
    data[data.index(b"-trial.json") + 600] ^= 1
    out.write_bytes(data)
    code, printed, err = panda("caviar", path, "--out", out, "--resume", "--json")
    new = out.with_stem("c-anew")
    assert (code, json.loads(printed)) == (0, found | {"out": str(new)})
    assert re.fullmatch(
        rf"panda: {out} is damaged \(record .*\): 17 trainings are whole, and it goes on from there in {new}\n", err
    )
    assert out.read_bytes() == data
    code, _, err = panda("search", "--resume", "--out", new)
    assert code == 2
    assert f"{new} is a comparison, which `panda caviar SESSION --resume --out` goes on with" in err


def test_a_schedule_that_damage_may_have_cut_is_not_played(path: Path, panda: Panda, tmp_path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(b"-intervention.json") + 600] ^= 1
    path.write_bytes(data)
    code, out, err = panda("caviar", path, "--out", tmp_path / "c")
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert "a change of hyperparameters may have been in it" in err


@pytest.mark.slow
def test_killed_it_goes_on_without_repeating_what_is_over(path: Path, panda: Panda, tmp_path: Path) -> None:
    straight, killed = tmp_path / "a.panda-caviar", tmp_path / "b.panda-caviar"
    words = ["caviar", str(path), "--trials", "20", "--seeds", "12", "--workers", "1"]
    whole = panda.json(*words, "--out", straight)
    more: list[str] = []

    def over() -> int:
        try:
            return len(read_so_far(killed).over)
        except SessionError:
            return 0

    for target in (3, 100, 180):
        process = subprocess.Popen(
            [sys.executable, "-m", "trainer", *words, "--out", str(killed), *more], stdout=subprocess.DEVNULL
        )
        wait_until(lambda target=target: over() >= target, process)  # type: ignore[misc]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        more = ["--resume"]
    assert over() < 12 * 21
    found = panda.json("caviar", path, "--out", killed, "--resume")
    assert found == whole | {"out": str(killed)}
    keys = [(fields["seed"], fields["trial"]) for _, fields in read_search(killed).records]
    assert len(keys) == len(set(keys)) == 12 * 21
