"""What is found out about a session file: how far it has come, what was found, and how long that holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.examples import record_run
from tests.waiting import wait_until
from trainer.engine.commands import Intervene
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.errors import SessionNotFound
from trainer.experiments.findings import Finding, Findings
from trainer.experiments.jobs import Jobs
from trainer.experiments.questions import verify_question
from trainer.experiments.verify import Verdict
from trainer.recorder.library import rename_session
from trainer.recorder.session import read_session

LONG = RunConfig(data="digits", layers=(64, 64, 64))


@pytest.fixture(scope="module")
def jobs() -> Iterator[Jobs]:
    """One pool for all tests, so that its process starts once."""
    made = Jobs()
    yield made
    made.close()


@pytest.fixture
def findings(jobs: Jobs) -> Iterator[Findings]:
    made = Findings(jobs)
    yield made
    for question in made.under_way():
        made.cancel(question)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A short session, with a change."""
    recorded = tmp_path / "x.panda"
    change = (30, Intervene({"momentum": 0.5}))
    record_run(recorded, RunConfig(data="iris", layers=(4,)), Hyperparameters(mini_batch_size=16), 60, [change])
    return recorded


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session that takes a while to verify."""
    recorded = tmp_path_factory.mktemp("long") / "x.panda"
    record_run(recorded, LONG, Hyperparameters(mini_batch_size=16), 2000)
    return recorded


def until(
    findings: Findings, path: Path, holds: Callable[[Finding[Verdict]], bool], run: str = "r1"
) -> Finding[Verdict]:
    """Ask until something holds."""
    found: list[Finding[Verdict]] = []

    def one_holds() -> bool:
        finding = findings.finding(verify_question(path, run))
        assert finding is not None
        found.append(finding)
        return holds(finding)

    wait_until(one_holds)
    return found[-1]


def verdict_of(findings: Findings, path: Path) -> Verdict:
    verdict = until(findings, path, lambda finding: finding.over).result
    assert verdict is not None
    return verdict


def test_exact(findings: Findings, path: Path) -> None:
    assert findings.finding(verify_question(path, "r1")) is None
    findings.ask(verify_question(path, "r1"))
    verdict = verdict_of(findings, path)
    # this process has as many threads as it likes, and the verifying one too
    assert (verdict.result, verdict.first_difference) == ("exact", None), verdict.text
    assert verdict.iterations == 60
    assert "every cost and 3 checkpoints equal bit for bit" in verdict.text
    assert findings.under_way() == []


def test_a_verdict_is_about_the_file_as_it_was(findings: Findings, path: Path) -> None:
    findings.ask(verify_question(path, "r1"))
    verdict_of(findings, path)
    assert findings.finding(verify_question(path, "r2")) is None
    rename_session(path, "another content")
    assert findings.finding(verify_question(path, "r1")) is None


def test_damage_is_named(findings: Findings, path: Path) -> None:
    content = bytearray(path.read_bytes())
    seq = read_session(path).run("r1").interventions[0].seq
    at = content.index(f"{seq:06d}-intervention.safetensors".encode())
    content[at + 1000] ^= 1
    path.write_bytes(content)
    findings.ask(verify_question(path, "r1"))
    finding = until(findings, path, lambda finding: finding.over)
    assert finding.result is None
    assert finding.refused.startswith(f"x.panda is damaged: record {seq:06d}-intervention")


def test_one_is_found_out_after_the_other(findings: Findings, path: Path, long: Path) -> None:
    findings.ask(verify_question(long, "r1"))
    half_way = until(findings, long, lambda finding: finding.done > 0)
    assert 0 < half_way.done < half_way.total == 2000
    assert (half_way.result, half_way.refused, half_way.waiting) == (None, "", False)
    findings.ask(verify_question(path, "r1"))
    waiting = findings.finding(verify_question(path, "r1"))
    assert waiting is not None
    assert waiting.waiting
    assert [question.path for question in findings.under_way()] == [long, path]
    assert findings.under_way_about(path) == verify_question(path, "r1")
    assert verdict_of(findings, path).result == "exact"
    assert verdict_of(findings, long).result == "exact"


def test_what_is_given_up_leaves_nothing(findings: Findings, path: Path, long: Path) -> None:
    findings.ask(verify_question(long, "r1"))
    until(findings, long, lambda finding: finding.done > 0)
    findings.ask(verify_question(path, "r1"))
    findings.cancel(verify_question(long, "r1"))
    assert findings.finding(verify_question(long, "r1")) is None
    assert verdict_of(findings, path).result == "exact"
    assert findings.under_way() == []


def test_to_ask_again_what_is_under_way_changes_nothing(findings: Findings, long: Path) -> None:
    findings.ask(verify_question(long, "r1"))
    until(findings, long, lambda finding: finding.done > 0)
    findings.ask(verify_question(long, "r1"))
    finding = findings.finding(verify_question(long, "r1"))
    assert finding is not None
    assert finding.done > 0, "it has not begun anew"


def test_what_is_not_there(findings: Findings, path: Path, tmp_path: Path) -> None:
    with pytest.raises(SessionNotFound):
        findings.ask(verify_question(tmp_path / "y.panda", "r1"))
    findings.ask(verify_question(path, "r7"))
    finding = until(findings, path, lambda finding: finding.over, "r7")
    assert finding.result is None
    assert "there is no run 'r7'" in finding.refused
