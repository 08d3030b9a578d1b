"""A contest as its file has it, whose name ends in `.panda-caviar`: a search's file with kinds of its own.

000000-search.json   the recorded schedule, box, number of trials, seeds
000001-panda.json    the schedule re-played with one of the seeds
000002-trial.json    a random trial with one of the seeds
...
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.engine.wording import counted
from trainer.errors import InvalidInput, SessionDamaged, UnsupportedFormat
from trainer.experiments.caviar.contest import Result, entry_of, head_of
from trainer.experiments.caviar.plan import PANDA, ContestPlan, of_recorded
from trainer.experiments.search.box import Box
from trainer.recorder.search_file import RecordedSearch, SearchFile, read_search

SUFFIX = ".panda-caviar"


@dataclass(frozen=True, eq=False)
class ContestSoFar:
    """A contest as its file has it.

    Attributes
    ----------
    over : (seed, trial) → result of each that is over
    """

    file: RecordedSearch
    box: Box
    trials: int
    seeds: int
    over: Mapping[tuple[int, int], Result]

    def complete(self) -> dict[int, tuple[Result, ...]]:
        """Seed → the panda and its trials, of the seeds with which all of them are over."""
        found = {}
        for seed in sorted({seed for seed, _ in self.over}):
            entrants = [self.over.get((seed, trial)) for trial in range(PANDA, self.trials)]
            if len(there := [each for each in entrants if each is not None]) == len(entrants):
                found[seed] = tuple(there)
        return found


def create(path: Path, plan: ContestPlan) -> SearchFile:
    """The file of a new contest; raises as `SearchFile.create`."""
    return SearchFile.create(path, head_of(plan), None)


def read_so_far(path: Path) -> ContestSoFar:
    """A contest from its file.

    Raises
    ------
    SessionNotFound, UnsupportedFormat, SessionDamaged : as `read_search`
    """
    file = read_search(path, "comparison")
    if "contest" not in file.head:
        raise UnsupportedFormat(f"{path} is a search, and no comparison of a panda with caviar")
    try:
        box, trials, seeds = of_recorded(file.head["contest"])
        over = dict(_result(fields) for kind, fields in file.records if kind in ("panda", "trial"))
    except (KeyError, TypeError, ValueError, InvalidInput) as error:
        raise UnsupportedFormat(f"{path} cannot be read as a comparison of a panda with caviar: {error}") from error
    return ContestSoFar(file, box, trials, seeds, over)


def reopen(so_far: ContestSoFar, plan: ContestPlan) -> SearchFile:
    """Its file, to go on with; of a damaged one a new file beside it, with all that is whole.

    Raises
    ------
    InvalidInput : it is of another recording, of other data, or of another plan
    SessionDamaged : it has what this version does not know
    SessionLocked, SessionError, RecordingError : as `SearchFile.reopen`
    """
    path, head = so_far.file.path, json.loads(json.dumps(head_of(plan)))
    if so_far.file.head["fingerprint"] != head["fingerprint"]:
        raise InvalidInput(f"{path} was made with other data than {plan.dataset.name} of {plan.session.path}")
    for name, value in head["contest"].items():
        if so_far.file.head["contest"].get(name) != value:
            raise InvalidInput(
                f"{path} was made with another {_SAID.get(name, name)}: go on with what it was made with, or give"
                f" another --out"
            )
    unknown = sorted({kind for kind, _ in so_far.file.records} - {"panda", "trial"})
    if unknown:
        raise SessionDamaged(f"{path} has records of a newer Panda ({', '.join(unknown)})")
    n = len(so_far.over)
    kept = f"{counted(n, 'training')} {'is' if n == 1 else 'are'} whole"
    return SearchFile.reopen(so_far.file, [entry_of(result) for result in so_far.over.values()], kept)


_SAID = {
    "config": "run config",
    "changes": "schedule",
    "iterations": "number of iterations",
    "trials": "number of trials",
    "seeds": "number of seeds",
}


def _result(fields: Mapping[str, Any]) -> tuple[tuple[int, int], Result]:
    seed, trial = int(fields["seed"]), PANDA if fields["trial"] is None else int(fields["trial"])
    points = tuple((int(t), int(compute)) for t, compute in fields["points"])
    curve = tuple((int(t), float(dev_cost), float(accuracy)) for t, dev_cost, accuracy in fields["curve"])
    found = Result(seed, trial, dict(fields["values"]), points, curve, str(fields["broke"]), str(fields["digest"]))
    return (seed, trial), found
