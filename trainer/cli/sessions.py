"""The verbs that look at a recorded session: log, verify, check."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from trainer.cli.terminal import DONE, NO, WITHIN_TOLERANCE, print_document, progress_bar
from trainer.experiments.replay import describe
from trainer.experiments.verify import verify
from trainer.recorder.session import Session, read_session

MOST_DAMAGE = 50
"""Damaged records that are listed for people; JSON has them all."""


def log(options: argparse.Namespace) -> int:
    """`panda log`."""
    session = read_session(Path(options.session))
    document = {
        "runs": [_run_document(session, name) for name in session.runs],
        "notes": [{"author": note.author, "text": note.text} for note in session.notes],
        "damage": _damage(session),
    }
    if options.json:
        print_document(document)
        return DONE
    data = session.runs[document["runs"][0]["run"]].config.data if document["runs"] else "no run yet"
    print(f"{session.name} · {data} · {session.state} · created {session.created}")
    for run in document["runs"]:
        of = f" of session {run['parent_session'][:8]}" if run["parent_session"] else ""
        born = f" from {run['parent']}{of} at iteration {run['at']}" if run["parent"] else ""
        print(f"run {run['run']}{born}: {run['iterations']} iterations")
        for change in run["interventions"]:
            values = ", ".join(f"{name} {change['before'][name]} → {change['after'][name]}" for name in change["after"])
            note = f"  # {change['note']}" if change["note"] else ""
            print(f"  {change['index']:>3}  iteration {change['iteration']:>7}  {change['author']}: {values}{note}")
        for note in run["notes"]:
            print(f"  note iteration {note['iteration']:>7}  {note['author']}: {note['text']}")
    for remark in session.notes:
        print(f"note {remark.author}: {remark.text}")
    if session.damage:
        print("damaged records, of which nothing or not all is shown above:")
        for lost in session.damage[:MOST_DAMAGE]:
            print(f"  record {lost.record}: {lost.what}")
        if len(session.damage) > MOST_DAMAGE:
            print(f"  and {len(session.damage) - MOST_DAMAGE} more")
    return DONE


def verify_session(options: argparse.Namespace) -> int:
    """`panda verify`."""
    with progress_bar("verifying") as progress:
        verdict = verify(Path(options.session), options.run, progress, options.engine)
    if options.json:
        fields = ("result", "iterations", "checkpoints_compared", "first_difference", "digest", "text")
        print_document({name: getattr(verdict, name) for name in fields})
    else:
        print(verdict.text)
    return {"exact": DONE, "diverged": NO, "other-environment": WITHIN_TOLERANCE}[verdict.result]


def check(options: argparse.Namespace) -> int:
    """`panda check`."""
    session = read_session(Path(options.session))
    damage = _damage(session)
    if options.json:
        print_document({"result": session.state, "records": session.records, "damage": damage})
    elif damage:
        print(f"damaged: {describe(session)}")
    else:
        print(f"intact: {session.records} records, {session.state}")
    return NO if damage else DONE


def _damage(session: Session) -> list[dict[str, Any]]:
    return [{"record": d.record, "offset": d.offset, "what": d.what} for d in session.damage]


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
                "note": change.note,
                "before": dict(change.before),
                "after": dict(change.after),
                "digest": change.digest,
            }
            for change in run.interventions
        ],
        "notes": [{"iteration": note.iteration, "author": note.author, "text": note.text} for note in run.notes],
    }
