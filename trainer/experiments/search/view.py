"""How a search stands, for anything that looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from trainer.experiments.search.box import Box
from trainer.experiments.search.plan import Round
from trainer.experiments.search.trial import Trial

SearchState = Literal["searching", "blocked", "finished", "cancelled", "interrupted", "failed"]
"""Cancelled by a person; interrupted: its process ended before it was over."""


@dataclass(frozen=True)
class SearchView:
    """How a search stands; its trials under way are copies, the others the same ones each time.

    Attributes
    ----------
    reason : why it is blocked or failed; else ""
    rounds : those that trials were drawn from, and the present one, numbered from 1
    left : trials that have not begun
    workers : how many trials are computed at a time; 0 where none are
    seconds_left : that it is about to take from now; None where that is not known
    seconds : that it has been under way, each time that it was gone on with among them
    """

    state: SearchState
    reason: str
    path: Path | None
    rounds: tuple[Round, ...]
    trials: tuple[Trial, ...]
    left: int
    remarks: tuple[str, ...]
    workers: int = 0
    seconds: float = 0.0
    seconds_left: float | None = None

    @property
    def box(self) -> Box:
        """Of the present round."""
        return self.rounds[-1].box

    @property
    def best_first(self) -> list[Trial]:
        """Trials that are over, the best first."""
        return sorted((trial for trial in self.trials if trial.over), key=lambda trial: trial.rank)
