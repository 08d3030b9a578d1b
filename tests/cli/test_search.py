"""`panda search`, as a person runs it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Panda
from tests.waiting import wait_until
from trainer.errors import SessionError
from trainer.recorder.search_file import read_search

SMALL = ["search", "--data", "iris", "--layers", "5", "--mini-batch-size", "16"]


def test_what_a_person_reads(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda-search"
    code, out, err = panda(*SMALL, "--trials", "12", "--epochs", "3", "--sampler", "coarse-to-fine", "--out", path)
    assert (code, err) == (0, "")
    header, *rows = out.splitlines()
    assert header.split() == ["trial", "learning_rate", "momentum", "dev", "cost", "dev", "accuracy"]
    costs = [float(row.split()[3]) for row in rows[:10]]
    assert costs == sorted(costs)
    more, counts, first, second, where, again = rows[10:]
    assert more == "and 2 more"
    assert counts.startswith("12 trials: ")
    assert first == "round 1, 6 trials: learning_rate 1e-4…1  momentum 0…0.999"
    assert second.startswith("round 2, 6 trials: learning_rate ")
    assert where == f"recorded in {path}"
    assert again.startswith("the best one as a run to babysit: panda train --data iris --layers 5 --learning-rate ")


def test_the_best_trial_is_trained_once_more_by_the_command_that_is_named(panda: Panda, tmp_path: Path) -> None:
    table = tmp_path / "a table.csv"
    table.write_text("\n".join(["a,b,c", *(f"{i % 7},{i * 3 % 5},{i % 2}" for i in range(60))]))
    path = tmp_path / "s.panda-search"
    box = ["--box", "learning_rate=0.001:0.1", "optimizer=adam,rmsprop", "batch_norm=off", "hidden_units=3:9"]
    fixed: list[str | Path] = ["--data", table, "--label", "c", "--leave-out", "b", "--seed", "7", "--dtype", "float64"]
    weights = ["--class-weights", "balanced", "--decay", "inverse-time", "--decay-rate", "0.1"]
    code, out, _ = panda("search", *fixed, *weights, *box, "--trials", "4", "--epochs", "3", "--out", path)
    assert code == 0
    command = shlex.split(out.splitlines()[-1].partition(": panda ")[2])
    code, printed, _ = panda(*command, "--session", tmp_path / "s.panda", "--json")
    assert code == 0
    run = json.loads(printed)
    best = int(out.splitlines()[1].split()[0])
    assert run["digest"] == dict(_over(path))[best]


def test_one_json_document(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda-search"
    numbers = ["learning_rate=0.001:1", "hidden_units=4:9", "mini_batch_size=8:32"]
    box = [*numbers, "optimizer=gd,adam", "batch_norm=on,off"]
    options = ["--trials", "9", "--epochs", "2", "--seed", "3", "--halving", "--out", str(path), "--json"]
    code, out, err = panda("search", "--data", "iris", "--layers", "5", *options, "--box", *box)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["session"], found["sampler"], found["seed"], found["state"]) == (str(path), "random", 3, "finished")
    ranges = {
        "learning_rate": [0.001, 1.0],
        "hidden_units": [4, 9],
        "mini_batch_size": [8, 32],
        "optimizer": ["gd", "adam"],
        "batch_norm": [True, False],
    }
    assert found["box"] == ranges
    assert found["rounds"] == [{"number": 1, "box": ranges, "trials": 9}]
    trials = found["trials"]
    assert sorted(trial["index"] for trial in trials) == list(range(9))
    costs = [trial["dev_cost"] for trial in trials]
    assert costs == sorted(costs)
    assert sum(trial["state"] == "stopped" for trial in trials) == 8
    for trial in trials:
        config = trial["config"]
        assert 0.001 <= config["learning_rate"] <= 1
        assert config["layers"] == [config["hidden_units"]]
        assert config["mini_batch_size"] in (8, 16, 32)
        assert config["optimizer"] in ("gd", "adam")
        assert 0 <= trial["dev_accuracy"] <= 1
        assert trial["iterations"] >= 1
        assert trial["seconds"] > 0


@pytest.mark.slow
def test_the_same_trials_on_one_worker_and_on_two(panda: Panda, tmp_path: Path) -> None:
    def digests(workers: str) -> list[tuple[int, str]]:
        out = tmp_path / f"{workers}.panda-search"
        code, printed, _ = panda(*SMALL, "--trials", "8", "--epochs", "2", "--workers", workers, "--out", out, "--json")
        assert code == 0
        return [(trial["index"], trial["digest"]) for trial in json.loads(printed)["trials"]]

    if (os.cpu_count() or 1) < 2:
        pytest.fail("two cores are needed")
    one = digests("1")
    assert len({digest for _, digest in one}) == 8
    assert digests("2") == one


def test_all_trials_diverge(panda: Panda, tmp_path: Path) -> None:
    wild = ["--box", "learning_rate=1e5:1e6", "--optimizer", "gd", "--no-batch-norm", "--dtype", "float32"]
    code, out, _ = panda(*SMALL, *wild, "--trials", "3", "--epochs", "20", "--out", tmp_path / "s.panda-search")
    assert code == 0
    assert "3 trials: 3 diverged" in out
    assert "no trial has a dev cost: try smaller learning rates" in out


@pytest.mark.slow
def test_a_search_that_was_killed_goes_on(panda: Panda, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole.panda-search", tmp_path / "killed.panda-search"
    options = [*SMALL, "--trials", "12", "--epochs", "400", "--workers", "1"]
    assert panda(*options, "--out", whole)[0] == 0
    process = subprocess.Popen([sys.executable, "-m", "trainer", *options, "--out", killed], cwd=tmp_path)
    try:
        wait_until(lambda: _trials(killed) >= 2)
    finally:
        process.kill()
        process.wait()
    before = _over(killed)
    assert 2 <= len(before) < 12
    assert panda("search", "--resume", "--out", killed)[0] == 0
    after = _over(killed)
    assert after[: len(before)] == before, "nothing that was over is computed again"
    assert sorted(after) == sorted(_over(whole))
    code, _, err = panda("search", "--resume", "--out", killed)
    assert (code, err) == (0, "panda: there was nothing left to do\n")


@pytest.mark.slow
def test_interrupted_by_a_person(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda-search"
    command = [sys.executable, "-m", "trainer", *SMALL, "--trials", "500", "--epochs", "400", "--out", str(path)]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: _trials(path) >= 1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    over = _trials(path)
    assert over >= 1
    assert f"--resume --out {path} goes on" in err


@pytest.mark.parametrize(
    ("spoil", "code", "refusal"),
    [
        (lambda recorded: b"no search", 2, "is not the file of a search"),
        (lambda recorded: _flipped(_flipped(recorded, b"-search.json"), b"-round.json"), 1, "is damaged"),
    ],
)
def test_a_file_that_cannot_be_gone_on_with(
    panda: Panda, tmp_path: Path, spoil: Callable[[bytes], bytes], code: int, refusal: str
) -> None:
    path = tmp_path / "s.panda-search"
    assert panda(*SMALL, "--trials", "2", "--epochs", "1", "--out", path)[0] == 0
    spoiled = spoil(path.read_bytes())
    path.write_bytes(spoiled)
    refused, out, err = panda("search", "--resume", "--out", path)
    assert (refused, out, err.count("\n")) == (code, "", 1)
    assert refusal in err
    assert path.read_bytes() == spoiled


@pytest.mark.parametrize("kind", [b"-search.json", b"-trial.json"])
def test_a_damaged_file_goes_on_in_a_new_one_which_is_named(panda: Panda, tmp_path: Path, kind: bytes) -> None:
    path, new = tmp_path / "s.panda-search", tmp_path / "s-anew.panda-search"
    assert panda(*SMALL, "--trials", "3", "--epochs", "1", "--out", path)[0] == 0
    whole, digests = path.read_bytes(), _over(path)
    path.write_bytes(_flipped(whole, kind))
    code, out, err = panda("search", "--resume", "--out", path, "--json")
    assert (code, json.loads(out)["session"]) == (0, str(new))
    n = 2 if kind == b"-trial.json" else 3
    told, rest = err.splitlines()
    assert re.fullmatch(rf"panda: {path} is damaged \(record .*\): {n} trials are whole, and it goes on .* {new}", told)
    assert rest == ("panda: 2 of 3 trials are over and kept" if n == 2 else "panda: there was nothing left to do")
    assert sorted(_over(new)) == sorted(digests)
    code, out, err = panda("search", "--resume", "--out", path)
    assert (code, out, f"{new} has what is whole: go on with that" in err) == (2, "", True)


def test_a_file_that_is_cut_says_what_is_left(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda-search"
    assert panda(*SMALL, "--trials", "3", "--epochs", "1", "--out", path)[0] == 0
    whole, digests = path.read_bytes(), _over(path)
    path.write_bytes(whole[:-700])
    code, _, err = panda("search", "--resume", "--out", path)
    assert (code, err.splitlines()) == (
        0,
        [
            f"panda: {path} ended in the midst of a record, which was cut off: 2 trials are whole and kept",
            "panda: 2 of 3 trials are over and kept",
        ],
    )
    assert _over(path) == digests


def test_the_ending_of_a_session_is_not_given_to_a_search(panda: Panda, tmp_path: Path) -> None:
    path, right = tmp_path / "s.panda", tmp_path / "s.panda-search"
    code, out, err = panda(*SMALL, "--trials", "2", "--epochs", "1", "--out", path)
    assert (code, err) == (0, f"panda: s.panda would be the name of a session: a search is recorded in {right}\n")
    assert f"recorded in {right}" in out
    assert [each.name for each in tmp_path.iterdir()] == [right.name]
    assert panda("search", "--resume", "--out", path)[::2] == (0, "panda: there was nothing left to do\n")
    code, _, err = panda(*SMALL, "--trials", "2", "--out", path)
    assert (code, f"{right} exists already" in err) == (2, True)
    right.rename(path)  # as an earlier version named it
    assert panda("search", "--resume", "--out", path)[0] == 0


def test_how_long_it_takes_is_told_once_where_that_is_long(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda-search"
    command = [sys.executable, "-m", "trainer", *SMALL, "--trials", "5000", "--epochs", "400", "--out", str(path)]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    line = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert re.fullmatch(r"about [\d,]+ \w+ for the [\d,]+ trials left, (one|\d+) at a time\n", line)
    assert "trials left" not in rest


def test_what_goes_on_has_the_options_that_are_recorded(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda-search"
    assert panda(*SMALL, "--trials", "2", "--epochs", "1", "--out", path)[0] == 0
    for option, value in [("--trials", "3"), ("--seed", "2"), ("--learning-rate", "0.1"), ("--box", "momentum=0:0.5")]:
        code, out, err = panda("search", "--resume", "--out", path, option, value)
        assert (code, out) == (2, "")
        assert f"so {option} cannot be given with it" in err
    code, _, err = panda(*SMALL, "--trials", "2", "--out", path)
    assert code == 2
    assert f"{path} exists already" in err


def test_data_that_are_others_by_now(panda: Panda, tmp_path: Path) -> None:
    table, path = tmp_path / "t.csv", tmp_path / "s.panda-search"
    rows = [f"{i % 7},{i * 3 % 5},{i % 2}" for i in range(60)]
    table.write_text("\n".join(["a,b,c", *rows]))
    assert panda("search", "--data", table, "--trials", "2", "--epochs", "1", "--out", path)[0] == 0
    fingerprint = read_search(path).head["fingerprint"][:12]
    table.write_text("\n".join(["a,b,c", *rows[::-1]]))
    code, out, err = panda("search", "--resume", "--out", path)
    assert (code, out) == (2, "")
    assert f"is a search on other data: their fingerprint is {fingerprint}, that of {table} now " in err
    code, out, err = panda("search", "--resume", "--out", path, "--data", "iris")
    assert (code, out) == (2, "")
    assert "that of iris now " in err


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        (["--box", "learning_rate=0.1:0.1"], "the range of learning_rate, 0.1 to 0.1, is empty"),
        (["--box", "learning_rate=1:0.1"], "the range of learning_rate, 1 to 0.1, is reversed"),
        (["--box", "learning_rate=0:1"], "learning_rate must be a number above 0"),
        (["--box", "learning_rate=0:1"], "but got 0 as an end of its range"),
        (["--box", "hidden_layers=1:1000000"], "but got 1000000 as an end of its range"),
        (["--box", "weight_decay=0:1"], "weight_decay is drawn on a log scale, so both ends must be above 0"),
        (["--box", "alpha=0.1:1"], "'alpha' cannot be searched; what can is learning_rate, momentum"),
        (["--box", "learning_rate"], "a range is written NAME=LOW:HIGH"),
        (["--box", "optimizer=adam,sgd"], "optimizer must be among gd, momentum, rmsprop, adam, but got 'sgd'"),
        (["--box", "decay_rate=0.1:1"], "decay_rate has no effect while decay is none"),
        (["--box", "mini_batch_size=16:512"], "mini_batch_size must be at most 120, the number of training examples"),
        (["--sampler", "bayes"], "sampler must be one of random, grid, coarse-to-fine, tpe, but got 'bayes'"),
        (["--sampler", "grid", "--trials", "3"], "a grid over learning_rate, momentum has at least 4 points"),
        (["--rounds", "2"], "rounds belong to coarse-to-fine"),
        (["--trials", "0"], "trials must be a whole number of at least 1, but got '0'"),
        (["--workers", "4096"], "the cores of this machine, but got 4096"),
        (["--backend", "spark"], "backend must be one of loky, dask, but got 'spark'"),
        (["--backend", "dask"], "--backend dask needs --scheduler ADDRESS"),
        (["--scheduler", "tcp://127.0.0.1:1"], "belongs to --backend dask"),
        (["--backend", "dask", "--scheduler", "nowhere"], "the address of a scheduler is written tcp://HOST:PORT"),
        (["--epochs", "1", "--iterations", "1"], "--iterations and --epochs say the same thing twice"),
        (["--resume"], "--resume needs --out FILE"),
        (["--resume", "--out", "gone.panda-search"], "there is no"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(
    panda: Panda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], refusal: str
) -> None:
    monkeypatch.chdir(tmp_path)
    base = [] if "--resume" in options else ["--data", "iris"]
    code, out, err = panda("search", *base, *options)
    assert (code, out) == (2, "")
    assert refusal in err
    assert err.count("\n") == 1
    assert not list(tmp_path.rglob("*.panda-search"))


def _flipped(recorded: bytes, of: bytes) -> bytes:
    """With one bit changed in the text of the first record of a kind."""
    data = bytearray(recorded)
    data[data.index(of) + 600] ^= 1
    return bytes(data)


def _trials(path: Path) -> int:
    return len(_over(path))


def _over(path: Path) -> list[tuple[int, str]]:
    """Number and digest of the trials that a file says are over, in its order."""
    try:
        found = read_search(path)
    except SessionError:
        return []
    return [(fields["index"], fields["digest"]) for kind, fields in found.records if kind == "trial"]
