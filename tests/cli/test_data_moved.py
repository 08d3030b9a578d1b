"""Data that are too large to be in a session: found from anywhere, after a move, and where `--data` says."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Iterator
from html import escape
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Panda
from tests.data.test_npy import many, pair
from trainer.data import npy
from trainer.experiments import session_data
from trainer.recorder.session import read_session

SMALL = ["--layers", "4", "--mini-batch-size", "16"]


class NewProcess(Panda):
    """The command as a process that knows of no data yet."""

    def __call__(self, *arguments: str | Path) -> tuple[int, str, str]:
        session_data._TOLD.clear()
        session_data._IN_USE.clear()
        return super().__call__(*arguments)


@pytest.fixture
def panda(capsys: pytest.CaptureFixture[str]) -> Iterator[NewProcess]:
    before = signal.getsignal(signal.SIGTERM)
    yield NewProcess(capsys)
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(autouse=True)
def _on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(npy, "IN_MEMORY", 0)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")


@pytest.fixture
def project(panda: Panda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with data and a session about them, recorded in another current folder by a path relative to it."""
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "runs").mkdir()
    pair(folder / "data" / "a.npy", *many())
    with monkeypatch.context() as there:
        there.chdir(folder)
        words = ["train", "--data", "data/a.npy", *SMALL, "--iterations", "60", "--session", "runs/s.panda"]
        assert panda(*words, "--nudge", "30: learning_rate=0.02")[0] == 0
    session = read_session(folder / "runs" / "s.panda")
    assert session.data["stored"] is False
    assert "origin" not in session.data
    return folder


def verbs(session: Path, out: Path) -> dict[str, list[str | Path]]:
    """Every verb that needs the data."""
    return {
        "verify": ["verify", session],
        "worth": ["worth", session, "--intervention", "0"],
        "ahead": ["ahead", session, "--at", "40", "--iterations", "50"],
        "find-alpha": ["find-alpha", session, "--at", "40", "--iterations", "50"],
        "caviar": ["caviar", session, "--trials", "2", "--seeds", "6", "--out", out / f"{session.parent.name}.caviar"],
        "branch": ["branch", session, "--at", "40", "--iterations", "5", "--out", out / "b.panda"],
        "export": ["export", session, "--format", "html", "--out", out / "r.html"],
        "train": ["train", "--resume", "--session", session, "--iterations", "70"],
    }


def works_everywhere(panda: Panda, session: Path, out: Path, *more: str | Path) -> None:
    for words in verbs(session, out).values():
        code, _, err = panda(*words, *more)
        assert (code, err) == (0, ""), words
    assert "exact" in (out / "r.html").read_text("utf-8")
    assert panda.json("verify", session, *more)["result"] == "exact"


def test_from_another_current_folder(panda: Panda, project: Path, tmp_path: Path) -> None:
    works_everywhere(panda, project / "runs" / "s.panda", tmp_path)


def test_the_session_alone_is_moved(panda: Panda, project: Path, tmp_path: Path) -> None:
    session = Path(shutil.move(project / "runs" / "s.panda", tmp_path))
    works_everywhere(panda, session, tmp_path)


def test_both_are_moved(panda: Panda, project: Path, tmp_path: Path) -> None:
    moved = project.rename(tmp_path / "another")
    works_everywhere(panda, moved / "runs" / "s.panda", tmp_path)
    # where it goes on, the new place is the one that is known
    assert read_session(moved / "runs" / "s.panda").data_origins[0].absolute == str(moved / "data" / "a.npy")


def test_what_lies_beside_the_session_goes_before_what_is_where_it_was(
    panda: Panda, project: Path, tmp_path: Path
) -> None:
    shutil.copytree(project, tmp_path / "copy")
    (project / "data" / "a.npy").write_bytes(b"others")
    works_everywhere(panda, tmp_path / "copy" / "runs" / "s.panda", tmp_path)


@pytest.mark.parametrize("verb", verbs(Path(), Path()))
def test_data_that_are_gone_are_named_with_every_place(panda: Panda, project: Path, tmp_path: Path, verb: str) -> None:
    session, data = project / "runs" / "s.panda", project / "data" / "a.npy"
    data.rename(tmp_path / "b.npy")
    before = session.read_bytes()
    code, out, err = panda(*verbs(session, tmp_path)[verb])
    typed = Path.cwd() / "data" / "a.npy"
    sentence = (
        f"the data that {session} was trained on were not found; looked for at {data} (no such file),"
        f" {typed} (no such file); --data PATH, or a field on the session's page, tells where they are"
    )
    if verb == "export":
        assert code == 0
        assert escape(sentence) in (tmp_path / "r.html").read_text("utf-8")
    else:
        assert (code, out, err) == (2, "", f"panda: {sentence}\n")
    assert session.read_bytes() == before


