"""`panda search --backend dask`, while processes of the cluster are killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.experiments.search.cluster import running_cluster
from tests.waiting import wait_until
from trainer.errors import SessionError
from trainer.recorder.search_file import read_search

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

WORDS = ["search", "--data", "iris", "--layers", "64", "--mini-batch-size", "16", "--trials", "24", "--epochs", "200"]


def recorded(path: Path) -> list[int]:
    """Numbers of the trials in a file, as often as they are there."""
    try:
        return [fields["index"] for kind, fields in read_search(path).records if kind == "trial"]
    except SessionError:
        return []


def test_a_worker_and_then_the_scheduler_are_killed(tmp_path: Path) -> None:
    """The first costs nothing, the second is told in one sentence and nothing else, and what is over stays."""
    path = tmp_path / "x.panda-search"
    with running_cluster(tmp_path) as cluster:
        dask = ["--backend", "dask", "--scheduler", cluster.address]
        command = [sys.executable, "-m", "trainer", *WORDS, "--out", str(path), *dask]
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: len(recorded(path)) >= 4, process)
        cluster.kill(1)
        wait_until(lambda: len(recorded(path)) >= 10, process)
        cluster.kill(0)
        out, err = process.communicate(timeout=60)
        before = recorded(path)
        assert process.returncode == 1
        assert "Traceback" not in out + err
        assert "".join(line for line in err.splitlines(True) if not line.startswith("about ")) == (
            f"panda: the scheduler at {cluster.address} does not answer any more; what is over is recorded: --resume"
            f" --out {path} goes on\n"
        )
    resumed = subprocess.run(
        [sys.executable, "-m", "trainer", "search", "--resume", "--out", str(path)],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert resumed.stderr.startswith(f"panda: {len(before)} of 24 trials are over and kept\n")
    assert recorded(path)[: len(before)] == before
    assert sorted(recorded(path)) == list(range(24)), "none is lost, none is trained twice"
