"""Replay: a recorded run computed once more, and compared bit for bit with what was recorded."""

from __future__ import annotations

import itertools
import math
import struct
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from trainer.data.dataset import Dataset
from trainer.engine.events import Evaluation
from trainer.engine.gauge_specs import is_gauge
from trainer.engine.trainable import TRAINABLES, build, gauges_of
from trainer.errors import SessionDamaged, SessionError, SessionNotFound
from trainer.experiments.session_data import dataset_of
from trainer.numerics.updates import Floats
from trainer.recorder.runs import RecordedCheckpoint, RecordedRun
from trainer.recorder.session import Session

TOLERANCE = {"float32": 1e-2, "float64": 1e-6}
"""Relative difference of a cost up to which another environment counts as "equal within"."""

NEAR = 25
"""Iterations after a recorded state for which that holds. Further on rounding may have grown to anything: two runs
that differ in a last bit part for good where one of them has a unit on and the other has it off."""


GAUGES_WITHIN = {"float32": 1e-3, "float64": 1e-6}
"""Relative difference of a gauge that is none, or absolute below 1e-3: gauges are numpy's on either engine, and its
bits depend on the number of threads, which another job of the process may have changed while compiled code trained."""


@dataclass(frozen=True)
class Difference:
    """Something recorded that came out otherwise.

    Attributes
    ----------
    iteration : where
    what : "cost", "state", "dev cost" …, as a person calls it
    relative : size of the difference of a number, relative to it; infinite for a state
    since : iterations computed since a recorded state
    of_gauge : it is of a gauge, which may be a difference of numbers that are close: how large it is says little
    """

    iteration: int
    what: str
    relative: float
    since: int
    of_gauge: bool = False


def far_apart(differences: Sequence[Difference], dtype: str) -> bool:
    """Whether costs are further from each other than another environment explains."""
    numbers = (d for d in differences if d.what not in ("state", "dev accuracy") and not d.of_gauge)
    costs = (d for d in numbers if d.since <= NEAR)
    return any(d.relative > TOLERANCE[dtype] for d in costs)


def how_close(differences: Sequence[Difference], dtype: str) -> str:
    """How close the numbers of another environment are, in words."""
    numbers = [d for d in differences if d.what != "state" and not d.of_gauge]
    largest = max((d.relative for d in numbers), default=0.0)
    if largest <= TOLERANCE[dtype]:
        return f"equal within {largest:.1e}"
    near = max((d.relative for d in numbers if d.since <= NEAR), default=0.0)
    return (
        f"equal within {near:.1e} for {NEAR} iterations after each recorded state; further on rounding grows,"
        f" to {largest:.1e}"
    )


