"""Frames: what one client still lacks of a curve, in bytes.

A frame is the length of a header (uint32, little-endian), the header (JSON, padded to four bytes), then columns of
float32. The header says which buckets of which track the columns hold; the client keeps what it has and puts them
in place. Everything is at iterations: the client knows from the same frames what an iteration is in epochs or minutes.

What the header says, and the order of the columns, stands in `frame_header`.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.engine.series import MEASURED
from trainer.recorder.cost_curve import CostCurve
from trainer.recorder.plan_marks import PlanMark
from trainer.recorder.pyramid import Buckets
from trainer.service.view import MOST_BUCKETS, View
from trainer.text import valid_json

MOST_EVALUATIONS = 112
_FORECAST_POINTS = 48


@dataclass(frozen=True)
class _Sent:
    """What a client has of one track."""

    size: int = 0
    first: int = 0
    whole: int = 0
    last: bytes = b""


class Feed:
    """Everything one client has been sent, of a status and of a curve, and so what it lacks.

    Attributes
    ----------
    view : what the client looks at
    number : of the latest frame
    """

    def __init__(self, view: View | None = None) -> None:
        self.view = View() if view is None else view
        self.number = 0
        self._curve: CostCurve | None = None
        self._told: Mapping[str, object] = {}
        self._seen: object = None
        self._smoothing = 0.0
        self._begin_anew()

    def frame(self, curve: CostCurve, status: Mapping[str, object]) -> bytes | None:
        """The next frame, or None when the client lacks nothing.

        Parameters
        ----------
        curve : of another run than before, everything is sent anew
        status : fields of which the header has those that changed; where it stays the same, the curve is not looked at
        """
        if curve is not self._curve:
            self._curve = curve
            self._begin_anew()
        seen = (status, curve.iteration, curve.interventions, curve.plans, curve.abandoned, self.view)
        if status and seen == self._seen:
            return None
        changed = {name: value for name, value in status.items() if name not in self._told or self._told[name] != value}
        frame = self._frame(curve, changed)
        self._seen = seen
        if frame is not None:
            self.number += 1
            self._told = status
        return frame

    def _begin_anew(self) -> None:
        self._told, self._seen = {}, None
        self._run: tuple[str, int] | None = None
        self._forget()

    def _frame(self, curve: CostCurve, status: Mapping[str, object]) -> bytes | None:
        view = self.view
        header: dict[str, Any] = {"n": self.number + 1}
        columns: list[NDArray[Any]] = []
        if not curve.run:
            return encode({**header, "status": status}, columns) if status else None
        if (curve.run, curve.start) != self._run:
            fresh = self._run is None or self._run[1] != curve.start or curve.iteration == curve.start
            start = np.array([curve.start])
            epoch, rate = float(curve.epochs(start)[0]), plain(float(curve.learning_rates(start)[0]))
            header |= {"run": curve.run, "start": curve.start, "epoch": epoch, "rate": rate, "anew": fresh}
            self._run = (curve.run, curve.start)
            if fresh:
                self._forget()
        if status:
            header["status"] = status
        until = curve.iteration if view.until is None else min(view.until, curve.iteration)
        begin = curve.start if view.begin is None else view.begin if view.begin >= 0 else until + view.begin
        end = until if view.end is None else min(view.end, until)
        window = curve.window(
            begin,
            end,
            min(view.pixels, MOST_BUCKETS),
            smoothing=view.smoothing,
            evaluations=MOST_EVALUATIONS,
            until=until,
        )
        if self._smoothing != view.smoothing:
            self._smoothing = view.smoothing
            self._sent.pop("smoothed", None)
        train = np.concatenate([window.train.low, window.train.high, window.train.mean, window.learning_rate[None]])
        self._track(header, columns, "train", window.train, train, end)
        self._track(header, columns, "smoothed", window.smoothed, window.smoothed.mean, end)
        dev = window.dev
        cost, accuracy = slice(1, 2), slice(2, 3)
        rows = [dev.mean[:1]] + [part[row] for row in (cost, accuracy) for part in (dev.low, dev.high, dev.mean)]
        rows += [part[3 + row, None] for row in range(len(MEASURED)) for part in (dev.low, dev.high, dev.mean)]
        self._track(header, columns, "dev", dev, np.concatenate(rows), end)
        self._now_at(header, curve, until)
        self._interventions(header, curve, until)
        self._knots_until(header, curve, until)
        self._forecast(header, curve, until)
        self._left(header, curve)
        self._plans(header, curve, until)
        return encode(header, columns) if len(header) > 1 else None

    def _forget(self) -> None:
        self._sent: dict[str, _Sent] = {}
        self._smoothing = 0.0
        self._marks: list[int] = []
        self._knots: list[tuple[int, float]] = []
        self._forecast_of: tuple[int, int] | None = None
        self._now = -1
        self._abandoned: tuple[object, ...] = ()
        self._planned: list[PlanMark] = []

    def _left(self, header: dict[str, Any], curve: CostCurve) -> None:
        parts = curve.abandoned
        if parts == self._abandoned:
            return
        header["abandoned"] = [
            {
                "run": part.run,
                "iteration": part.iteration,
                "change": {
                    which: {name: exact(value) for name, value in values.items()}
                    for which, values in part.change.items()
                },
                "iterations": part.iterations,
                "costs": [plain(cost) for cost in part.costs],
                "evaluations": [[at, plain(cost), plain(accuracy)] for at, cost, accuracy in part.evaluations],
            }
            for part in parts
        ]
        self._abandoned = parts

    def _plans(self, header: dict[str, Any], curve: CostCurve, until: int) -> None:
        """Those that wait, in the order in which they will be made; all of them when one comes or goes."""
        marks = sorted((mark for mark in curve.plans if mark.waits(until)), key=lambda mark: mark.change.at)
        if marks != self._planned:
            header["planned"] = [
                {
                    "plan": mark.change.plan,
                    "iteration": mark.change.at,
                    "author": mark.change.actor.name,
                    "note": mark.change.note,
                    "changes": {name: exact(value) for name, value in mark.change.changes.items()},
                }
                for mark in marks
            ]
            self._planned = marks

    def _track(
        self,
        header: dict[str, Any],
        columns: list[NDArray[Any]],
        name: str,
        buckets: Buckets,
        rows: NDArray[np.float32],
        end: int,
    ) -> None:
        sent = self._sent.get(name, _Sent())
        # absolute numbers of buckets: those up to sent.whole are there and stay as they are
        whole = buckets.first + buckets.whole
        same = sent.size == buckets.size and sent.first <= buckets.first <= sent.whole <= whole
        at = sent.whole - buckets.first if same else 0
        new = np.ascontiguousarray(rows[:, at:])
        last = new.tobytes() if new.shape[1] <= 1 else b""
        moved = sent.first != buckets.first
        if not same or moved or (new.shape[1] and (not last or last != sent.last)):
            header[name] = {
                "size": buckets.size,
                "first": buckets.first,
                "at": buckets.first + at,
                "count": new.shape[1],
                "end": end,
                **({"measures": list(MEASURED)} if name == "dev" and MEASURED else {}),
            }
            columns.append(new)
            tail = np.ascontiguousarray(rows[:, buckets.whole :])
            self._sent[name] = _Sent(buckets.size, buckets.first, whole, tail.tobytes())

    def _now_at(self, header: dict[str, Any], curve: CostCurve, until: int) -> None:
        if until == self._now:
            return
        at = np.array([until])
        knots = np.array(curve.time_knots() or [(curve.start, 0.0)])
        header["now"] = {
            "iteration": until,
            "epoch": float(curve.epochs(at)[0]),
            "seconds": float(np.interp(until, knots[:, 0], knots[:, 1])),
            "rate": plain(float(curve.learning_rates(at)[0])),
        }
        self._now = until

    def _interventions(self, header: dict[str, Any], curve: CostCurve, until: int) -> None:
        marks = [mark for mark in curve.interventions if mark.iteration <= until]
        iterations = [mark.iteration for mark in marks]
        at = _common(iterations, self._marks)
        if at < max(len(iterations), len(self._marks)):
            header["interventions"] = {
                "at": at,
                "list": [
                    {
                        "iteration": mark.iteration,
                        "epoch": mark.epoch,
                        "author": mark.author,
                        "note": mark.note,
                        "before": {name: exact(value) for name, value in mark.before.items()},
                        "after": {name: exact(value) for name, value in mark.after.items()},
                    }
                    for mark in marks[at:]
                ],
            }
            self._marks = iterations

    def _knots_until(self, header: dict[str, Any], curve: CostCurve, until: int) -> None:
        knots = [knot for knot in curve.time_knots() if knot[0] <= until]
        at = _common(knots, self._knots)
        if at < max(len(knots), len(self._knots)):
            new = [(iteration, round(seconds, 2)) for iteration, seconds in knots[at:]]
            header["knots"] = {"at": at, "list": new}
            self._knots = knots

    def _forecast(self, header: dict[str, Any], curve: CostCurve, until: int) -> None:
        """α ahead, sent again after a change and whenever a quarter of it is behind."""
        if self.view.until is not None:
            return
        h = curve.hyperparameters
        stamp = len(curve.interventions)
        if self._forecast_of is not None and self._forecast_of[0] == stamp and until < self._forecast_of[1]:
            return
        iterations, rates = np.empty(0, np.int64), np.empty(0)
        ahead = 4 * max(50, (until - curve.start) // 8)
        if h is not None and h.decay != "none":
            iterations = np.linspace(until, until + ahead, _FORECAST_POINTS).astype(np.int64)
            rates = curve.learning_rates(iterations)
        header["forecast"] = {
            "iterations": iterations.tolist(),
            "rates": [plain(rate) for rate in rates.tolist()],
        }
        self._forecast_of = (stamp, until + ahead // 4)


def encode(header: Mapping[str, Any], columns: list[NDArray[Any]]) -> bytes:
    """A frame of a header and columns of float32."""
    try:
        text = _as_json(header)
    except UnicodeEncodeError:  # the bytes of a path, which need not be UTF-8
        text = _as_json(valid_json(header))
    text += b" " * (-len(text) % 4)
    return b"".join([struct.pack("<I", len(text)), text, *(column.astype("<f4").tobytes() for column in columns)])


def _as_json(header: Mapping[str, Any]) -> bytes:
    return json.dumps(header, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def plain(value: object) -> object:
    """A value for JSON: a number to six digits, one that is not finite as its name."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else str(value)
    return value


def exact(value: object) -> object:
    """A value for JSON in full, as it is in force; one that is not finite as its name."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _common(a: list[Any], b: list[Any]) -> int:
    n = 0
    for left, right in zip(a, b, strict=False):
        if left != right:
            break
        n += 1
    return n
