"""How the command ends when something around it is not as usual: memory, folders, pipes, disks and Ctrl-C."""

from __future__ import annotations

import builtins
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import SMALL, Panda
from tests.examples import three_blobs
from tests.waiting import recorded, wait_until
from trainer.__main__ import main as command
from trainer.cli.watching import Watched, conclude, watch
from trainer.engine import trainer as engine
from trainer.engine.commands import Actor
from trainer.engine.events import Event, Origin, RunEnded, RunStarted
from trainer.engine.hyperparameters import RunConfig
from trainer.engine.start import Start
from trainer.errors import RecordingPaused
from trainer.recorder.session import read_session


def test_what_is_not_a_number_is_null_in_json(panda: Panda) -> None:
    words = ["--no-batch-norm", "--optimizer", "gd", "--learning-rate", "1e5", "--iterations", "500", "--no-record"]
    code, out, _ = panda("train", "--data", "blobs", "--layers", "8,8,8", *words, "--json")

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    summary = json.loads(out, parse_constant=refuse)
    assert (code, summary["dev_cost"]) == (1, None)


def test_sizes_that_cannot_be_had_are_named(panda: Panda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = panda("train", "--layers", "1000000,1000000", "--data", "iris")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "layers 1000000,1000000 make 1,000,011,000,003 parameters, which do not fit into the memory" in err
    assert list(tmp_path.rglob("*.panda")) == []


def test_a_folder_that_cannot_be_made(panda: Panda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sessions").write_text("mine")
    code, out, err = panda(*SMALL, "--iterations", "5")
    assert (code, out) == (2, "")
    assert err == "panda: the folder sessions for sessions cannot be made: File exists\n"


@pytest.mark.parametrize("words", ["data list", "data list --json"])
def test_the_reader_of_a_pipe_goes(words: str) -> None:
    for unbuffered in ("", "1"):
        process = subprocess.Popen(
            [sys.executable, "-m", "trainer", *words.split()],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        )
        assert process.stdout is not None
        process.stdout.close()
        _, err = process.communicate()
        assert (process.returncode, err) == (141, b"")


def test_ctrl_c_while_the_command_is_being_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def interrupted(name: str, *more: Any) -> Any:
        if name == "trainer.cli.main":
            raise KeyboardInterrupt
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", interrupted)
    assert command() == 130


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_with_everything_recorded(panda: Panda, tmp_path: Path, signal_number: int) -> None:
    path = tmp_path / "a.panda"
    process = subprocess.Popen(
        [sys.executable, "-m", "trainer", *SMALL, "--iterations", "100000000", "--session", str(path)],
        stdout=subprocess.DEVNULL,
    )
    wait_until(lambda: recorded(path) >= 100, process)
    process.send_signal(signal_number)
    assert process.wait(30) == 130
    session = read_session(path)
    assert session.state == "closed"
    assert session.runs["r1"].ended == "interrupted"
    assert panda.json("verify", path)["iterations"] == session.runs["r1"].iteration


def test_that_it_waits_for_the_disk_is_said_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engine, "RETRY_SECONDS", 0.15)
    refusals = iter(range(8))

    class Full:
        """A recorder on a disk that is full for a second."""

        remarks = ()
        lost = ""

        def check(self) -> None:
            """It does not rest."""

        def record_anew(self, place: str, actor: Actor, at: RunStarted) -> None:
            """Its file is where it should be."""

        def news(self) -> tuple[Event, ...]:
            """It records what it is handed."""
            return ()

        def origin(self, of: Origin) -> Origin:
            """It is in no session."""
            return of

        def record(self, event: Event) -> None:
            if isinstance(event, RunEnded):
                self.retry()

        def retry(self) -> None:
            for _ in refusals:
                raise RecordingPaused("it cannot be written now")

        def close(self) -> None:
            """Nothing to close."""

    trainer, watched = engine.Trainer(), Watched()
    config = RunConfig(data="three blobs", layers=(4,))
    start = Start(config, three_blobs(), recorder=Full(), subscribers=(watched,), iterations=10)
    assert trainer.submit(start).result().status == "applied"
    watch(trainer, watched)
    trainer.close()
    assert capsys.readouterr().err.count("waiting: it cannot be written now") == 1


def test_who_stopped_watching_is_named_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    def fails(_event: Event) -> None:
        raise RuntimeError("cannot draw")

    trainer, watched = engine.Trainer(), Watched()
    start = Start(RunConfig(layers=(4,)), three_blobs(), subscribers=(watched, fails), iterations=10)
    assert trainer.submit(start).result().status == "applied"
    watch(trainer, watched)
    trainer.close()
    assert conclude(trainer, watched, None, as_json=False) == 0
    (remark,) = trainer.status().remarks
    assert "cannot draw" in remark
    assert capsys.readouterr().err == f"panda: {remark}\n"


def test_ctrl_c_while_the_disk_is_full_says_what_is_missing(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "a.panda"

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    words = [sys.executable, "-m", "trainer", *SMALL, "--iterations", "100000000", "--session", str(path)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=small_files)
    assert process.stderr is not None
    line = ""
    while "waiting:" not in line:
        line = process.stderr.readline()
        assert line, "it ended without a word about waiting"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    last = err.splitlines()[-1]
    assert process.returncode == 130
    assert last == (
        f"panda: interrupted while {path} cannot be written now: File too large: the latest iterations are not in the"
        f" file; --resume computes them again"
    )
    total = recorded(path) + 20
    assert panda.json("train", "--resume", "--iterations", str(total), "--session", path)["iterations"] == total
    assert panda.json("verify", path)["result"] == "exact"