class Replay:
    """Re-executes a recorded run from one of its recorded states.

    Attributes
    ----------
    loop : what is trained, at the iteration reached
    differences : found so far, in order
    compared : numbers of the records whose states were compared so far
    """

    def __init__(
        self,
        session: Session,
        run: RecordedRun,
        start: RecordedCheckpoint | None = None,
        *,
        dataset: Dataset | None = None,
        resync: bool = False,
        gauges: bool = False,
    ) -> None:
        """Stand at a recorded state of the run (by default its first), before what was changed there.

        Parameters
        ----------
        dataset : that of the session, where it is at hand
        resync : take over the recorded state wherever there is one, so that differences do not pile up
        gauges : whether they are measured again too, where they were recorded

        Raises
        ------
        SessionError : its trainable is not known here, or what follows depends on what only a newer Panda knows
        """
        check_computable(session, run)
        self.run = run
        self._session = session
        self._resync = resync
        begin = run.checkpoints[0] if start is None else start
        dataset = dataset_of(session, run) if dataset is None else dataset
        self.loop = build(run.config, dataset, state=session.training_state(begin.seq))
        self._synchronised = begin.iteration
        self._ahead = deque(checkpoint for checkpoint in run.checkpoints if checkpoint.seq >= begin.seq)
        self._changes = {intervention.seq: intervention.after for intervention in run.interventions}
        first = next(checkpoint for checkpoint in run.checkpoints if checkpoint.iteration == begin.iteration)
        # what was evaluated or measured at an iteration is of it before anything was changed there
        since = begin.iteration + (first.seq < begin.seq)
        self._evaluations = {e.iteration: e for e in run.evaluations if e.iteration >= since}
        self._gauges = {t: g for t, g in _by_iteration(run).items() if t >= since} if gauges else {}
        self._to_compare = deque(sorted(t for t in {*self._evaluations, *self._gauges} if t > begin.iteration))
        self._costs = run.costs
        self._digest: str | None = begin.digest  # checked when the state was read
        self.differences: list[Difference] = []
        self.compared: set[int] = set()

    def digest(self) -> str:
        """Of the state reached, computed once."""
        if self._digest is None:
            self._digest = self.loop.state().digest()
        return self._digest

    def advance(self, iteration: int) -> Iterator[int]:
        """Re-execute up to an iteration, comparing everything recorded on the way; yields iterations reached.

        Changes recorded at the last iteration itself are made too.

        Raises
        ------
        NonFinite : the re-execution failed where the recorded run did not
        """
        loop = self.loop
        self._compare_gauges()
        self._pass_checkpoints()
        self._compare_evaluation()
        while loop.iteration < iteration:
            begin = loop.iteration
            costs = np.empty(min(loop.at_once, self._next_stop(iteration) - begin))
            self._digest = None
            try:
                loop.train(costs)
            finally:
                self._compare_costs(begin + 1, costs[: loop.iteration - begin])
            self._compare_gauges()
            self._pass_checkpoints()
            self._compare_evaluation()
            yield loop.iteration

    def finish(self, iteration: int, progress: Callable[[int, int], None] | None = None) -> None:
        """`advance` to the end of it, telling (iterations done, of how many)."""
        begin = self.loop.iteration
        for reached in self.advance(iteration):
            if progress is not None:
                progress(reached - begin, iteration - begin)

    def _next_stop(self, iteration: int) -> int:
        """Where something besides costs is to be compared next, at most an iteration."""
        stops = [iteration]
        if self._ahead:
            stops.append(self._ahead[0].iteration)
        here = self.loop.iteration
        while self._to_compare and self._to_compare[0] <= here:
            self._to_compare.popleft()
        return min([*stops, *itertools.islice(self._to_compare, 1)])

    def _compare_costs(self, first: int, costs: Floats) -> None:
        start = first - self.run.initial.iteration - 1
        recorded = self._costs[start : start + len(costs)]
        if costs.tobytes() == recorded.tobytes():
            return
        other = costs.view(np.int64) != np.ascontiguousarray(recorded).view(np.int64)
        other &= ~np.isnan(recorded)  # NaN: damage took it away
        for at in np.flatnonzero(other).tolist():
            self._differs(first + at, "cost", float(costs[at]), float(recorded[at]))

    def _compare_gauges(self) -> None:
        """Those of the update that follows, before anything is changed here."""
        recorded = self._gauges.pop(self.loop.iteration, {})
        again = gauges_of(self.loop) if recorded else {}
        for name, old in recorded.items():
            new = again.get(name, math.nan)
            within = GAUGES_WITHIN[self.run.config.dtype] * max(abs(old), 1e-3)
            if new != old and not abs(new - old) <= within:
                self._differs(self.loop.iteration, f"gauge {name}", new, old, of_gauge=True)

    def _pass_checkpoints(self) -> None:
        loop = self.loop
        while self._ahead and self._ahead[0].iteration <= loop.iteration:
            checkpoint = self._ahead.popleft()
            self.compared.add(checkpoint.seq)
            if self.digest() != checkpoint.digest:
                self._differs(loop.iteration, "state", math.inf, 0)
                if self._resync:
                    loop.restore(self._session.training_state(checkpoint.seq))
                    self._digest = checkpoint.digest
            self._synchronised = loop.iteration
            self._compare_evaluation()
            if checkpoint.seq in self._changes:
                loop.intervene(self._changes[checkpoint.seq])
                self._digest = None

    def _compare_evaluation(self) -> None:
        recorded = self._evaluations.pop(self.loop.iteration, None)
        if recorded is None:
            return
        again: Evaluation = self.loop.evaluate()
        for what, new, old in (
            ("dev cost", again.dev_cost, recorded.dev_cost),
            ("dev accuracy", again.dev_accuracy, recorded.dev_accuracy),
            *(
                (name, value, recorded.measures[name])
                for name, value in again.measures.items()
                if name in recorded.measures
            ),
        ):
            if _bits(new) != _bits(old) and not (math.isnan(new) and math.isnan(old)):  # one NaN is as good as another
                self._differs(again.iteration, what, new, old)

    def _differs(self, iteration: int, what: str, new: float, old: float, *, of_gauge: bool = False) -> None:
        relative = abs(new - old) / max(abs(old), 1e-12)
        self.differences.append(Difference(iteration, what, relative, iteration - self._synchronised, of_gauge))


def check_computable(session: Session, run: RecordedRun, until: int | None = None) -> None:
    """Raise SessionError where a run, or its iterations up to `until`, depend on something that is not known here."""
    foreign = [thing for thing in run.foreign if until is None or thing.iteration < until]
    if foreign:
        raise SessionError(
            f"run {run.run} of {session.path} can be looked at, but not computed from iteration"
            f" {foreign[0].iteration} on: only a newer Panda knows {foreign[0].what}"
        )
    if run.config.trainable not in TRAINABLES:
        raise SessionError(
            f"run {run.run} of {session.path} can be looked at, but not computed: its trainable"
            f" {run.config.trainable!r:.60} is not known here, only {', '.join(TRAINABLES)}"
        )


def latest_run(session: Session) -> RecordedRun:
    """The run that began last; raises SessionNotFound where there is none, SessionDamaged where none is left."""
    if not session.runs:
        if session.damage:
            raise SessionDamaged(f"{session.path} is damaged, and no run of it is left: {describe(session)}")
        raise SessionNotFound(f"{session.path} holds no run")
    return list(session.runs.values())[-1]


def describe(session: Session) -> str:
    """What is damaged in a session, in a phrase."""
    shown = [f"record {damage.record}: {damage.what}" for damage in session.damage[:3]]
    more = len(session.damage) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")


def _by_iteration(run: RecordedRun) -> dict[int, dict[str, float]]:
    """The recorded gauges that this version can measure: iteration → name → number."""
    found: dict[int, dict[str, float]] = {}
    for name, (iterations, values) in run.columns.items():
        if is_gauge(name):
            for iteration, value in zip(iterations.tolist(), values.tolist(), strict=True):
                found.setdefault(iteration, {})[name] = value
    return found


def _bits(number: float) -> bytes:
    return struct.pack("<d", number)
