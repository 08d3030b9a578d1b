"""Search progress: how far a search is, and about how long it still takes, on stderr."""

from __future__ import annotations

import time

from trainer.cli.progress import Bar
from trainer.engine.wording import counted, duration_text
from trainer.experiments.search.search import Search
from trainer.experiments.search.view import SearchView

_SECONDS = 0.2
"""Between two looks at how far it is."""

_MEASURED = 1.0
"""Seconds of training after which the speed is believed."""

_WORTH_TELLING = 10.0
"""Seconds from which on it is told once how long it takes, also where no bar is drawn."""


class SearchProgress:
    """Shows a search under way."""

    def __init__(self, search: Search, bar: Bar) -> None:
        self._search, self._bar = search, bar
        self._before = {trial.index for trial in search.look().trials}
        self._due = 0.0
        self._first: tuple[int, float] | None = None
        self._told = False

    def show(self) -> None:
        """How far it is, where that was not shown just before."""
        if (now := time.monotonic()) < self._due:
            return
        self._due = now + _SECONDS
        found = self._search.look()
        best, trials = found.best_first, len(found.trials) + found.left
        done, left = iterations_done(found), iterations_left(found)
        gauges = [f"{len(best)} of {counted(trials, 'trial')}"]
        if best and best[0].dev_cost is not None:
            gauges.append(f"best dev cost {best[0].dev_cost:.4f}")
        if not self._told and (speed := self._speed(found)):
            self._told = True
            if (seconds := left / speed / found.workers) >= _WORTH_TELLING:
                at_most = "at most " if self._search.plan.halving else ""
                at = f"{speed:,.0f} iterations/s, {counted(found.workers, 'trial')} at a time"
                text = f"{at_most}about {about_text(seconds)} for the {counted(trials - len(best), 'trial')} left"
                self._bar.say(f"{text}, at {at}")
        self._bar.show(done, round(done + left), ", ".join(gauges))

    def _speed(self, found: SearchView) -> float | None:
        """Iterations per second of a worker, since each of them has loaded data and code; None before that is known."""
        here = [trial for trial in found.trials if trial.index not in self._before]
        done, seconds = sum(trial.done for trial in here), sum(trial.seconds for trial in here)
        if self._first is None:
            if found.workers and sum(trial.done > 0 for trial in here) >= found.workers:
                self._first = done, seconds
            return None
        more = seconds - self._first[1]
        return (done - self._first[0]) / more if more >= _MEASURED else None


def iterations_done(found: SearchView) -> int:
    """Of all trials."""
    return sum(trial.done for trial in found.trials)


def iterations_left(found: SearchView) -> float:
    """Of all trials that are not over; those that have not begun are taken to be as long as the others."""
    begun = sum(trial.iterations - trial.done for trial in found.trials if not trial.over)
    return begun + found.left * sum(trial.iterations for trial in found.trials) / max(1, len(found.trials))


def about_text(seconds: float) -> str:
    """A time, to what an estimate is good for.

    >>> [about_text(seconds) for seconds in (0.2, 41.7, 197, 9001)]
    ['1 s', '42 s', '3 min 20 s', '2 h 30 min']
    """
    return f"{max(1.0, seconds):.0f} s" if seconds < 59.5 else duration_text(10 * round(seconds / 10))
