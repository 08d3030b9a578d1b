"""Lost rounds: those of a search whose record is damaged, made again from what is known of them.

The first round is as planned, and a round that zooms is a function of the trials before it: both come out as they were.
Of one that a person edited only its trials are known; what is left of it is drawn from the box before.
"""

from __future__ import annotations

from collections.abc import Sequence

from trainer.experiments.search.plan import Round, SearchPlan
from trainer.experiments.search.samplers import points_of
from trainer.experiments.search.trial import Trial
from trainer.experiments.search.zoom import zoomed


def with_lost_rounds(plan: SearchPlan, rounds: Sequence[Round], trials: Sequence[Trial], lost: int) -> list[Round]:
    """The rounds that are there, and between them those that are lost.

    Parameters
    ----------
    lost : how many records are damaged; where more rounds are missing, none is made
    """
    there = {each.number: each for each in rounds}
    last = max([*there, *(trial.round for trial in trials)], default=0)
    missing = [number for number in range(1, last + 1) if number not in there] if last - len(there) <= lost else []
    if plan.sampler == "grid" and missing != [1]:  # the points of another one depend on its box
        return list(rounds)
    found: list[Round] = []
    for number in sorted({*there, *missing}):
        later = [each.first for n, each in there.items() if n > number]
        found.append(there[number] if number in there else _made_again(plan, found, trials, min(later, default=None)))
    return found


def _made_again(plan: SearchPlan, before: Sequence[Round], trials: Sequence[Trial], end: int | None) -> Round:
    """The next round after those before it; `end` is the first trial of the one after it."""
    if not before:
        points = points_of(plan.sampler, plan.box, plan.in_rounds()[0])
        return Round(1, plan.box, 0, points, (), "begin")
    latest, number, zooms = before[-1], len(before) + 1, sum(each.why == "zoom" for each in before)
    mine = [trial.index for trial in trials if trial.round == number]
    first = min([latest.end, *mine, *([] if end is None else [end])])
    if first == latest.end and zooms + 1 < plan.rounds:
        earlier = [trial for trial in trials if trial.index < first]
        return Round(number, zoomed(latest.box, earlier), first, plan.in_rounds()[zooms + 1], (), "zoom")
    until = max([first, *(index + 1 for index in mine)]) if end is None else end
    return Round(number, latest.box, first, until - first, (), "edited")
