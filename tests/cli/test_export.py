"""`panda export`: every format, what it says, and that nothing half-written is left behind."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from trainer.cli import export
from trainer.cli.main import main
from trainer.errors import PandaError
from trainer.experiments.export.rows import Progress
from trainer.experiments.line import Line
from trainer.experiments.verify import Verdict, verify
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Record
from trainer.recorder.session import read_session

FORMATS = ("csv", "jsonl", "parquet", "html", "python", "tensorboard")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "s.panda"
    words = [
        "--data",
        "iris",
        "--layers",
        "5",
        "--mini-batch-size",
        "16",
        "--iterations",
        "9000",
        "--session",
        str(path),
    ]
    assert main(["train", *words, "--nudge", "30: learning_rate=0.05 decay=inverse-time # <i>calmer</i>"]) == 0
    return path


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def damaged_copy(recorded: Path, kind: str, number: int, new: Path) -> Path:
    """A copy in which a byte of one record's payload was changed, or of the JSON of a change."""
    reader = RecordReader(recorded)
    records = [record for record in reader.read() if isinstance(record, Record) and record.kind == kind]
    reader.close()
    raw = bytearray(recorded.read_bytes())
    raw[records[number].end - 512 if kind == "intervention" else records[number].offset + 1024] ^= 1
    new.write_bytes(raw)
    assert read_session(new).state == "damaged"
    return new


