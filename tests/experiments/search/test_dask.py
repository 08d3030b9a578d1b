"""The same search on a real Dask cluster, whose processes are killed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.experiments.search.cluster import HANGS_ABOVE, Cluster, hanging, running_cluster
from tests.experiments.search.searching import CONFIG, DATASET, PLANS, Kept, again, begun, edited, plan, same, searched
from tests.waiting import wait_until
from trainer.errors import InvalidInput
from trainer.experiments.search import pools
from trainer.experiments.search.box import Box
from trainer.experiments.search.pools import DaskPool
from trainer.experiments.search.record import read_so_far
from trainer.experiments.search.search import Search

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

LONG = plan(trials=8, config=replace(CONFIG, layers=(64,)), epochs=200)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with running_cluster(tmp_path) as made:
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

    path = tmp_path / "x.panda-search"
    view = begun(path, LONG, DaskPool(cluster.address, DATASET)).run(happened)
    assert view.state == "finished", view.reason
    assert same(view.trials) == same(searched(LONG).trials)
    recorded = [fields["index"] for kind, fields in read_so_far(path).file.records if kind == "trial"]
    assert sorted(recorded) == list(range(LONG.trials)), "none is lost, none is there twice"


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


@pytest.mark.parametrize("nanny", [True, False])
def test_a_worker_that_hangs_in_a_trial_is_restarted_or_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nanny: bool
) -> None:
    wished = plan(trials=6, epochs=1)
    monkeypatch.setattr(pools, "run_leg", hanging)
    with running_cluster(tmp_path, nanny=nanny) as cluster:
        pool = DaskPool(cluster.address, DATASET)
        low = Box.of({"learning_rate": [1e-3, 1e-2]})
        searched(plan(trials=8, epochs=1, box=low), Kept(pool))  # workers have loaded what they need
        view = Search(wished, DATASET, Kept(pool), leg_limit=3.0).run()
        wait_until(lambda: len(pool._client.nthreads()) == (2 if nanny else 1))
        pool.close()
    assert view.state == "finished", view.reason
    hung = [trial for trial in view.trials if trial.values["learning_rate"] > HANGS_ABOVE]
    became = "was restarted" if nanny else "was removed from the cluster, as it has no nanny that restarts it"
    assert len(hung) == 1
    assert re.fullmatch(rf"it gave no result for 3 s; its worker tcp://\S+ {became}", hung[0].reason), hung[0].reason
    undisturbed = {trial["index"]: trial for trial in same(searched(wished).trials)}
    assert same([trial for trial in view.trials if trial not in hung]) == [
        undisturbed[trial.index] for trial in view.trials if trial not in hung
    ]
