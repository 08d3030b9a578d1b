"""What is suggested of a grid of α, by the dev costs that each came to."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from trainer.experiments.alpha_finder import GRID, HIGHEST, LOWEST
from trainer.experiments.alpha_suggestion import Grid, Suggestion, Verdict, faster, halfway, harmful, suggested
from trainer.experiments.guess import GO_BACK
from trainer.experiments.speed_limit import SpeedLimit

GUESS = math.log(3)

RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


@pytest.mark.parametrize(
    ("dev_costs", "low", "high", "verdict", "told"),
    [
        ((0.9, 0.7, 0.5, 0.6, 0.9, 1.0), 0.1, 0.1, "suggested", "falls most around α = 0.1, from 1 to about 0.6"),
        (
            (0.9, 0.85, 0.8, 0.7, 0.6, 0.4),
            *(3.0, 3.0, "suggested"),
            "falls most around α = 3, the largest that is tried, from 1 to about 0.5",
        ),
        (
            (0.9, 0.61, 0.6, 0.6, 0.6, 0.9),
            *(0.1, 0.3, "suggested"),
            "falls most around α = 0.3, from 1 to about 0.6, and hardly less from 0.1 to 0.3",
        ),
        (  # one α alone is lucky
            (0.7, 0.6, 0.7, 0.95, 0.4, 2.0),
            *(0.01, 0.03, "suggested"),
            "falls most around α = 0.01, the smallest that is tried, from 1 to about 0.65, and hardly less from 0.01"
            " to 0.03; α = 1 ends on 0.4, but around it the dev cost is about 1.12",
        ),
        (
            (1.1, 1.3, 1.3, 1.4, 1.5, 1.6),
            *(0.01, 0.01, "least harm"),
            "it rises least around α = 0.01, the smallest that is tried, from 1 to about 1.2",
        ),
        (
            (1.1, 1.101, 1.102, 1.103, 1.3, math.inf),
            *(0.01, 0.03, "least harm"),
            "it rises least around α = 0.01, the smallest that is tried, from 1 to about 1.1, and hardly more from"
            " 0.01 to 0.03",
        ),
    ],
)
def test_those_rates_are_suggested_around_which_the_dev_cost_falls_most_or_rises_least(
    dev_costs: Sequence[float], low: float, high: float, verdict: Verdict, told: str
) -> None:
    found = suggested(Grid(RATES, dev_costs, dev_costs, 1.0, GUESS, 50))
    begins = (
        "after 50 iterations the dev cost "
        if verdict == "suggested"
        else "no α lowers the dev cost within 50 iterations: "
    )
    assert found == Suggestion(low, high, begins + told, verdict)


def test_where_one_lucky_rate_alone_lowers_the_dev_cost_that_is_told() -> None:
    dev_costs = (1.1, 1.2, 1.3, 1.4, 0.8, 1.6)
    found = suggested(Grid(RATES, dev_costs, dev_costs, 1.0, GUESS, 50))
    told = (
        "no range of α lowers the dev cost within 50 iterations: it rises least around α = 0.01, the smallest that is"
        " tried, from 1 to about 1.15; α = 1 ends on 0.8, but around it the dev cost is about 1.27"
    )
    assert found == Suggestion(0.01, 0.01, told, "least harm")


def test_what_is_low_on_the_way_and_rises_in_the_very_end_helps_and_that_is_told() -> None:
    """The mean of the later dev costs, and of those beside it, is the better evidence."""
    rates = np.geomspace(LOWEST, HIGHEST, GRID).tolist()
    found = suggested(Grid(rates, [0.0822] * 25, [0.0805] * 15 + [0.09] * 10, 0.0821, math.log(10), 200))
    assert found.verdict == "suggested"
    assert found.reason.startswith("within 200 iterations the dev cost falls most around α = 1e-5, the smallest ")
    assert ", from 0.0821 to about 0.0805, and hardly less from 1e-5 to " in found.reason
    assert found.reason.endswith("; in the end each α comes to 0.0822 at least")


@pytest.mark.parametrize(
    ("here", "dev_costs", "low", "high", "reason"),
    [
        (
            *(0.23, (0.23, 0.2298, 0.2299, 0.231, 0.36, 9.0)),
            *(0.01, 0.1),  # beside 0.3 is one that does harm
            "which α makes no difference: the dev cost stays at about 0.23 for 50 iterations"
            " with every α from 0.01 to 0.1",
        ),
        (
            *(0.23, (0.2301, 0.2299, 0.3, 0.36, 0.4, 9.0)),
            *(0.01, 0.01),
            "no range of α lowers the dev cost: with α = 0.01, the smallest that is tried, the dev cost stays at about"
            " 0.23 for 50 iterations",
        ),
    ],
)
def test_where_the_dev_cost_stays_as_it_is_no_alpha_is_called_better_than_another(
    here: float, dev_costs: Sequence[float], low: float, high: float, reason: str
) -> None:
    found = suggested(Grid(RATES, dev_costs, dev_costs, here, GUESS, 50))
    assert found == Suggestion(low, high, reason, "no difference")


def test_where_the_dev_cost_is_not_finite_what_comes_to_one_that_is_helps() -> None:
    dev_costs = (0.9, 0.7, 0.5, 0.6, 0.9, 1.0)
    found = suggested(Grid(RATES, dev_costs, dev_costs, math.inf, GUESS, 50))
    assert found.verdict == "suggested"


def test_where_the_dev_cost_hardly_depends_on_alpha_the_best_third_is_suggested() -> None:
    rates = np.geomspace(LOWEST, HIGHEST, GRID).tolist()
    flat = [0.5 + 1e-4 * abs(i - 12) for i in range(GRID)]
    found = suggested(Grid(rates, flat, flat, 1.0, math.log(10), 200))
    assert (found.low, found.high) == (rates[8], rates[16])


def test_with_mini_batches_of_2_what_is_suggested_learns() -> None:
    """The dev costs of 25 rates after 200 iterations, as they came, go up and down: here from one rate to the next.

    By the mean of ten other orders of the data 0.03162 to 0.05623 are the best. Rates that hardly learn are lucky in
    the end.
    """
    rates = [float(f"{rate:.4g}") for rate in np.geomspace(LOWEST, HIGHEST, GRID)]
    hardly = [1.42, 1.43, 1.43, 1.43, 1.43, 1.43, 1.45, 1.47, 1.5, 1.52, 1.54, 1.51, 1.48]
    dev_costs = [*hardly, 1.65, 1.38, 1.38, 1.43, 1.6, 1.84, 2.28, 2.42, 4.63, 11.55, 50.86, 133.49]
    hardly = [1.47, 1.48, 1.48, 1.48, 1.48, 1.48, 1.5, 1.53, 1.57, 1.59, 1.61, 1.6, 1.56]
    later = [*hardly, 1.63, 1.4, 1.39, 1.47, 1.62, 1.86, 2.1, 2.43, 5.77, 14.92, 65.35, 192.01]
    found = suggested(Grid(rates, dev_costs, later, 1.44, math.log(10), 200))
    assert (found.low, found.high, found.verdict) == (0.05623, 0.05623, "suggested")
    assert found.reason.endswith(" falls most around α = 0.05623, from 1.44 to about 1.42")


def test_of_a_network_far_above_a_guess_those_are_suggested_that_bring_it_back() -> None:
    """Not all that end somewhere below where it was."""
    rates = [1e-4, 1e-3, 0.01, 0.1, 1.0, 10.0]
    costs = [1e3, 0.6, 0.5, 0.48, 0.6, 1e4]
    grid = Grid(rates, costs, costs, 4.6e16, GUESS, 200)
    found = suggested(grid)
    assert (found.low, found.high) == (0.01, 0.1)
    assert suggested(replace(grid, here=1.0, guess=math.inf)).low == 0.01
    assert suggested(replace(grid, dev_costs=[1e3] * 6)).reason.endswith(f"; {GO_BACK}")
    other = suggested(replace(grid, dev_costs=[1e3] * 6, guess=math.inf))  # what is no network costs what it likes
    assert other.low is not None
    broke = suggested(replace(grid, dev_costs=[math.inf] * 6))
    assert broke.reason == f"every α from 1e-4 to 10 diverges within 200 iterations; {GO_BACK}"


@pytest.mark.parametrize(
    ("low", "high", "limit", "ends"),
    [
        (0.1, 0.1, None, (0.03162, 0.3162)),
        (0.01, 0.1, math.inf, (None, 0.3162)),
        (0.1, 1.0, 0.5, (0.03162, None)),  # the grid ends, and 1 is above the limit already
        (0.1, 0.1, 0.2, (0.03162, 0.2)),
        (0.1, 0.1, 0.1, (0.03162, None)),
        (None, None, None, (None, None)),
    ],
)
def test_a_range_goes_on_to_halfway_to_the_next_rates_but_not_above_the_speed_limit(
    low: float | None, high: float | None, limit: float | None, ends: tuple[float | None, float | None]
) -> None:
    grid = Grid([0.01, 0.1, 1.0], [0.1] * 3, [0.1] * 3, 1.0, GUESS, 50)
    stable = None if limit is None else SpeedLimit(limit, 2 / limit, "gd", 100, "")
    assert halfway(grid, Suggestion(low, high, "", "suggested"), stable) == ends


def test_what_is_good_is_in_the_best_third_and_lowers_the_dev_cost() -> None:
    grid = Grid(RATES, [0.1] * 6, [0.2, 0.3, 0.4, 0.5, 0.6, 0.7], 0.5, 1.1, 50)
    assert [grid.is_good(dev) for dev in (0.25, 0.3, 0.35, 0.6, math.inf)] == [True, True, False, False, False]
    assert not replace(grid, here=0.1).is_good(0.1)


def test_that_a_suggested_alpha_is_above_the_speed_limit_is_told() -> None:
    limit = SpeedLimit(0.494, 77.0, "momentum", 100, "")
    told = (
        "α = 10 is 20 times the speed limit: it did well for the 200 iterations that were tried, and may not for more"
    )
    assert faster(10.0, limit, 200) == told
    assert [faster(0.4, limit, 200), faster(None, limit, 200), faster(10.0, None, 200)] == [""] * 3


@pytest.mark.parametrize(
    ("dev_costs", "limit", "told"),
    [
        ([0.5, 0.2, 1.5, 9.0], 0.1, "α = 0.2 ends on a higher dev cost than it begins with"),
        ([0.5, 0.2, 0.9, math.inf], 0.1, ""),  # far off
        ([0.5, 0.2, 0.9, math.inf], 30.0, "α = 2 ends on a higher .*, although it is below the speed limit, which .*"),
    ],
)
def test_an_alpha_that_does_harm_is_told_where_it_is_close_or_the_speed_limit_allows_it(
    dev_costs: list[float], limit: float, told: str
) -> None:
    """The dev cost is 1 to begin with, and 0.1 is suggested."""
    stable = SpeedLimit(limit, 2 / limit, "gd", 100, "")
    grid = Grid([0.01, 0.1, 0.2, 2.0], dev_costs, dev_costs, 1.0, GUESS, 50)
    assert re.fullmatch(told, harmful(grid, Suggestion(0.1, 0.1, "", "suggested"), stable))
    assert harmful(grid, Suggestion(None, None, "", "least harm"), stable) == ""
    assert harmful(grid, Suggestion(0.1, 0.1, "", "least harm"), stable) == ""  # all do
