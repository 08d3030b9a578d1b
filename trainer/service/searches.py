"""Searches: the one search under way in this process, and every recorded one, by id; pages get plain values.

A search runs in a thread of its own, and its trials in processes of a low priority: a live run never waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from threading import RLock
from typing import Any

from trainer.data.loading import load_dataset
from trainer.engine.commands import PAGE, Checkpoint
from trainer.engine.state import TrainingState
from trainer.errors import CommandRefused, InvalidInput, PandaError
from trainer.experiments.jobs import Jobs
from trainer.experiments.recorded_run import SESSIONS
from trainer.experiments.search import record
from trainer.experiments.search.axes import axes_of, brushed
from trainer.experiments.search.box import Box, Values, values_of
from trainer.experiments.search.plan import Sampler, SearchPlan
from trainer.experiments.search.pools import LocalPool
from trainer.experiments.search.retest import Retest, retest_of
from trainer.experiments.search.schedule import Schedule
from trainer.experiments.search.search import Search
from trainer.experiments.search.view import SearchView
from trainer.experiments.travel import AFTER_ALL, travel
from trainer.recorder.library import is_recorded
from trainer.recorder.new_path import new_session_path
from trainer.recorder.search_file import SUFFIX, SearchFile
from trainer.recorder.session import read_session
from trainer.service.dispatcher import Dispatcher
from trainer.service.read_model import OVER
from trainer.service.recorded_searches import search_of, searches_in
from trainer.service.search_changes import SearchChanges
from trainer.service.search_importance import Importances
from trainer.service.search_speed import Speeds
from trainer.service.search_status import NOTHING, recorded_view, status_of
from trainer.service.search_wish import plan_of, trained
from trainer.service.typed_text import whole_number

_LOOKED_AT = 4
"""Searches of which it is kept what pages were sent."""

Told = dict[str, str]
"""What became of a wish: "status", "applied" or "refused"; "text", a sentence; "id" of the search."""


@dataclass(frozen=True, eq=False)
class _Here:
    """The latest search of this process."""

    id: str
    search: Search
    done: Future[SearchView]


def _told(wish: Callable[..., str]) -> Callable[..., Told]:
    """What becomes of a wish as plain values: pages of a later generation of the code do not know its exceptions."""

    @wraps(wish)
    def told(self: Searches, *given: Any, **named: Any) -> Told:
        try:
            with self._lock:
                text = wish(self, *given, **named)
        except PandaError as error:
            return {"status": "refused", "text": str(error), "id": ""}
        return {"status": "applied", "text": text, "id": "" if self._here is None else self._here.id}

    return told


class Searches:
    """All of them.

    Parameters
    ----------
    live : of the server's own trainer: a re-test begins with the state of the run under way
    folder : where they are recorded
    """

    def __init__(self, live: Dispatcher, folder: Path = SESSIONS) -> None:
        self._live, self._folder = live, folder
        self._thread = ThreadPoolExecutor(1, "panda-search")  # begins with the first search
        self._lock = RLock()
        self._here: _Here | None = None
        self._jobs = Jobs(1)
        self._importances, self._speeds = Importances(self._jobs), Speeds(self._jobs)
        self._looking = RLock()
        self._changes: dict[str, SearchChanges] = {}

    @property
    def under_way(self) -> str:
        """Id of the search that runs here; "" where none does."""
        here = self._here
        over = here is None or here.done.done() or here.search.state not in ("searching", "blocked")
        return "" if here is None or over else here.id

    def look(self, search_id: str) -> dict[str, Any]:
        """How a search stands; of one that is not here, its state is "none"."""
        here = self._here
        if here is not None and here.id == search_id:
            plan, view = here.search.plan, here.search.look()
            if here.done.done() and (error := here.done.exception()) is not None:
                view = replace(view, state="failed", reason=f"{type(error).__name__}: {error}")
        else:
            try:
                so_far = search_of(self._folder, search_id)
                plan, view = so_far.plan, recorded_view(so_far, is_recorded(so_far.file.path))
            except (PandaError, OSError):
                return NOTHING
        importance = self._importances.of(search_id, view)
        changes = self._changes.get(search_id)
        status, told = status_of(search_id, plan, view, importance, None if changes is None else changes.told)
        if changes is not None:
            changes.told = told
        return {**status, "again": self._importances.pending(search_id)}

    def look_since(self, search_id: str, revision: str) -> dict[str, Any]:
        """The same, but only what changed since a revision that was told before; "" is since the beginning."""
        with self._looking:  # so that what is told later is not what was so earlier
            changes = self._changes.pop(search_id, None) or SearchChanges()
            self._changes[search_id] = changes  # the latest last
            while len(self._changes) > _LOOKED_AT:
                del self._changes[next(iter(self._changes))]
            return changes.since(revision, self.look(search_id))

    def recorded(self) -> list[dict[str, Any]]:
        """Every search in the folder in short, the newest first; of one that cannot be read, "why"."""
        return searches_in(self._folder)

    @property
    def measuring(self) -> bool:
        """Whether it is being found out how long something takes."""
        return self._speeds.pending

    def foreseen(self, wish: Mapping[str, Any]) -> str:
        """How much a wish, as of `start`, has trained, and about how long that takes here, in words.

        Empty before that is measured, and where the wish cannot be carried out.
        """
        try:
            plan = plan_of(wish)
        except PandaError:
            return ""
        with self._looking:
            return self._speeds.foreseen(plan)

    def foreseen_more(self, search_id: str, trials: str, box: Mapping[str, Sequence[Any]] | None = None) -> str:
        """The same of more trials of a recorded search, each as long as its others; None is its own box."""
        try:
            plan = search_of(self._folder, search_id).plan
            made = plan.box if box is None else Box.of(box)
            sampler: Sampler = "random" if plan.sampler == "coarse-to-fine" else plan.sampler
            more = replace(plan, box=made, trials=whole_number("trials", trials), sampler=sampler, rounds=1)
        except (PandaError, OSError):
            return ""
        with self._looking:
            return self._speeds.foreseen(more)

    @_told
    def start(self, wish: Mapping[str, Any]) -> str:
        """Begin one.

        Parameters
        ----------
        wish : "config" and typed "hyperparameters" of what is trained; "sampler", "halving", and typed "trials",
            "rounds", "epochs" and "seed"; "box": name → typed ends or chosen values; "mine": whether the values of the
            live run, else of what is trained, go first
        """
        self._check_free()
        plan = plan_of(wish)
        first = [self._mine(plan.box, wish)] if wish["mine"] else []
        self._begin(plan, first)
        return "the search began"

    @_told
    def retest(self) -> str:
        """Search around the values of the live run, from a copy of its present state."""
        self._check_free()
        status = self._live.source.status()
        path = self._live.source.model.path
        if status.state in OVER or path is None:
            raise CommandRefused("no run is under way, whose values could be tested again: start one")
        kept = self._live.submit(Checkpoint(PAGE)).result()
        if kept.status == "refused":
            raise CommandRefused(kept.text)
        session = read_session(path)
        run = session.run(status.run)
        visit = travel(session, run, kept.iteration, AFTER_ALL)
        wanted: Retest = retest_of(visit, session.name)
        self._begin(wanted.plan, [wanted.present], wanted.state)
        return f"the search began, from the state at iteration {kept.iteration:,}"

    @_told
    def search_box(self, search_id: str, box: Mapping[str, Sequence[Any]], wish: Mapping[str, Any]) -> str:
        """Make a box the next round: of the search under way for the trials it has left, else for as many more.

        Parameters
        ----------
        wish : as of `start`; its "mine" counts only there, so that no trial is trained twice
        """
        made = Box.of(box)
        here = self._here
        if here is not None and self.under_way == search_id:
            left = here.search.look().left
            round_ = here.search.edit(made, trials=None if left else self._more(wish))
            return f"round {round_.number} draws from it, {round_.trials} trials"
        self._check_free()
        self._go_on(search_id, lambda search: search.edit(made, trials=self._more(wish)))
        return "the search goes on in it"

    @_told
    def resume(self, search_id: str) -> str:
        """Go on with a recorded one; trials that are over are not repeated."""
        self._check_free()
        self._go_on(search_id, lambda search: None)
        return "the search goes on"

    @_told
    def cancel(self, search_id: str) -> str:
        """End it; what is over is kept. Returns when it is recorded."""
        self._running(search_id).cancel()
        assert self._here is not None
        wait([self._here.done])
        return "the search was stopped"

    def brushed_box(self, search_id: str, brush: Mapping[str, Sequence[float]]) -> dict[str, list[Any]]:
        """Name → range of the box that was brushed; empty where the search or the brush is not there."""
        with suppress(PandaError, OSError, KeyError, TypeError, ValueError):
            return self._brushed(search_id, brush).ranges()
        return {}

    def close(self) -> None:
        """End the search under way, recorded, and join its thread."""
        here = self._here
        if here is not None:
            here.search.cancel("interrupted")
        self._thread.shutdown()
        self._jobs.close()

    def _check_free(self) -> None:
        if self.under_way:
            raise CommandRefused("a search is under way here, one at a time: stop it first")
        if self._here is not None:
            wait([self._here.done])  # its file is closed then

    def _running(self, search_id: str) -> Search:
        if self._here is None or not self.under_way or self._here.id != search_id:
            raise CommandRefused("this search is not under way here any more")
        return self._here.search

    def _begin(self, plan: SearchPlan, given: list[Values], start: TrainingState | None = None) -> None:
        config = plan.config
        try:
            dataset = load_dataset(config.data, config.read_as)
        except MemoryError as error:
            raise InvalidInput(f"the data set {config.data} does not fit into the memory of this machine") from error
        checked = Schedule(plan, dataset, start is not None, (), ())  # before there is a file
        if given:
            checked.edit(plan.box, None, given)
        path = new_session_path(self._folder, Path(config.data).stem, SUFFIX)
        file = record.create(path, plan, dataset, start)
        search = Search(plan, dataset, LocalPool(), file, start=start)
        if given:
            search.edit(plan.box, given=given)
        self._run(file, search)

    def _go_on(self, search_id: str, prepare: Callable[[Search], object]) -> None:
        so_far = search_of(self._folder, search_id)
        config = so_far.plan.config
        dataset = load_dataset(config.data, config.read_as)
        file = record.reopen(so_far, dataset)
        try:
            search = Search(
                so_far.plan,
                dataset,
                LocalPool(),
                file,
                start=so_far.start,
                rounds=so_far.rounds,
                over=so_far.trials,
            )
            prepare(search)
        except PandaError:
            file.give_up()
            raise
        self._run(file, search)

    def _run(self, file: SearchFile, search: Search) -> None:
        self._here = _Here(file.id, search, self._thread.submit(search.run))

    def _mine(self, box: Box, wish: Mapping[str, Any]) -> Values:
        """What the live run has, with α as it is in force; else what is set up."""
        status = self._live.source.status()
        alpha, has = status.learning_rate, status.hyperparameters
        if status.state not in OVER and status.config is not None and has is not None and alpha is not None:
            return values_of(box, status.config, replace(has, learning_rate=alpha))
        return values_of(box, *trained(wish))

    def _more(self, wish: Mapping[str, Any]) -> int:
        return whole_number("trials", wish["trials"])

    def _brushed(self, search_id: str, brush: Mapping[str, Sequence[float]]) -> Box:
        here = self._here
        if here is not None and here.id == search_id:
            view = here.search.look()
        else:
            view = recorded_view(search_of(self._folder, search_id), recording=False)
        return brushed(axes_of(view.rounds, view.trials), view.box, brush)
