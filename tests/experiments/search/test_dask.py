"""The same search on a real Dask cluster, whose processes are killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.experiments.search.searching import CONFIG, DATASET, PLANS, Kept, again, begun, edited, plan, same, searched
from tests.waiting import wait_until
from trainer.errors import InvalidInput
from trainer.experiments.search import pools
from trainer.experiments.search.pools import DaskPool
from trainer.experiments.search.record import read_so_far

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

LONG = plan(trials=8, config=replace(CONFIG, layers=(64,)), epochs=200)


class Cluster:
    """A scheduler, and workers of one thread each, as processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        said = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
        self.address = _found(said, r"Scheduler at:\s+(tcp://\S+)")
        for _ in range(2):
            self.add_worker()

    def add_worker(self) -> None:
        said = self._start("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        _found(said, r"(Registered to:)")

    def kill(self, number: int) -> None:
        """kill -9; 0 is the scheduler."""
        self.processes[number].send_signal(signal.SIGKILL)
        self.processes[number].wait()

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()

    def _start(self, *words: str) -> Path:
        said = self._folder / f"{len(self.processes)}.txt"
        with said.open("wb") as file:
            command = [sys.executable, "-m", "dask", *words]
            self.processes.append(subprocess.Popen(command, stdout=file, stderr=file, cwd=self._folder, env=os.environ))
        return said


def _found(said: Path, pattern: str) -> str:
    wait_until(lambda: re.search(pattern, said.read_text()) is not None)
    found = re.search(pattern, said.read_text())
    assert found is not None
    return found[1]


@contextmanager
def _cluster(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder)
    try:
        yield cluster
    finally:
        cluster.close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with _cluster(tmp_path) as made:
        yield made


def after(done: int, act: Callable[[], None]) -> Callable[[], None]:
    """Acts once, when so many results have come."""
    left = done

    def happened() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            act()

    return happened


def test_the_same_trials_as_in_this_process(cluster: Cluster) -> None:
    pool = DaskPool(cluster.address, DATASET)
    assert pool.workers == 2
    kept = Kept(pool)
    for each in PLANS.values():
        here = searched(plan(**each))
        assert same(searched(plan(**each), kept).trials) == same(here.trials)
        assert same(edited(plan(**each), here, kept)) == same(edited(plan(**each), here))
    pool.close()
    with pytest.raises(InvalidInput, match="workers must be from 1 to 2, the threads of the cluster, but got 3"):
        DaskPool(cluster.address, DATASET, 3)


def test_workers_that_are_killed_lose_no_trial(cluster: Cluster, tmp_path: Path) -> None:
    def kill_one() -> None:
        cluster.kill(1)

    def kill_the_last_and_add_another() -> None:  # the data that it had are gone with it
        cluster.kill(2)
        cluster.add_worker()

    first, second = after(3, kill_one), after(6, kill_the_last_and_add_another)

    def happened() -> None:
        first()
        second()

    search = begun(tmp_path / "x.panda-search", LONG, DaskPool(cluster.address, DATASET))
    view = search.run(happened)
    assert view.state == "finished", view.reason
    assert same(view.trials) == same(searched(LONG).trials)


def test_a_scheduler_that_is_killed_fails_the_search_which_goes_on_here(cluster: Cluster, tmp_path: Path) -> None:
    path = tmp_path / "x.panda-search"
    search = begun(path, LONG, DaskPool(cluster.address, DATASET))
    view = search.run(after(4, lambda: cluster.kill(0)))
    assert (view.state, view.reason) == ("failed", f"the scheduler at {cluster.address} does not answer any more")
    kept = sorted(read_so_far(path).trials, key=lambda trial: trial.index)  # recorded in the order in which they ended
    assert same(kept) == same([trial for trial in view.trials if trial.over])
    assert len(kept) < LONG.trials
    assert same(again(path).run().trials) == same(searched(LONG).trials)
    with pytest.raises(InvalidInput) as refused:
        DaskPool(cluster.address, DATASET)
    assert str(refused.value).startswith(f"no scheduler answers at '{cluster.address}' within 5 s: ")
    assert "\n" not in str(refused.value)


def test_a_cluster_without_workers(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "WITHOUT_WORKERS", 1.5)

    def kill_both() -> None:
        cluster.kill(1)
        cluster.kill(2)

    path = tmp_path / "x.panda-search"
    view = begun(path, LONG, DaskPool(cluster.address, DATASET)).run(after(4, kill_both))
    assert (view.state, view.reason) == ("failed", f"the scheduler at {cluster.address} has had no workers for 1.5 s")
    with pytest.raises(InvalidInput, match=rf"the scheduler at {cluster.address} has no workers: start some"):
        DaskPool(cluster.address, DATASET)


@pytest.mark.parametrize("address", ["nowhere", "tcp://127.0.0.1:1", "gibberish://x:1", ""])
def test_an_address_where_no_scheduler_is(address: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        DaskPool(address, DATASET)
    assert str(refused.value).startswith(f"no scheduler answers at '{address}'")
    assert "\n" not in str(refused.value)