@pytest.mark.parametrize("name", FORMATS)
def test_json_is_one_document(recorded: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = recorded.read_bytes()
    assert main(["export", str(recorded), "--format", name, "--out", "x", "--json"]) == 0
    out, error = capsys.readouterr()
    assert json.loads(out) == {"session": str(recorded), "run": "r1", "format": name, "out": "x", "iterations": 9000}
    assert error == ""
    assert [path.name for path in Path().iterdir()] == ["x"]
    assert Path("x").is_dir() == (name == "tensorboard")
    assert recorded.read_bytes() == before


def test_a_sentence(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(recorded), "--run", "r1", "--format", "csv", "--out", "x.csv"]) == 0
    assert capsys.readouterr().out == "9000 iterations of run r1 exported to x.csv\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--format", "xlsx", "--out", "x"], "format must be one of csv, jsonl, parquet, html, python, tensorboard"),
        (["--format", "csv", "--out", "x", "--run", "r7"], "there is no run 'r7'"),
        (["--format", "csv", "--out", "there"], "there exists already and is not overwritten"),
        (["--format", "tensorboard", "--out", "folder"], "folder exists already and is not overwritten"),
        (["--format", "csv", "--out", "dangling"], "dangling exists already"),
        (["--format", "html", "--out", "no/such/x.html"], "there is no folder no/such for x.html"),
        (["--format", "csv", "--out", ""], "out must be the name of a new file"),
        (["--format", "csv", "--out", "x" * 300], "cannot be written: File name too long"),
        (["--format", "csv", "--out", "x\0y"], "out must be the name of a new file"),
        (["--format", "csv"], "--out"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    recorded: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("there").write_text("mine")
    Path("folder").mkdir()
    Path("dangling").symlink_to("nowhere")
    assert main(["export", str(recorded), *words]) == 2
    out, error = capsys.readouterr()
    assert (out, error.count("\n")) == ("", 1)
    assert sentence in error
    assert sorted(path.name for path in Path().iterdir()) == ["dangling", "folder", "there"]
    assert Path("there").read_text() == "mine"


@pytest.mark.parametrize("name", FORMATS)
def test_no_room_on_disk(recorded: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limit[1]))
    try:
        code = main(["export", str(recorded), "--format", name, "--out", "x"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    out, error = capsys.readouterr()
    assert (code, out, error.count("\n")) == (2, "", 1)
    assert error.startswith("panda: x cannot be written: ")
    assert error.endswith("nothing of it is left behind\n")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", FORMATS)
def test_ctrl_c_leaves_nothing_behind(recorded: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = export.FORMATS[name]

    def interrupted(line: Line, path: Path, progress: Progress) -> None:
        real(line, path, progress)
        raise KeyboardInterrupt

    monkeypatch.setitem(export.FORMATS, name, interrupted)
    assert main(["export", str(recorded), "--format", name, "--out", "x"]) == 130
    assert list(Path().iterdir()) == []


def test_another_program_was_faster(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = export.FORMATS["csv"]

    def slow(line: Line, path: Path, progress: Progress) -> None:
        real(line, path, progress)
        Path("x").write_text("mine")

    monkeypatch.setitem(export.FORMATS, "csv", slow)
    assert main(["export", str(recorded), "--format", "csv", "--out", "x"]) == 2
    assert [path.read_text() for path in Path().iterdir()] == ["mine"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_lost_stretch_of_the_curve(recorded: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = damaged_copy(recorded, "metrics", 0, Path("d.panda"))
    lost = int(np.isnan(read_session(path).run("r1").costs).sum())
    assert 0 < lost < 9000
    assert main(["export", str(path), "--format", name, "--out", "x"]) == 0
    error = capsys.readouterr().err
    assert error.startswith(f"panda: exported what is intact: the cost of {lost} iterations is lost; record ")
    assert error.count("\n") == 1
    if name == "csv":
        whole = read_session(recorded).run("r1").costs
        cost = pd.read_csv("x")["cost"]
        assert cost.isna().sum() == lost
        assert cost.dropna().tolist() == whole[~cost.isna().to_numpy()].tolist()
    elif name == "jsonl":
        assert sum(json.loads(row)["cost"] is None for row in Path("x").read_text().splitlines()) == lost
    elif name == "html":
        page = Path("x").read_text()
        assert f"The cost of {lost:,} iterations is lost." in page
        assert "not verified" in page
    elif name == "python":
        assert "# The session is damaged" in Path("x").read_text()


def test_a_lost_data_set_costs_only_what_an_iteration_is_in_epochs(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = damaged_copy(recorded, "dataset", 0, Path("d.panda"))
    whole = read_session(recorded).run("r1")
    for name in ("csv", "html", "tensorboard"):
        assert main(["export", str(path), "--format", name, "--out", name]) == 0
    table = pd.read_csv("csv")
    assert table["cost"].tolist() == whole.costs.tolist()
    assert table[["epoch", "learning_rate"]].isna().all(axis=None)
    assert main(["export", str(path), "--format", "python", "--out", "python"]) == 1
    assert "without its size the schedule has no epochs" in capsys.readouterr().err
    assert not Path("python").exists()


def test_what_was_in_force_after_a_lost_change_is_not_told(recorded: Path, tmp_path: Path) -> None:
    path = damaged_copy(recorded, "intervention", 0, Path("d.panda"))
    for name in FORMATS:
        assert main(["export", str(path), "--format", name, "--out", name]) == 0
    rows, whole = pd.read_csv("csv"), read_session(recorded).run("r1")
    told = ["epoch", "learning_rate", "momentum", "mini_batch_size", "decay", "optimizer"]
    unknown = rows[told].isna()
    known_again = next(c.iteration for c in whole.checkpoints if c.iteration > 30)
    assert not unknown[:30].any(axis=None)
    assert unknown[30:known_again].all(axis=None)
    assert not unknown[known_again:].any(axis=None)
    assert rows["cost"].tolist() == whole.costs.tolist()
    lines = [json.loads(row) for row in Path("jsonl").read_text().splitlines()]
    assert (lines[29]["mini_batch_size"], lines[30]["mini_batch_size"], lines[30]["decay"]) == (16, None, None)
    assert pd.read_parquet("parquet")["momentum"].isna().sum() == known_again - 30
    assert "-intervention damaged" in Path("html").read_text()
    namespace: dict[str, Any] = {}
    exec(Path("python").read_text(), namespace)
    assert namespace["learning_rate"](30) == 0.1
    assert np.isnan(namespace["learning_rate"](31))


def test_the_page_tells_the_true_verdict(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["export", str(recorded), "--format", "html", "--out", "exact"]) == 0
    text = verify(recorded).text.removeprefix("exact: ")
    assert f'<p class="verdict exact"><strong>Exact:</strong> {text}.</p>' in Path("exact").read_text()

    def diverged(*_: object) -> Verdict:
        return Verdict("diverged", 9000, 3, 17, "", 0.1, "differs from iteration 17: cost")

    monkeypatch.setattr(export, "verify", diverged)
    assert main(["export", str(recorded), "--format", "html", "--out", "diverged"]) == 0
    page = Path("diverged").read_text()
    assert '<p class="verdict diverged"><strong>Different:</strong> differs from iteration 17: cost.</p>' in page
    assert '<div class="diverged"><dt>Verified</dt><dd>different</dd></div>' in page

    def refused(*_: object) -> Verdict:
        raise PandaError("the data are gone")

    monkeypatch.setattr(export, "verify", refused)
    assert main(["export", str(recorded), "--format", "html", "--out", "refused"]) == 0
    assert "<strong>Not verified:</strong> the data are gone." in Path("refused").read_text()


def test_the_page_of_a_branch_says_from_what_it_was_born(recorded: Path) -> None:
    Path("cut.panda").write_bytes(recorded.read_bytes()[: read_session(recorded).end - 2048])
    assert main(["branch", "cut.panda", "--at", "300", "--iterations", "50"]) == 0
    assert main(["branch", "cut.panda", "--at", "320", "--iterations", "5", "--out", "other.panda"]) == 0
    assert main(["export", "cut.panda", "--format", "html", "--out", "r2"]) == 0
    assert main(["export", "other.panda", "--format", "html", "--out", "r1"]) == 0
    assert "<dt>born from</dt><dd>run r1 at iteration 300</dd>" in Path("r2").read_text()
    session_id = read_session("cut.panda").id[:8]
    assert f", born from run r2 of session {session_id} at iteration 320</p>" in Path("r1").read_text()
    assert main(["export", str(recorded), "--format", "html", "--out", "whole"]) == 0
    assert "born from" not in Path("whole").read_text().split("<script")[0]


def test_a_session_without_a_run(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reader = RecordReader(recorded)
    first = next(record.offset for record in reader.read() if isinstance(record, Record) and record.kind == "run")
    reader.close()
    Path("cut.panda").write_bytes(recorded.read_bytes()[:first])
    assert main(["export", "cut.panda", "--format", "csv", "--out", "x"]) == 2
    assert "holds no run" in capsys.readouterr().err
