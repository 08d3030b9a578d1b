"""Recorded sessions as clients look at them: read once as long as the file stays the same."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from trainer.recorder.cost_curve import CostCurve
from trainer.recorder.library import is_recorded, stamp
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.recorded_curve import abandoned_parts, recorded_curve
from trainer.recorder.session import Session, read_session


def session_at(path: Path) -> Session:
    """A session as it is now. Raises as `read_session`."""
    session = session_as_of(path, str(stamp(path)))
    # its process may have died without a trace in the file
    return read_session(path) if session.state == "recording" and not is_recorded(path) else session


@lru_cache(maxsize=8)  # as many as are compared at a time
def session_as_of(path: Path, _stamp: str) -> Session:
    """A session as it was when its file had this stamp, while that is remembered; else as it is now."""
    return read_session(path)


@lru_cache(maxsize=3)
def curve_as_of(path: Path, stamp: str, run: str) -> CostCurve:
    """The curve of a run and its ancestors, likewise."""
    session = session_as_of(path, stamp)
    curve = recorded_curve(session, with_ancestors(session, session.run(run)))
    curve.abandoned = abandoned_parts(session, session.run(run))
    return curve
