"""The runs of a session as a tree: who came from where, at which iteration, with what change."""

from __future__ import annotations

from typing import Any

from trainer.recorder.lineage import ancestors, left_at_birth
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session import Session
from trainer.service.frames import plain


def tree(session: Session, chosen: str) -> list[dict[str, Any]]:
    """One entry for each run, in the order in which they began.

    "line" is whether the chosen run comes from there, and then up to which iteration; "change" is what was changed
    at its birth: "after" of the changes made then, or "without", the changes of its parent that it went back before.
    """
    lines = {session.runs[chosen].run: session.runs[chosen].iteration}
    child: RecordedRun | None = None
    for run in ancestors(session, session.runs[chosen]):
        if child is not None:
            lines[run.run] = child.initial.iteration
        child = run
    return [
        {
            "run": run.run,
            "parent": "" if run.parent is None or run.parent.session else run.parent.run,
            "from": run.initial.iteration,
            "to": run.iteration,
            "ended": run.ended or "",
            "line": lines.get(run.run),
            "marks": [change.iteration for change in run.interventions],
            "change": _change(session, run),
        }
        for run in session.runs.values()
    ]


def _change(session: Session, run: RecordedRun) -> dict[str, Any]:
    here = run.initial.iteration
    made = [change for change in run.interventions if change.iteration == here]
    if made:
        return {"before": _merged(made[::-1], "before"), "after": _merged(made, "after")}
    undone = left_at_birth(session, run)
    if not undone:
        return {}
    return {"without": {"before": _merged(undone[::-1], "before"), "after": _merged(undone, "after")}}


def _merged(changes: list[Any], which: str) -> dict[str, object]:
    """Values by name; of a name that was set more than once the last in the list."""
    return {name: plain(value) for change in changes for name, value in getattr(change, which).items()}
