"""A search on a real Dask cluster: the same trials bit for bit; whatever ends there, nothing finished is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import wait_until
from trainer.data.loading import load_dataset
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.errors import InvalidInput
from trainer.experiments.search import pools, record
from trainer.experiments.search.box import Box
from trainer.experiments.search.plan import SearchPlan
from trainer.experiments.search.pools import DaskPool, LocalPool, Pool
from trainer.experiments.search.search import Search
from trainer.experiments.search.view import SearchView

DATASET = load_dataset("iris")
ALIKE = {
    "random": {},
    "coarse to fine": {"sampler": "coarse-to-fine", "rounds": 2},
    "halving": {"halving": True},
    "tpe": {"sampler": "tpe"},
}


class Cluster:
    """A scheduler and two workers of one thread, each a process of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, folder / "scheduler.json"
        own = ["--no-dashboard", "--host", "127.0.0.1"]
        self.scheduler = self._start("scheduler", *own, "--port", "0", "--scheduler-file", str(self._file))
        self.workers = [self.another_worker(), self.another_worker()]

    @property
    def address(self) -> str:
        """Of the scheduler."""
        return str(json.loads(self._file.read_text())["address"])

    def another_worker(self) -> subprocess.Popen[bytes]:
        own = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", str(self._folder)]
        return self._start("worker", *own, "--scheduler-file", str(self._file))

    def pool(self) -> DaskPool:
        """On both workers."""
        from distributed import Client

        wait_until(self._file.exists)
        with Client(self.address, timeout=30, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        return DaskPool(self.address, DATASET)

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def _start(self, what: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *words]
        return subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    made.close()


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    yield made
    made.close()


def plan(**others: object) -> SearchPlan:
    about = {"trials": 12, "epochs": 4, **others}
    config = RunConfig(data="iris", layers=(8,))
    return SearchPlan(config, Hyperparameters(mini_batch_size=16), Box.first(), **about)  # type: ignore[arg-type]


def bits(view: SearchView) -> list[tuple[object, ...]]:
    """Of every trial: what was drawn, and what came of it."""
    return [(t.index, t.values, t.state, t.done, t.digest, t.curve, t.cost) for t in view.trials]


def searched(plan: SearchPlan, pool: Pool) -> list[tuple[object, ...]]:
    view = Search(plan, DATASET, pool).run()
    assert (view.state, view.reason) == ("finished", "")
    assert all(trial.digest for trial in view.trials)
    return bits(view)


@pytest.mark.slow
@pytest.mark.parametrize("name", ALIKE)
def test_the_same_trials_here_and_there(cluster: Cluster, name: str) -> None:
    wanted = plan(**ALIKE[name])
    assert searched(wanted, cluster.pool()) == searched(wanted, LocalPool(1))


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_WAIT_SECONDS", 0.2)
    with pytest.raises(InvalidInput, match=r"no scheduler answers at 'tcp://127\.0\.0\.1:9' within 0\.2 s"):
        DaskPool("tcp://127.0.0.1:9", DATASET)
    with pytest.raises(InvalidInput, match="no scheduler answers at 'nonsense://x'"):
        DaskPool("nonsense://x", DATASET)


class Running:
    """A search in a thread of its own."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.view = self.search.run()

    def wait_for(self, over: int) -> None:
        """Until so many trials are over."""
        wait_until(lambda: sum(trial.over for trial in self.search.look().trials) >= over)

    def end(self) -> SearchView:
        self._thread.join(120)
        return self.view


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_no_trial(own_cluster: Cluster, tmp_path: Path) -> None:
    long = plan(trials=10, epochs=500)
    file = record.create(tmp_path / "x.panda-search", long, DATASET)
    running = Running(Search(long, DATASET, own_cluster.pool(), file))
    running.wait_for(2)
    own_cluster.workers[0].kill()
    running.wait_for(4)
    own_cluster.workers.append(own_cluster.another_worker())
    view = running.end()
    assert (view.state, view.reason) == ("finished", "")
    assert bits(view) == searched(long, LocalPool(2))
    recorded = [fields["index"] for kind, fields in record.read_so_far(view.path).file.records if kind == "trial"]
    assert sorted(recorded) == list(range(10))


@pytest.mark.slow
def test_a_scheduler_that_dies_ends_the_search_which_can_be_gone_on_with(own_cluster: Cluster, tmp_path: Path) -> None:
    long = plan(trials=10, epochs=500)
    path = tmp_path / "x.panda-search"
    running = Running(Search(long, DATASET, own_cluster.pool(), record.create(path, long, DATASET)))
    running.wait_for(3)
    own_cluster.scheduler.kill()
    view = running.end()
    assert view.state == "failed"
    assert "scheduler" in view.reason
    assert "\n" not in view.reason
    so_far = record.read_so_far(path)
    kept = {trial.index for trial in view.trials if trial.over}
    assert {trial.index for trial in so_far.trials} == kept
    assert len(kept) >= 3
    assert all(trial.state == "finished" for trial in so_far.trials), "the scheduler's end is no fault of a trial"
    file = record.reopen(so_far, DATASET)
    again = Search(so_far.plan, DATASET, LocalPool(2), file, rounds=so_far.rounds, over=so_far.trials).run()
    assert bits(again) == searched(long, LocalPool(2))
