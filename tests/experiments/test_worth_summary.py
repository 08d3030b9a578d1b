"""What an intervention was worth, found out as a job: beside a live run, within a budget, with curves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.examples import record_run
from tests.waiting import wait_until
from trainer.engine.commands import Intervene
from trainer.engine.events import Event, RunEnded
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.trainer import Trainer
from trainer.experiments.findings import Finding, Findings, Question
from trainer.experiments.questions import worth_question
from trainer.experiments.recorded_run import begin
from trainer.experiments.worth import worth_in_file
from trainer.experiments.worth_summary import WorthSummary, curves
from trainer.recorder.library import annotate_session
from trainer.recorder.runs import RecordedIntervention
from trainer.recorder.session import read_session

LONG = RunConfig(data="digits", layers=(64, 64))
SMALL = Hyperparameters(mini_batch_size=16)
CHANGES = [(300, Intervene({"learning_rate": 0.9})), (600, Intervene({"learning_rate": 0.05}))]


@pytest.fixture
def findings() -> Iterator[Findings]:
    made = Findings()
    yield made
    made.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    recorded = tmp_path_factory.mktemp("worth") / "x.panda"
    record_run(recorded, LONG, SMALL, 1000, CHANGES)
    return recorded


def change_of(path: Path, index: int = 0) -> RecordedIntervention:
    return read_session(path).run("r1").interventions[index]


def recorded_enough(path: Path) -> bool:
    """Whether both changes of a live run, and the iterations compared after the first, are in its file."""
    run = read_session(path).runs["r1"]
    return len(run.interventions) == 2 and run.iteration >= 900


def over(findings: Findings, question: Question[WorthSummary]) -> Finding[WorthSummary]:
    def latest() -> Finding[WorthSummary]:
        finding = findings.finding(question)
        assert finding is not None
        return finding

    wait_until(lambda: latest().over)
    return latest()


def found(findings: Findings, question: Question[WorthSummary]) -> WorthSummary:
    """What comes of it."""
    summary = over(findings, question).result
    assert summary is not None
    return summary


def test_it_finds_out_what_is_computed_here_too(findings: Findings, path: Path) -> None:
    question = worth_question(path, "r1", change_of(path), 700, seeds=2)
    findings.ask(question)
    told = found(findings, question)
    session, worth = worth_in_file(path, "r1", 0, seeds=2)
    assert worth.over_seeds is not None
    assert (told.outcome, told.text, told.seeds) == (worth.outcome, worth.text, worth.over_seeds.text)
    assert told.method == worth.over_seeds.method
    assert told.remark == ""
    assert told.curves == curves(session, worth)
    assert findings.latest(lambda asked: asked.path == path) == question


def test_the_curves_part_at_the_intervention(path: Path) -> None:
    session, worth = worth_in_file(path, "r1", 0)
    drawn = curves(session, worth)
    (t_with, with_it), (t_without, without) = drawn["with"], drawn["without"]
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
    session, worth = worth_in_file(start, None, 0)
    assert curves(session, worth)["dev without"][0] == [0, 3]


def test_the_budget_ends_it(findings: Findings, tmp_path: Path) -> None:
    path = tmp_path / "wide.panda"  # the ghost takes a small part of a second, 64 seeds many of them
    record_run(path, RunConfig(data="digits", layers=(128, 128)), Hyperparameters(), 1000, CHANGES)
    question = worth_question(path, "r1", change_of(path, 1), 400, seeds=64, budget=1)
    findings.ask(question)
    told = found(findings, question)
    worth = worth_in_file(path, "r1", 1)[1]
    assert told.text == worth.text  # there was time enough for the ghost
    assert "; the budget ended after " in told.seeds
    assert told.seeds.endswith(" of 64 seeds")


def test_it_is_given_up_while_it_computes(findings: Findings, path: Path) -> None:
    question = worth_question(path, "r1", change_of(path), 700, seeds=64)
    findings.ask(question)
    wait_until(lambda: (finding := findings.finding(question)) and finding.done)
    findings.cancel(question)
    assert findings.finding(question) is None
    assert findings.latest(lambda _: True) is None


def test_what_cannot_be_found_out_is_told_in_a_sentence(findings: Findings, path: Path) -> None:
    question = worth_question(path, "r1", change_of(path), 701)
    findings.ask(question)
    told = over(findings, question)
    assert told.result is None
    assert told.refused.startswith("iterations must be a whole number from 1 to 700")


def test_a_live_run_is_not_changed_by_it(findings: Findings, tmp_path: Path) -> None:
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
            wait_until(lambda live=live, ended=ended: recorded_enough(live) or ended.done())  # type: ignore[misc]
            assert not ended.done()
            question = worth_question(live, "r1", change_of(live), 600)
            findings.ask(question)
            told = found(findings, question)
            assert told.outcome in ("helped", "hurt")
            assert findings.latest(lambda _: True) == question  # it holds although the file has grown
        digests.append(ended.result(60).state.digest())
        trainer.close()
        assert ended.result().iteration == 60_000
    assert digests[0] == digests[1]


def test_what_was_found_holds_as_long_as_the_file_only_grows(findings: Findings, tmp_path: Path) -> None:
    recorded = tmp_path / "s.panda"
    record_run(recorded, RunConfig(data="iris", layers=(4,)), SMALL, 60, [(30, Intervene({"momentum": 0.5}))])
    question = worth_question(recorded, "r1", change_of(recorded), 30)
    findings.ask(question)
    told = over(findings, question)
    before = recorded.stat().st_size
    annotate_session(recorded, "looks well", run="r1", iteration=40)
    assert findings.finding(question) == told
    recorded.write_bytes(recorded.read_bytes()[: before - 1])  # less than there was
    assert findings.finding(question) is None
