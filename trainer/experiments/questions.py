"""Questions: what a page has jobs find out about a session file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from trainer.experiments.findings import Question
from trainer.experiments.session_data import with_told
from trainer.experiments.verify import Verdict, verify
from trainer.experiments.worth_summary import WorthSummary, summarise_worth
from trainer.recorder.runs import RecordedIntervention
from trainer.recorder.session import Session

R = TypeVar("R")

VERIFY = "verify"
WORTH = "worth"

BUDGET_SECONDS = 300
"""Of processor time, unless another budget is asked for."""


def as_told(session: Session, question: Question[R]) -> Question[R]:
    """The same question, answered with the data of the session where a person said in this process that they are."""
    return replace(question, function=with_told(session, question.function))


def verify_question(path: Path, run: str) -> Question[Verdict]:
    """Ask whether a run comes out as recorded; the verdict holds for the file as it is, and goes before other jobs."""
    return Question(VERIFY, verify, path, (run,), priority=1)


def worth_question(
    path: Path,
    run: str,
    change: RecordedIntervention,
    iterations: int,
    seeds: int = 0,
    budget: float = BUDGET_SECONDS,
) -> Question[WorthSummary]:
    """Ask what an intervention was worth some iterations later; the answer holds while the file grows.

    Parameters
    ----------
    change : of the run or of its ancestors
    seeds, budget : as `worth` takes seeds, and in seconds of processor time
    """
    return Question(WORTH, summarise_worth, path, (run, change.seq, iterations, seeds, budget), grows=True)
