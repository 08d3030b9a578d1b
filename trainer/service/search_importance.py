"""Search importance: which hyperparameters of a search matter, found in a process beside training, now and then."""

from __future__ import annotations

from dataclasses import dataclass

from trainer.errors import JobFailed
from trainer.experiments.jobs import Job, Jobs
from trainer.experiments.search.axes import axes_of
from trainer.experiments.search.importance import FEWEST, Importance, importance, importance_in_job
from trainer.experiments.search.view import SearchView

_MORE = 1.2
"""It is found anew when so many times as many trials are over, and at the end."""


@dataclass(eq=False)
class _Known:
    """What is known of one search, from how many trials; and what is being found out."""

    of: int
    latest: Importance | None = None
    job: Job[Importance] | None = None


class Importances:
    """By search; the forests grow in the processes of `jobs`, of a low priority."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._known: dict[str, _Known] = {}

    def of(self, search_id: str, view: SearchView) -> Importance | None:
        """The latest of a search, perhaps of fewer trials; None before the first. Returns at once."""
        axes, over = axes_of(view.rounds, view.trials), [trial for trial in view.trials if trial.over]
        if len(over) < FEWEST:
            return importance(axes.dimensions, over)  # a sentence: there are too few
        known = self._known.setdefault(search_id, _Known(0))
        job = known.job
        if job is not None and job.future.done():
            known.job = None
            if not job.future.cancelled():
                error = job.future.exception()
                known.latest = Importance(None, str(error)) if isinstance(error, JobFailed) else job.future.result()
        enough = len(over) >= _MORE * known.of or view.state not in ("searching", "blocked")
        if known.job is None and len(over) > known.of and enough:
            known.of, known.job = len(over), self._jobs.submit(importance_in_job, axes.dimensions, over)
        return known.latest

    def pending(self, search_id: str) -> bool:
        """Whether it is being found out, so that it is another one soon."""
        known = self._known.get(search_id)
        return known is not None and known.job is not None
