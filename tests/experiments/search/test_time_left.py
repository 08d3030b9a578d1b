"""About how long a search is still going to take."""

from __future__ import annotations

import pytest

from tests.experiments.search.searching import DATASET, PoolHere, plan
from trainer.experiments.search.halving import SHARE
from trainer.experiments.search.search import Search
from trainer.experiments.search.view import SearchView


def test_what_is_left_takes_as_long_as_what_was_trained() -> None:
    """A clock that goes on a second at each trial: of six trials of equal length as many seconds are left as trials."""
    seconds = 0.0
    looked: list[SearchView] = []

    def clock() -> float:
        return seconds

    search = Search(plan(trials=6), DATASET, PoolHere(), clock=clock)

    def happened() -> None:
        nonlocal seconds
        looked.append(search.look())
        seconds += 1.0

    end = search.run(happened)
    left = [view.seconds_left for view in looked if view.state == "searching"]
    assert left[0] is None  # from the first result alone nothing can be told
    told = [seconds for seconds in left if seconds is not None]
    assert told == pytest.approx([4, 3, 2, 1])
    assert end.seconds_left is None


def test_early_stopping_leaves_about_a_quarter() -> None:
    assert pytest.approx(7 / 27) == SHARE
