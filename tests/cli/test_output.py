"""What is printed for people: no character of a stranger acts on the terminal, and a stdout that fails is told of."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import SMALL, Panda
from tests.recorder.sessions import Recording, small_session

pytestmark = pytest.mark.slow

HOSTILE = "calm\x1b[2J\r\nnote r1: forged\x07\u202e\x85"
SHOWN = r"calm\x1b[2J\r\nnote r1: forged\x07\u202e\x85"


def command(
    *words: str | Path, stdout: int = subprocess.PIPE, environment: dict[str, str]
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "trainer", *map(str, words)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        check=False,
    )


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return small_session(tmp_path / "a.panda").path


def hostile_session(path: Path) -> Path:
    recording = Recording(path)
    recording.start()
    recording.train(3)
    recording.intervene(HOSTILE, learning_rate=0.01)
    recording.train(2)
    recording.end()
    return path


def test_a_note_neither_moves_the_cursor_nor_forges_a_line(panda: Panda, tmp_path: Path) -> None:
    path = hostile_session(tmp_path / "a.panda")
    code, out, err = panda("log", path)
    assert (code, err) == (0, "")
    assert SHOWN in out
    assert all(character.isprintable() for line in out.split("\n") for character in line)
    assert HOSTILE in [change["note"] for run in panda.json("log", path)["runs"] for change in run["interventions"]]


def test_the_name_of_a_file_and_of_a_class_is_shown_as_it_is_written(panda: Panda, tmp_path: Path) -> None:
    table = tmp_path / "a\x1b[31m\nb.csv"
    table.write_text("x,y\n" + "".join(f"{i},{'one' if i % 2 else HOSTILE[:8]}\n" for i in range(40)))
    code, out, err = panda("data", "describe", table)
    assert (code, err) == (0, "")
    assert r"a\x1b[31m\nb" in out
    assert "\x1b" not in out
    path = tmp_path / "s\x1b[31m\n.panda"
    words = ["--layers", "3", "--mini-batch-size", "8", "--iterations", "3"]
    code, out, err = panda("train", "--data", table, *words, "--session", path)
    assert code == 0
    assert all(line.startswith("panda: ") and line.isprintable() for line in err.splitlines())
    assert r"labels taken as classes: calm\x1b[2J → 0, one → 1" in err
    assert rf"recorded in {tmp_path}/s\x1b[31m\n.panda" in out
    assert out.count("\n") == 2


def test_an_error_shows_a_path_as_it_is_written(panda: Panda, tmp_path: Path) -> None:
    code, out, err = panda("log", tmp_path / "\x1b[2J.panda")
    assert (code, out) == (2, "")
    assert r"\x1b[2J.panda" in err
    assert "\x1b" not in err


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["train", "--help"],
        ["log", "a.panda"],
        ["log", "a.panda", "--json"],
        ["check", "a.panda"],
        ["verify", "a.panda"],
        ["data", "list"],
        [*SMALL, "--iterations", "5", "--no-record"],
    ],
)
def test_a_stdout_that_takes_nothing_more(
    session: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], unbuffered: str
) -> None:
    monkeypatch.chdir(session.parent)
    with Path("/dev/full").open("wb") as full:
        done = command(*words, stdout=full.fileno(), environment={"PYTHONUNBUFFERED": unbuffered})
    assert (done.returncode, done.stderr) == (1, b"panda: stdout cannot be written: No space left on device\n")


@pytest.mark.parametrize("words", ["--help", "train --help", "log a.panda", "check a.panda --json", "data list"])
def test_a_stdout_that_is_closed(session: Path, words: str) -> None:
    done = subprocess.run(
        f'"{sys.executable}" -m trainer {words} >&-', shell=True, cwd=session.parent, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, b"panda: stdout cannot be written: it is closed\n")


def test_a_stderr_that_is_closed_leaves_stdout_alone(tmp_path: Path) -> None:
    done = subprocess.run(
        f'"{sys.executable}" -m trainer log nowhere.panda 2>&-',
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
