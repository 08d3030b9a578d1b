"""`panda branch`: from any iteration of a recorded run, in a new session that says where it came from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trainer.cli.main import main
from trainer.recorder.session import read_session

TRAIN = ("train", "--data", "iris", "--layers", "5", "--mini-batch-size", "16")


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "first.panda"
    assert main([*TRAIN, "--iterations", "60", "--nudge", "30: learning_rate=0.5", "--session", str(path)]) == 0
    return path


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_a_branch_with_another_change(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--at", "30", "--set", "learning_rate=0.02", "momentum=0.8", "--note", "calmer", "--iterations", "40"]
    summary = ask(capsys, "branch", str(recorded), "--run", "r1", *words)
    new = Path(str(summary["session"]))
    assert new.parent.name == "sessions"
    assert (summary["run"], summary["iterations"]) == ("r1", 70)
    session, born = read_session(recorded), read_session(new)
    assert born.origin is not None
    assert (born.origin.session, born.origin.run, born.origin.iteration) == (session.id, "r1", 30)
    assert born.origin.digest == session.run("r1").interventions[0].digest
    (change,) = born.run("r1").interventions
    assert (change.iteration, dict(change.after), change.note) == (
        30,
        {"learning_rate": 0.02, "momentum": 0.8},
        "calmer",
    )
    assert ask(capsys, "verify", str(new))["result"] == "exact"
    (run,) = ask(capsys, "log", str(new))["runs"]
    assert (run["parent"], run["parent_session"], run["at"]) == ("r1", session.id, 30)


def test_a_branch_leaves_out_what_was_changed_at_its_place(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = ask(capsys, "branch", str(recorded), "--at", "30", "--iterations", "10", "--out", "new.panda")
    assert summary["session"] == "new.panda"
    old, new = read_session(recorded).run("r1"), read_session("new.panda").run("r1")
    assert (new.interventions, new.plans) == ((), ())
    assert new.costs[0] == old.costs[30]
    assert new.costs[1:].tolist() != old.costs[31:40].tolist()


def test_a_branch_takes_along_what_was_planned_after_its_place_and_says_so(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["branch", str(recorded), "--at", "20", "--iterations", "20", "--out", "new.panda"]) == 0
    assert capsys.readouterr().err == "panda: taken along: α → 0.5, planned at iteration 30\n"
    old, new = read_session(recorded).run("r1"), read_session("new.panda").run("r1")
    assert [(change.iteration, change.after) for change in new.interventions] == [(30, {"learning_rate": 0.5})]
    assert new.costs.tolist() == old.costs[20:40].tolist()


def test_a_session_that_was_cut_off_goes_on_with_another_run(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end = read_session(recorded).end
    recorded.write_bytes(recorded.read_bytes()[: end - 2048])  # without its last record
    assert read_session(recorded).state == "cut"
    summary = ask(capsys, "branch", str(recorded), "--at", "45", "--iterations", "5")
    assert (summary["session"], summary["run"]) == (str(recorded), "r2")
    assert ask(capsys, "verify", str(recorded), "--run", "r2")["result"] == "exact"
    assert ask(capsys, "verify", str(recorded), "--run", "r1")["result"] == "exact"


def test_a_session_that_was_cut_off_is_left_alone_where_a_new_one_is_named(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded.write_bytes(recorded.read_bytes()[: read_session(recorded).end - 2048])
    before = recorded.read_bytes()
    summary = ask(capsys, "branch", str(recorded), "--at", "45", "--iterations", "5", "--out", "new.panda")
    assert (summary["session"], summary["run"]) == ("new.panda", "r1")
    assert recorded.read_bytes() == before
    assert ask(capsys, "verify", "new.panda")["result"] == "exact"


def test_a_note_without_a_change_is_recorded(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--at", "20", "--iterations", "3", "--note", "as it was", "--out", "new.panda"]
    assert ask(capsys, "branch", str(recorded), *words)["remark"] == ""
    (note,) = read_session("new.panda").run("r1").notes
    assert (note.iteration, note.author, note.text) == (20, "cli", "as it was")
    (run,) = ask(capsys, "log", "new.panda")["runs"]
    assert run["notes"] == [{"iteration": 20, "author": "cli", "text": "as it was"}]
    assert main(["log", "new.panda"]) == 0
    assert "note iteration      20  cli: as it was\n" in capsys.readouterr().out


def test_damage_on_the_way_is_told_and_recorded(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = bytearray(recorded.read_bytes())
    content[content.rindex(b"-metrics.npy") + 700] ^= 1
    recorded.write_bytes(content)
    (damage,) = read_session(recorded).damage
    said = f"re-executed from iteration 30, with {damage.record} damaged on the way"
    words = ["branch", str(recorded), "--at", "45", "--iterations", "5", "--out"]
    assert ask(capsys, *words, "new.panda")["remark"] == said
    (note,) = read_session("new.panda").run("r1").notes
    assert (note.iteration, note.author, note.text) == (45, "panda", said)
    assert main([*words, "other.panda"]) == 0
    assert capsys.readouterr().out.endswith(f"\nnote: {said}\n")


def test_another_environment_is_told_and_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "a.panda", tmp_path / "new.panda"
    words = ["train", "--data", "digits", "--layers", "32", "--dtype", "float64", "--iterations", "60"]
    words += ["--engine", "reference"]  # which computes by BLAS alone
    command = [sys.executable, "-m", "trainer", *words, "--session", str(path)]
    environment = {**os.environ, "OPENBLAS_CORETYPE": "Nehalem"}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    remark = ask(capsys, "branch", str(path), "--at", "50", "--iterations", "5", "--out", str(out))["remark"]
    assert "computed in another environment" in remark
    assert [note.text for note in read_session(out).run("r1").notes] == [remark]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--at", "61", "--iterations", "5"], "at must be a whole number from 0 to 60, but got 61"),
        (["--at", "-1", "--iterations", "5"], "at must be a whole number of at least 0, but got '-1'"),
        (["--at", "2.5", "--iterations", "5"], "at must be a whole number of at least 0, but got '2.5'"),
        (["--run", "r7", "--at", "1", "--iterations", "5"], "there is no run 'r7'"),
        (["--at", "1", "--set", "alpha=1", "--iterations", "5"], "'alpha' is not a hyperparameter"),
        (["--at", "1", "--set", "learning_rate=-1", "--iterations", "5"], "learning_rate must be"),
        (["--at", "1", "--nudge", "99: momentum=0.5", "--iterations", "5"], "from 1 to 6, but got 99"),
        (["--at", "1", "--iterations", "5", "--out", "first.panda"], "first.panda"),
    ],
)
def test_bad_input_is_one_line_and_makes_no_file(
    recorded: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = recorded.read_bytes()
    capsys.readouterr()
    assert main(["branch", str(recorded), *words]) == 2
    out, error = capsys.readouterr()
    assert (out, error.count("\n")) == ("", 1)
    assert sentence in error
    assert recorded.read_bytes() == before
    assert list(recorded.parent.rglob("*.panda")) == [recorded]
