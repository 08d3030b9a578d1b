"""Recorded sessions as clients look at them: read once as long as the file stays the same."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock

from trainer.recorder.cost_curve import CostCurve
from trainer.recorder.gauge_history import GaugeHistory
from trainer.recorder.library import is_recorded, stamp
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.recorded_curve import abandoned_parts, recorded_curve
from trainer.recorder.session import Session, read_session

# a page asks for several things at once that need the same session and curve: the first request makes them for all
_READING, _BUILDING = Lock(), Lock()


def session_at(path: Path) -> Session:
    """A session as it is now. Raises as `read_session`."""
    session = session_as_of(path, str(stamp(path)))
    # its process may have died without a trace in the file
    return read_session(path) if session.state == "recording" and not is_recorded(path) else session


def session_as_of(path: Path, stamp: str) -> Session:
    """A session as it was when its file had this stamp, while that is remembered; else as it is now."""
    with _READING:
        return _session(path, stamp)


def curve_as_of(path: Path, stamp: str, run: str) -> CostCurve:
    """The curve of a run and its ancestors, likewise."""
    with _BUILDING:
        return _curve(path, stamp, run)


def gauges_as_of(path: Path, stamp: str, run: str) -> GaugeHistory:
    """The gauges of a run and its ancestors, likewise."""
    with _BUILDING:
        return _gauges(path, stamp, run)


@lru_cache(maxsize=8)  # as many as are compared at a time
def _session(path: Path, _stamp: str) -> Session:
    return read_session(path)


@lru_cache(maxsize=3)
def _curve(path: Path, stamp: str, run: str) -> CostCurve:
    session = session_as_of(path, stamp)
    curve = recorded_curve(session, with_ancestors(session, session.run(run)))
    curve.abandoned = abandoned_parts(session, session.run(run))
    return curve


@lru_cache(maxsize=3)
def _gauges(path: Path, stamp: str, run: str) -> GaugeHistory:
    session = session_as_of(path, stamp)
    return GaugeHistory(with_ancestors(session, session.run(run)).columns)
