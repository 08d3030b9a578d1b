"""kill -9 of a search, ten times: no finished trial is repeated, none is lost, and all are as undisturbed."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from tests.torture.fork_server import ForkServer
from tests.torture.killed_search import DATASET, PLAN
from trainer.experiments.search.pools import LocalPool
from trainer.experiments.search.record import read_so_far, trial_as_json
from trainer.experiments.search.search import Search
from trainer.experiments.search.trial import Trial

KILLS = 10


def _finished(path: Path) -> list[int]:
    """Numbers of the trials that are recorded, as often as they are."""
    if not path.exists():
        return []
    return [fields["index"] for kind, fields in read_so_far(path).file.records if kind == "trial"]


def _as_recorded(trial: Trial) -> dict[str, object]:
    timed = ("seconds", "begun", "ended")
    return {name: value for name, value in trial_as_json(trial).items() if name not in timed}


@pytest.mark.slow
def test_a_search_that_is_killed_ten_times(tmp_path: Path) -> None:
    chance = random.Random(17)
    path = tmp_path / "x.panda-search"
    before: list[int] = []
    with ForkServer() as server:
        for kill in range(KILLS):
            child = server.fork("search", path)
            for _ in range(chance.randint(1, 5)):
                assert server.readline() == "leg", f"kill {kill}: it was over before"
            for _ in range(chance.randint(0, 100_000)):
                pass  # somewhere in the trial, or while it is recorded
            os.kill(child, signal.SIGKILL)
            server.rest()
            found = _finished(path)
            assert found[: len(before)] == before, f"kill {kill}: a finished trial was lost"
            before = found
        assert 10 <= len(before) < PLAN.trials, "the kills were in the midst of it"
        server.fork("search", path)
        assert server.rest()[-1] == "finished"
    so_far = read_so_far(path)
    assert sorted(_finished(path)) == list(range(PLAN.trials)), "each trial is recorded once"
    assert (len(so_far.rounds), so_far.file.damage) == (2, ())
    undisturbed = Search(PLAN, DATASET, LocalPool(1)).run()
    assert [_as_recorded(trial) for trial in sorted(so_far.trials, key=lambda trial: trial.index)] == [
        _as_recorded(trial) for trial in undisturbed.trials
    ]
