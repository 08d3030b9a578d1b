"""Whatever goes wrong in a trial is a result, and not the end; whatever goes wrong in a pool loses no trial."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.experiments.search.searching import (
    BOX,
    CONFIG,
    DATASET,
    HYPERPARAMETERS,
    PoolHere,
    again,
    begun,
    plan,
    same,
    searched,
)
from tests.waiting import wait_until
from trainer.engine.loop import TrainingLoop
from trainer.errors import InvalidInput, JobFailed
from trainer.experiments.search import search as search_module
from trainer.experiments.search import trial as trial_module
from trainer.experiments.search.box import Box
from trainer.experiments.search.pools import LocalPool
from trainer.experiments.search.record import read_so_far
from trainer.experiments.search.search import Search
from trainer.experiments.search.trial import Leg, LegResult, run_leg


def test_a_trial_that_diverges_is_a_result() -> None:
    view = searched(
        plan(box=Box.of({"learning_rate": [1e5, 1e6]}), hyperparameters=HYPERPARAMETERS, trials=3, epochs=50)
    )
    assert {trial.state for trial in view.trials} <= {"diverged", "finished"}
    diverged = [trial for trial in view.trials if trial.state == "diverged"]
    assert diverged
    assert all(trial.reason and trial.dev_cost is None and trial.rank[0] == float("inf") for trial in diverged)


def _raising(error: Exception) -> Callable[[Leg], LegResult]:
    def act(leg: Leg) -> LegResult:
        if leg.hyperparameters.learning_rate < 0.01:
            return _with_loop_that_raises(leg, error)
        return run_leg(leg, DATASET)

    return act


def _with_loop_that_raises(leg: Leg, error: Exception) -> LegResult:
    def build(*arguments: object) -> TrainingLoop:
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial_module, "build", build)
        return run_leg(leg, DATASET)


@pytest.mark.parametrize("error", [MemoryError("no room"), ZeroDivisionError("in a trial"), InvalidInput("not so")])
def test_a_trial_that_raises_is_a_result(error: Exception) -> None:
    view = searched(plan(), PoolHere(_raising(error)))
    failed = [trial for trial in view.trials if trial.state == "failed"]
    assert {str(error) in trial.reason for trial in failed} == {True}
    assert 0 < len(failed) < 12 == len(view.trials)
    others = [trial for trial in view.trials if trial.state != "failed"]
    undisturbed = {trial["index"]: trial for trial in same(searched(plan()).trials)}
    assert same(others) == [undisturbed[trial.index] for trial in others]


def test_a_leg_whose_process_ends_is_computed_again_and_twice_more_is_a_failure(tmp_path: Path) -> None:
    broken: list[float] = []

    def act(leg: Leg) -> LegResult:
        alpha = leg.hyperparameters.learning_rate
        if (alpha < 0.01 and alpha not in broken) or alpha > 0.3:
            broken.append(alpha)
            raise JobFailed("its process was killed")
        return run_leg(leg, DATASET)

    view = searched(plan(), PoolHere(act))
    undisturbed = same(searched(plan()).trials)
    for trial, expected in zip(view.trials, undisturbed, strict=True):
        if trial.values["learning_rate"] > 0.3:
            assert (trial.state, trial.reason) == ("failed", "its process was killed (3 times)")
        else:
            assert same([trial]) == [expected]
    assert any(trial.state == "failed" for trial in view.trials)


class _Hanging(PoolHere):
    """A pool of two workers, of which one hangs in the trial of the highest α; the other is never idle for long."""

    def __init__(self) -> None:
        super().__init__()
        self.workers = 2
        self.cancelled = 0

    def submit(self, leg: Leg) -> Future[LegResult]:
        return Future() if leg.hyperparameters.learning_rate > 0.7 else super().submit(leg)

    def cancel(self, leg: Future[LegResult]) -> str:
        self.cancelled += 1
        leg.cancel()
        return "its worker was restarted"


def test_a_trial_that_hangs_is_given_up_also_while_others_are_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "_WAIT_SECONDS", 0.01)
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.5  # so that the queue of results is never empty until the hung leg is over its limit
        return now

    pool = _Hanging()
    search = Search(plan(trials=200, epochs=1), DATASET, pool, leg_limit=20.0, clock=clock)
    view = search.run()
    hung = [trial for trial in view.trials if trial.state == "failed"]
    assert {trial.reason for trial in hung} == {"it gave no result for 20 s; its worker was restarted"}
    assert len(hung) == pool.cancelled > 0
    assert len([trial for trial in view.trials if trial.over]) == 200
    after = [trial for trial in view.trials if trial.index > hung[0].index and trial.begun is not None]
    assert any(trial.begun > (hung[0].ended or 0) for trial in after if trial.begun)  # it was not left to the end


@pytest.mark.slow
def test_a_worker_process_that_is_killed(tmp_path: Path) -> None:
    wished = plan(trials=6, config=replace(CONFIG, layers=(64,)), epochs=300)
    undisturbed = same(searched(wished).trials)
    search = Search(wished, DATASET, LocalPool(2))
    with _running(search) as done:
        for _ in range(2):
            wait_until(_one_is_killed)
        done.wait()
    assert same(search.look().trials) == undisturbed


def _one_is_killed() -> bool:
    """Kill a worker process; False where there is none just now: after one was killed the others are replaced too."""
    for process in _workers():
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
            return True
    return False


def _workers() -> list[int]:
    """Processes of this one that compute."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            status, command = (each / "stat").read_text(), (each / "cmdline").read_text()
        except OSError:
            continue
        if int(status.rpartition(")")[2].split()[1]) == os.getpid() and "loky" in command and "tracker" not in command:
            found.append(int(each.name))
    return found


