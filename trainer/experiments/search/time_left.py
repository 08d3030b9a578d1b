"""Time left: how long a search is still going to take, from how fast its trials have been trained so far."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from trainer.experiments.search.halving import SHARE
from trainer.experiments.search.plan import SearchPlan
from trainer.experiments.search.trial import Trial


def iterations_of_all(plan: SearchPlan, iterations: int) -> float:
    """About how many iterations all trials of a plan have, of which each has so many when it is finished."""
    return plan.trials * iterations * (SHARE if plan.halving else 1.0)


class Pace:
    """How fast trials are trained, from the first result on: before, processes began and loaded the data."""

    def __init__(self, plan: SearchPlan) -> None:
        self._share = SHARE if plan.halving else 1.0
        self._first: tuple[float, int] | None = None

    def had_result(self, seconds: float, trials: Iterable[Trial]) -> None:
        """A leg was computed; `seconds` that the search has been under way."""
        if self._first is None:
            self._first = seconds, _done(trials)

    def seconds_left(self, seconds: float, trials: Collection[Trial], left: int) -> float | None:
        """That the search is about to take from now; None until there was a second result.

        Parameters
        ----------
        trials : that have begun
        left : how many have not
        """
        if self._first is None or (more := _done(trials) - self._first[1]) <= 0:
            return None
        of_each = self._share * sum(trial.iterations for trial in trials) / len(trials)
        ahead = (self._share * trial.iterations - trial.done for trial in trials if not trial.over)
        iterations = sum(max(0.0, n) for n in ahead) + left * of_each
        return iterations * (seconds - self._first[0]) / more if iterations else None


def _done(trials: Iterable[Trial]) -> int:
    return sum(trial.done for trial in trials)
