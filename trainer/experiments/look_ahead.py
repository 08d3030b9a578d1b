"""Look-ahead: the coming iterations of a run under several candidates, each on a clone of its state.

An arm is trained on the very mini-batches that are coming, with what is planned for them. Where its changes are made at
that iteration, the run goes on bit for bit as the arm did: both end in the same digest.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trainer.engine.data_shift import data_shift, dev_shift
from trainer.engine.hyperparameters import Hyperparameters, Value
from trainer.engine.schedule import begins_anew
from trainer.engine.wording import measured_text
from trainer.errors import CommandRefused, InvalidInput, NonFinite
from trainer.experiments.arm_line import arm_line
from trainer.experiments.candidates import Candidate, rates_around, without_effect
from trainer.experiments.clones import Boundary, Clone
from trainer.experiments.ghost import Effort
from trainer.experiments.guess import GO_BACK, cost_of_guess, diverges, going_back, is_thrown_away
from trainer.experiments.over_seeds import MOST as MOST_SEEDS
from trainer.experiments.over_seeds import other_seeds
from trainer.recorder.averages import SoFar

ITERATIONS, FEWEST, MOST = 200, 50, 5_000
"""How far ahead: where nothing was chosen, at least, and at most."""

_OTHER_INPUTS = "the inputs of the dev set would be shifted: this dev cost is of other inputs than the one before"

NEARLY = 0.01
"""Dev costs that differ by no more than this share are not told apart."""


@dataclass(frozen=True, eq=False)
class Arm:
    """What the coming iterations bring under one candidate.

    Attributes
    ----------
    iterations, smoothed : the line of the smoothed cost, as `arm_line`
    cost : J of the last mini-batch; None where there was none
    dev_cost, dev_accuracy : at its end; None where it broke
    dev_costs : the same with other coming orders of the data, where those were asked for; infinite where it broke
    broke : the iteration whose cost or gradient was not finite, which ended it; None where nothing like that happened
    digest : of the state at its end
    diverges : it broke, or its training cost ends above what it was and above that of a guess, or at nearly that
        of a guess though it had learnt, see `diverges`; only the first where the candidate shifts the inputs
    """

    label: str
    changes: Mapping[str, Value]
    iterations: tuple[int, ...]
    smoothed: tuple[tuple[float, ...], ...]
    cost: float | None
    dev_cost: float | None
    dev_accuracy: float | None
    dev_costs: tuple[float, ...]
    broke: int | None
    digest: str
    diverges: bool


@dataclass(frozen=True, eq=False)
class LookAhead:
    """All arms.

    Attributes
    ----------
    run, at : from where
    iterations : how far
    dev_cost : at the beginning
    best : index of the arm with the lowest dev cost, in the median of all orders, among those that do not diverge where
        there are any; None where every arm broke or all come to the same, and where their dev costs are of other inputs
    sentence : that in words
    remark : a sentence where it is not simply as asked or as recorded; else ""
    """

    run: str
    at: int
    iterations: int
    dev_cost: float
    arms: tuple[Arm, ...]
    best: int | None
    sentence: str
    remark: str


def look_ahead(
    boundary: Boundary,
    candidates: Sequence[Candidate] = (),
    iterations: int = ITERATIONS,
    *,
    end: int | None = None,
    seeds: int = 0,
    progress: Callable[[int, int], None] | None = None,
    spent: Callable[[], bool] | None = None,
) -> LookAhead:
    """Train a clone for each candidate.

    Parameters
    ----------
    candidates : by default the α in force × FACTORS
    iterations : how far ahead
    end : beyond which nothing is looked at; None where that is beyond the end of the run, too, which is then told
    seeds : with so many other coming orders of the data too
    progress : called with (iterations done, of how many)
    spent : whether to give up; asked every few iterations

    Raises
    ------
    InvalidInput : iterations or seeds are out of bounds, or a candidate is not allowed
    CommandRefused : the run ends here, or α is 0
    JobFailed : it was given up
    """
    ahead, remark = _how_far(boundary.state.iteration, iterations, end)
    if isinstance(seeds, bool) or not isinstance(seeds, int) or not 0 <= seeds <= MOST_SEEDS:
        raise InvalidInput(f"seeds must be a whole number from 0 to {MOST_SEEDS}, but got {seeds!r}")
    clone = Clone(boundary)
    typed, left_out = bool(candidates), ""
    if not typed:
        candidates, left_out = rates_around(clone.loop.learning_rate)
    if not candidates:
        raise CommandRefused("the learning rate in force has decayed to 0: choose candidates that set learning_rate")
    now, changed = clone.loop.hyperparameters, list[Hyperparameters]()
    for candidate in candidates:
        clone.loop.intervene(candidate.changes)
        changed.append(clone.loop.hyperparameters)
        clone.go_back()
    shift, shifts = dev_shift(now), [dev_shift(h) for h in changed]
    here = clone.loop.evaluate().dev_cost
    effort = Effort(len(candidates) * (1 + seeds) * ahead, progress, spent)
    others = [[] for _ in candidates] if not seeds else _other_orders(boundary, candidates, ahead, seeds, effort)
    guess = cost_of_guess(boundary)
    guesses = [guess if data_shift(h) == data_shift(now) else None for h in changed]
    arms = tuple(
        _arm(clone, boundary.so_far, here, c, ahead, its, costs, effort)
        for c, its, costs in zip(candidates, guesses, others, strict=True)
    )
    alike = all(its == shifts[0] for its in shifts)
    best = best_of(arms) if alike else None
    in_force = _in_force(now, candidates, changed) if typed else ""
    coming = {name for plan in boundary.plans if plan.at < boundary.state.iteration + ahead for name in plan.changes}
    unused = without_effect(candidates, changed, coming)
    moved = _OTHER_INPUTS if alike and shifts[0] != shift else ""
    of_it = (boundary.remark, remark, boundary.beyond(ahead), boundary.planned(ahead))
    remarks = (*of_it, in_force, moved, unused, left_out)
    return LookAhead(
        boundary.run,
        boundary.state.iteration,
        ahead,
        here,
        arms,
        best,
        sentence_of(arms, best, ahead, here, guess) if alike else _unlike(arms, ahead),
        "; ".join(each for each in remarks if each),
    )


def check_iterations(iterations: int) -> None:
    """Raise InvalidInput unless one can look so far ahead."""
    if isinstance(iterations, bool) or not isinstance(iterations, int) or not FEWEST <= iterations <= MOST:
        raise InvalidInput(f"iterations must be a whole number from {FEWEST} to {MOST:,}, but got {iterations!r}")


def _how_far(at: int, iterations: int, end: int | None) -> tuple[int, str]:
    check_iterations(iterations)
    if end is None or at + iterations <= end:
        return iterations, ""
    if at >= end:
        raise CommandRefused(f"the run ends here, at iteration {end:,}: nothing comes after it")
    left = f"only {end - at:,} of {iterations:,} iterations are looked ahead" if end - at > 1 else "only 1 iteration"
    return end - at, f"the run ends at iteration {end:,}: {left}"


def _in_force(now: Hyperparameters, candidates: Sequence[Candidate], changed: Sequence[Hyperparameters]) -> str:
    """Which candidates change nothing, in a sentence; else "". To begin a decay anew is a change."""
    goes_on = [now.decay == "none" or not begins_anew(each.changes) for each in candidates]
    same = [c.label for c, h, on in zip(candidates, changed, goes_on, strict=True) if h == now and on]
    return f"{', '.join(same)} is in force already" if same else ""


def _arm(
    clone: Clone,
    so_far: SoFar,
    here: float,
    candidate: Candidate,
    ahead: int,
    guess: float | None,
    other_orders: Sequence[float],
    effort: Effort,
) -> Arm:
    """One arm; `here` is the dev cost before, `guess` None where its costs are of other inputs than those before."""
    at, broke = clone.loop.iteration, None
    clone.loop.intervene(candidate.changes)
    costs = np.empty(ahead)
    try:
        clone.train(costs, effort)
    except NonFinite:
        broke = clone.loop.iteration + 1
        effort.skip(at + ahead - clone.loop.iteration)
    costs = costs[: clone.loop.iteration - at]
    evaluation = None if broke is not None else clone.loop.evaluate()
    dev_cost = None if evaluation is None else evaluation.dev_cost
    lost = dev_cost is None or not math.isfinite(dev_cost)
    if dev_cost is not None and guess is not None:
        lost = lost or diverges(so_far, costs, (here, dev_cost), guess)
    digest = clone.loop.state().digest()
    clone.go_back()
    return Arm(
        candidate.label,
        dict(candidate.changes),
        *arm_line(so_far, at, costs),
        float(costs[-1]) if len(costs) else None,
        dev_cost,
        None if evaluation is None else evaluation.dev_accuracy,
        tuple(other_orders),
        broke,
        digest,
        lost,
    )


def _other_orders(
    boundary: Boundary, candidates: Sequence[Candidate], ahead: int, seeds: int, effort: Effort
) -> list[list[float]]:
    """For each candidate the dev costs with other coming orders of the data."""
    found: list[list[float]] = [[] for _ in candidates]
    costs = np.empty(ahead)
    for seed in other_seeds(boundary.config.seed, seeds):
        clone = Clone(boundary, seed)
        for candidate, dev_costs in zip(candidates, found, strict=True):
            clone.loop.intervene(candidate.changes)
            try:
                clone.train(costs, effort)
                dev_costs.append(clone.loop.evaluate().dev_cost)
            except NonFinite:
                effort.skip(boundary.state.iteration + ahead - clone.loop.iteration)
                dev_costs.append(math.inf)
            clone.go_back()
    return found


def best_of(arms: Sequence[Arm]) -> int | None:
    """As `LookAhead.best`, where their dev costs are of the same inputs."""
    ranks = [(arm.diverges, _typical(arm)) for arm in arms]
    first = min(ranks)
    return ranks.index(first) if math.isfinite(first[1]) and not _all_alike(arms) else None


def _all_alike(arms: Sequence[Arm]) -> bool:
    """Whether it makes no difference which is taken: nothing is trained any more."""
    return len(arms) > 1 and len({_typical(arm) for arm in arms}) == 1 and math.isfinite(_typical(arms[0]))


def _typical(arm: Arm) -> float:
    """The median of its dev costs over all orders of the data, its own and others; infinite where it broke."""
    return statistics.median([cost if math.isfinite(cost) else math.inf for cost in (_own(arm), *arm.dev_costs)])


def _own(arm: Arm) -> float:
    return math.inf if arm.dev_cost is None else arm.dev_cost


def _is_near(arm: Arm, best: Arm) -> bool:
    """Whether an arm does nearly as well as the best: in the median, and on the coming order of the data too."""
    return not arm.diverges and all(of(arm) <= (1 + NEARLY) * of(best) for of in (_typical, _own))


def _luckier(arms: Sequence[Arm], arm: Arm) -> str:
    """What the best in the median comes to on the coming order of the data, where another one does better there."""
    lowest = min((other for other in arms if not other.diverges), key=_own)
    if _own(arm) <= (1 + NEARLY) * _own(lowest):
        return ""
    here, there = measured_text(_own(arm)), measured_text(_own(lowest))
    return f"; on the mini-batches that are coming it comes to {here}, where {lowest.label} comes to {there}"


def _unlike(arms: Sequence[Arm], ahead: int) -> str:
    broke = [arm.label for arm in arms if arm.broke is not None]
    first = f"no candidate is best after {ahead:,}: their dev costs are of other inputs"
    return f"{first}; {', '.join(broke)} {'diverge' if len(broke) > 1 else 'diverges'}" if broke else first


def sentence_of(arms: Sequence[Arm], best: int | None, ahead: int, here: float, guess: float) -> str:
    """As `LookAhead.sentence`, likewise; `here` is the dev cost at the beginning, `guess` that of a guess."""
    if _all_alike(arms):
        return f"all candidates come to the same dev cost, {measured_text(_typical(arms[0]))} after {ahead:,}"
    diverging = [arm.label for arm in arms if arm.diverges]
    if best is None or len(diverging) == len(arms):
        every = "every candidate diverges" if len(arms) > 1 else f"{arms[0].label} diverges"
        told = f"{every} within {ahead:,} iterations"
        return f"{told}; {GO_BACK}" if is_thrown_away(guess, here) else told
    arm = arms[best]
    if is_thrown_away(guess, here, _typical(arm)):
        least = f"no candidate helps: {arm.label} comes lowest, to" if len(arms) > 1 else f"{arm.label}:"
        return f"{least} dev cost {measured_text(_typical(arm))} after {ahead:,}, {going_back(guess)}"
    told = f"dev cost {measured_text(_typical(arm))} after {ahead:,}"
    if arm.dev_costs:
        low, high = (measured_text(end([_own(arm), *arm.dev_costs])) for end in (min, max))
        told += f", the median of {len(arm.dev_costs) + 1} orders of the data ({low} to {high})"
    first = f"{arm.label} is best: {told}" if len(arms) > 1 else f"{arm.label}: {told}"
    near = [other.label for other in arms if other is not arm and _is_near(other, arm)]
    if near:
        first += f", and {', '.join(near)} within {NEARLY:.0%} of that"
    first += _luckier(arms, arm)
    verb = "diverge" if len(diverging) > 1 else "diverges"
    return f"{first}; {', '.join(diverging)} {verb}" if diverging else first
