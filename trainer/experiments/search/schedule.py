"""Schedule: which trials a search has, and whose turn it is.

It depends on the plan, the edits and the results alone. No thread, no clock, no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trainer.data.dataset import Dataset
from trainer.engine.hyperparameters import HYPERPARAMETERS, Hyperparameters, RunConfig
from trainer.engine.mini_batch_size import check_mini_batch_size
from trainer.errors import InvalidInput
from trainer.experiments.recorded_run import iterations_of
from trainer.experiments.search.box import Box, Values, trial_config, trial_hyperparameters
from trainer.experiments.search.dimension import SEARCHABLE
from trainer.experiments.search.halving import RUNGS, goes_on, targets
from trainer.experiments.search.plan import MOST_TRIALS, Round, SearchPlan, followed
from trainer.experiments.search.samplers import check_installed, drawn, points_of
from trainer.experiments.search.trial import Trial
from trainer.experiments.search.zoom import zoomed


class Schedule:
    """The rounds of a search, and the trials that were drawn so far.

    Parameters
    ----------
    from_a_state : trials begin with the state of a run, whose config is fixed
    rounds, over : those that there are already

    Raises
    ------
    InvalidInput : trials drawn from the box could not be trained, or the sampler is not installed

    Attributes
    ----------
    rounds : in order, numbered from 1; a round ends where the next begins
    trials : by number
    remarks : sentences for people
    """

    def __init__(
        self, plan: SearchPlan, dataset: Dataset, from_a_state: bool, rounds: Sequence[Round], over: Sequence[Trial]
    ) -> None:
        check_installed(plan.sampler)
        self._plan, self._dataset, self._from_a_state = plan, dataset, from_a_state
        self.rounds = list(rounds)
        self.trials = {trial.index: trial for trial in over}
        self.remarks: list[str] = []
        self._first_free = 0
        self._compared: dict[int, int] = {}
        self.check_box(plan.box)
        if not rounds:
            self._add(plan.box, plan.in_rounds()[0], (), "begin", 0)

    @property
    def left(self) -> int:
        """Trials that have not begun, of this round and of those that are planned."""
        return self.rounds[-1].end + sum(self._ahead()) - len(self.trials)

    @property
    def over(self) -> bool:
        """Whether every trial of every round is over."""
        return not self.active() and self._next_index() >= self.rounds[-1].end and not self._ahead()

    def active(self) -> list[Trial]:
        """Trials that have begun and are not over, in order."""
        return [trial for _, trial in sorted(self.trials.items()) if not trial.over]

    def of_round(self, round_: Round) -> list[Trial]:
        """Its trials that have begun."""
        found = (self.trials.get(index) for index in range(round_.first, self._end_of(round_)))
        return [trial for trial in found if trial is not None]

    def until(self, trial: Trial) -> int:
        """The iteration up to which a trial may train now: where it is compared next, or its last one."""
        return targets(trial.iterations)[self._compared.get(trial.round, 0) if self._plan.halving else RUNGS]

    def draw(self) -> Trial | None:
        """The next trial; None where there is none, or its values depend on trials that are not over."""
        index = self._next_index()
        if index >= self.rounds[-1].end:
            if not self._ahead() or self.active():
                return None
            self._add(zoomed(self.rounds[-1].box, list(self.trials.values())), self._ahead()[0], (), "zoom", index)
        round_ = next(r for r in reversed(self.rounds) if r.first <= index)
        values = drawn(self._plan, round_, index, self.trials)
        if values is None:
            return None
        config, hyperparameters = self._of(values)
        size, epochs = hyperparameters.mini_batch_size, self._plan.epochs or 1
        iterations = self._plan.iterations or iterations_of(epochs, self._dataset.m, size, ())
        trial = self.trials[index] = Trial(index, round_.number, values, config, hyperparameters, iterations)
        return trial

    def behind(self, round_: Round) -> list[Trial]:
        """The trials of a round to be stopped, at every rung that all of them have come to."""
        members = self.of_round(round_)
        if not self._plan.halving or len(members) < self._end_of(round_) - round_.first:
            return []
        left = [trial for trial in members if not trial.over]
        stopped: list[Trial] = []
        for rung in range(self._compared.get(round_.number, 0), RUNGS):
            if not all(trial.done >= targets(trial.iterations)[rung] for trial in left):
                break
            on = goes_on(members, rung)
            stopped += [trial for trial in left if trial.index not in on]
            left = [trial for trial in left if trial.index in on]
            self._compared[round_.number] = rung + 1
        return stopped

    def edit(self, box: Box, trials: int | None, given: Sequence[Values]) -> Round:
        """Another round from here on; raises InvalidInput, as `Search.edit`."""
        self.check_box(box)
        for values in given:
            self._check_names(values)
            config, hyperparameters = self._of(values)
            check_mini_batch_size(hyperparameters.mini_batch_size, config, self._dataset.m)
        begun = max(self.trials, default=-1) + 1
        wanted = max(0, self.rounds[-1].end - begun) if trials is None else trials
        if trials is None and not wanted:
            raise InvalidInput("all trials of this round have begun: say how many trials the next one has")
        if not max(1, len(given)) <= wanted <= MOST_TRIALS:
            raise InvalidInput(
                f"the next round has from {max(1, len(given))} to {MOST_TRIALS:,} trials, but got {wanted}"
                + (f": the values of {len(given)} are given" if given else "")
            )
        return self._add(box, wanted, tuple(given), "edited", begun)

    def zoom(self) -> Box:
        """The box around the best trials so far, inside the present one."""
        return zoomed(self.rounds[-1].box, list(self.trials.values()))

    def check_box(self, box: Box) -> None:
        """Raise InvalidInput where trials drawn from it could not be trained."""
        box.check(self._plan.config, self._plan.hyperparameters, self._dataset.m)
        self._check_names(box.names)

    def _check_names(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in SEARCHABLE:
                raise InvalidInput(f"{name!r} cannot be searched; what can is {', '.join(SEARCHABLE)}")
            if name not in HYPERPARAMETERS and self._from_a_state:
                raise InvalidInput(f"{name} is fixed when a run is born, so it cannot be searched from a later state")

    def _next_index(self) -> int:
        while self._first_free in self.trials:
            self._first_free += 1
        return self._first_free

    def _end_of(self, round_: Round) -> int:
        """Number of the trial after its last one."""
        return min(round_.end, next((r.first for r in self.rounds if r.number > round_.number), round_.end))

    def _ahead(self) -> list[int]:
        """Trials of each planned round that has not begun."""
        return self._plan.in_rounds()[1 + sum(r.why == "zoom" for r in self.rounds) :]

    def _add(self, box: Box, trials: int, given: tuple[Values, ...], why: str, first: int) -> Round:
        points = len(given) + points_of(self._plan.sampler, box, trials - len(given)) if trials > len(given) else trials
        if points < trials:
            self.remarks.append(f"the largest grid of at most {trials} points has {points}")
        self.rounds = followed(self.rounds, Round(0, box, first, points, given, why))
        return self.rounds[-1]

    def _of(self, values: Values) -> tuple[RunConfig, Hyperparameters]:
        return trial_config(values, self._plan.config), trial_hyperparameters(values, self._plan.hyperparameters)
