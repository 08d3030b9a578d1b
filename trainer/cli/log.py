"""The verb `log`: runs and interventions of a recorded session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trainer.cli.command import Json, SessionFile
from trainer.cli.exit_codes import DONE
from trainer.cli.terminal import print_document, print_lines
from trainer.engine.events import PlannedChange
from trainer.engine.wording import counted, exact_change_text, exact_text
from trainer.recorder.kinds import KINDS
from trainer.recorder.runs import Moment
from trainer.recorder.session import Session, read_session

MOST_DAMAGE = 50
"""Damaged records that are listed for people; JSON has them all."""


def run(session: SessionFile, as_json: Json = False) -> int:
    """`panda log`."""
    found = read_session(Path(session))
    document = {
        "runs": [_run_document(found, name) for name in found.runs],
        "notes": [{"author": note.author, "text": note.text} for note in found.notes],
        "damage": damage_document(found),
    }
    if as_json:
        print_document(document)
    else:
        _print(found, document["runs"])
    return DONE


def damage_document(session: Session) -> list[dict[str, Any]]:
    """Which records are damaged, where and how."""
    return [{"record": d.record, "offset": d.offset, "what": d.what} for d in session.damage]


def _print(session: Session, runs: list[dict[str, Any]]) -> None:
    none = "no run yet" if session.state == "recording" else "no run"
    known = [
        session.name,
        session.runs[runs[0]["run"]].config.data if runs else none,
        session.state,
        f"created {session.created}" if session.created else "",
        session.raised,
    ]
    print_lines(" · ".join(part for part in known if part))
    for run in runs:
        of = f" of session {run['parent_session'][:8]}" if run["parent_session"] else ""
        born = f" from {run['parent']}{of} at iteration {run['at']}" if run["parent"] else ""
        print_lines(f"run {run['run']}{born}: {counted(run['iterations'], 'iteration')}")
        for change in run["interventions"]:
            values = exact_change_text(change["before"], change["after"])
            note = f"  # {change['note']}" if change["note"] else ""
            print_lines(
                f"  {change['index']:>3}  iteration {change['iteration']:>7}  {change['author']}: {values}{note}"
            )
        for change in run["planned"]:
            where = f"  plan {change['plan']}  planned at iteration {change['iteration']}"
            print_lines(f"{where}  {change['author']}: {_wish(change)}")
        for change in run["not_made"]:
            where = f"  planned at iteration {change['iteration']} and not made"
            print_lines(f"{where}  {change['author']}: {_wish(change)}: {change['reason']}")
        for note in run["notes"]:
            print_lines(f"  note iteration {note['iteration']:>7}  {note['author']}: {note['text']}")
        for moment in run["moments"]:
            if moment["kind"] not in KINDS:
                print_lines(f"  {moment['kind']} iteration {moment['iteration']:>7}  {moment['text']}")
        for what in run["foreign"]:
            print_lines(
                f"  cannot be computed from iteration {what['iteration']} on: only a newer Panda knows {what['what']}"
            )
    for moment in session.moments:
        print_lines(f"{moment.kind}  {moment.text}")
    for remark in session.notes:
        print_lines(f"note {remark.author}: {remark.text}")
    if session.damage:
        print_lines("damaged records, of which nothing or not all is shown above:")
        for lost in session.damage[:MOST_DAMAGE]:
            print_lines(f"  record {lost.record}: {lost.what}")
        if len(session.damage) > MOST_DAMAGE:
            print_lines(f"  and {len(session.damage) - MOST_DAMAGE} more")


def _run_document(session: Session, name: str) -> dict[str, Any]:
    run = session.runs[name]
    return {
        "run": run.run,
        "parent": None if run.parent is None else run.parent.run,
        "parent_session": "" if run.parent is None else run.parent.session,
        "at": None if run.parent is None else run.parent.iteration,
        "iterations": run.iteration,
        "config": {**run.config.as_dict(), "hyperparameters": run.initial.hyperparameters.as_dict()},
        "interventions": [
            {
                "index": change.index,
                "iteration": change.iteration,
                "author": change.author,
                "actor": change.actor.kind,
                "note": change.note,
                "before": dict(change.before),
                "after": dict(change.after),
                "digest": change.digest,
            }
            for change in run.interventions
        ],
        "planned": [_plan(change) for change in run.planned],
        "not_made": [{**_plan(p.change), "reason": p.reason} for p in run.plans if p.fate in ("refused", "lost")],
        "notes": [{"iteration": note.iteration, "author": note.author, "text": note.text} for note in run.notes],
        "moments": [
            {"kind": moment.kind, "iteration": moment.iteration, "text": moment.text, "author": _author(moment)}
            for moment in run.moments
        ],
        "foreign": [{"iteration": thing.iteration, "what": thing.what} for thing in run.foreign],
    }


def _plan(change: PlannedChange) -> dict[str, Any]:
    return {
        "iteration": change.at,
        "changes": dict(change.changes),
        "note": change.note,
        "author": change.actor.name,
        "plan": change.plan,
    }


def _wish(plan: dict[str, Any]) -> str:
    """As a person would type it."""
    note = f"  # {plan['note']}" if plan["note"] else ""
    return " ".join(f"{name}={exact_text(value)}" for name, value in plan["changes"].items()) + note


def _author(moment: Moment) -> str | None:
    return None if moment.actor is None else moment.actor.name
