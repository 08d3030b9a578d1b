"""What the command shows before it does anything: help by groups, usage errors in one sentence, and how soon."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from typer.core import TyperCommand

from tests.cli.conftest import Panda
from trainer.cli.command import Verbs
from trainer.cli.main import VERBS
from trainer.engine.hyperparameters import HYPERPARAMETERS
from trainer.errors import InvalidInput

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sessions" / "sample-digits-5eed0001.panda"
HEAVY = ("numba", "streamlit", "plotly", "sklearn", "pyarrow", "torch", "jax")
STYLE = re.compile("\x1b\\[[0-9;]*m")
COLOUR = re.compile("\x1b\\[([0-9]+;)*[34][0-9]")


def on_a_terminal(*words: str, **environment: str) -> tuple[str, str]:
    """What the command writes on a terminal as its stderr, and on one as its stdout."""
    ends = [pty.openpty(), pty.openpty()]
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "trainer", *words],
        stdout=ends[0][1],
        stderr=ends[1][1],
        env={**plain, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
    )
    for _, theirs in ends:
        os.close(theirs)
    with ThreadPoolExecutor(2) as readers:  # at once: what nobody reads keeps the command waiting
        out, err = readers.map(read_to_the_end, [ours for ours, _ in ends])
    for ours, _ in ends:
        os.close(ours)
    process.wait()
    return out, err


def read_to_the_end(terminal: int) -> str:
    parts = []
    try:
        while part := os.read(terminal, 65536):
            parts.append(part)
    except OSError:  # as Linux reports that the other end was closed
        pass
    return b"".join(parts).decode()


def test_the_help_has_the_verbs_by_groups(panda: Panda) -> None:
    code, out, err = panda("--help")
    assert (code, err) == (0, "")
    for verb, row in VERBS.items():
        assert f"\n{row.panel}:\n" in out
        assert any(line.split()[:1] == [verb] and row.help in line for line in out.splitlines())
    assert "─" not in out
    assert "\x1b" not in out


def test_the_options_of_train_come_by_groups(panda: Panda) -> None:
    code, out, err = panda("train", "--help")
    assert (code, err) == (0, "")
    for panel in ("Data", "Network", "Training", "Recording", "Hyperparameters: learning rate and momentum", "Output"):
        assert f"\n{panel}:\n" in out
    assert "before the activation (default: on)" in " ".join(out.split())
    for name in HYPERPARAMETERS:
        assert f"  --{name.replace('_', '-')} " in out


def test_panels_and_colours_are_for_a_terminal() -> None:
    out, _ = on_a_terminal("train", "--help")
    assert re.search(COLOUR, out)
    assert "╭─ Network ─" in re.sub(STYLE, "", out)
    out, _ = on_a_terminal("train", "--help", NO_COLOR="1")
    assert not re.search(COLOUR, out)
    assert "╭─ Network ─" in re.sub(STYLE, "", out)
    out, _ = on_a_terminal("train", "--help", TERM="dumb")
    assert "\nNetwork:\r\n" in out
    assert "\x1b" not in out


def test_nothing_is_wider_than_a_terminal_that_lacks_signs() -> None:
    out, _ = on_a_terminal("train", "--help", PYTHONIOENCODING="ascii")
    assert "\nNetwork:\r\n" in out
    assert "alpha0" in out
    words = ("train", "--data", "iris", "--iterations", "60000", "--no-record")
    _, err = on_a_terminal(*words, PYTHONIOENCODING="ascii")
    lines = re.sub("\x1b\\[[?0-9;]*[a-zA-Z]", "", err).replace("\r", "\n").split("\n")
    assert any("accuracy" in line for line in lines)
    assert any("x10^3 it/s" in line for line in lines)  # ×10³
    assert max(map(len, lines)) <= 100


def test_a_progress_bar_is_for_a_terminal(tmp_path: Path) -> None:
    words = ("train", "--data", "iris", "--iterations", "300", "--session", str(tmp_path / "a.panda"), "--json")
    out, err = on_a_terminal(*words)
    assert out.startswith("{")
    assert out.count("\n") == 1
    assert "300/300" in re.sub(STYLE, "", err)
    _, err = on_a_terminal("verify", str(tmp_path / "a.panda"), TERM="dumb")
    assert err == ""


def test_an_error_on_a_terminal_is_the_same_line() -> None:
    _, err = on_a_terminal("train", "--momentum", "[red]1", NO_COLOR="1")
    assert re.sub(STYLE, "", err) == ("panda: momentum must be a number such as 0.01 or 1e-3, but got '[red]1'\r\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["dance"], f"VERB must be one of {', '.join(VERBS)}, but got 'dance'"),
        (["--json"], f"VERB must be one of {', '.join(VERBS)}, but got '--json'"),
        ([], f"the following arguments are required: VERB, one of {', '.join(VERBS)}"),
        (["log"], "the following arguments are required: SESSION"),
        (["branch", "--at", "3"], "the following arguments are required: SESSION, --iterations"),
        (["log", "a", "b", "c"], "unrecognized arguments: b c"),
        (["log", "a", "--run", "r1"], "unrecognized arguments: --run"),
        (["train", "--iter", "5"], "unrecognized arguments: --iter"),
        (["train", "--session"], "--session needs a value, but got nothing"),
        (["train", "--session", "--resume"], "--session needs a value, but got --resume"),
        (["train", "--resume=yes"], "--resume is on or off and takes no value, but got '--resume=yes'"),
        (["data", "dance"], "the word after panda data must be one of list, describe, but got 'dance'"),
        (["data", "describe"], "panda data describe needs the NAME of a data set or a FILE"),
        (["branch", "a", "--set", "--at", "1"], "--set needs a value, but got --at"),
    ],
)
def test_a_usage_error_is_one_sentence(panda: Panda, arguments: list[str], sentence: str) -> None:
    assert panda(*arguments) == (2, "", f"panda: {sentence}\n")


KNOWN = ["train", "branch", "data", "--session", "--set", "--at", "--json", "--no-batch-norm", "--resume", "--"]


@given(st.sampled_from(["train", "branch", "data", "log"]), st.lists(st.sampled_from(KNOWN) | st.text(max_size=4)))
def test_whatever_is_typed_is_read_or_refused(verb: str, words: list[str]) -> None:
    assume(not {"-h", "--help"} & {*words})
    with contextlib.suppress(InvalidInput):
        options(verb).make_context(verb, words)


@cache
def options(verb: str) -> TyperCommand:
    return Verbs("panda", "", VERBS).resolve_command(None, [verb])[1]


@pytest.mark.parametrize(
    ("words", "without"),
    [
        (["--help"], (*HEAVY, "numpy", "rich", "pydantic")),
        (["log", str(SAMPLE)], (*HEAVY, "rich")),
        (["check", str(SAMPLE)], (*HEAVY, "rich")),
        (["train", "--help"], HEAVY),
        (["verify", "--help"], HEAVY),
    ],
)
def test_a_verb_loads_only_what_it_needs(words: list[str], without: tuple[str, ...]) -> None:
    code = (
        "import sys; from trainer.__main__ import main; sys.argv[1:] = sys.argv[2:]; main();"
        f"print(sorted(sys.modules.keys() & {set(without)}))"
    )
    command = [sys.executable, "-c", code, "--", *words]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert out.splitlines()[-1] == "[]"


def test_one_more_hyperparameter_is_one_more_option(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "trainer", tmp_path / "trainer", ignore=shutil.ignore_patterns("__pycache__"))
    table = tmp_path / "trainer" / "engine" / "hyperparameters.py"
    entry = 'patience: float = field(3.0, "Patience", "P", "How long it waits.", valid=Interval(1, 9, "[]"), since=2)'
    before, _, after = table.read_text().partition("    def __post_init__")
    table.write_text(f"{before}    {entry}\n\n    def __post_init__{after}")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def train(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "trainer", "train", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    shown = " ".join(train("--help").stdout.split())
    assert "--patience X How long it waits (default: 3)" in shown
    refused = train("--patience", "10")
    assert (refused.returncode, refused.stderr) == (
        2,
        "panda: patience must be a number at least 1 and at most 9, but got '10'\n",
    )