@contextmanager
def _running(search: Search) -> Iterator[threading.Event]:
    done = threading.Event()

    def run() -> None:
        search.run()
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield done
    finally:
        search.cancel()
        thread.join()


def test_data_that_cannot_be_loaded_any_more_end_the_search_and_no_trial(tmp_path: Path) -> None:
    path = tmp_path / "x.panda-search"
    calls = 0

    def act(leg: Leg) -> LegResult:
        nonlocal calls
        calls += 1
        return run_leg(leg if calls <= 4 else replace(leg, fingerprint="other"), None)

    view = begun(path, plan(), PoolHere(act)).run()
    assert (view.state, view.reason) == ("failed", "the data set iris is not the one that the search began with")
    assert [trial.state for trial in view.trials] == ["finished"] * 4 + ["waiting"]
    assert same(again(path).run().trials) == same(searched(plan()).trials)


class _Breaking(PoolHere):
    """A pool that can compute nothing after some legs."""

    def __init__(self, legs: int) -> None:
        super().__init__()
        self.legs = legs

    def submit(self, leg: Leg) -> Future[LegResult]:
        self.legs -= 1
        if self.legs < 0:
            raise JobFailed("the cluster is gone")
        return super().submit(leg)


@pytest.mark.parametrize("legs", [0, 1, 5])
def test_a_pool_that_breaks_fails_the_search_which_can_be_gone_on_with(tmp_path: Path, legs: int) -> None:
    path = tmp_path / "x.panda-search"
    search = begun(path, plan(), _Breaking(legs))
    search.edit(BOX, trials=12)
    view = search.run()
    assert (view.state, view.reason) == ("failed", "the cluster is gone")
    assert len(read_so_far(path).trials) == legs
    assert [each.why for each in read_so_far(path).rounds] == ["edited"]
    undisturbed = Search(plan(), DATASET, PoolHere())
    undisturbed.edit(BOX, trials=12)
    assert same(again(path).run().trials) == same(undisturbed.run().trials)


def test_an_unforeseen_error_is_told_and_leaves_no_search_under_way(tmp_path: Path) -> None:
    class Wrong(PoolHere):
        def submit(self, leg: Leg) -> Future[LegResult]:
            raise ZeroDivisionError("unforeseen")

    search = begun(tmp_path / "x.panda-search", plan(), Wrong())
    with pytest.raises(ZeroDivisionError):
        search.run()
    assert (search.look().state, search.look().reason) == ("failed", "ZeroDivisionError: unforeseen")
