"""Search: has the trials of a schedule computed, records them, and lets a person edit its box meanwhile.

One thread runs it (`run`); any thread may look at it, edit its box, or end it. The trials are the same, bit for bit,
whatever computes them, and also where the search was killed and goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Event, RLock
from typing import Literal

from trainer.data.dataset import Dataset
from trainer.engine.state import TrainingState
from trainer.errors import CommandRefused, JobFailed, PandaError
from trainer.experiments.search import record
from trainer.experiments.search.box import Box, Values
from trainer.experiments.search.journal import Journal
from trainer.experiments.search.legs import next_leg
from trainer.experiments.search.plan import Round, SearchPlan
from trainer.experiments.search.pools import Pool
from trainer.experiments.search.schedule import Schedule
from trainer.experiments.search.time_left import Pace
from trainer.experiments.search.trial import LegResult, State, Trial
from trainer.experiments.search.view import SearchState, SearchView
from trainer.recorder.search_file import Entry, SearchFile

TRIES = 3
"""How often a leg is begun whose process ends before it is done."""

LEG_LIMIT = 300.0
"""Seconds after which a leg that gives no result is given up, and its trial has failed."""

_WAIT_SECONDS = 1.0
"""How often hung trials, and a cluster that is gone, are looked for."""


class Search:
    """A search under way.

    Parameters
    ----------
    dataset : as the plan's config says
    file : where it is recorded; None records nothing
    start : the state that all trials begin with; None for seeded initial parameters
    rounds, over : rounds and trials that are recorded already

    Raises
    ------
    InvalidInput : trials drawn from the box could not be trained, or the sampler is not installed
    """

    def __init__(
        self,
        plan: SearchPlan,
        dataset: Dataset,
        pool: Pool,
        file: SearchFile | None = None,
        *,
        start: TrainingState | None = None,
        rounds: Sequence[Round] = (),
        over: Sequence[Trial] = (),
        leg_limit: float = LEG_LIMIT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan, self.dataset = plan, dataset
        self._start, self._pool = start, pool
        self._first = 0 if start is None else start.iteration
        self._leg_limit, self._clock = leg_limit, clock
        self._checked = clock()
        self._began = self._checked - max((trial.ended or 0.0 for trial in over), default=0.0)
        self._ended: float | None = None
        self._pace = Pace(plan)
        self._schedule = Schedule(plan, dataset, start is not None, rounds, over)
        self._lock = RLock()
        self._happened: SimpleQueue[tuple[int, Future[LegResult]] | None] = SimpleQueue()
        self._state: SearchState = "searching"
        self._reason = ""
        self._states: dict[int, TrainingState] = {}
        self._under_way: dict[int, tuple[Future[LegResult], float]] = {}
        self._broken: dict[int, int] = {}
        self._cancelled = Event()
        self._ends_as: Literal["cancelled", "interrupted"] = "cancelled"
        head = record.head_of(plan, dataset)
        self._journal = Journal(file, lambda path, id_: SearchFile.create(path, head, start, id_), self._everything)
        self._recorded = len(rounds)

    @property
    def state(self) -> SearchState:
        """How it stands in a word; may be asked from any thread."""
        with self._lock:
            return self._state

    def look(self) -> SearchView:
        """How it stands; may be asked from any thread."""
        with self._lock:
            schedule, journal = self._schedule, self._journal
            # those that are over change no more
            trials = tuple(t if t.over else replace(t, curve=list(t.curve)) for _, t in sorted(schedule.trials.items()))
            rounds = tuple(schedule.rounds)
            remarks = (*schedule.remarks, *journal.remarks)
            path, left, workers = journal.path, schedule.left, self._pool.workers
            seconds = self._elapsed()
            over = self._state not in ("searching", "blocked")
            ahead = None if over else self._pace.seconds_left(seconds, trials, left)
            return SearchView(self._state, self._reason, path, rounds, trials, left, remarks, workers, seconds, ahead)

    def edit(self, box: Box, *, trials: int | None = None, given: Sequence[Values] = ()) -> Round:
        """From here on draw from another box; trials that are under way or over stay, and count.

        Parameters
        ----------
        trials : of the new round; None is as many as have not begun of the present one
        given : values that its first trials have, instead of drawn ones

        Raises
        ------
        InvalidInput : the box or a given value cannot be trained, or there is no trial left for it
        CommandRefused : the search is over
        """
        with self._lock:
            if self._state not in ("searching", "blocked"):
                raise CommandRefused(f"the search is {self._state}: go on with it first")
            made = self._schedule.edit(box, trials, given)
            self._recorded = min(self._recorded, made.number - 1)  # it may be in place of one that is recorded
            for each in self._schedule.rounds:
                self._stop_behind(each)  # a round may have all its trials now, since no more are drawn from it
        self._happened.put(None)
        return made

    def cancel(self, state: Literal["cancelled", "interrupted"] = "cancelled") -> None:
        """End it; what is over is kept, what is under way is given up. It can be gone on with.

        Parameters
        ----------
        state : "cancelled" by a person, which is recorded; "interrupted" where its process ends
        """
        self._ends_as = state
        self._cancelled.set()
        self._happened.put(None)

    def zoom(self) -> Box:
        """The box around the best trials so far, inside the present one."""
        with self._lock:
            return self._schedule.zoom()

    def run(self, happened: Callable[[], None] = lambda: None) -> SearchView:
        """All of it, in this thread; whatever ends it, what is over is recorded.

        Parameters
        ----------
        happened : called after each leg, and about once a second
        """
        try:
            self._write()
            while not self._over():
                try:
                    self._submit()
                    self._take()
                finally:
                    self._write()  # also the edit that was made before the pool was found broken
                happened()
            if self.state == "cancelled":
                self._journal.keep((record.CANCELLED, {}))
                self._write()
        except PandaError as error:
            self._fail(str(error))
        except Exception as error:
            self._fail(f"{type(error).__name__}: {error}")
            raise
        finally:
            self._pool.close()
            self._journal.close()
            self._end_all()
        return self.look()

    def _fail(self, reason: str) -> None:
        with self._lock:
            self._state, self._reason = "failed", reason

    def _end_all(self) -> None:
        """What is under way is given up."""
        with self._lock:
            for trial in self._schedule.active():
                trial.state = "waiting"
            self._ended = self._elapsed()

    def _elapsed(self) -> float:
        return self._clock() - self._began if self._ended is None else self._ended

    def _over(self) -> bool:
        with self._lock:
            if self._cancelled.is_set():
                self._state = self._ends_as
            elif self._schedule.over:
                self._state = "finished"
            return self._state in ("cancelled", "interrupted", "finished")

    def _submit(self) -> None:
        """Give every free worker a leg."""
        while len(self._under_way) < self._pool.workers:
            with self._lock:
                trial = self._next()
                if trial is None:
                    return
                trial.state = "training"
                trial.begun = self._elapsed() if trial.begun is None else trial.begun
                until, begun = self._schedule.until(trial), self._states.get(trial.index)
                leg = next_leg(trial, until, self.dataset, self._start, begun, self.plan.halving)
            future = self._pool.submit(leg)
            self._under_way[trial.index] = future, self._clock() + self._leg_limit
            future.add_done_callback(lambda done, index=trial.index: self._happened.put((index, done)))  # type: ignore[misc]

    def _next(self) -> Trial | None:
        """The trial whose turn it is: the first that has begun and may go on, else the next that is drawn."""
        for trial in self._schedule.active():
            if trial.index not in self._under_way and trial.done < self._schedule.until(trial):
                return trial
        return self._schedule.draw()

    def _take(self) -> None:
        """What has happened; and, also while other workers give results, what has not happened for too long."""
        with suppress(Empty):
            happened = self._happened.get(timeout=_WAIT_SECONDS)
            if happened is not None:
                index, future = happened
                if self._under_way.get(index, (None, 0))[0] is future:  # else it was given up
                    del self._under_way[index]
                    self._settle(self._schedule.trials[index], future)
        if (now := self._clock()) - self._checked >= _WAIT_SECONDS:
            self._checked = now
            self._pool.check()
            self._give_up_hung(now)

    def _give_up_hung(self, now: float) -> None:
        for index, (future, limit) in list(self._under_way.items()):
            if now > limit:
                del self._under_way[index]
                told = [f"it gave no result for {self._leg_limit:g} s", self._pool.cancel(future)]
                with self._lock:
                    self._end(self._schedule.trials[index], "failed", "; ".join(filter(None, told)))

    def _settle(self, trial: Trial, future: Future[LegResult]) -> None:
        try:
            result = future.result()
        except (JobFailed, CancelledError) as error:
            self._pool.check()
            tries = self._broken[trial.index] = self._broken.get(trial.index, 0) + 1
            if tries >= TRIES:
                with self._lock:
                    self._end(trial, "failed", f"{str(error) or 'it was given up'} ({tries} times)")
            return
        if result.no_data:
            raise JobFailed(result.no_data)  # no other trial could be trained either
        with self._lock:
            trial.seconds += result.seconds
            if result.failed or result.state is None:
                self._end(trial, "failed", result.failed)
                return
            trial.done = result.iteration - self._first
            trial.cost = trial.cost if result.cost is None else result.cost
            trial.curve += [(t - self._first, dev_cost, accuracy) for t, dev_cost, accuracy in result.evaluations]
            self._states[trial.index] = result.state
            self._pace.had_result(self._elapsed(), self._schedule.trials.values())
            if result.broke:
                self._end(trial, "diverged", result.broke)
            elif trial.done == trial.iterations:
                self._end(trial, "finished")
            else:
                self._stop_behind(self._round(trial))

    def _end(self, trial: Trial, state: State, reason: str = "") -> None:
        self._conclude(trial, state, reason)
        self._stop_behind(self._round(trial))

    def _conclude(self, trial: Trial, state: State, reason: str) -> None:
        trial.state, trial.reason, trial.ended = state, reason, self._elapsed()
        last = self._states.pop(trial.index, None)
        trial.digest = "" if last is None else last.digest()
        self._keep_rounds()
        self._journal.keep(("trial", record.trial_as_json(trial)))

    def _stop_behind(self, round_: Round) -> None:
        """Successive halving, where all trials of a round have come to a rung."""
        for trial in self._schedule.behind(round_):
            self._conclude(trial, "stopped", f"not among the best third after {trial.done:,} iterations")

    def _round(self, trial: Trial) -> Round:
        return next(r for r in self._schedule.rounds if r.number == trial.round)

    def _write(self) -> None:
        with self._lock:
            self._keep_rounds()
        self._journal.write(self._cancelled, self._blocked)

    def _keep_rounds(self) -> None:
        """Those that began; in the file a round stands before its trials, so that it makes sense wherever it is cut."""
        for each in self._schedule.rounds[self._recorded :]:
            self._journal.keep(("round", each.as_json()))
        self._recorded = len(self._schedule.rounds)

    def _everything(self) -> list[Entry]:
        """All that its file has to say, for one in place of a file that is gone."""
        with self._lock:
            self._recorded = len(self._schedule.rounds)
            return record.entries_of(self._schedule.rounds, self._schedule.trials.values(), self._state == "cancelled")

    def _blocked(self, reason: str) -> None:
        """Recording waits, because of this; "" is no more."""
        with self._lock:
            if self._cancelled.is_set():
                return
            self._state, self._reason = ("blocked" if reason else "searching"), reason
