"""Branching: a new run from the state of another one; in its session where that goes on, else in a session of its own.

Going back one intervention (undo) is branching too: from the boundary before it, and nothing is erased.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from trainer.engine.commands import NOTE_LIMIT, PAGE, Actor, AddNote
from trainer.engine.events import Event, Origin, PlannedChange, RunStarted
from trainer.engine.nudging import rate_changes
from trainer.engine.plans import check_changes
from trainer.engine.start import Place, Start, check_targets
from trainer.engine.trainer import Trainer
from trainer.errors import CommandRefused, RecordingPaused
from trainer.experiments.recorded_run import HeldBack, LiveSession, Subscriber, renamed, submit
from trainer.experiments.travel import Visit, before_intervention
from trainer.recorder.lineage import taken_along, with_ancestors
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session import Session
from trainer.recorder.session_log import SessionLog

_PANDA = Actor("robot", "panda")
"""What it remarks on by itself."""


def before_last_intervention(session: Session, run: RecordedRun) -> Visit:
    """Where undo leads: the boundary before the latest intervention of a run, or of its ancestors where it has none.

    Raises
    ------
    CommandRefused : there is none
    SessionError : as `travel`
    """
    changes = with_ancestors(session, run).interventions
    if not changes:
        raise CommandRefused("there is no intervention to take back")
    return before_intervention(session, run, changes[-1])


def branch_here(
    trainer: Trainer,
    log: SessionLog,
    visit: Visit,
    *,
    interventions: HeldBack = (),
    subscribers: Sequence[Subscriber] = (),
    actor: Actor = PAGE,
) -> LiveSession:
    """Leave the run under way for a new one in the same session, which is paused if that one was.

    Parameters
    ----------
    log : the recorder of the run under way
    visit : where the new run begins, in a reading of the session that `log` records
    interventions : those at its beginning are made at once, later ones planned

    Returns
    -------
    the new run, with the remark of the visit, which is recorded as a note at its beginning

    Raises
    ------
    CommandRefused : nothing is under way, or it was changed since the session was read
    InvalidHyperparameter : a change is not allowed; nothing happened
    """
    status = trainer.status()
    recorded = visit.session.runs.get(status.run)
    if recorded is None:
        raise CommandRefused("there is no run under way to go back from")
    check_changes(visit.loop, plans_taken_along(visit), interventions)
    start = _start(visit, log, _next_name(visit.session), "", interventions, subscribers, status.iterations)
    submit(trainer, replace(start, actor=actor, replaces=Place(status.run, len(recorded.interventions))))
    return LiveSession(log, start.run, start.config, start.dataset, visit.remark)


def branch(
    trainer: Trainer,
    visit: Visit,
    new: Path | None,
    *,
    iterations: int | None = None,
    interventions: HeldBack = (),
    subscribers: Sequence[Subscriber] = (),
    paused: bool = False,
    note: AddNote | None = None,
    apart: bool = False,
    actor: Actor = PAGE,
) -> LiveSession:
    """Begin a new run from a visited state.

    A session whose recording was cut off goes on with it as another of its runs; from one that is closed, recorded by
    another process, damaged, or of another environment, a new session is made that names where it came from.

    Parameters
    ----------
    new : path of the new session file, if one is made; None makes none, and a session that is closed goes on too
    iterations : the new run ends at this one
    paused : it waits at its beginning
    note : recorded at its beginning
    apart : a new session is made in any case

    Returns
    -------
    the new run, with the remark of the visit, which is recorded as a note at its beginning too

    Raises
    ------
    CommandRefused : another run is under way, or an intervention lies beyond the end
    InvalidHyperparameter : a change is not allowed
    SessionError : where no new session may be made, and that one cannot go on
    RecordingError : the disk takes nothing; no file is left behind
    """
    if trainer.status().state in ("running", "paused", "blocked"):
        raise CommandRefused(f"run {trainer.status().run} is under way: stop it first")
    session = visit.session
    check_changes(visit.loop, plans_taken_along(visit), interventions)
    check_targets(visit.loop.iteration, iterations, interventions)  # before anything is written
    if new is None or (goes_on_in_place(visit) and not apart):
        name, of = _next_name(session), ""
        log = SessionLog.reopen(session.path, as_read=session, data=visit.loop.dataset)
    else:
        name, of = "r1", session.id
        log = SessionLog.create(new, visit.loop.dataset, name=session.name)
    start = _start(visit, log, name, of, interventions, subscribers, iterations, note)
    try:
        submit(trainer, replace(start, actor=actor, paused=paused))
    except CommandRefused:
        if of:
            log.discard()
        else:
            log.close()
        raise
    return LiveSession(log, start.run, start.config, start.dataset, visit.remark)


def plans_taken_along(visit: Visit) -> tuple[PlannedChange, ...]:
    """The plans that a run has which begins where a visit is: see `taken_along`."""
    session = visit.session
    return taken_along(session, session.run(visit.line.run), session.run(visit.run), visit.loop.iteration, visit.before)


def goes_on_in_place(visit: Visit) -> bool:
    """Whether a branch from there becomes another run of the same session; else a new session is made."""
    session = visit.session
    return session.state == "cut" and not visit.remark and not session.imported


def _start(
    visit: Visit,
    log: SessionLog,
    name: str,
    of: str,
    interventions: HeldBack,
    subscribers: Sequence[Subscriber],
    iterations: int | None,
    note: AddNote | None = None,
) -> Start:
    state, plans = visit.loop.state(), plans_taken_along(visit)
    notes = [*([AddNote(visit.remark[:NOTE_LIMIT], _PANDA)] if visit.remark else []), *([note] if note else [])]
    return Start(
        visit.line.config,
        visit.loop.dataset,
        run=name,
        recorder=log,
        subscribers=(_noting(log, notes), *subscribers),
        state=state,
        parent=Origin(visit.session.id, visit.run, state.iteration, visit.digest, visit.before),
        iterations=iterations,
        interventions=tuple(interventions),
        plans=renamed(plans, name) if of else plans,
        past_rates=rate_changes(visit.line.interventions),
        past_plans=len(plans) if of else 0,
        seconds=0.0 if of else float(visit.line.timeline[-1, 1]),
        cost=visit.line.cost,
    )


def _noting(log: SessionLog, notes: Sequence[AddNote]) -> Subscriber:
    """Records notes right after the beginning of a run, once."""
    left = deque(notes)

    def note(event: Event) -> None:
        if isinstance(event, RunStarted):
            while left:
                each = left.popleft()
                with contextlib.suppress(RecordingPaused):  # it is kept, and the next event will meet the full disk
                    log.add_note(each.text, actor=each.actor, run=event.run, iteration=event.iteration)

    return note


def _next_name(session: Session) -> str:
    n = len(session.runs) + 1
    while f"r{n}" in session.runs:
        n += 1
    return f"r{n}"
