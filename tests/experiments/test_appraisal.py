"""What an intervention was worth, found out in the background: beside a live run, within a budget, with curves."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import psutil
import pytest

from tests.examples import record_run
from trainer.engine.commands import Intervene
from trainer.engine.events import Event, RunEnded
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.trainer import Trainer
from trainer.errors import CommandRefused
from trainer.experiments.appraisal import appraisal, curves
from trainer.experiments.background import LOW_PRIORITY, Background, Progress, Task
from trainer.experiments.recorded_run import begin
from trainer.experiments.verification import verification
from trainer.experiments.worth import appraise
from trainer.recorder.library import annotate_session
from trainer.recorder.runs import RecordedIntervention
from trainer.recorder.session import read_session

LONG = RunConfig(data="digits", layers=(64, 64))
SMALL = Hyperparameters(mini_batch_size=16)
CHANGES = [(300, Intervene({"learning_rate": 0.9})), (600, Intervene({"learning_rate": 0.05}))]


@pytest.fixture
def background() -> Iterator[Background]:
    made = Background()
    yield made
    made.cancel()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    recorded = tmp_path_factory.mktemp("appraisal") / "x.panda"
    record_run(recorded, LONG, SMALL, 1000, CHANGES)
    return recorded


def change_of(path: Path, index: int = 0) -> RecordedIntervention:
    return read_session(path).run("r1").interventions[index]


def found(background: Background, task: Task) -> Progress:
    """What comes of it."""
    while True:
        progress = background.progress(task)
        assert progress is not None
        if progress.result:
            return progress
        time.sleep(0.02)  # polling a process that tells nobody by itself


def test_it_finds_out_what_is_computed_here_too(background: Background, path: Path) -> None:
    task = appraisal(path, "r1", change_of(path), 700, seeds=2)
    background.start(task)
    told = found(background, task)
    session, worth = appraise(path, "r1", 0, seeds=2)
    assert worth.over_seeds is not None
    assert (told.result, told.text, told.found["seeds"]) == (worth.outcome, worth.text, worth.over_seeds.text)
    assert told.found["method"] == worth.over_seeds.method
    assert told.found["remark"] == ""
    assert told.found["curves"] == curves(session, worth)
    assert background.latest(lambda task: task.path == path) == task


def test_the_curves_part_at_the_intervention(path: Path) -> None:
    session, worth = appraise(path, "r1", 0)
    drawn = curves(session, worth)
    (t_with, with_it), (t_without, without) = drawn["with"], drawn["without"]
    assert t_with[0] is not None
    assert t_with[-1] == t_without[-1] == 1000
    assert 20 <= t_with[0] <= 24  # 0.4 of 700 iterations before it
    assert t_without[0] == 300
    ahead = dict(zip(t_with, with_it, strict=True))
    assert ahead[300] == without[0]
    assert any(ahead.get(t) != cost for t, cost in zip(t_without[1:], without[1:], strict=True))
    assert drawn["dev with"][0][-1] == drawn["dev without"][0][-1] == 1000
    assert drawn["dev without"][1][-1] == pytest.approx(worth.dev_cost_without, rel=1e-5)
    assert all(cost is not None and math.isfinite(cost) for cost in with_it + without)


def test_a_change_at_the_very_beginning_has_curves(tmp_path: Path) -> None:
    start = tmp_path / "s.panda"
    record_run(start, RunConfig(data="iris", layers=(4,)), SMALL, 3, [(0, Intervene({"momentum": 0.5}))])
    session, worth = appraise(start, None, 0)
    assert curves(session, worth)["dev without"][0] == [0, 3]


def test_the_budget_ends_it(background: Background, path: Path) -> None:
    task = appraisal(path, "r1", change_of(path, 1), 400, seeds=64, budget=1)
    background.start(task)
    told = found(background, task)
    worth = appraise(path, "r1", 1)[1]
    assert told.text == worth.text  # there was time enough for the ghost
    assert "; the budget ended after " in told.found["seeds"]
    assert told.found["seeds"].endswith(" of 64 seeds")


def test_one_at_a_time_whatever_it_is(background: Background, path: Path) -> None:
    task = appraisal(path, "r1", change_of(path), 700, seeds=64)
    background.start(task)
    with pytest.raises(CommandRefused, match=r"x\.panda is being run without an intervention: one at a time"):
        background.start(verification(path, "r1"))
    process = next(child for child in psutil.Process().children() if str(path) in child.cmdline())
    while not (progress := background.progress(task)) or not progress.done:
        time.sleep(0.02)  # polling a process that tells nobody by itself
    assert process.nice() == LOW_PRIORITY
    background.cancel()
    assert not process.is_running()
    assert background.progress(task) is None
    assert background.latest(lambda _: True) is None


def test_what_cannot_be_found_out_is_told_in_a_sentence(background: Background, path: Path) -> None:
    task = appraisal(path, "r1", change_of(path), 701)
    background.start(task)
    told = found(background, task)
    assert told.result == "refused"
    assert told.text.startswith("iterations must be a whole number from 1 to 700")


def test_a_live_run_is_not_changed_by_it(background: Background, tmp_path: Path) -> None:
    """The same run with and without such a task beside it, about its own session: the same final digest."""
    digests = []
    for beside in (False, True):
        live = tmp_path / f"live-{beside}.panda"
        ended: Future[RunEnded] = Future()

        def watch(event: Event, ended: Future[RunEnded] = ended) -> None:
            if isinstance(event, RunEnded):
                ended.set_result(event)

        trainer = Trainer()
        begin(trainer, LONG, SMALL, path=live, iterations=60_000, interventions=CHANGES, subscribers=[watch])
        if beside:
            while len(read_session(live).runs["r1"].interventions) < 2 or read_session(live).runs["r1"].iteration < 900:
                assert not ended.done()
                time.sleep(0.02)  # until so much is recorded
            task = appraisal(live, "r1", change_of(live), 600)
            background.start(task)
            told = found(background, task)
            assert told.result in ("helped", "hurt")
            assert background.latest(lambda _: True) == task  # it holds although the file has grown
        digests.append(ended.result(60).state.digest())
        trainer.close()
        assert ended.result().iteration == 60_000
    assert digests[0] == digests[1]


def test_what_was_found_holds_as_long_as_the_file_only_grows(background: Background, tmp_path: Path) -> None:
    recorded = tmp_path / "s.panda"
    record_run(recorded, RunConfig(data="iris", layers=(4,)), SMALL, 60, [(30, Intervene({"momentum": 0.5}))])
    task = appraisal(recorded, "r1", change_of(recorded), 30)
    background.start(task)
    told = found(background, task)
    before = recorded.stat().st_size
    annotate_session(recorded, "looks well", run="r1", iteration=40)
    assert background.progress(task) == told
    recorded.write_bytes(recorded.read_bytes()[: before - 1])  # less than there was
    assert background.progress(task) is None
