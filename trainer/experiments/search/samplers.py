"""Samplers: which values the trial of a number has."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from trainer.errors import InvalidInput
from trainer.experiments.search.box import Box, Values
from trainer.experiments.search.plan import Round, SearchPlan
from trainer.experiments.search.trial import Trial

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

BATCH = 8
"""Trials that "tpe" proposes from the same results: so they are the same however many workers there are."""


def points_of(sampler: str, box: Box, trials: int) -> int:
    """How many trials a round has: of a grid the points that it has, of at most so many. Raises InvalidInput."""
    return len(box.grid(trials)) if sampler == "grid" else trials


def drawn(plan: SearchPlan, round_: Round, index: int, trials: Mapping[int, Trial]) -> Values | None:
    """The values of a trial; None where they depend on trials that are not over yet."""
    number = index - round_.first
    if number < len(round_.given):
        return dict(round_.given[number])
    match plan.sampler:
        case "random" | "coarse-to-fine":
            return round_.box.draw(plan.seed, index)
        case "grid":
            return dict(_grid(round_)[number - len(round_.given)])
        case "tpe":
            begin = round_.first + number // BATCH * BATCH
            before = [trials.get(i) for i in range(begin)]
            if any(trial is None or not trial.over for trial in before):
                return None
            return _tpe(plan, round_.box, index, [trial for trial in before if trial is not None])


def check_installed(sampler: str) -> None:
    """Raise InvalidInput where a sampler needs what is not installed."""
    if sampler == "tpe":
        try:
            import optuna  # noqa: F401 - only whether it is there
        except ImportError as error:
            raise InvalidInput("the sampler tpe needs Optuna: pip install 'panda-trainer[tpe]'") from error


@lru_cache(maxsize=4)
def _grid_of(ranges: str, trials: int) -> list[Values]:
    return Box.of(json.loads(ranges)).grid(trials)


def _grid(round_: Round) -> list[Values]:
    return _grid_of(json.dumps(round_.box.ranges()), round_.trials - len(round_.given))


def _tpe(plan: SearchPlan, box: Box, index: int, before: list[Trial]) -> Values:
    """Optuna's tree-structured Parzen estimator, asked anew for each trial: a function of seed, number and results."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(
            seed=(plan.seed * 1_000_003 + index) % 2**32, multivariate=True, group=False, n_startup_trials=10
        )
    study = optuna.create_study(sampler=sampler)
    space: dict[str, BaseDistribution] = {
        each.name: optuna.distributions.FloatDistribution(0.0, 1.0) for each in box.dimensions
    }
    for trial in before:
        has = trial.values_in(box)
        if trial.dev_cost is not None and box.holds(has):
            positions = {each.name: each.to_unit(has[each.name]) for each in box.dimensions}
            study.add_trial(
                optuna.trial.create_trial(params=positions, distributions=dict(space), value=trial.dev_cost)
            )
    asked = study.ask(space)
    return {each.name: each.from_unit(asked.params[each.name]) for each in box.dimensions}
