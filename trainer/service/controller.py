"""Controller: the one Trainer of this process, the curve of what it runs, and who watches.

Tabs come and go and code is reloaded; the controller stays. Everything that it is given and that it answers is a plain
value, so that pages of a later generation of the code can use it.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import asdict, replace
from pathlib import Path
from threading import Lock, get_native_id
from typing import Any, Literal

from trainer.engine.commands import PAGE, Answer, Pause, Resume
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.trainer import Trainer
from trainer.errors import CommandRefused, PandaError
from trainer.experiments import recorded_run
from trainer.experiments.branching import before_last_intervention, branch, branch_here, goes_on_in_place
from trainer.experiments.compiling import Compiling, come_after_the_page, engine_at_hand
from trainer.experiments.findings import Findings
from trainer.experiments.replay import latest_run
from trainer.experiments.travel import AFTER_ALL, Visit, at_the_end, travel, use_recorded_threads
from trainer.recorder.cost_curve import CostCurve
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.recorded_curve import abandoned_parts, recorded_curve
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session import Session, read_session
from trainer.recorder.session_log import SessionLog
from trainer.service.frames import exact, plain
from trainer.service.noticed import Noticed
from trainer.service.protocol import command_of, typed_values

OVER = ("idle", "finished", "stopped", "interrupted", "failed")
"""States in which nothing is under way, so a run may be started."""


class Controller:
    """Everything of the live page that outlives a tab.

    Attributes
    ----------
    token : random; a page of this server knows it, so only such a page can open the WebSocket
    curve : of the latest run; replaced by another when a new run starts
    path : of the session that it is recorded in
    log : the recorder of that session
    noticed : what is told of that run beside its curve
    findings : what is found out about recorded sessions beside training
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self.curve = CostCurve()
        self.path: Path | None = None
        self.log: SessionLog | None = None
        self.noticed = Noticed()
        self.findings = Findings()
        self.compiling = Compiling()
        self._trainer = Trainer(_after_the_page)
        self._starting = Lock()
        self._watchers: tuple[Callable[[], None], ...] = ()

    def live(self) -> bool:
        """Whether a run is under way; also while it is paused."""
        return self._trainer.status().state not in OVER

    def config(self) -> dict[str, Any]:
        """The run config of the run under way or the latest one; empty before the first."""
        config = self._trainer.status().config
        return {} if config is None else config.as_dict()

    def phase(self) -> str:
        """ "idle", "live" or "over", and the session: what decides which set-up the page shows."""
        state = self._trainer.status().state
        phase = "idle" if state == "idle" else "over" if state in OVER else "live"
        return f"{phase} {self.path or ''}".strip()

    def status(self) -> dict[str, object]:
        """How things stand, for the page."""
        status = self._trainer.status()
        fields: dict[str, object] = {
            name: plain(getattr(status, name))
            for name in (
                "state",
                "reason",
                "run",
                "iteration",
                "epoch",
                "cost",
                "dev_cost",
                "dev_accuracy",
                "learning_rate",
                "iterations",
                "commands",
                "m",
                "remarks",
            )
        }
        fields["iterations_per_second"] = float(f"{status.iterations_per_second:.3g}")
        # a session that is over may have been deleted
        there = self.path is not None and (self.live() or self.path.exists())
        fields["path"] = str(self.path) if there else ""
        fields["notes"] = self.noticed.notes
        fields["evaluated"] = self.noticed.evaluated
        fields["phase"] = self.phase()
        fields["seconds"] = round(self.curve.seconds, 1)
        if status.hyperparameters is not None:
            fields["learning_rate"] = exact(status.learning_rate)
            fields["hyperparameters"] = {n: exact(v) for n, v in asdict(status.hyperparameters).items()}
        return fields

    def start(self, config: Mapping[str, Any], hyperparameters: Mapping[str, str], iterations: int | None) -> str:
        """Start a recorded run, from what was set up; returns why not, or "".

        While a run is under way nothing happens, so a second click starts nothing.
        """
        with self._starting:
            if self.live():
                return ""
            curve, noticed = CostCurve(), Noticed()
            try:
                run_config = RunConfig(**config)
                run_config = replace(run_config, engine=engine_at_hand(run_config.dtype))
                session = recorded_run.begin(
                    self._trainer,
                    run_config,
                    Hyperparameters(**typed_values(hyperparameters)),  # type: ignore[arg-type]
                    path=recorded_run.new_path(run_config.data),
                    iterations=iterations,
                    subscribers=(curve.receive, noticed.receive),
                )
            except PandaError as error:
                return str(error)
            self._watched(curve, noticed, session)
        self._tell()
        return ""

    def resume(self, path: Path | None = None) -> dict[str, object]:
        """Go on with the latest run of a session, recorded in the same file; the answer to that wish.

        Parameters
        ----------
        path : of the session; None is the one of the latest run
        """
        with self._starting:
            at = self._trainer.status()
            path = path or self.path
            try:
                if self.live() and path == self.path:
                    return _answer("applied", at.iteration, f"run {at.run} is under way")
                if self.live():
                    raise CommandRefused("another run is under way: stop it first")
                if path is None:
                    raise CommandRefused("there is no run to go on with: start one")
                session = read_session(path)
                run = latest_run(session)
                line = with_ancestors(session, run)
                curve, noticed = recorded_curve(session, line), Noticed(line)
                curve.abandoned = abandoned_parts(session, run)
                iteration = curve.iteration  # before anything is trained
                live = recorded_run.resume(self._trainer, path, subscribers=(curve.receive, noticed.receive))
            except PandaError as error:
                return _answer("refused", at.iteration, str(error))
            self._watched(curve, noticed, live)
        self._tell()
        return _answer("applied", iteration, f"run {live.run} goes on from iteration {iteration}")

    def branch_from(self, session: Session, run: str, iteration: int) -> str:
        """Begin a run from an iteration of a recorded one, with what was changed there, paused, to be changed first.

        Returns why not, or "".
        """
        if self.live() and self.path == session.path:
            answer = self._go_elsewhere(
                lambda session, _: travel(session, session.run(run), iteration, AFTER_ALL), "goes on", waiting=True
            )
            return "" if answer["status"] == "applied" else str(answer["text"])
        with self._starting:
            if self.live():
                return "another run is under way: stop it first"
            try:
                use_recorded_threads(session)
                visit = travel(session, session.run(run), iteration, AFTER_ALL)
                new = recorded_run.new_path(session.path.stem.rpartition("-")[0] or session.path.stem)
                own = goes_on_in_place(visit)
                curve = recorded_curve(session, visit.line) if own else CostCurve()
                noticed = Noticed(visit.line if own else None)
                subscribers = (curve.receive, noticed.receive)
                live = branch(self._trainer, visit, new, paused=True, subscribers=subscribers)
                if own:
                    after = read_session(session.path)
                    curve.abandoned = abandoned_parts(after, after.run(live.run))
            except PandaError as error:
                return str(error)
            self._watched(curve, noticed, live)
        self._tell()
        return ""

    def go_on_elsewhere(self, path: Path) -> str:
        """Go on from the last intact state of a session in a new one; returns why not, or ""."""
        with self._starting:
            if self.live():
                return "another run is under way: stop it first"
            curve, noticed = CostCurve(), Noticed()
            try:
                new = recorded_run.new_path(path.stem.rpartition("-")[0] or path.stem)
                subscribers = (curve.receive, noticed.receive)
                session = recorded_run.go_on_elsewhere(self._trainer, path, new, subscribers=subscribers)
            except PandaError as error:
                return str(error)
            self._watched(curve, noticed, session)
        self._tell()
        return ""

    def undo(self, run: str = "") -> dict[str, object]:
        """Go back to before the latest intervention, in a new run of the same session; the answer to that wish.

        Parameters
        ----------
        run : the one under way as far as whoever wishes it knows: where it is another one by now, nothing happens
        """
        return self._go_elsewhere(before_last_intervention, "went back", known=run)

    def branch(self, run: str) -> dict[str, object]:
        """Go on from where any run of the session under way was left, in a new run; the answer to that wish."""
        return self._go_elsewhere(lambda session, _: at_the_end(session, session.run(run)), "goes on")

    def _go_elsewhere(
        self, where: Callable[[Session, RecordedRun], Visit], did: str, *, waiting: bool = False, known: str = ""
    ) -> dict[str, object]:
        """In a new run of the session under way, which is paused if that one was, or is to be `waiting`."""
        with self._starting:
            at = self._trainer.status()
            pausing = waiting and at.state == "running"
            try:
                if self.log is None or not self.live():
                    raise CommandRefused("no run is under way: resume one first")
                if known not in ("", at.run):
                    raise CommandRefused(f"run {known} is not under way any more, but {at.run}")
                session = read_session(self.log.path)
                visit = where(session, session.run(at.run))
                curve, noticed = recorded_curve(session, visit.line), Noticed(visit.line)
                if pausing:
                    self._trainer.submit(Pause()).result()
                live = branch_here(self._trainer, self.log, visit, subscribers=(curve.receive, noticed.receive))
                after = read_session(self.log.path)
                curve.abandoned = abandoned_parts(after, after.run(live.run))
            except PandaError as error:
                if pausing:
                    self._trainer.submit(Resume())
                return _answer("refused", at.iteration, str(error))
            self.curve, self.noticed = curve, noticed
        self._tell()
        text = f"{did} to iteration {visit.loop.iteration}, in run {live.run}; run {at.run} is kept as it was"
        return _answer("applied", visit.loop.iteration, text)

    def add_note(self, text: str, run: str, iteration: int) -> None:
        """Record a remark in the session under way, about an iteration of a run, or about it all where that is ""."""
        if self.log is not None:
            self.log.add_note(text, run=run, iteration=iteration)
            if run and run == self._trainer.status().run:
                self.noticed.add(iteration, "page", text)

    def submit(self, wish: Mapping[str, object]) -> Future[dict[str, object]]:
        """What becomes of a wish: status "applied" or "refused", iteration, text and values. Never raises."""
        told: Future[dict[str, object]] = Future()
        told.set_running_or_notify_cancel()  # a tab that is closed does not take its wish back
        try:
            command = command_of(wish)
        except PandaError as error:
            told.set_result(_answer("refused", self._trainer.status().iteration, str(error)))
            return told

        def tell(answered: Future[Answer]) -> None:
            told.set_result(_plain(answered.result()))
            self._tell()

        self._trainer.submit(command).add_done_callback(tell)
        return told

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have a function called, from any thread, when something was answered; returns how to end that."""
        self._watchers = (*self._watchers, watcher)

        def leave() -> None:
            self._watchers = tuple(w for w in self._watchers if w is not watcher)

        return leave

    def close(self) -> None:
        """End the run under way, recorded, and join the trainer's thread."""
        self.findings.close()
        self.compiling.close()
        self._trainer.close()

    def _watched(self, curve: CostCurve, noticed: Noticed, live: recorded_run.LiveSession) -> None:
        """From now on this is what the pages show."""
        self.curve, self.noticed, self.path, self.log = curve, noticed, live.path, live.log

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher()


def _answer(status: Literal["applied", "refused"], iteration: int, text: str) -> dict[str, object]:
    return _plain(Answer(status, iteration, text, author=PAGE.name))


def _plain(answer: Answer) -> dict[str, object]:
    values = {which: {n: exact(v) for n, v in getattr(answer, which).items()} for which in ("before", "after")}
    return {**asdict(answer), **values}


def _after_the_page() -> None:
    if sys.platform == "linux":  # where a thread has a priority of its own
        come_after_the_page(get_native_id())
