"""Looking ahead: the coming iterations of a live run, its α finder and speed limit, on clones of its state beside it.

They are computed one at a time in a thread that takes what the run leaves of the cores, in compiled code that holds no
lock of the interpreter. One arm alone is what a hand on a slider waits for: that is computed in another thread, as nice
as the run's. Neither takes other threads from the run. The run is asked for a copy of its state, and waits for nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from trainer.engine.portrait import Portrait
from trainer.engine.status import Status
from trainer.errors import CommandRefused, JobFailed, PandaError
from trainer.experiments.alpha_finder import find_alpha
from trainer.experiments.candidates import typed_candidates
from trainer.experiments.clones import Boundary
from trainer.experiments.compiling import LAST, PRIORITY, come_after_the_page
from trainer.experiments.foreseen import plain_alpha, plain_limit, plain_look_ahead
from trainer.experiments.look_ahead import FEWEST, ITERATIONS, MOST, look_ahead
from trainer.experiments.over_seeds import MOST as MOST_SEEDS
from trainer.experiments.speed_limit import speed_limit
from trainer.recorder.averages import NOTHING_YET
from trainer.recorder.cost_curve import CostCurve
from trainer.service.read_model import OVER, RECORDED
from trainer.service.source import Source
from trainer.service.typed_text import whole_number
from trainer.threads import compute_alone

PATIENCE = 10.0
"""Seconds that a slice of training may take."""

SWITCH_SECONDS = 0.0005
"""How long the run waits at most for the interpreter's lock; Python's 5 ms are fifty updates of a small network."""

Progress = Callable[[int, int], None]
Asked = Callable[[Boundary, Status, Progress], dict[str, Any]]


@dataclass
class Wish:
    """What was asked for, as long as somebody waits for it."""

    given_up: bool = False


class LookingAhead:
    """The threads; each begins with the first that is asked of it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "panda-looking-ahead", initializer=partial(_beside_the_run, LAST))
        self._under_hand = ThreadPoolExecutor(1, "panda-under-hand", initializer=partial(_beside_the_run, PRIORITY))
        self._closing = False
        self._computing: set[object] = set()
        self._usual = sys.getswitchinterval()
        self._under_way: tuple[Source, str, int, int] | None = None

    def look_ahead(
        self, source: Source | None, iterations: str, candidates: Sequence[str], orders: str = "", *, wish: Wish
    ) -> Future[dict[str, Any]]:
        """The coming iterations of a live run.

        Parameters
        ----------
        source : None where there is none of that name
        iterations : how far, as typed; "" is ITERATIONS
        candidates : as typed, `learning_rate=0.1,0.3`; by default α × FACTORS
        orders : in how many other orders of the data too, as typed; "" is none

        Returns
        -------
        as `plain_look_ahead`, with "interventions" of the run so far and "took" in milliseconds; or {"refused"}: why
        """

        def asked(boundary: Boundary, status: Status, progress: Progress) -> dict[str, Any]:
            chosen, ahead = typed_candidates(candidates), _typed(iterations)
            seeds = whole_number("Other orders", orders, 0, MOST_SEEDS) if orders else 0
            end, spent = status.iterations, partial(self._spent, wish)
            found = look_ahead(boundary, chosen, ahead, end=end, seeds=seeds, progress=progress, spent=spent)
            return plain_look_ahead(found)

        if candidates and not orders and not any("," in each for each in candidates):
            return self._submit(self._under_hand, source, "", asked)
        return self._submit(self._thread, source, "ahead", asked)

    def find_alpha(self, source: Source | None, iterations: str, wish: Wish) -> Future[dict[str, Any]]:
        """The α finder of a live run: as `look_ahead`, and `plain_alpha`."""

        def asked(boundary: Boundary, _: Status, progress: Progress) -> dict[str, Any]:
            spent = partial(self._spent, wish)
            return plain_alpha(find_alpha(boundary, _typed(iterations), progress=progress, spent=spent))

        return self._submit(self._thread, source, "find-alpha", asked)

    def speed_limit(self, source: Source | None, wish: Wish) -> Future[dict[str, Any]]:
        """The largest stable α of a live run, "at" which iteration: as `look_ahead`, and `plain_limit`."""

        def asked(boundary: Boundary, _: Status, __: Progress) -> dict[str, Any]:
            return {"at": boundary.state.iteration, **plain_limit(speed_limit(boundary, partial(self._spent, wish)))}

        return self._submit(self._thread, source, "", asked)

    def progress(self, source: Source | None) -> dict[str, Any]:
        """How far what is computed of a run is.

        Returns
        -------
        "what" : "ahead" or "find-alpha"; "" while nothing is computed of it, or one arm
        "done", "total" : iterations; total is 0 before it is known
        """
        under_way = self._under_way
        if under_way is None or under_way[0] is not source:
            return {"what": "", "done": 0, "total": 0}
        _, what, done, total = under_way
        return {"what": what, "done": min(done, total), "total": total}

    def close(self) -> None:
        """Give up what is computed, and join the threads."""
        self._closing = True
        self._thread.shutdown()
        self._under_hand.shutdown()

    def _spent(self, wish: Wish) -> bool:
        return self._closing or wish.given_up

    def _submit(
        self, thread: ThreadPoolExecutor, source: Source | None, what: str, asked: Asked
    ) -> Future[dict[str, Any]]:
        try:
            return thread.submit(self._told, source, what, asked)
        except RuntimeError:  # closed
            refused: Future[dict[str, Any]] = Future()
            refused.set_result({"refused": "Panda is shutting down"})
            return refused

    def _told(self, source: Source | None, what: str, asked: Asked) -> dict[str, Any]:
        with self._handed_over_sooner():
            return self._answered(source, what, asked)

    @contextmanager
    def _handed_over_sooner(self) -> Iterator[None]:
        """Within it the lock of the interpreter is handed over sooner, in the whole process: the run waits for it."""
        this = object()
        self._computing.add(this)
        sys.setswitchinterval(SWITCH_SECONDS)
        try:
            yield
        finally:
            self._computing.remove(this)
            if not self._computing:
                sys.setswitchinterval(self._usual)

    def _answered(self, source: Source | None, what: str, asked: Asked) -> dict[str, Any]:
        began = time.perf_counter()

        def progress(done: int, total: int) -> None:
            if source is not None and what:
                self._under_way = (source, what, done, total)

        progress(0, 0)
        try:
            boundary, status = _present(source)
            told = asked(boundary, status, progress)
        except JobFailed:
            return {"refused": "Panda is shutting down" if self._closing else "nobody waits for it any more"}
        except PandaError as error:
            return {"refused": str(error)}
        except MemoryError as error:
            return {"refused": f"there is not enough memory for a clone of the run ({error})"}
        finally:
            if what:
                self._under_way = None
        return {**told, "interventions": status.interventions, "took": round(1000 * (time.perf_counter() - began), 1)}


