"""Verification: `verify` as a question about a session file."""

from __future__ import annotations

from pathlib import Path

from trainer.experiments.findings import Question
from trainer.experiments.verify import Verdict, verify

VERIFY = "verify"


def verification(path: Path, run: str) -> Question[Verdict]:
    """To verify a run of a session; the verdict holds for the file as it is."""
    return Question(VERIFY, verify, path, (run,), priority=1)
