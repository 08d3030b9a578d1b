"""Every verb on consoles that are not UTF-8, with text from outside that is hostile or not Unicode at all."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cli.conftest import Panda
from tests.recorder.test_format_2 import append
from tests.test_architecture import SOURCES
from trainer.cli.consoles import substitute
from trainer.cli.main import VERBS, main
from trainer.recorder.library import rename_session
from trainer.recorder.session import read_session

SIGNS = "α → × … é 字"
TRICKS = "[bold]a[/] [link=http://x]b[/link]\x1b[2J\x9b1A\x7f\u202e\u2066\u200b\ufeff"
LINES = "\r\n\t\x0b\x0c\x85\u2028run r9: 9 iterations"
HOSTILE = f"{TRICKS}{LINES} {SIGNS}"

CONSOLES = {
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
SMALL = "--layers 3 --mini-batch-size 8 --iterations 3"

WORDS = {
    "serve": "serve --port {hostile}",
    "train": f"train --data {{table}} {SMALL} --session new{{hostile}} --nudge {{nudge}}",
    "search": "search --data {table} --layers 3 --mini-batch-size 8 --trials 2 --epochs 1 --out new{hostile}",
    "branch": "branch {session} --at 2 --iterations 2 --set learning_rate=0.02 --out new{hostile} --note {hostile}",
    "log": "log {session}",
    "verify": "verify {session}",
    "check": "check {session}",
    "export": "export {session} --format html --out new{hostile}",
    "worth": "worth {session} --intervention 0",
    "ahead": "ahead {session} --iterations 50",
    "find-alpha": "find-alpha {session} --iterations 50",
    "caviar": "caviar {session} --trials 2 --seeds 6 --out new{hostile}",
    "data": "data describe {table}",
    "bench": "bench --shapes {hostile}",
}
"""Of each verb, words with text from outside in them; a verb without words fails a test."""

REFUSED = {"serve", "bench"}
"""Verbs whose words here are refused, since they take long to carry out."""

SAYS_NO_TEXT = {"verify", "check", "worth", "ahead", "find-alpha"}
"""Verbs that say nothing from outside when all is well."""


class Console(io.TextIOWrapper):
    """A stream of this process whose encoding is not UTF-8."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="")

    def written(self) -> str:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode(self.encoding)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A table and a session in which every text is hostile."""
    folder = tmp_path_factory.mktemp("outside")
    table = folder / f"table {HOSTILE.replace('/', '')}.csv"
    name = f"{TRICKS} {SIGNS}"
    rows = "".join(f"{i * i % 7},{'one' if i % 2 else name}\n" for i in range(40))
    table.write_text(f"{name},y\n{rows}", "utf-8", newline="")
    session = folder / f"session {HOSTILE.replace('/', '')}.panda"
    nudge = f"2: learning_rate=0.05 # {HOSTILE}"
    assert main(["train", "--data", str(table), *SMALL.split(), "--session", str(session), "--nudge", nudge]) == 0
    rename_session(session, HOSTILE)
    append(session, "applause", {"text": HOSTILE, "effect": False}, iteration=3)
    return {"table": str(table), "session": str(session)}


def words_of(verb: str, outside: dict[str, str]) -> list[str]:
    texts = {**outside, "hostile": HOSTILE.replace("/", ""), "nudge": f"1: learning_rate=0.02 # {HOSTILE}"}
    return [word.format(**texts) for word in WORDS[verb].split()]


def command(*words: str | bytes, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "trainer", *words], capture_output=True, env={**os.environ, **environment}, check=False
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, before)


def test_every_verb_has_its_words_here() -> None:
    assert WORDS.keys() == VERBS.keys()


@pytest.mark.parametrize("verb", WORDS)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_every_verb_says_text_from_outside_on_one_line(
    verb: str, encoding: str, outside: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, err = Console(encoding), Console(encoding)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    code = main(words_of(verb, outside))
    written = out.written() + err.written()
    assert code == (2 if verb in REFUSED else 0), written
    assert all(line.isprintable() for line in written.split("\n"))
    assert not re.search("^run r9", written, re.MULTILINE)
    if verb not in SAYS_NO_TEXT:
        assert "[bold]a[" in written
        assert r"\x1b[2J\x9b1A" in written
    if encoding == "ascii":
        assert written.isascii()
    elif encoding == "cp1252" and verb == "log":
        assert r"alpha -> × … é \u5b57" in written


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - REFUSED))
def test_json_of_every_verb_is_ascii_and_says_what_was_meant(
    verb: str, outside: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Console("ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert main([*words_of(verb, outside), "--json"]) == 0
    (line,) = out.written().splitlines()
    document = json.loads(line)
    if verb == "log":
        assert document["runs"][0]["interventions"][0]["note"] == HOSTILE
    if verb == "data":
        assert document["classes"] == [f"{TRICKS} {SIGNS}", "one"]


@pytest.mark.parametrize("kind", ["html", "python", "tensorboard"])
def test_what_is_exported_for_people_hides_nothing(kind: str, outside: dict[str, str], folder: Path) -> None:
    assert main(["export", outside["session"], "--format", kind, "--out", "x"]) == 0
    if kind == "tensorboard":
        (file,) = Path("x").iterdir()
        written = b"".join(piece for piece in re.findall(rb"[^\0]{20,}", file.read_bytes())).decode("utf-8", "ignore")
        written = "".join(re.findall(r"\*\*learning.*|\*\*α.*|- config.*", written))
    else:
        written = Path("x").read_text("utf-8").partition("<main>")[2] or Path("x").read_text("utf-8")
        written = written.partition("<script>")[0]
    assert r"\x1b[2J\x9b1A" in written
    hidden = {c for c in written if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert hidden <= {"\n", "\r", "\t"}


@pytest.mark.slow
@pytest.mark.parametrize("console", CONSOLES)
def test_a_process_on_each_console(console: str, outside: dict[str, str], tmp_path: Path) -> None:
    """The note is typed in UTF-8: where the console is ASCII, Python reads each of its bytes by itself."""
    session = tmp_path / "α.panda"
    words = [
        "train",
        "--data",
        "blobs",
        *SMALL.split(),
        "--session",
        str(session),
        "--nudge",
        f"1: momentum=0.8 # {SIGNS}",
    ]
    done = command(*words, **CONSOLES[console])
    assert (done.returncode, done.stderr) == (0, b"")
    shown = "α" if console == "utf-8" else "alpha"
    assert f"recorded in {tmp_path}/{shown}.panda" in done.stdout.decode("cp1252" if console == "cp1252" else "utf-8")
    (change,) = read_session(session).runs["r1"].interventions
    assert change.note == SIGNS
    log = command("log", str(session), **CONSOLES[console])
    assert (log.returncode, log.stderr) == (0, b"")
    assert (b"->" in log.stdout) == (console != "utf-8")
    refused = command("log", f"{tmp_path}/→", **CONSOLES[console])
    assert refused.returncode == 2
    assert (b"->" in refused.stderr) == (console != "utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("console", CONSOLES)
def test_the_help_on_each_console(console: str) -> None:
    done = command("train", "--help", **CONSOLES[console])
    assert (done.returncode, done.stderr) == (0, b"")
    assert (b"alpha0" in done.stdout) == (console != "utf-8")
    assert b"\\u" not in done.stdout


def test_every_sign_that_the_code_says_has_a_readable_substitute() -> None:
    unreadable = set()
    for module in SOURCES:
        if not module.startswith("trainer.views"):
            for node in ast.walk(ast.parse(SOURCES[module])):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
                    unreadable |= {sign for sign in node.value if sign.isprintable() and "\\" in substitute(sign)} - {
                        "\\"
                    }
    assert unreadable == set()


BYTE = os.fsdecode(b"\xff")
"""In a name: a byte that is not UTF-8, as Python hands it over."""


def saved(path: Path) -> None:
    """40 examples in a file of the kind that its name says."""
    x, y = np.arange(40.0) ** 2 % 7, np.arange(40) % 2
    match path.suffix:
        case ".csv":
            path.write_text("x,y\n" + "".join(f"{x[i]},{y[i]}\n" for i in range(40)))
        case ".parquet":
            with path.open("wb") as file:
                pd.DataFrame({"x": x, "y": y}).to_parquet(file)
        case ".npz":
            with path.open("wb") as file:
                np.savez(file, X=x[:, np.newaxis], y=y)
        case ".npy":
            for name, array in ((path, x[:, np.newaxis]), (path.with_suffix(".labels.npy"), y)):
                with name.open("wb") as file:
                    np.save(file, array)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz", ".npy"])
def test_a_data_file_whose_name_is_not_unicode(panda: Panda, folder: Path, suffix: str) -> None:
    data, session = folder / f"a{BYTE}{suffix}", folder / f"{BYTE}.panda"
    saved(data)
    code, out, err = panda("train", "--data", data, *SMALL.split(), "--session", session)
    assert code == 0, err
    assert rf"recorded in {folder}/\xff.panda" in out
    found = read_session(session)
    assert found.name == rf"a\xff{suffix}"
    assert found.runs["r1"].config.data == rf"{folder}/a\xff{suffix}"
    assert panda("train", "--data", found.runs["r1"].config.data, *SMALL.split())[0] == 0


def test_every_verb_takes_a_session_whose_name_is_not_unicode(panda: Panda, folder: Path) -> None:
    session = folder / f"{BYTE}.panda"
    nudge = f"1: momentum=0.8 # {BYTE}"
    assert panda("train", "--data", "blobs", *SMALL.split(), "--session", session, "--nudge", nudge)[0] == 0
    words_of_verbs: dict[str, list[str | Path]] = {
        "log": [],
        "check": [],
        "verify": [],
        "worth": ["--intervention", "0"],
        "ahead": ["--iterations", "50"],
        "find-alpha": ["--iterations", "50"],
        "caviar": ["--trials", "2", "--seeds", "6", "--out", folder / f"c{BYTE}.panda-caviar"],
        "branch": ["--at", "2", "--iterations", "2", "--note", BYTE, "--out", folder / f"b{BYTE}.panda"],
        "export": ["--format", "html", "--out", folder / f"{BYTE}.html"],
    }
    for verb, words in words_of_verbs.items():
        code, out, err = panda(verb, session, *words)
        assert (code, err) == (0, ""), verb
        assert out.encode()
    for name in ("csv", "jsonl", "parquet", "python", "tensorboard"):
        document = panda.json("export", session, "--format", name, "--out", folder / f"{BYTE}.{name}")
        assert document["out"] == rf"{folder}/\xff.{name}"
    assert panda.json("log", session)["runs"][0]["interventions"][0]["note"] == r"\xff"
    assert read_session(folder / f"b{BYTE}.panda").runs["r1"].notes[0].text == r"\xff"
    assert panda("log", folder / f"c{BYTE}.panda")[2] == rf"panda: there is no session {folder}/c\xff.panda" + "\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        f"train --data table.csv {SMALL} --session a.panda",
        "log nowhere.panda",
        "dance",
    ],
)
def test_a_stderr_that_takes_nothing_more(tmp_path: Path, words: str) -> None:
    saved(tmp_path / "table.csv")
    (tmp_path / "table.csv").write_text((tmp_path / "table.csv").read_text().replace(",1\n", ",one\n"))
    done = subprocess.run(
        f'"{sys.executable}" -m trainer {words} 2>/dev/full', shell=True, cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == (1 if words.startswith("train") else 2)
    if words.startswith("train"):
        assert b"recorded in a.panda" in done.stdout
        assert read_session(tmp_path / "a.panda").runs["r1"].ended == "finished"
    else:
        assert done.stdout == b""


@pytest.mark.slow
def test_the_page_is_not_served_where_stdout_takes_nothing(tmp_path: Path) -> None:
    words = f'"{sys.executable}" -m trainer serve --no-browser'
    done = subprocess.run(f"{words} >/dev/full", shell=True, cwd=tmp_path, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, b"panda: stdout cannot be written: No space left on device\n")


@pytest.mark.slow
def test_stdout_and_stderr_that_take_nothing_more_leave_the_record(tmp_path: Path) -> None:
    words = f'"{sys.executable}" -m trainer train --data blobs {SMALL} --session a.panda'
    done = subprocess.run(f"{words} >/dev/full 2>/dev/full", shell=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert read_session(tmp_path / "a.panda").runs["r1"].ended == "finished"
