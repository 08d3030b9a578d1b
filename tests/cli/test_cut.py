"""What is told of a session file that ends early, and of one thing where there are usually more."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.cli.conftest import SMALL, Panda
from tests.recorder.sessions import records_of, small_session


@pytest.mark.parametrize("length", [0, 1, 100, 511, 512, 600])
def test_a_file_that_ends_in_its_first_record(panda: Panda, tmp_path: Path, length: int) -> None:
    path = small_session(tmp_path / "a.panda").path
    assert records_of(path)[1].offset > length
    path.write_bytes(path.read_bytes()[:length])
    assert panda("check", path) == (1, f"there is no whole record in {path}\n", "")
    assert panda("log", path) == (0, "no run · cut\n", "")


def test_one_record_is_one(panda: Panda, tmp_path: Path) -> None:
    path = small_session(tmp_path / "a.panda").path
    path.write_bytes(path.read_bytes()[: records_of(path)[1].offset])
    assert panda("check", path) == (0, "intact: 1 record, cut\n", "")
    assert re.fullmatch(r"small · no run · cut · created \S+\n", panda("log", path)[1])


def test_one_iteration_is_one(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    assert panda(*SMALL, "--iterations", "1", "--session", path)[1].startswith("1 iteration: cost")
    assert panda("verify", path)[1].startswith("exact: 1 iteration re-executed, ")
    assert panda("log", path)[1].endswith("run r1: 1 iteration\n")
    exported = panda("export", path, "--format", "csv", "--out", tmp_path / "a.csv")[1]
    assert exported.startswith("1 iteration of run r1 exported to")


OF_A_SESSION = {
    "log": "{}",
    "verify": "{}",
    "check": "{}",
    "worth": "{} --intervention 0",
    "ahead": "{}",
    "find-alpha": "{}",
    "branch": "{} --at 1 --iterations 1",
    "export": "{} --format csv --out x",
    "train": "--resume --session {} --iterations 9",
}
"""Every verb that reads a session, and its words."""


@pytest.mark.parametrize("verb", OF_A_SESSION)
def test_an_empty_path_is_not_the_folder_one_is_in(panda: Panda, verb: str) -> None:
    words = ["" if word == "{}" else word for word in OF_A_SESSION[verb].split()]
    name = "--session" if verb == "train" else "SESSION"
    assert panda(verb, *words) == (2, "", f"panda: {name} must be the path of a session file, but got ''\n")


@pytest.mark.parametrize("verb", OF_A_SESSION)
def test_what_is_no_file_is_called_what_it_is(
    panda: Panda, tmp_path: Path, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("loop").symlink_to("loop")
    Path("gone").symlink_to("nowhere")
    long = "a" * 300
    for path, said in {
        str(tmp_path): f"{tmp_path} is a folder, not a session file",
        "pipe": "pipe is a pipe or a device, not a session file",
        "/dev/zero": "/dev/zero is a pipe or a device, not a session file",
        "gone": "there is no session gone",
        "loop": "cannot read loop: Too many levels of symbolic links",
        long: f"cannot read {long}: File name too long",
    }.items():
        assert panda(verb, *OF_A_SESSION[verb].format(path).split()) == (2, "", f"panda: {said}\n")
