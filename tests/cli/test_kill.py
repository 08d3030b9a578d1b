"""`panda train` killed again and again, and resumed: nothing of it is seen in the end."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from tests.cli.conftest import SMALL, Panda
from tests.torture.fork_server import ForkServer
from tests.waiting import recorded, wait_until


@pytest.mark.slow
def test_killed_and_resumed_twenty_times(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    chooser = random.Random(11)
    begin = [*SMALL, "--iterations", "100000000", "--session", str(path)]
    again = ["train", "--resume", "--iterations", "100000000", "--session", str(path)]
    reached = 0
    with ForkServer() as server:
        for turn in range(20):
            nudge = ["--nudge", f"{reached + 40}: learning_rate={chooser.uniform(0.001, 0.1)}"]
            process = server.fork("panda", *(again if turn else begin), *nudge)
            target = reached + chooser.randrange(1, 120)
            wait_until(lambda target=target: recorded(path) >= target)  # type: ignore[misc]
            os.kill(process, signal.SIGKILL)
            server.rest()
            reached = recorded(path)
    total = reached + 50
    resumed = panda.json("train", "--resume", "--iterations", str(total), "--session", path)
    assert resumed["iterations"] == total
    assert panda.json("verify", path)["result"] == "exact"
    (run,) = panda.json("log", path)["runs"]
    held_back = [
        f"{change['iteration']}: learning_rate={change['after']['learning_rate']}" for change in run["interventions"]
    ]
    straight = panda.json(
        *SMALL, "--iterations", str(total), "--no-record", *(word for nudge in held_back for word in ("--nudge", nudge))
    )
    assert straight["digest"] == resumed["digest"]
