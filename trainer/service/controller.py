"""Controller: the live runs of this process by id, the one dispatcher of all commands, and who watches.

Tabs come and go and code is reloaded; the controller stays. What pages give to `ask` and what that answers are plain
values, so that pages of a later generation of the code can use it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from trainer.engine.commands import PAGE, Actor, Annotate, Answer, Command, Rename, SessionCommand
from trainer.engine.portrait import Portrait
from trainer.errors import InvalidInput, PandaError
from trainer.experiments.compiling import Compiling
from trainer.experiments.findings import Findings
from trainer.recorder.cost_curve import CostCurve
from trainer.recorder.gauge_history import GaugeHistory
from trainer.recorder.library import annotate_session, rename_session
from trainer.service.advising import advice_as_plain
from trainer.service.asked import command_of
from trainer.service.dispatcher import Dispatcher
from trainer.service.frames import exact
from trainer.service.gauges import gauges_as_plain
from trainer.service.looking_ahead import LookingAhead, Wish
from trainer.service.own_trainer import OwnTrainer
from trainer.service.read_model import OVER
from trainer.service.searches import Searches
from trainer.service.source import Source

GONE = "gone"
"""Phase of a run that is not live here, or not any more."""
_NOTHING = CostCurve()


class Controller:
    """Everything of the page that outlives a tab.

    A live run is named by the id of its source, which is that of its session. "" names the run of the trainer that
    this process has by itself: the one under way, or the latest.

    Attributes
    ----------
    token : random; a page of this server knows it, so only such a page can open the WebSocket
    findings : what is found out about recorded sessions beside training
    searches : the one under way here, and the recorded ones
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self.findings = Findings()
        self.compiling = Compiling()
        self._own = Dispatcher(OwnTrainer())
        self.searches = Searches(self._own)
        self._looking_ahead = LookingAhead()
        self._others: tuple[Dispatcher, ...] = ()
        self._archive = ThreadPoolExecutor(1, "panda-archive")  # writes into sessions that are not recorded here
        self._watchers: tuple[Callable[[], None], ...] = ()

    def add(self, source: Source) -> None:
        """Have another source of live runs, which is closed with the controller."""
        self._others = (*self._others, Dispatcher(source))

    def runs(self) -> list[str]:
        """Ids of all live runs, and of those that were last in their sources."""
        return [each.source.id for each in (self._own, *self._others) if each.source.id]

    @property
    def path(self) -> Path | None:
        """The session of the run of the own trainer."""
        return self._own.source.model.path

    def live(self, run: str = "") -> bool:
        """Whether it is under way; also while it is paused."""
        found = self._found(run)
        return found is not None and found.source.status().state not in OVER

    def recording(self, path: Path) -> str | None:
        """Id of the live run that is recorded in this session file, if one is."""
        for each in (self._own, *self._others):
            if each.source.model.path == path and each.source.status().state not in OVER:
                return each.source.id
        return None

    def config(self, run: str = "") -> dict[str, Any]:
        """Its run config; empty before the first run."""
        found = self._found(run)
        config = None if found is None else found.source.status().config
        return {} if config is None else config.as_dict()

    def phase(self, run: str = "") -> str:
        """ "idle", "live" or "over", and the session: what decides which set-up the page shows; or "gone"."""
        found = self._found(run)
        return GONE if found is None else found.source.model.phase(found.source.status())

    def status(self, run: str = "") -> dict[str, object]:
        """How it stands, as plain values for a client."""
        found = self._found(run)
        if found is None:
            return {"state": "idle", "phase": GONE}
        return {"id": found.source.id, **found.source.model.fields(found.source.status())}

    def curve(self, run: str = "") -> CostCurve:
        """Its curve; another object when another line of training begins."""
        found = self._found(run)
        return _NOTHING if found is None else found.source.model.curve

    def portrait(self, run: str = "") -> Future[Portrait | None]:
        """A copy of what it trains, soon; None where there is none to be had. Disturbs no training."""
        found = self._found(run)
        if found is not None:
            return found.source.portrait()
        none: Future[Portrait | None] = Future()
        none.set_result(None)
        return none

    def advice(self, run: str = "") -> list[dict[str, Any]]:
        """What the rules of advice say of it, as plain values: `advice_as_plain`."""
        found = self._found(run)
        return [] if found is None else advice_as_plain(found.source.model, found.source.status())

    def gauges(self, since: int = -1, run: str = "") -> dict[str, Any]:
        """Its gauges that were measured after an iteration, and their entries, as plain values: `gauges_as_plain`."""
        found = self._found(run)
        if found is None:
            return gauges_as_plain(GaugeHistory(), None, since)
        status = found.source.status()
        return gauges_as_plain(found.source.model.gauges, status.config, since, status)

    def look_ahead(
        self,
        run: str = "",
        iterations: str = "",
        candidates: Sequence[str] = (),
        orders: str = "",
        *,
        wish: Wish | None = None,
    ) -> Future[dict[str, Any]]:
        """The coming iterations of a run under several candidates, as `LookingAhead.look_ahead`; never raises."""
        found = self._found(run)
        source = None if found is None else found.source
        return self._looking_ahead.look_ahead(source, iterations, candidates, orders, wish=wish or Wish())

    def find_alpha(self, run: str = "", iterations: str = "", *, wish: Wish | None = None) -> Future[dict[str, Any]]:
        """Which α helps from where a run is, as `LookingAhead.find_alpha`; never raises."""
        found = self._found(run)
        return self._looking_ahead.find_alpha(None if found is None else found.source, iterations, wish or Wish())

    def speed_limit(self, run: str = "", *, wish: Wish | None = None) -> Future[dict[str, Any]]:
        """The largest stable α where a run is, as `LookingAhead.speed_limit`; never raises."""
        found = self._found(run)
        return self._looking_ahead.speed_limit(None if found is None else found.source, wish or Wish())

    def looking_ahead(self, run: str = "") -> dict[str, Any]:
        """How far what is computed of a run's coming iterations is, as `LookingAhead.progress`."""
        found = self._found(run)
        return self._looking_ahead.progress(None if found is None else found.source)

    def submit(self, command: Command | SessionCommand, run: str = "") -> Future[Answer]:
        """Have a command carried out; the future holds what became of it. Never raises."""
        return self._watched(self._dispatched(command, run))

    def ask(self, message: Mapping[str, Any], run: str = "", actor: Actor | None = None) -> Future[dict[str, Any]]:
        """What becomes of a message `{"do": …}` of the protocol, as plain values: the fields of an `Answer`.

        The future cannot be cancelled: what is asked for is done, though the client may leave.
        """
        told: Future[dict[str, Any]] = Future()
        told.set_running_or_notify_cancel()
        actor = PAGE if actor is None else actor
        try:
            command = command_of(message, actor)
        except InvalidInput as error:
            found = self._found(run)
            iteration = 0 if found is None else found.source.status().iteration
            told.set_result(_plain(Answer("refused", iteration, str(error), author=actor.name)))
            return told

        def tell(answered: Future[Answer]) -> None:
            error = answered.exception()
            if error is None:
                told.set_result(_plain(answered.result()))
            else:
                told.set_exception(error)

        answered = self._dispatched(command, str(message.get("of") or run))
        answered.add_done_callback(tell)  # before the watchers: a page has the answer before the frame that shows it
        self._watched(answered)
        return told

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have a function called, from any thread, when something was answered; returns how to end that."""
        self._watchers = (*self._watchers, watcher)

        def leave() -> None:
            self._watchers = tuple(w for w in self._watchers if w is not watcher)

        return leave

    def close(self) -> None:
        """End the runs under way, recorded, and join all threads."""
        self.searches.close()
        self._looking_ahead.close()
        self.findings.close()
        self.compiling.close()
        for each in (self._own, *self._others):
            each.close()
        self._archive.shutdown()

    def _found(self, run: str) -> Dispatcher | None:
        if not run:
            return self._own
        return next((each for each in (self._own, *self._others) if each.source.id == run), None)

    def _dispatched(self, command: Command | SessionCommand, run: str) -> Future[Answer]:
        found = self._found(run)
        if isinstance(command, Rename | Annotate):
            recorder = self.recording(Path(command.session))
            if recorder is None:
                return self._archive.submit(_written, command)
            found = self._found(recorder)
        if found is None:
            text = f"there is no live run {run[:40]} here any more"
            refused: Future[Answer] = Future()
            refused.set_result(Answer("refused", 0, text, author=command.actor.name))
            return refused
        return found.submit(command)

    def _watched(self, answered: Future[Answer]) -> Future[Answer]:
        def tell(_: Future[Answer]) -> None:
            for watcher in self._watchers:
                watcher()

        answered.add_done_callback(tell)
        return answered


def _written(command: Rename | Annotate) -> Answer:
    """Into a session that is not being recorded."""
    path = Path(command.session)
    try:
        if isinstance(command, Rename):
            rename_session(path, command.name)
            return Answer("applied", 0, f"renamed to {command.name.strip()}", author=command.actor.name)
        author, run, iteration = command.actor.name, command.run, command.iteration
        annotate_session(path, command.text, actor=command.actor, run=run, iteration=iteration)
        return Answer("applied", iteration, "note recorded", author=author)
    except PandaError as error:
        return Answer("refused", 0, str(error), author=command.actor.name)


def _plain(answer: Answer) -> dict[str, Any]:
    values = {which: {n: exact(v) for n, v in getattr(answer, which).items()} for which in ("before", "after")}
    return {**asdict(answer), **values}
