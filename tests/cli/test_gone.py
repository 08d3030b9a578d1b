"""`panda train` whose file is removed, moved, replaced or cut meanwhile: no summary names a file that is not there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import SMALL, Panda
from tests.recorder.sessions import Recording
from tests.waiting import recorded, wait_until
from trainer.cli.watching import Watched, conclude
from trainer.engine.trainer import Trainer


def _replace(path: Path) -> None:
    path.with_name("other").write_bytes(b"mine")
    path.with_name("other").replace(path)


@pytest.mark.parametrize(
    ("change", "name", "said"),
    [
        (Path.unlink, "a.panda", "was removed: all of the record was written anew, to "),
        (lambda path: shutil.rmtree(path.parent), "a.panda", "was removed with its folder: all of the record was"),
        (_replace, "a-anew.panda", "was replaced by another file: all of the record was written anew, to "),
        (lambda path: path.rename(path.with_name("b.panda")), "b.panda", "was moved, so the session is recorded in "),
    ],
)
def test_the_summary_names_the_file_that_is_there(
    panda: Panda, tmp_path: Path, change: Callable[[Path], None], name: str, said: str
) -> None:
    path = tmp_path / "folder" / "a.panda"
    path.parent.mkdir()
    words = [*SMALL, "--iterations", "100000000", "--json", "--session", str(path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "trainer", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: recorded(path) >= 100, process)
    reached = recorded(path)
    change(path)
    new = path.with_name(name)
    wait_until(lambda: recorded(new) > reached, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(out)["session"] == str(new)
    assert err.startswith(f"panda: the file {path} {said}")
    assert err.count("\n") == 1
    verified = panda.json("verify", new)
    assert (verified["result"], verified["iterations"]) == ("exact", json.loads(out)["iterations"])
    total = verified["iterations"] + 20
    assert panda.json("train", "--resume", "--iterations", str(total), "--session", new)["iterations"] == total


def test_a_file_that_is_cut_goes_on_in_a_new_session_and_the_exit_code_tells(panda: Panda, tmp_path: Path) -> None:
    path, new = tmp_path / "a.panda", tmp_path / "a-anew.panda"
    nudges = ["--nudge", "5: momentum=0.8", "--nudge", "99999999: momentum=0.5"]
    words = [*SMALL, "--iterations", "100000000", "--session", str(path), *nudges]
    process = subprocess.Popen(
        [sys.executable, "-m", "trainer", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: recorded(path) >= 100, process)
    os.truncate(path, path.stat().st_size // 2)
    wait_until(lambda: recorded(new) > 100, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"recorded in {new}" in out
    assert "by something else; " in err
    assert f" records are left, in {path}. The run goes on from its state at iteration " in err
    assert panda.json("verify", new)["result"] == "exact"
    (run,) = panda.json("log", new)["runs"]
    assert [plan["iteration"] for plan in run["planned"]] == [99999999]
    # the first plan is not in the new file, and one more does not take the name of the second
    reached = run["iterations"]
    later = ("--iterations", str(reached + 20), "--nudge", f"{reached + 10}: momentum=0.7")
    panda.json("train", "--resume", "--session", new, *later)
    (run,) = panda.json("log", new)["runs"]
    assert [change["iteration"] for change in run["interventions"]] == [reached + 10]
    assert [plan["iteration"] for plan in run["planned"]] == [99999999]
    assert panda.json("verify", new)["result"] == "exact"


def test_what_is_removed_in_the_end_is_not_said_to_be_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:

    recording = Recording(tmp_path / "a.panda")
    recording.start()
    recording.end()
    (tmp_path / "a.panda").unlink()
    assert conclude(Trainer(), Watched(), recording.log, as_json=False) == 1
    out, err = capsys.readouterr()
    assert "not recorded" in out
    assert err == f"panda: the file {tmp_path / 'a.panda'} with what was recorded is not there any more\n"


def test_ctrl_c_where_the_record_can_be_written_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "a.panda"
    path.parent.mkdir()
    words = [*SMALL, "--iterations", "100000000", "--json", "--session", str(path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "trainer", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: recorded(path) >= 100, process)
    shutil.rmtree(path.parent)
    path.parent.write_bytes(b"mine")
    assert process.stderr is not None
    why = (
        f"the file {path} was removed with its folder; nothing is lost: all of the record can be written anew, but the"
        f" folder {path.parent} cannot be made: File exists"
    )
    assert process.stderr.readline() == f"waiting: {why}\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["session"]) == (130, None)
    assert err == f"panda: interrupted while {why}: what was recorded is in no file any more\n"
    assert path.parent.read_bytes() == b"mine"
