"""Search progress: how far a search is, and about how long it still takes, on stderr."""

from __future__ import annotations

import time

from trainer.cli.progress import Bar
from trainer.engine.wording import about_text, counted
from trainer.experiments.search.search import Search
from trainer.experiments.search.view import SearchView

_SECONDS = 0.2
"""Between two looks at how far it is."""

_MEASURED = 2.0
"""Seconds after which the speed is believed, since it is known: by then every worker has loaded data and code."""

_WORTH_TELLING = 10.0
"""Seconds from which on it is told once how long it takes, also where no bar is drawn."""


class SearchProgress:
    """Shows a search under way."""

    def __init__(self, search: Search, bar: Bar) -> None:
        self._search, self._bar = search, bar
        self._due = 0.0
        self._tell_at: float | None = None
        self._told = False

    def show(self) -> None:
        """How far it is, where that was not shown just before."""
        if (now := time.monotonic()) < self._due:
            return
        self._due = now + _SECONDS
        found = self._search.look()
        best, done, left = found.best_first, iterations_done(found), iterations_left(found)
        gauges = [f"{len(best)} of {counted(len(found.trials) + found.left, 'trial')}"]
        if best and best[0].dev_cost is not None:
            gauges.append(f"best dev cost {best[0].dev_cost:.4f}")
        if found.seconds_left is not None and not self._told:
            self._tell_at = now + _MEASURED if self._tell_at is None else self._tell_at
            if now >= self._tell_at:
                self._told = True
                self._tell(found.seconds_left, len(found.trials) + found.left - len(best), found.workers)
        self._bar.show(done, round(done + left), ", ".join(gauges))

    def _tell(self, seconds: float, trials: int, workers: int) -> None:
        if seconds >= _WORTH_TELLING:
            at_a_time = "one at a time" if workers == 1 else f"{workers} at a time"
            self._bar.say(f"{about_text(seconds)} for the {counted(trials, 'trial')} left, {at_a_time}")


def iterations_done(found: SearchView) -> int:
    """Of all trials."""
    return sum(trial.done for trial in found.trials)


def iterations_left(found: SearchView) -> float:
    """Of all trials that are not over; those that have not begun are taken to be as long as the others."""
    begun = sum(trial.iterations - trial.done for trial in found.trials if not trial.over)
    return begun + found.left * sum(trial.iterations for trial in found.trials) / max(1, len(found.trials))
