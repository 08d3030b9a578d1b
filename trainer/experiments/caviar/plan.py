"""What is set against what: the schedule of a recorded run, and random trials of the same compute, over seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from trainer.data.dataset import Dataset
from trainer.engine.data_shift import changes_inputs
from trainer.engine.hyperparameters import NETWORK, Hyperparameters, RunConfig
from trainer.errors import InvalidInput, SessionError
from trainer.experiments.caviar.compute import examples_after, iterations_nearest, parameters_of
from trainer.experiments.over_seeds import MOST, check_beginning, other_seeds
from trainer.experiments.replay import check_computable
from trainer.experiments.search.box import Box, Values, trial_config, trial_hyperparameters
from trainer.experiments.travel import damage_between
from trainer.recorder.lineage import abandoned, with_ancestors
from trainer.recorder.runs import RecordedIntervention, RecordedRun
from trainer.recorder.session import Session

FEWEST_SEEDS = 6
"""With fewer no interval covers the median with 95 %."""

FEWEST_TRIALS, MOST_TRIALS = 2, 10_000
TOLERANCE = 0.01
"""How far apart the compute of the two sides may be, as a share."""

PANDA = -1
"""In place of the number of a trial."""


@dataclass(frozen=True, eq=False)
class Entrant:
    """One training that takes part: the panda, or a trial of the caviar.

    Attributes
    ----------
    trial : its number, from 0; PANDA for the babysat run
    values : what was drawn; {} of the panda
    changes : interventions of the panda
    points : (iteration, compute up to there) at which the dev set is evaluated; the last is the end
    """

    seed: int
    trial: int
    values: Values
    config: RunConfig
    hyperparameters: Hyperparameters
    changes: tuple[RecordedIntervention, ...]
    points: tuple[tuple[int, int], ...]

    @property
    def iterations(self) -> int:
        """Of the whole training."""
        return self.points[-1][0]

    @property
    def compute(self) -> int:
        """Of the whole training."""
        return self.points[-1][1]


@dataclass(frozen=True, eq=False)
class ContestPlan:
    """A recorded run, and what it is set against.

    Attributes
    ----------
    line : the run with its ancestors, from initial parameters on
    seeds : of initial parameters, order of data and what is drawn
    remark : what a person should know of the recording; else ""
    """

    session: Session
    line: RecordedRun
    dataset: Dataset
    box: Box
    trials: int
    seeds: tuple[int, ...]
    remark: str

    def entrants(self, seed: int) -> tuple[Entrant, ...]:
        """The panda and its trials under one seed: a pure function of the plan and the seed.

        Trial k ends where all trials up to it come nearest to (k + 1)/N of the panda's compute. So they have it
        together, though none of them is longer or shorter than the others by more than an iteration or so.
        """
        m, begin = self.dataset.m, self.line.initial.hyperparameters
        config = replace(self.line.config, seed=seed)
        changes = tuple(change for change in self.line.interventions if change.iteration < self.line.iteration)
        sizes = {c.iteration: int(c.after["mini_batch_size"]) for c in changes if "mini_batch_size" in c.after}
        n = min(self.trials, self.line.iteration)
        iterations = [-(-self.line.iteration * i // n) for i in range(1, n + 1)]
        size = parameters_of(config, self.dataset)
        examples = examples_after(iterations, m, begin.mini_batch_size, sizes)
        points = tuple((t, e * size) for t, e in zip(iterations, examples, strict=True))
        panda = Entrant(seed, PANDA, {}, config, begin, changes, points)
        found, spent = [panda], 0
        for k in range(self.trials):
            values = self.box.draw(seed, k)
            of, h = trial_config(values, config), trial_hyperparameters(values, begin)
            size = parameters_of(of, self.dataset)
            share = panda.compute * (k + 1) / self.trials - spent
            length = iterations_nearest(share / size, m, h.mini_batch_size)
            compute = examples_after([length], m, h.mini_batch_size, {})[0] * size
            found.append(Entrant(seed, k, values, of, h, (), ((length, compute),)))
            spent += compute
        return tuple(found)

    def compute(self, seed: int) -> tuple[int, int]:
        """Of the panda, and of all its trials together."""
        panda, *trials = self.entrants(seed)
        return panda.compute, sum(trial.compute for trial in trials)

    def as_json(self) -> dict[str, Any]:
        """For the record: all that its results depend on."""
        line = self.line
        return {
            "session": self.session.id,
            "run": line.run,
            "config": line.config.as_recorded(),
            "hyperparameters": line.initial.hyperparameters.as_recorded(),
            "changes": [[change.iteration, dict(change.after)] for change in line.interventions],
            "iterations": line.iteration,
            "box": self.box.ranges(),
            "trials": self.trials,
            "seeds": list(self.seeds),
        }


def plan_contest(
    session: Session, run: RecordedRun, dataset: Dataset, box: Box, trials: int, seeds: int
) -> ContestPlan:
    """Set a recorded run against a number of random trials, over a number of seeds other than its own.

    Raises
    ------
    InvalidInput : numbers out of bounds; trials drawn from the box cannot be trained; or no whole number of iterations
        gives them the panda's compute
    SessionError : the run was born from another state than initial parameters, or depends on what is not known here
    SessionDamaged : a change of hyperparameters may have been in a damaged record
    """
    _check("seeds", seeds, FEWEST_SEEDS, MOST, f"with fewer than {FEWEST_SEEDS} no interval is sure to 95 %")
    _check("trials", trials, FEWEST_TRIALS, MOST_TRIALS, "that is, how many models the compute of one is shared by")
    line = with_ancestors(session, run)
    check_beginning(session, line)
    check_computable(session, line)
    if line.config.trainable != NETWORK:
        raise SessionError(
            f"run {line.run} trains {line.config.trainable!r:.60}; trials can only be drawn for networks"
        )
    for change in line.interventions:
        if changes_inputs(change.after):
            raise InvalidInput(
                f"the inputs of run {line.run} were shifted at iteration {change.iteration:,}: random trials, which are"
                f" trained from the start, would have other data"
            )
    if not line.iteration:
        raise InvalidInput(f"run {line.run} has no iteration, so there is no compute to share")
    damage_between(session, line.checkpoints[0], line, line.iteration)
    box.check(line.config, line.initial.hyperparameters, dataset.m)
    plan = ContestPlan(
        session, line, dataset, box, trials, other_seeds(line.config.seed, seeds), _left_behind(session, run)
    )
    for seed in plan.seeds:
        panda, caviar = plan.compute(seed)
        if abs(caviar - panda) > TOLERANCE * panda:
            raise InvalidInput(
                f"{trials} trials cannot have the compute of {line.iteration:,} iterations to {TOLERANCE:.0%}, but"
                f" {caviar / panda:.1%} of it with seed {seed}: take fewer trials, or a longer run"
            )
    return plan


def of_recorded(fields: Mapping[str, Any]) -> tuple[Box, int, int]:
    """Box, number of trials and number of seeds that a record of a plan has; raises as `Box.of`, and KeyError."""
    return Box.of(fields["box"]), int(fields["trials"]), len(fields["seeds"])


def _left_behind(session: Session, run: RecordedRun) -> str:
    """What the person tried and took back took compute as well."""
    left = sum(other.iteration - after for other, after, _ in abandoned(session, run))
    if not left:
        return ""
    return f"{left:,} iterations of runs that were left, as by undo, are not in the panda's compute"


def _check(name: str, number: int, least: int, most: int, why: str) -> None:
    if not least <= number <= most:
        raise InvalidInput(f"{name} must be a whole number from {least} to {most:,} ({why}), but got {number:,}")