def test_the_data_alone_are_moved(panda: Panda, project: Path, tmp_path: Path) -> None:
    session = project / "runs" / "s.panda"
    for name in ("a.npy", "a.labels.npy"):
        (project / "data" / name).rename(tmp_path / f"moved-{name}")
    (tmp_path / "moved-a.npy").rename(tmp_path / "moved.npy")
    (tmp_path / "moved-a.labels.npy").rename(tmp_path / "moved.labels.npy")
    works_everywhere(panda, session, tmp_path, "--data", "../moved.npy")
    assert panda.json("verify", session)["result"] == "exact"  # the session knows since it was gone on with
    assert panda.json("verify", tmp_path / "b.panda")["result"] == "exact"


def test_another_file_of_the_same_name_is_refused(panda: Panda, project: Path) -> None:
    session, data = project / "runs" / "s.panda", project / "data" / "a.npy"
    X, y = many()
    X[3, 1] += 1e-3
    pair(data, X, y)
    code, out, err = panda("verify", session)
    assert (code, out) == (2, "")
    assert re.search(rf"{re.escape(str(data))} \(other data: fingerprint \w{{12}}, not \w{{12}}\)", err)
    assert err.count("\n") == 1


def test_another_file_that_is_named_is_refused_and_none_else_is_tried(
    panda: Panda, project: Path, tmp_path: Path
) -> None:
    session = project / "runs" / "s.panda"
    X, y = many()
    pair(tmp_path / "other.npy", X + 1, y)
    np.save(tmp_path / "no-labels.npy", X)
    for name, why in {
        "other.npy": r"other data: fingerprint \w{12}, not \w{12}",
        "no-labels.npy": "other data: no-labels.npy: .*",
        "nothing.npy": "no such file",
    }.items():
        code, out, err = panda("train", "--resume", "--session", session, "--iterations", "70", "--data", f"../{name}")
        assert (code, out) == (2, "")
        assert re.search(rf"looked for at {re.escape(str(tmp_path / name))} \({why}\); --data PATH, or", err), err
    assert read_session(session).runs["r1"].iteration == 60


def test_a_session_that_holds_its_data_needs_no_place(panda: Panda, tmp_path: Path) -> None:
    session = tmp_path / "s.panda"
    assert panda("train", "--data", "blobs", *SMALL, "--iterations", "5", "--session", session)[0] == 0
    assert read_session(session).data_origins == ()
    code, out, err = panda("verify", session, "--data", "a.npy")
    assert (code, out) == (2, "")
    assert err == f"panda: the data of {session} are in the session itself, so no place can be given: 'a.npy'\n"


def test_an_old_session_looks_from_the_current_folder(
    panda: Panda, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions up to 0.4 say nothing of where their data were, but what was typed."""
    with monkeypatch.context() as before:
        before.setattr("trainer.recorder.anew.origin_fields", lambda source, path: {})
        before.chdir(project)
        words = ["--data", "data/a.npy", *SMALL, "--iterations", "20", "--session", "runs/old.panda"]
        assert panda("train", *words)[0] == 0
    session = project / "runs" / "old.panda"
    assert read_session(session).data_origins == ()
    assert panda("verify", session)[0] == 2
    assert panda.json("verify", session, "--data", project / "data" / "a.npy")["result"] == "exact"
    monkeypatch.chdir(project)
    assert panda.json("verify", "runs/old.panda")["result"] == "exact"


def test_columns_that_were_chosen_are_chosen_again(
    panda: Panda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a table that is too large to be in the session: the label, and what was left out."""
    monkeypatch.setattr("trainer.recorder.tensors.DATASET_LIMIT", 0)
    table = tmp_path / "t.csv"
    rows = "".join(f"{i * i % 7},{i % 2},{i * i % 5}\n" for i in range(60))
    table.write_text(f"x,y,z\n{rows}")
    session = tmp_path / "s.panda"
    words: list[str | Path] = ["--label", "y", "--leave-out", "z", *SMALL, "--iterations", "5", "--session", session]
    assert panda("train", "--data", table, *words)[0] == 0
    moved = table.rename(tmp_path / "moved.csv")
    assert panda.json("verify", session, "--data", moved)["result"] == "exact"


def test_a_data_file_whose_name_is_not_unicode(panda: Panda, tmp_path: Path) -> None:
    data, session = tmp_path / "a\udcff.npy", tmp_path / "s.panda"
    X, y = many()
    with data.open("wb") as file:
        np.save(file, X)
    with (tmp_path / "a\udcff.labels.npy").open("wb") as file:
        np.save(file, y)
    assert panda("train", "--data", data, *SMALL, "--iterations", "5", "--session", session)[0] == 0
    assert read_session(session).data_origins[0].relative == r"a\xff.npy"
    assert panda.json("verify", session)["result"] == "exact"
