"""Who was better, worked out by hand."""

from __future__ import annotations

import math

import pytest

from trainer.experiments.caviar.contest import Result
from trainer.experiments.caviar.curves import bands
from trainer.experiments.caviar.plan import PANDA
from trainer.experiments.caviar.verdict import seed_result, verdict


def result(trial: int, compute: int, *dev_costs: float, broke: str = "") -> Result:
    points = tuple((10 * (i + 1), compute * (i + 1) // len(dev_costs)) for i in range(len(dev_costs)))
    curve = tuple((t, cost, 0.5) for (t, _), cost in zip(points, dev_costs, strict=True) if math.isfinite(cost))
    return Result(2, trial, {}, points, curve, broke, "")


def test_one_seed_by_hand() -> None:
    trials = [result(0, 50, 0.7, broke="so"), result(1, 49, 0.5), result(2, 51, 0.25), result(3, 50, 0.25)]
    found = seed_result(result(PANDA, 200, 0.4, 0.3), trials)
    assert found.best is not None
    assert (found.best.trial, found.diverged) == (2, 1)
    assert found.difference == 0.3 - 0.25
    assert found.panda_curve == ((100, 0.4), (200, 0.3))
    assert found.caviar_curve == ((99, 0.5), (150, 0.25), (200, 0.25))


def test_divergence_is_an_infinite_dev_cost() -> None:
    fine, broken = result(PANDA, 100, 0.4), result(PANDA, 100, 0.4, math.inf, broke="so")
    all_broken = [result(k, 50, 0.1, broke="so") for k in range(2)]
    assert seed_result(fine, all_broken).difference == -math.inf
    assert seed_result(fine, all_broken).best is None
    assert seed_result(broken, [result(0, 50, 0.1)]).difference == math.inf
    assert math.isnan(seed_result(broken, all_broken).difference)


@pytest.mark.parametrize(
    ("differences", "winner", "text"),
    [
        (
            [-0.01, -0.02, -0.03, -0.04, -0.05, -0.06],
            "panda",
            "the panda was better: the panda's dev cost was lower in 6 of 6 seeds, median difference −0.035"
            " [−0.06, −0.01]",
        ),
        (
            [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, -0.8, math.inf],  # of 9 the 2nd smallest to the 2nd largest
            "caviar",
            "caviar was better: the panda's dev cost was lower in 1 of 9 seeds, median difference +0.4 [+0.1, +0.7]",
        ),
        (
            [-0.1, -0.2, -0.3, -0.4, -0.5, 0.6],
            "undecided",
            "undecided, as 0 is in the interval: the panda's dev cost was lower in 5 of 6 seeds, median difference"
            " −0.25 [−0.5, +0.6]",
        ),
        (
            [-0.1, -0.2, -0.3, -0.4, -0.5, 0.0],
            "undecided",
            "undecided, as 0 is in the interval: the panda's dev cost was lower in 5 of 6 seeds, median difference"
            " −0.25 [−0.5, ±0]",
        ),
        (
            [-0.1, -0.2, -0.3, -0.4, -0.5, math.nan],
            "undecided",
            "undecided, as there are too few seeds: the panda's dev cost was lower in 5 of 5 seeds, median difference"
            " −0.3 [−0.5, −0.1]; in 1 more both diverged",
        ),
        ([math.nan] * 6, "undecided", "undecided: panda and caviar diverged with every seed"),
    ],
)
def test_the_verdict_by_hand(differences: list[float], winner: str, text: str) -> None:
    found = verdict(differences)
    assert (found.winner, found.text) == (winner, text)


def test_curves_over_seeds_by_hand() -> None:
    """Four seeds, two trials; with the last seed all diverged."""
    of_seeds = [
        seed_result(result(PANDA, 100, 0.4, 0.1), [result(0, 49, 0.5), result(1, 51, 0.3)]),
        seed_result(result(PANDA, 100, 0.6, 0.2), [result(0, 51, 0.7, broke="so"), result(1, 49, 0.4)]),
        seed_result(result(PANDA, 100, 0.8, 0.3), [result(0, 50, 0.2), result(1, 50, 0.6)]),
        seed_result(
            result(PANDA, 100, 0.9, math.inf, broke="so"),
            [result(0, 50, 0.2, broke="so"), result(1, 50, 0.6, broke="so")],
        ),
    ]
    panda, caviar = bands(of_seeds, 2)
    assert panda.shares == caviar.shares == (0.5, 1)
    assert (panda.low, panda.high) == ((0.6, 0.2), (0.8, 0.3))
    assert panda.median == ((0.6 + 0.8) / 2, (0.2 + 0.3) / 2)
    assert (caviar.low, caviar.high) == ((0.5, 0.3), (math.inf, 0.4))
    assert caviar.median == (math.inf, (0.3 + 0.4) / 2)
