"""What a search writes to its file, and a search as its file has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

from trainer.data.dataset import Dataset
from trainer.engine.state import TrainingState
from trainer.engine.wording import counted
from trainer.errors import InvalidInput, SessionDamaged, UnsupportedFormat
from trainer.experiments.search.box import trial_config, trial_hyperparameters
from trainer.experiments.search.lost_rounds import with_lost_rounds
from trainer.experiments.search.plan import Round, SearchPlan, followed
from trainer.experiments.search.trial import OVER, Trial
from trainer.recorder.search_file import Entry, RecordedSearch, SearchFile, read_search

CANCELLED = "cancelled"
"""Kind of the record that a person ended a search; one that was killed has none."""


@dataclass(frozen=True, eq=False)
class SearchSoFar:
    """A search as its file has it.

    Attributes
    ----------
    rounds : those that trials are drawn from, numbered from 1; of a damaged file also those that were lost
    trials : those that are over
    start : the state that all trials begin with; None for seeded initial parameters
    cancelled : whether the last thing that became of it is that a person ended it
    unknown : kinds of records that a newer Panda wrote
    """

    file: RecordedSearch
    plan: SearchPlan
    fingerprint: str
    rounds: tuple[Round, ...]
    trials: tuple[Trial, ...]
    start: TrainingState | None
    cancelled: bool
    unknown: tuple[str, ...]


def read_so_far(path: Path) -> SearchSoFar:
    """A search from its file, also while it is written.

    Raises
    ------
    SessionNotFound, UnsupportedFormat, SessionDamaged : as `read_search`
    """
    file = read_search(path)
    if "contest" in file.head:
        raise UnsupportedFormat(f"{path} is a comparison, which `panda caviar SESSION --resume --out` goes on with")
    try:
        plan = SearchPlan.from_json(file.head["plan"])
        rounds = [Round.from_json(fields) for kind, fields in file.records if kind == "round"]
        trials = [_trial(plan, fields) for kind, fields in file.records if kind == "trial"]
        if file.damage:
            rounds = with_lost_rounds(plan, rounds, trials, len(file.damage))
        _check(rounds, trials)
        rounds = reduce(followed, rounds, list[Round]())
        trials = [replace(trial, round=_round_of(trial, rounds)) for trial in trials]
        fingerprint = str(file.head["fingerprint"])
    except (AttributeError, KeyError, TypeError, ValueError, InvalidInput) as error:
        if file.damage:
            raise SessionDamaged(
                f"{path} is damaged: {file.damage_text}; what is left makes no sense without that: begin anew"
            ) from error
        why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise UnsupportedFormat(f"{path} cannot be read as a search: {why}") from error
    kinds = [kind for kind, _ in file.records]
    cancelled = kinds[-1:] == [CANCELLED]
    unknown = tuple(dict.fromkeys(kind for kind in kinds if kind not in ("round", "trial", CANCELLED)))
    by_number = {trial.index: trial for trial in trials}
    return SearchSoFar(
        file, plan, fingerprint, tuple(rounds), tuple(by_number.values()), file.start, cancelled, unknown
    )


def with_data(search: SearchSoFar, data: str) -> SearchSoFar:
    """The same search, whose data are at another place now: so of what is over and of what is drawn from here on."""
    plan = replace(search.plan, config=replace(search.plan.config, data=data))
    trials = tuple(replace(trial, config=replace(trial.config, data=data)) for trial in search.trials)
    return replace(search, plan=plan, trials=trials)


def reopen(search: SearchSoFar, dataset: Dataset) -> SearchFile:
    """Its file, to go on with; of a damaged one a new file beside it, with all that is whole.

    Raises
    ------
    InvalidInput : it is of another data set
    SessionDamaged : it has what this version does not know
    SessionLocked, SessionError, RecordingError : as `SearchFile.reopen`
    """
    if search.fingerprint != dataset.fingerprint:
        raise InvalidInput(
            f"{search.file.path} is a search on other data: their fingerprint is {search.fingerprint[:12]}, that of"
            f" {search.plan.config.data} now {dataset.fingerprint[:12]}"
        )
    if search.unknown:
        raise SessionDamaged(f"{search.file.path} has records of a newer Panda ({', '.join(search.unknown)})")
    return SearchFile.reopen(search.file, entries_of(search.rounds, search.trials), kept_text(search))


def kept_text(search: SearchSoFar) -> str:
    """How many trials its file has, in words that follow on."""
    n = len(search.trials)
    return f"{counted(n, 'trial')} {'is' if n == 1 else 'are'} whole"


def create(path: Path, plan: SearchPlan, dataset: Dataset, start: TrainingState | None = None) -> SearchFile:
    """The file of a new search; raises as `SearchFile.create`."""
    return SearchFile.create(path, head_of(plan, dataset), start)


def trial_as_json(trial: Trial) -> dict[str, Any]:
    """A trial that is over, for the record."""
    return {
        "index": trial.index,
        "round": trial.round,
        "values": trial.values,
        "state": trial.state,
        "iterations": trial.iterations,
        "done": trial.done,
        "curve": [list(point) for point in trial.curve],
        "cost": trial.cost,
        "seconds": trial.seconds,
        "digest": trial.digest,
        "reason": trial.reason[:1000],
        "begun": None if trial.begun is None else round(trial.begun, 3),
        "ended": None if trial.ended is None else round(trial.ended, 3),
    }


def entries_of(rounds: Sequence[Round], trials: Iterable[Trial], cancelled: bool = False) -> list[Entry]:
    """Kind and fields of all that its file has after the first record."""
    of_rounds: list[Entry] = [("round", each.as_json()) for each in rounds]
    of_trials: list[Entry] = [("trial", trial_as_json(trial)) for trial in trials if trial.over]
    return [*of_rounds, *of_trials, *([(CANCELLED, {})] if cancelled else [])]


def head_of(plan: SearchPlan, dataset: Dataset) -> dict[str, Any]:
    """The first record of its file."""
    return {"plan": plan.as_json(), "fingerprint": dataset.fingerprint, "data": dataset.name}


def _check(rounds: Sequence[Round], trials: Sequence[Trial]) -> None:
    """Raise ValueError for rounds and trials that no search has recorded."""
    numbers = {each.number for each in rounds}  # one that took the place of another has its number
    if numbers != set(range(1, len(numbers) + 1)):
        raise ValueError(f"its rounds are not numbered from 1: {', '.join(str(each.number) for each in rounds)}")
    for each in rounds:
        _check_whole(first=each.first, trials=each.trials)
    for trial in trials:
        _check_whole(index=trial.index, iterations=trial.iterations, done=trial.done)
        if trial.state not in OVER:
            raise ValueError(f"trial {trial.index} is recorded as {trial.state!r}, which is not over")
        if trial.round not in numbers or trial.index < min(each.first for each in rounds):
            raise ValueError(f"trial {trial.index} of round {trial.round} is in none of its {len(numbers)} rounds")


def _round_of(trial: Trial, rounds: Sequence[Round]) -> int:
    """The number of the round that a trial was drawn in; earlier versions also numbered rounds without a trial."""
    return next(each.number for each in reversed(rounds) if each.first <= trial.index)


def _check_whole(**numbers: object) -> None:
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"{name} must be a whole number, at least 0, but is {value!r:.40}")


def _trial(plan: SearchPlan, fields: Mapping[str, Any]) -> Trial:
    values = dict(fields["values"])
    return Trial(
        index=fields["index"],
        round=fields["round"],
        values=values,
        config=trial_config(values, plan.config),
        hyperparameters=trial_hyperparameters(values, plan.hyperparameters),
        iterations=fields["iterations"],
        state=fields["state"],
        done=fields["done"],
        curve=[(int(t), float(dev_cost), float(accuracy)) for t, dev_cost, accuracy in fields["curve"]],
        cost=fields["cost"],
        seconds=fields["seconds"],
        digest=fields["digest"],
        reason=fields["reason"],
        begun=_seconds(fields.get("begun")),
        ended=_seconds(fields.get("ended")),
    )


def _seconds(recorded: Any) -> float | None:
    """Since the search began; None where it is not recorded, as by earlier versions."""
    return None if recorded is None else float(recorded)
