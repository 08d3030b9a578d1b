"""`panda train`, `verify`, `log` and `check`, as a person runs them."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import SMALL, Panda
from trainer.recorder.session import read_session


def test_train_with_nudges_then_verify_log_and_check(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    trained = panda.json(
        *[
            "train",
            "--data",
            "digits",
            "--layers",
            "128,64",
            "--optimizer",
            "adam",
            "--learning-rate",
            "0.01",
            "--iterations",
            "2000",
            "--seed",
            "1",
        ],
        *("--nudge", "500: learning_rate=0.001 # calmer"),
        *("--nudge", "900: momentum=0.95 decay=inverse-time decay_rate=0.05"),
        *("--session", path),
    )
    assert set(trained) == {
        "session",
        "run",
        "iterations",
        "cost",
        "dev_cost",
        "dev_accuracy",
        "digest",
        "seconds",
        "iterations_per_second",
        "gauges",
        "gauges_iteration",
        "final_gauges",
    }
    assert (trained["session"], trained["iterations"]) == (str(path), 2000)
    assert trained["dev_accuracy"] >= 0.97
    verified = panda.json("verify", path)
    assert (verified["result"], verified["iterations"], verified["first_difference"]) == ("exact", 2000, None)
    assert verified["digest"] == trained["digest"]
    (run,) = panda.json("log", path)["runs"]
    assert (run["run"], run["parent"], run["at"], run["iterations"]) == (trained["run"], None, None, 2000)
    assert (run["config"]["data"], run["config"]["layers"], run["config"]["seed"]) == ("digits", [128, 64], 1)
    first, second = run["interventions"]
    assert (first["index"], first["iteration"], first["author"], first["note"]) == (0, 500, "cli", "calmer")
    assert (first["before"], first["after"]) == ({"learning_rate": 0.01}, {"learning_rate": 0.001})
    assert second["after"] == {"momentum": 0.95, "decay": "inverse-time", "decay_rate": 0.05}
    assert second["before"] == {"momentum": 0.9, "decay": "none", "decay_rate": 1.0}
    assert panda.json("check", path)["result"] == "closed"


def test_what_a_person_reads(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    code, out, err = panda(*SMALL, "--iterations", "50", "--nudge", "20: momentum=0.5 # slower", "--session", path)
    assert (code, err) == (0, "")
    assert out.startswith("50 iterations: cost ")
    assert f"recorded in {path}" in out
    code, out, _ = panda("log", path)
    assert "iteration      20  cli: momentum 0.9 → 0.5  # slower" in out
    code, out, _ = panda("verify", path)
    assert out == "exact: 50 iterations re-executed, every cost and 3 checkpoints equal bit for bit\n"
    code, out, _ = panda("check", path)
    assert out == f"intact: {read_session(path).records} records, closed\n"


def test_the_same_seed_gives_the_same_digest_recorded_or_not(panda: Panda, tmp_path: Path) -> None:
    recorded = panda.json(*SMALL, "--iterations", "40", "--session", tmp_path / "a.panda")
    unrecorded = panda.json(*SMALL, "--iterations", "40", "--no-record")
    other = panda.json(*SMALL, "--iterations", "40", "--no-record", "--seed", "2")
    assert recorded["digest"] == unrecorded["digest"] != other["digest"]
    assert unrecorded["session"] is None


def test_epochs_are_counted_in_whole_passes(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    panda(*SMALL, "--epochs", "3", "--nudge", "5: mini_batch_size=40", "--session", path)
    session = read_session(path)
    state = session.training_state(session.runs["r1"].checkpoints[-1].seq)
    assert (state.epoch, state.offset) == (3, 0)


def test_a_session_goes_on_where_it_ended(panda: Panda, tmp_path: Path) -> None:
    straight = panda.json(*SMALL, "--iterations", "90", "--nudge", "60: momentum=0.5", "--no-record")
    path = tmp_path / "a.panda"
    panda.json(*SMALL, "--iterations", "50", "--session", path)
    options = ["train", "--session", str(path), "--resume", "--iterations", "90"]
    resumed = panda.json(*options, "--nudge", "60: momentum=0.5")
    assert resumed["digest"] == straight["digest"]
    assert resumed["iterations"] == 90
    assert panda.json("verify", path)["result"] == "exact"
    (run,) = panda.json("log", path)["runs"]
    assert [change["index"] for change in run["interventions"]] == [0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("train --learning-rate 1_0", "learning_rate must be a number such as 0.01 or 1e-3, but got '1_0'"),
        ("train --learning-rate 0", "learning_rate must be a number above 0 and at most 1e+06, but got '0'"),
        ("train --momentum 1", "momentum must be a number at least 0 and below 1, but got '1'"),
        ("train --learning-rate 1e999", "at most 1e+06, but got '1e999'"),
        ("train --mini-batch-size 0", "mini_batch_size must be a whole number at least 1, but got '0'"),
        (
            "train --mini-batch-size 1",
            "mini_batch_size must be at least 2 with batch norm, since over one example the variance is 0, but got 1;"
            " without batch norm 1 is allowed",
        ),
        ("train --layers 0", "layers must be a whole number of at least 1, but got '0'"),
        ("train --seed 9223372036854775808", "seed must be a whole number of at most 9223372036854775807, but got"),
        ("train --iterations 1000000000000000000", "iterations must be a whole number of at most 999999999999999999"),
        ("train --decay linear", "decay must be one of none, inverse-time, exponential, inverse-sqrt, staircase"),
        ("train --layers 8,x", "layers must be a whole number of at least 1, but got 'x'"),
        ("train --iterations 5 --epochs 1", "--iterations and --epochs say the same thing twice"),
        ("train --iterations -5", "iterations must be a whole number of at least 0, but got '-5'"),
        ("train --data nowhere.csv", "nowhere.csv"),
        ("train --mini-batch-size 100000", "mini_batch_size must be at most"),
        ("train --nudge momentum=0.5", 'a nudge is written "T: NAME=VALUE # note"'),
        ("train --nudge 5:alpha=1", "'alpha' is not a hyperparameter; those that may change are learning_rate"),
        ("train --nudge 5:momentum=2", "momentum must be"),
        ("train --iterations 5 --nudge 9:momentum=0.5", "a nudge must be at an iteration from 0 to 5, but got 9"),
        ("train --resume", "--resume needs --session FILE and --iterations N"),
        ("train --resume --session a --epochs 40", "so --epochs cannot be given with it"),
        ("train --resume --session a --iterations 5 --no-record", "so --no-record cannot be given with it"),
        ("train --resume --session a --iterations 5 --no-batch-norm", "so --no-batch-norm cannot be given with it"),
        ("train --resume --session a --iterations 5 --seed 1", "so --seed cannot be given with it"),
        (
            "train --resume --session a --iterations 5 --learning-rate 0.1",
            "so --learning-rate cannot be given with it; a hyperparameter is changed with --nudge",
        ),
        ("train --frobnicate", "unrecognized arguments: --frobnicate"),
        ("verify nowhere.panda", "there is no session nowhere.panda"),
        ("dance", "dance"),
        ("", "VERB"),
    ],
)
def test_bad_input_is_one_line_that_names_it(
    panda: Panda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = panda(*arguments.split())
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert list(tmp_path.rglob("*.panda")) == []  # and leaves nothing behind


def test_an_existing_session_is_never_overwritten(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    panda(*SMALL, "--iterations", "5", "--session", path)
    before = path.read_bytes()
    code, _, err = panda(*SMALL, "--iterations", "5", "--session", path)
    assert code == 2
    assert "exists already" in err
    assert path.read_bytes() == before


def test_one_flipped_byte_in_any_record_is_named_by_check_and_verify(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    panda(*SMALL, "--iterations", "60", "--nudge", "20: momentum=0.5", "--session", path)
    content = path.read_bytes()
    chooser = random.Random(3)
    members = [line.split()[-1] for line in _tar(path)]
    for name in members:
        start = content.index(name.encode())
        damaged = bytearray(content)
        damaged[start + chooser.randrange(512 + 200)] ^= 1 << chooser.randrange(8)
        copy = tmp_path / "b.panda"
        copy.write_bytes(damaged)
        number, kind = name.removesuffix(".json").removesuffix(".npy").removesuffix(".safetensors").split("-", 1)
        for verb in ("check", "verify"):
            code, out, err = panda(verb, copy)
            assert code in (1, 2), name
            assert f"{number}-{kind}" in out + err or "not a session" in err, (name, out, err)


def _tar(path: Path) -> list[str]:
    return subprocess.run(["tar", "tvf", path], check=True, capture_output=True, text=True).stdout.splitlines()


def train_with_another_blas(path: Path, engine: str) -> None:
    """As another processor would choose it."""
    options = ["--data", "digits", "--layers", "32", "--dtype", "float64", "--iterations", "60", "--engine", engine]
    command = [sys.executable, "-m", "trainer", "train", *options, "--session", str(path)]
    environment = {**os.environ, "OPENBLAS_CORETYPE": "Nehalem"}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def test_compiled_code_does_not_depend_on_the_blas(panda: Panda, tmp_path: Path) -> None:
    train_with_another_blas(tmp_path / "a.panda", "compiled")
    assert panda.json("verify", tmp_path / "a.panda")["result"] == "exact"


def test_another_environment_is_said_and_never_called_exact(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    train_with_another_blas(path, "reference")
    code, out, _ = panda("verify", path, "--json")
    verdict = json.loads(out)
    assert (code, verdict["result"]) == (3, "other-environment")
    assert verdict["first_difference"] is not None
    assert "Nehalem" in verdict["text"]
    assert "equal within" in verdict["text"]
    code, _, err = panda("train", "--resume", "--iterations", "80", "--session", path)
    if code:  # from the last checkpoint on there may be nothing to compute again; else it must be said
        assert "cannot go on here bit for bit" in err


def test_a_cost_that_is_not_finite_ends_with_the_reason(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    code, _, err = panda(
        *("train", "--data", "blobs", "--layers", "8,8,8", "--no-batch-norm", "--optimizer", "gd"),
        *("--learning-rate", "1e5", "--iterations", "500", "--session", path),
    )
    assert code == 1
    assert "is not a finite number" in err
    assert "lower the learning rate" in err
    assert panda.json("verify", path)["result"] == "exact"


def test_the_log_of_a_damaged_session_says_what_is_missing(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    panda(*SMALL, "--iterations", "40", "--nudge", "20: momentum=0.5", "--session", path)
    assert panda.json("log", path)["damage"] == []
    content = bytearray(path.read_bytes())
    content[content.index(b'"index"')] ^= 1
    path.write_bytes(content)
    (damage,) = panda.json("log", path)["damage"]
    assert damage["record"].endswith("-intervention")
    code, out, _ = panda("log", path)
    assert (code, "momentum 0.9 →" in out) == (0, False)
    lost = "the run went on past it, and what became of it is not recorded"
    assert f"  planned at iteration 20 and not made  cli: momentum=0.5: {lost}\n" in out
    assert f"shown above:\n  record {damage['record']}: {damage['what']}\n" in out


def test_a_resume_with_nothing_left_to_do_says_so_and_tells_what_was_reached(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    done = panda.json(*SMALL, "--iterations", "60", "--session", path)
    again = panda.json("train", "--resume", "--iterations", "60", "--session", path)
    for name in ("iterations", "cost", "dev_cost", "dev_accuracy", "digest", "run"):
        assert again[name] == done[name], name
    assert again["remark"] == "nothing was left to do: run r1 had its 60 iterations already"
    code, out, _ = panda("train", "--resume", "--iterations", "60", "--session", path)
    assert (code, out.splitlines()[-1]) == (0, f"note: {again['remark']}")
    assert f"60 iterations: cost {done['cost']:.4g}, dev cost" in out
    assert "remark" not in panda.json("train", "--resume", "--iterations", "61", "--session", path)
    branched = panda.json("branch", path, "--at", "60", "--iterations", "0", "--out", tmp_path / "b.panda")
    assert branched["cost"] == done["cost"]
    assert panda.json("verify", path)["result"] == "exact"


def test_every_seed_that_is_allowed_can_be_typed(panda: Panda, tmp_path: Path) -> None:
    panda.json(*SMALL, "--iterations", "1", "--seed", str(2**63 - 1), "--session", tmp_path / "a.panda")
    assert read_session(tmp_path / "a.panda").run("r1").config.seed == 2**63 - 1


def test_what_is_odd_about_a_file_is_told_and_how_its_labels_are_taken(panda: Panda, tmp_path: Path) -> None:
    data = tmp_path / "gap.csv"
    data.write_text("a,b,label\n" + "".join(f"{i},{i * i % 7},{2 * i % 6}\n" for i in range(1, 13)))
    words = [
        "train",
        "--data",
        str(data),
        "--layers",
        "4",
        "--mini-batch-size",
        "2",
        "--iterations",
        "5",
        "--no-record",
    ]
    for more in ([], ["--json"]):
        code, out, err = panda(*words, *more)
        assert code == 0
        assert "panda: The labels are 0, 2, 4: not the whole numbers from 0 or 1 on without a gap." in err
        assert "panda: labels taken as classes: 0 → 0, 2 → 1, 4 → 2\n" in err
        assert not more or json.loads(out)["iterations"] == 5


def test_the_command_works_without_a_session_folder(
    panda: Panda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trained = panda.json(*SMALL, "--iterations", "5")
    path = Path(trained["session"])
    assert path.parent == Path("sessions")
    assert path.name.startswith("blobs-")
    assert path.exists()
    shutil.rmtree("sessions")


def test_data_sets_are_listed_and_described(panda: Panda) -> None:
    names = {row["name"] for row in panda.json("data", "list")["datasets"]}
    assert {"digits", "iris", "wine", "breast_cancer", "spiral", "moons", "circles", "xor"} <= names
    described = panda.json("data", "describe", "iris")
    assert described["classes"] == ["setosa", "versicolor", "virginica"]
    assert described["train"] + described["dev"] == 150
