"""`panda branch`: from any iteration of a recorded run, in a new session that says where it came from."""

from __future__ import annotations

import json
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


def test_a_branch_without_a_change_leaves_the_recorded_one_out(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = ask(capsys, "branch", str(recorded), "--at", "20", "--iterations", "20", "--out", "new.panda")
    assert summary["session"] == "new.panda"
    old, new = read_session(recorded).run("r1"), read_session("new.panda").run("r1")
    assert new.interventions == ()
    assert new.costs[:10].tolist() == old.costs[20:30].tolist()
    assert new.costs[11:].tolist() != old.costs[31:40].tolist()


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


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--at", "61", "--iterations", "5"], "whole number from 0 to 60, but got 61"),
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
