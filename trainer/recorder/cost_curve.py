"""CostCurve: everything that the charts of one run show, kept so that any stretch of it is drawn at once.

It is fed by the trainer's events while a run is live, or from a recorded session. One writer and any number of
readers; time is the iteration, and what an iteration is in epochs or minutes is known too.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.engine.events import Evaluation, Event, Intervened, RunStarted, Trained
from trainer.engine.hyperparameters import Hyperparameters, Value
from trainer.engine.series import MEASURED
from trainer.engine.state import TrainingState
from trainer.recorder import plan_marks
from trainer.recorder.averages import EVERY, NOTHING_YET, Averages, SoFar
from trainer.recorder.averages import SMOOTHING as SMOOTHING
from trainer.recorder.plan_marks import PlanMark
from trainer.recorder.pyramid import Buckets, Pyramid
from trainer.recorder.segments import Segment, Segments

_KNOTS = 128
_SETTLE = 2**16


@dataclass(frozen=True)
class Intervention:
    """A change as the charts mark it; `epoch` is where in the data it was."""

    index: int
    iteration: int
    epoch: float
    author: str
    note: str
    before: Mapping[str, Value]
    after: Mapping[str, Value]


@dataclass(frozen=True)
class Abandoned:
    """A part of the session that was left by going back or branching, coarse; it never changes again.

    Attributes
    ----------
    run, iteration : the one that was left, and its last iteration
    change : "before" and "after" of the latest that was made there; empty where none was
    iterations, costs : mean cost J of the mini-batches around these iterations
    evaluations : iteration, dev cost and dev accuracy
    """

    run: str
    iteration: int
    change: Mapping[str, Mapping[str, Value]]
    iterations: tuple[float, ...]
    costs: tuple[float, ...]
    evaluations: tuple[tuple[int, float, float], ...]


@dataclass(frozen=True, eq=False)
class Window:
    """A stretch of the curve, in buckets.

    Attributes
    ----------
    train : the cost of iterations; number i is that of iteration `start + 1 + i`
    smoothed : number i is the smoothed cost after iteration `start + 4 (i + 1)`
    dev : rows are iteration, dev cost, dev accuracy, and every series of MEASURED
    learning_rate : α in force after the last iteration of each bucket of `train`
    """

    train: Buckets
    smoothed: Buckets
    dev: Buckets
    learning_rate: NDArray[np.float32]


class CostCurve:
    """The curve of one run, or of a run and those it was born from.

    Attributes
    ----------
    run : the latest
    start : the iteration before the first
    iteration : the last one so far
    interventions : all of them, in order
    abandoned : what was left by going back or branching; never part of the curve itself
    plans : changes that wait for their iteration, and those that did, in the order in which they were planned
    """

    def __init__(self) -> None:
        self.abandoned: tuple[Abandoned, ...] = ()
        self._lock = threading.Lock()
        self.iteration: int = 0
        self.interventions: tuple[Intervention, ...] = ()
        self.plans: tuple[PlanMark, ...] = ()
        self._m: int = 1
        self._segments: Segments | None = None
        self._reset("", 1, 0)

    def receive(self, event: Event) -> None:
        """Take what happened; the trainer calls this with every event."""
        match event:
            case RunStarted(run=run, dataset=dataset, state=state):
                self.begin(run, dataset.m, state)
            case Trained(costs=costs, evaluations=evaluations, seconds=seconds):
                self.extend(costs, evaluations, seconds)
            case Intervened(iteration=iteration, index=index, author=author, note=note, before=before, after=after):
                self.intervene(index, iteration, author, note, before, after)
            case _:
                pass
        self.plans = plan_marks.after(self.plans, event)

    def begin(self, run: str, m: int, state: TrainingState) -> None:
        """A run starts from a state, with m training examples.

        A run that starts where the curve ends goes on with it; any other starts the curve anew.
        """
        segment = Segment.of_state(state)
        with self._lock:
            if self._segments is None or m != self._m or state.iteration != self.iteration:
                self._reset(run, m, state.iteration)
            self.run = run
            if self._segments is None:
                self._segments = Segments(m, segment)
            else:
                self._segments.append(segment)

    def extend(self, costs: NDArray[np.float64], evaluations: Iterable[Evaluation], seconds: float) -> None:
        """A stretch of iterations went by; `seconds` of training at its end.

        Parameters
        ----------
        costs : J of each, (n,)
        """
        with self._lock:
            self._waiting.append(costs)
            self._waiting_evaluations += evaluations
            self.iteration += len(costs)
            self._time(self.iteration, seconds)
            if self.iteration - self.start - len(self._train) >= _SETTLE:
                self._settle()

    def intervene(
        self,
        index: int,
        iteration: int,
        author: str,
        note: str,
        before: Mapping[str, Value],
        after: Mapping[str, Value],
    ) -> None:
        """Hyperparameters were changed at an iteration, which is the last one so far."""
        with self._lock:
            segments = self._begun()
            epoch = float(segments.at(iteration).epochs(np.array([iteration]), self._m)[0])
            segments.change(iteration, after)
            change = Intervention(index, iteration, epoch, author, note, dict(before), dict(after))
            self.interventions = (*self.interventions, change)

    @property
    def seconds(self) -> float:
        """Training time so far."""
        return self._knots[-1][1] if self._knots else 0.0

    @property
    def nbytes(self) -> int:
        """Memory set aside for the series, in bytes."""
        return self._train.nbytes + self._smoothed.nbytes + self._dev.nbytes

    @property
    def hyperparameters(self) -> Hyperparameters | None:
        """Those in force at the end."""
        return None if self._segments is None else self._segments.last.hyperparameters

    def window(
        self,
        begin: int,
        end: int,
        pixels: int,
        *,
        smoothing: float = SMOOTHING[1],
        evaluations: int = 0,
        until: int | None = None,
    ) -> Window:
        """The iterations begin … end, in at most `pixels` buckets.

        Parameters
        ----------
        smoothing : one of SMOOTHING
        evaluations : at most this many buckets of them; 0 is as many as pixels
        until : what came after this iteration is left out, as if it had not happened yet
        """
        with self._lock:
            self._settle()
            until = self.iteration if until is None else until
            end = min(end, until)
            first = min(max(0, begin - self.start - 1), len(self._train))
            last = max(first, min(end - self.start, len(self._train)))
            train = self._train.buckets(first, last, _bucket_size(last - first, pixels))
            ends = np.minimum(train.ends, last)
            rates = self._begun().learning_rates(self.start + ends)
            averages = self._smoothed.buckets(first // EVERY, last // EVERY, max(1, train.size // EVERY))
            row = SMOOTHING.index(smoothing)
            smoothed = Buckets(
                averages.first,
                averages.size,
                averages.whole,
                averages.low[row : row + 1],
                averages.high[row : row + 1],
                averages.mean[row : row + 1],
            )
            low, high = self._dev.locate(0, begin), self._dev.locate(0, end + 1)
            low, high = max(0, low - 1), min(high + 1, self._dev.locate(0, until + 1))
            dev = self._dev.buckets(low, high, _bucket_size(high - low, evaluations or pixels))
            return Window(train, smoothed, dev, rates.astype(np.float32))

    def so_far(self, iteration: int) -> SoFar:
        """Where the smoothed costs stand after an iteration, or after the last one before it that is known."""
        with self._lock:
            self._settle()
            known = max(0, min(iteration - self.start, len(self._train)))
            told = known // EVERY
            if not told:
                return NOTHING_YET
            values = tuple(self._smoothed.buckets(told - 1, told, 1).mean[:, -1].tolist())
            rest = self._train.buckets(told * EVERY, known, 1).mean[0].astype(np.float64)
            if len(rest):
                values = tuple(row[-1] for row in SoFar(told * EVERY, values).after(rest))
            return SoFar(known, values) if np.isfinite(values).all() else NOTHING_YET

    def dev_cost(self, iteration: int) -> float:
        """The dev cost after an iteration; NaN where it was not evaluated there, or that is forgotten."""
        with self._lock:
            self._settle()
            at = self._dev.locate(0, iteration)
            found = self._dev.buckets(at, at + 1, 1)
            is_there = len(found) == 1 and found.size == 1 and found.mean[0][0] == iteration
            return float(found.mean[1][0]) if is_there else math.nan

    def epochs(self, iterations: NDArray[np.int64]) -> NDArray[np.float64]:
        """Passes over the training set after these iterations; beyond the end under the present mini-batch size."""
        with self._lock:
            return self._begun().epochs(iterations)

    def learning_rates(self, iterations: NDArray[np.int64]) -> NDArray[np.float64]:
        """α in force after these iterations; beyond the end a forecast under the present decay."""
        with self._lock:
            return self._begun().learning_rates(iterations)

    def hyperparameters_at(self, iteration: int) -> Hyperparameters:
        """Those in force after an iteration; "learning_rate" is α₀ of the schedule."""
        with self._lock:
            return self._begun().at(iteration).hyperparameters

    def time_knots(self) -> tuple[tuple[int, float], ...]:
        """Pairs of iteration and training seconds, between which time runs evenly; at most a few hundred."""
        with self._lock:
            return tuple(self._knots)

    def _reset(self, run: str, m: int, start: int) -> None:
        self.run = run
        self._m = m
        self.start = self.iteration = start
        self.interventions, self.plans = (), ()
        self._segments = None
        self._train = Pyramid(1)
        self._smoothed = Pyramid(len(SMOOTHING), 2**19, extremes=False)  # extremes of averages are not shown
        self._dev = Pyramid(3 + len(MEASURED), 2**19)
        self._averages = Averages()
        self._waiting: list[NDArray[np.float64]] = []
        self._waiting_evaluations: list[Evaluation] = []
        self._knots: list[tuple[int, float]] = []
        self._spacing = 0.25

    def _settle(self) -> None:
        """Put what came in since the last time where it belongs; doing it in larger pieces takes less time."""
        costs = np.concatenate(self._waiting) if self._waiting else np.empty(0)
        evaluations, self._waiting, self._waiting_evaluations = self._waiting_evaluations, [], []
        if len(costs):
            self._train.append(costs[None])
            self._smoothed.append(self._averages.of(costs))
        if evaluations:
            self._dev.append(_columns(evaluations))

    def _time(self, iteration: int, seconds: float) -> None:
        """Keep a pair now and then; the last is always the latest."""
        if len(self._knots) > 1 and seconds - self._knots[-2][1] < self._spacing:
            self._knots.pop()
        if self._knots and self._knots[-1][0] >= iteration:
            self._knots.pop()
        self._knots.append((iteration, seconds))
        if len(self._knots) > _KNOTS:
            self._knots = [*self._knots[:-1:2], self._knots[-1]]
            self._spacing *= 2

    def _begun(self) -> Segments:
        if self._segments is None:
            raise ValueError("no run has begun, so there is no curve of one")
        return self._segments


def _columns(evaluations: Sequence[Evaluation]) -> NDArray[np.float64]:
    """Evaluations as `Window.dev` has them; what was not measured then is NaN."""
    always = [(evaluation.iteration, evaluation.dev_cost, evaluation.dev_accuracy) for evaluation in evaluations]
    further = [[evaluation.measures.get(name, np.nan) for evaluation in evaluations] for name in MEASURED]
    return np.array([*zip(*always, strict=True), *further])


def _bucket_size(numbers: int, buckets: int) -> int:
    """The least power of two that puts `numbers` numbers into at most `buckets` buckets."""
    size = 1
    while numbers > size * max(1, buckets):
        size *= 2
    return size