def _present(source: Source | None) -> tuple[Boundary, Status]:
    """Where a live run is; raises CommandRefused."""
    if source is None or source.status().state == "idle":
        raise CommandRefused("there is no run here: start one")
    status = source.status()
    if status.state in OVER:
        raise CommandRefused(f"run {status.run} is over ({status.reason}), so nothing comes: resume it first")
    if why := source.model.not_ahead(status):
        raise CommandRefused(why)
    try:
        portrait = source.portrait().result(PATIENCE)
    except TimeoutError:
        raise CommandRefused(f"the run has not come to the end of an update for {PATIENCE:.0f} s") from None
    if portrait is None:
        raise CommandRefused(f"run {status.run} is trained by another process: {RECORDED}")
    status = source.status()
    return _boundary(portrait, status, source.model.curve), status


def _boundary(portrait: Portrait, status: Status, curve: CostCurve) -> Boundary:
    at = portrait.state.iteration
    plans = tuple(plan for plan in status.plans if plan.at > at)  # those of this very iteration have been made
    so_far = curve.so_far(at) if curve.run == portrait.run else NOTHING_YET
    end = status.iterations
    return Boundary(portrait.run, portrait.config, portrait.dataset, portrait.state, plans, so_far=so_far, end=end)


def _beside_the_run(nicer: int) -> None:
    """Let this thread leave the page what it needs, and the run its team, and as much of the cores as it is nicer."""
    compute_alone()
    if sys.platform == "linux":  # where a thread has a priority of its own
        come_after_the_page(0, nicer)


def _typed(iterations: str) -> int:
    return whole_number("Iterations ahead", iterations, FEWEST, MOST) if iterations else ITERATIONS
