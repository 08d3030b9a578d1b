"""Travel: any iteration of any recorded run, by re-execution from the nearest checkpoint before it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from trainer.engine.trainable import Trainable
from trainer.errors import InvalidInput, SessionDamaged, SessionError
from trainer.experiments.replay import Replay, far_apart, how_close
from trainer.recorder.environment import differences, environment, same_bits
from trainer.recorder.kinds import changes_nothing
from trainer.recorder.lineage import ancestors, up_to, with_ancestors
from trainer.recorder.records import Damage
from trainer.recorder.runs import RecordedCheckpoint, RecordedIntervention, RecordedRun
from trainer.recorder.session import Session
from trainer.threads import use_threads

AFTER_ALL = sys.maxsize
"""Before a record that will never be: everything recorded counts."""


@dataclass(frozen=True, eq=False)
class Visit:
    """A run as it was at an iteration.

    Attributes
    ----------
    session : where it was recorded
    run : the one that was there: what was asked for, or its ancestor
    before : number of the record before which it is: of the first change made there that is not in it
    line : that run with its ancestors, up to there
    loop : what was trained, as it was then; it can be asked or trained on, which changes nothing else
    digest : of its state
    checkpoint : the recorded state from which it was re-executed
    remark : a sentence where it is not simply as recorded: another environment, or damage; else ""
    """

    session: Session
    run: str
    before: int
    line: RecordedRun
    loop: Trainable
    digest: str
    checkpoint: RecordedCheckpoint
    remark: str


def travel(
    session: Session,
    run: RecordedRun,
    iteration: int,
    before: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    name: str = "iteration",
) -> Visit:
    """A run at an iteration.

    Parameters
    ----------
    iteration : also one before the run's beginning, where it leads into an ancestor
    before : number of the record before which; None is before anything was changed there by that run itself, or by
        the ancestor whose iteration it was; AFTER_ALL after everything
    progress : called with (iterations re-executed, of how many)
    name : what the iteration is called where it is refused

    Raises
    ------
    InvalidInput : there is no such iteration in the run
    SessionDamaged : damage in the file took away what is needed to get there
    SessionError : this machine computes something else
    """
    whole = with_ancestors(session, run)
    first, last = whole.initial.iteration, whole.iteration
    if isinstance(iteration, bool) or not isinstance(iteration, int) or not first <= iteration <= last:
        raise InvalidInput(f"{name} must be a whole number from {first:,} to {last:,}, but got {iteration!r}")
    here = environment()
    elsewhere = "" if same_bits(session.environment, here) else "; ".join(differences(session.environment, here))
    owner = next(one for one in ancestors(session, run) if _was_there(one, iteration, before))
    there = [change.seq for change in owner.interventions if change.iteration == iteration]
    left_before = before if before is not None else min(there, default=AFTER_ALL)
    if left_before == AFTER_ALL:  # of what has been read: more may be recorded meanwhile
        left_before = session.next_number
    line = up_to(whole, iteration, left_before)
    replay, checkpoint = from_latest(session, replace(line, evaluations=()), resync=bool(elsewhere))
    remark = damage_between(session, checkpoint, whole, iteration, before)
    replay.finish(iteration, progress)
    if replay.differences:
        if not elsewhere or far_apart(replay.differences, run.config.dtype):
            found = replay.differences[0]
            raise SessionError(
                f"iteration {iteration} of run {run.run} cannot be reached: the {found.what} of iteration"
                f" {found.iteration} comes out otherwise ({elsewhere or 'in the same environment'})"
            )
        close = how_close(replay.differences, run.config.dtype)
        remark = f"computed in another environment ({elsewhere}), {close}; {remark}".strip("; ")
    loop = replay.loop
    return Visit(session, owner.run, left_before, line, loop, loop.state().digest(), checkpoint, remark)


def use_recorded_threads(session: Session) -> None:
    """Compute from now on, in this whole process, with as many threads as the session was begun with."""
    use_threads(session.environment.get("threads", 1))  # a lost beginning does not say


def before_intervention(session: Session, run: RecordedRun, change: RecordedIntervention) -> Visit:
    """The run, or its ancestor, at the boundary before a change, with everything in force that was so. As `travel`."""
    return travel(session, run, change.iteration, change.seq)


def at_the_end(session: Session, run: RecordedRun) -> Visit:
    """The run as it was left, with all that was changed there. As `travel`."""
    return travel(session, run, run.iteration, AFTER_ALL)


def _was_there(run: RecordedRun, iteration: int, before: int | None) -> bool:
    return run.initial.iteration <= iteration and (before is None or run.initial.seq < before)


def from_latest(session: Session, line: RecordedRun, *, resync: bool = False) -> tuple[Replay, RecordedCheckpoint]:
    """A replay that stands at the latest recorded state whose tensors can be used; raises SessionDamaged."""
    for checkpoint in reversed(line.checkpoints):
        try:
            return Replay(session, line, checkpoint, resync=resync), checkpoint
        except SessionDamaged as error:
            trouble = error
    raise trouble


def damage_between(
    session: Session, begin: RecordedCheckpoint, whole: RecordedRun, iteration: int, before: int | None = None
) -> str:
    """What of the file is damaged between a recorded state and an iteration, if anything is.

    Parameters
    ----------
    before : number of the record before which changes made at that iteration count; None is of none of them

    Raises
    ------
    SessionDamaged : that may have been a change of hyperparameters, without which what came after is not known
    """
    # the record of costs that reaches an iteration comes before whatever was changed there
    reached = whole.timeline[:, 0] >= iteration if before is None else whole.timeline[:, 0] > iteration
    end = whole.timeline[reached, 2].min(initial=session.next_number if before is None else before)
    between = []
    for damage in session.damage:
        number = damage.record.partition("-")[0]
        if number.isdigit() and begin.seq < int(number) < end:
            between.append(damage.record)
            if may_have_been_a_change(damage):
                raise SessionDamaged(
                    f"iteration {iteration} cannot be reached: record {damage.record} is damaged, and a change of"
                    f" hyperparameters may have been in it"
                )
    if not between:
        return ""
    return f"re-executed from iteration {begin.iteration}, with {', '.join(between)} damaged on the way"


def may_have_been_a_change(damage: Damage) -> bool:
    """Whether a record that is lost may have changed hyperparameters: its name, if that is left, tells its kind.

    A change of which only the tensors are lost is among the interventions of its run.
    """
    if damage.told is not None and damage.told.kind == "intervention":
        return False
    return not changes_nothing(damage.record.partition("-")[2].partition(".")[0])
