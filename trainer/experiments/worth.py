"""Worth: what an intervention did for the dev cost, beside its ghost and over other seeds.

`worth` computes in this thread, with the threads there are; `worth_in_file` does it for a file as it was recorded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from trainer.engine.data_shift import dev_shift
from trainer.engine.hyperparameters import Hyperparameters
from trainer.engine.wording import measured_text
from trainer.errors import InvalidInput
from trainer.experiments.ghost import Effort, Stretch, later, play, recorded_stretch
from trainer.experiments.over_seeds import (
    OverSeeds,
    check_beginning,
    check_seeds,
    paired_difference,
    run_over_seeds,
    signed,
)
from trainer.experiments.replay import TOLERANCE, check_computable, latest_run
from trainer.experiments.travel import before_intervention, damage_between
from trainer.recorder.environment import differences, environment, same_bits
from trainer.recorder.lineage import ancestors, with_ancestors
from trainer.recorder.runs import RecordedIntervention, RecordedRun
from trainer.recorder.session import Session, read_session
from trainer.threads import with_threads

Outcome = Literal["helped", "hurt", "made no difference", "cannot be told"]


@dataclass(frozen=True, eq=False)
class Worth:
    """What an intervention was worth.

    Attributes
    ----------
    run : the run whose line was looked at
    change : the intervention
    until : the last iteration of both stretches, unless one of them ended before
    at : the iteration at which the dev costs are compared: the latest recorded evaluation; None where there is none
    with_it, ghost : the iterations after the intervention as they were, and without it
    dev_cost_with, dev_cost_without : at that iteration; None where there is none
    difference : of the dev costs, with minus without: negative where it helped; infinite where one was not finite, NaN
        where neither was, or where it cannot be told
    text : that in a sentence
    remark : where something is not as it should be: another environment, damage, a budget that ended; else ""
    over_seeds : where that was asked for, and the ghost was not cut off
    """

    run: str
    change: RecordedIntervention
    until: int
    at: int | None
    with_it: Stretch
    ghost: Stretch
    dev_cost_with: float | None
    dev_cost_without: float | None
    difference: float
    outcome: Outcome
    text: str
    remark: str
    over_seeds: OverSeeds | None


def worth_in_file(
    path: Path,
    run_name: str | None,
    intervention: int,
    *,
    of: str | None = None,
    iterations: int | None = None,
    seeds: int = 0,
    progress: Callable[[int, int], None] | None = None,
    spent: Callable[[], bool] | None = None,
) -> tuple[Session, Worth]:
    """`worth` of an intervention in a session file, with as many threads as it was recorded with.

    Parameters
    ----------
    run_name : by default the latest run
    intervention, of : its index, as `panda log` shows it, and the run that has it, which may be an ancestor; None is
        that run itself or the nearest ancestor that has one of this index
    """
    session = read_session(path)
    run = latest_run(session) if run_name is None else session.run(run_name)
    change = intervention_of(session, run, intervention, of)
    with with_threads(session.environment.get("threads", 1)):
        found = worth(session, run, change, iterations=iterations, seeds=seeds, progress=progress, spent=spent)
    return session, found


def intervention_of(session: Session, run: RecordedRun, index: int, of: str | None = None) -> RecordedIntervention:
    """An intervention of a run or of its ancestors, as far as the run has it behind it. As `worth_in_file`.

    Raises
    ------
    InvalidInput : there is none; the sentence lists those that are
    """
    behind = {change.seq for change in with_ancestors(session, run).interventions}
    there = [
        (owner.run, change)
        for owner in ancestors(session, run)
        for change in owner.interventions
        if change.seq in behind
    ]
    found = next((change for owner, change in there if change.index == index and of in (None, owner)), None)
    if found is None:
        there.sort(key=lambda pair: pair[1].seq)
        some = ", ".join(f"{owner}:{change.index}" for owner, change in there) or "none"
        got = index if of is None else f"{of}:{index}"
        raise InvalidInput(f"intervention must be one that run {run.run} has behind it ({some}), but got {got!r}")
    return found


def worth(
    session: Session,
    run: RecordedRun,
    change: RecordedIntervention,
    *,
    iterations: int | None = None,
    seeds: int = 0,
    progress: Callable[[int, int], None] | None = None,
    spent: Callable[[], bool] | None = None,
) -> Worth:
    """Compute a run without one of its interventions, all later ones still made, and compare the dev costs.

    Parameters
    ----------
    change : of the run or of its ancestors
    iterations : how many after the intervention; by default all that are recorded
    seeds : number of other seeds with which the whole line is run with and without it; 0 is none
    progress : called with (iterations done, of how many)
    spent : whether the budget has ended; asked every few iterations

    Raises
    ------
    InvalidInput : there are fewer iterations, nothing was evaluated after it, or seeds are out of bounds
    SessionDamaged : damage in the file took away what is needed
    SessionError : the run cannot be run again from its start, or this machine computes something else
    """
    check_seeds(seeds)
    line = with_ancestors(session, run)
    if seeds:
        check_beginning(session, line, ", or ask without seeds for its ghost")
    begin, until = change.iteration, _horizon(line, change, iterations)
    at = _latest_evaluation(line, begin, until)
    if at is None:
        raise InvalidInput(_nothing_evaluated(line, begin, until))
    check_computable(session, line, until)
    visit = before_intervention(session, run, change)
    # a change that damage may have taken away would be missing on both sides
    first = line.checkpoints[0] if seeds else next(c for c in line.checkpoints if c.seq == change.seq)
    remarks = [
        visit.remark,
        _other_inputs(visit.loop.hyperparameters, change),
        damage_between(session, first, line, until),
    ]
    here = environment()
    elsewhere = "" if same_bits(session.environment, here) else "; ".join(differences(session.environment, here))
    effort = Effort((until - begin) * (2 if elsewhere else 1) + seeds * (2 * at - begin), progress, spent)
    with_it = recorded_stretch(line, begin, until)
    evaluate_at = {evaluation.iteration for evaluation in with_it.evaluations}
    if elsewhere:
        # another environment has other bits, which grow: both sides have to be of the same one
        before, recorded = visit.loop.state(), with_it
        with_it = play(visit.loop, [change, *later(line, change)], until, evaluate_at, effort)
        visit.loop.restore(before)
        remarks.append(_elsewhere(elsewhere, recorded, with_it, at, TOLERANCE[line.config.dtype]))
    ghost = play(visit.loop, later(line, change), until, evaluate_at, effort)
    done = len(ghost.costs)
    if effort.ended:
        reached = begin + min(done, len(with_it.costs))
        rest = ", before any other seed was run" if seeds else ""
        remarks.append(f"the budget ended after {done} of {until - begin} iterations{rest}")
        at = _latest_evaluation(line, begin, reached)
    elif at < until:
        remarks.append(
            f"of {until - begin} iterations, the latest after which the dev cost was evaluated is {at - begin}"
        )
    remarks.append(_how_it_ended(line, until))
    over_seeds = None
    if seeds and not effort.ended and at is not None:
        over_seeds = run_over_seeds(line, change, visit.loop.dataset, at, seeds, effort)
    difference = math.nan if at is None else paired_difference(with_it, ghost, at)
    outcome = _outcome(difference)
    return Worth(
        run=run.run,
        change=change,
        until=until,
        at=at,
        with_it=with_it,
        ghost=ghost,
        dev_cost_with=None if at is None else with_it.dev_cost(at),
        dev_cost_without=None if at is None else ghost.dev_cost(at),
        difference=difference,
        outcome=outcome,
        text=_sentence(difference, outcome, with_it, ghost, begin, at),
        remark="; ".join(remark for remark in remarks if remark),
        over_seeds=over_seeds,
    )


def _other_inputs(before: Hyperparameters, change: RecordedIntervention) -> str:
    """Where the intervention is a data shift of the dev set too."""
    if dev_shift(before) == dev_shift(before.changed(change.after)):
        return ""
    return "it shifted the inputs of the dev set: the dev costs with it and without it are of other inputs"


def _horizon(line: RecordedRun, change: RecordedIntervention, iterations: int | None) -> int:
    most = line.iteration - change.iteration
    if most < 1:
        raise InvalidInput(
            f"intervention {change.index} was made at iteration {change.iteration}, the last of the run: nothing came"
            f" after it"
        )
    if iterations is None:
        return line.iteration
    if isinstance(iterations, bool) or not isinstance(iterations, int) or not 1 <= iterations <= most:
        raise InvalidInput(
            f"iterations must be a whole number from 1 to {most:,}, as many as the run has after the intervention, but"
            f" got {iterations!r}"
        )
    return change.iteration + iterations


def _latest_evaluation(line: RecordedRun, begin: int, until: int) -> int | None:
    return max((e.iteration for e in line.evaluations if begin < e.iteration <= until), default=None)


def _nothing_evaluated(line: RecordedRun, begin: int, until: int) -> str:
    later_on = min((e.iteration for e in line.evaluations if e.iteration > until), default=None)
    allowed = "" if later_on is None else f"; iterations must be at least {later_on - begin:,}"
    return (
        f"the dev cost was not evaluated from iteration {begin + 1:,} to {until:,}, so nothing can be compared{allowed}"
    )


def _elsewhere(elsewhere: str, recorded: Stretch, again: Stretch, at: int, tolerance: float) -> str:
    """In which other environment, and how near it comes to what was recorded."""
    text = f"computed with it and without it in another environment ({elsewhere})"
    was, now = recorded.dev_cost(at), again.dev_cost(at)
    if was is None or now is None or not math.isfinite(was) or not math.isfinite(now):
        return text
    off = abs(now - was) / max(abs(was), 1e-12)
    if off <= tolerance:
        return f"{text}; the dev cost with it is equal within {off:.1e}"
    return (
        f"{text}; the dev cost with it is {measured_text(now, 4)} here, and was {measured_text(was, 4)} when recorded"
    )


def _apart(first: float, second: float) -> tuple[str, str]:
    """Two numbers with four digits that count, or as many more as tell them apart."""
    for digits in range(4, 18):
        told = f"{first:.{digits}g}", f"{second:.{digits}g}"
        if first == second or told[0] != told[1]:
            break
    return told


def _how_it_ended(line: RecordedRun, until: int) -> str:
    broke = [moment for moment in line.moments if moment.kind == "nonfinite" and moment.iteration == line.iteration]
    if not broke or until < line.iteration:
        return ""
    return f"with it cost or gradient was not finite from iteration {line.iteration + 1} on"


def _outcome(difference: float) -> Outcome:
    if math.isnan(difference):
        return "cannot be told"
    if difference == 0:
        return "made no difference"
    return "helped" if difference < 0 else "hurt"


def _sentence(difference: float, outcome: Outcome, with_it: Stretch, ghost: Stretch, begin: int, at: int | None) -> str:
    after = "" if at is None else f"after {at - begin} iterations"
    costs = [None if at is None else stretch.dev_cost(at) for stretch in (with_it, ghost)]
    if with_it.broke is not None or ghost.broke is not None:
        sides = [("with it", with_it), ("without it", ghost)]
        ends = [f"{side} cost or gradient was not finite from iteration {s.broke} on" for side, s in sides if s.broke]
        other = next(
            (
                f" (dev cost {measured_text(c, 4)} {s} {after})"
                for c, (s, of) in zip(costs, sides, strict=True)
                if c is not None and of.broke is None
            ),
            "",
        )
        said = f"it {outcome}{other}" if outcome != "cannot be told" else "what it was worth cannot be told"
        return f"{', '.join(ends)}: {said}"
    if at is None or costs[0] is None or costs[1] is None:
        return "what it was worth cannot be told: no dev cost was evaluated within the budget"
    if math.isnan(difference):
        return f"what it was worth cannot be told: the dev cost was not finite {after}, with it and without it"
    told = _apart(costs[0], costs[1])
    both = f"{told[0]} with it, {told[1]} without"
    if math.isinf(difference):
        return f"it {outcome}: dev cost not finite {after} on one side ({both})"
    return f"dev cost {signed(difference)} {after}: it {outcome} ({both})"
