"""Host: the one Trainer of this process, the curve of what it runs, and who watches.

Tabs come and go and code is reloaded; the host stays. Everything it is told and everything it tells is a plain value,
so that pages of a later generation of the code can use it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import asdict, replace
from pathlib import Path
from threading import Lock
from typing import Any

from trainer.engine.commands import Answer
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.trainer import Trainer
from trainer.errors import CommandRefused, PandaError
from trainer.experiments import recorded_run
from trainer.experiments.background import Background
from trainer.experiments.branching import before_last_intervention, branch, branch_here, goes_on_in_place
from trainer.experiments.compiling import Compiling, engine_at_hand
from trainer.experiments.replay import latest_run
from trainer.experiments.travel import Visit, travel
from trainer.recorder.cost_curve import CostCurve
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.recorded_curve import abandoned_parts, recorded_curve
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session import Session, read_session
from trainer.recorder.session_log import SessionLog
from trainer.views.frames import plain
from trainer.views.wishes import command_of, typed_values

OVER = ("idle", "finished", "stopped", "interrupted", "failed")
"""States in which nothing is under way, so a run may be started."""


class Host:
    """Everything of the live page that outlives a tab.

    Attributes
    ----------
    token : random; a page of this server knows it, so only such a page can open the WebSocket
    curve : of the latest run; replaced by another when a new run starts
    path : of the session that it is recorded in
    log : the recorder of that session
    background : what is found out about recorded sessions beside training
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self.curve = CostCurve()
        self.path: Path | None = None
        self.log: SessionLog | None = None
        self.background = Background()
        self.compiling = Compiling()
        self._trainer = Trainer()
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
            )
        }
        fields["iterations_per_second"] = float(f"{status.iterations_per_second:.3g}")
        fields["path"] = "" if self.path is None else str(self.path)
        fields["phase"] = self.phase()
        fields["seconds"] = round(self.curve.seconds, 1)
        if status.hyperparameters is not None:
            fields["hyperparameters"] = {n: plain(v) for n, v in asdict(status.hyperparameters).items()}
        return fields

    def start(self, config: Mapping[str, Any], hyperparameters: Mapping[str, str], iterations: int | None) -> str:
        """Start a recorded run, from what was set up; returns why not, or "".

        While a run is under way nothing happens, so a second click starts nothing.
        """
        with self._starting:
            if self.live():
                return ""
            curve = CostCurve()
            try:
                run_config = RunConfig(**config)
                run_config = replace(run_config, engine=engine_at_hand(run_config.dtype))
                session = recorded_run.begin(
                    self._trainer,
                    run_config,
                    Hyperparameters(**typed_values(hyperparameters)),  # type: ignore[arg-type]
                    path=recorded_run.new_path(run_config.data),
                    iterations=iterations,
                    subscribers=(curve.receive,),
                )
            except PandaError as error:
                return str(error)
            self.curve, self.path, self.log = curve, session.path, session.log
        self._tell()
        return ""

    def resume(self, path: Path | None = None) -> str:
        """Go on with the latest run of a session, recorded in the same file; returns why not, or "".

        Parameters
        ----------
        path : of the session; None is the one of the latest run
        """
        with self._starting:
            path = path or self.path
            if self.live():
                return "" if path == self.path else "another run is under way: stop it first"
            if path is None:
                return "there is no run to go on with: start one"
            try:
                session = read_session(path)
                run = latest_run(session)
                curve = recorded_curve(session, with_ancestors(session, run))
                curve.abandoned = abandoned_parts(session, run)
                live = recorded_run.resume(self._trainer, path, subscribers=(curve.receive,))
            except PandaError as error:
                return str(error)
            self.curve, self.path, self.log = curve, path, live.log
        self._tell()
        return ""

    def branch_from(self, session: Session, run: str, iteration: int) -> str:
        """Begin a run from an iteration of a recorded one, paused, to be changed first; returns why not, or ""."""
        if self.live() and self.path == session.path:
            answer = self.branch(run, iteration)
            return "" if answer["status"] == "applied" else str(answer["text"])
        with self._starting:
            if self.live():
                return "another run is under way: stop it first"
            try:
                visit = travel(session, session.run(run), iteration)
                new = recorded_run.new_path(session.path.stem.rpartition("-")[0] or session.path.stem)
                own = goes_on_in_place(visit)
                curve = recorded_curve(session, visit.line) if own else CostCurve()
                live = branch(self._trainer, visit, new, paused=True, subscribers=(curve.receive,))
                if own:
                    after = read_session(session.path)
                    curve.abandoned = abandoned_parts(after, after.run(live.run))
            except PandaError as error:
                return str(error)
            self.curve, self.path, self.log = curve, live.path, live.log
        self._tell()
        return ""

    def go_on_elsewhere(self, path: Path) -> str:
        """Go on from the last intact state of a session in a new one; returns why not, or ""."""
        with self._starting:
            if self.live():
                return "another run is under way: stop it first"
            curve = CostCurve()
            try:
                new = recorded_run.new_path(path.stem.rpartition("-")[0] or path.stem)
                session = recorded_run.go_on_elsewhere(self._trainer, path, new, subscribers=(curve.receive,))
            except PandaError as error:
                return str(error)
            self.curve, self.path, self.log = curve, session.path, session.log
        self._tell()
        return ""

    def undo(self) -> dict[str, object]:
        """Go back to before the latest intervention, in a new run of the same session; the answer to that wish."""
        return self._go_elsewhere(lambda session, run: before_last_intervention(session, run), "went back")

    def branch(self, run: str, iteration: Any) -> dict[str, object]:
        """Go on from an iteration of any run of the session under way, in a new run; the answer to that wish."""
        return self._go_elsewhere(lambda session, _: travel(session, session.run(run), iteration), "goes on")

    def _go_elsewhere(self, where: Callable[[Session, RecordedRun], Visit], did: str) -> dict[str, object]:
        with self._starting:
            at = self._trainer.status()
            try:
                if self.log is None or not self.live():
                    raise CommandRefused("no run is under way: resume one first")
                session = read_session(self.log.path)
                visit = where(session, session.run(at.run))
                curve = recorded_curve(session, visit.line)
                live = branch_here(self._trainer, self.log, visit, subscribers=(curve.receive,))
                after = read_session(self.log.path)
                curve.abandoned = abandoned_parts(after, after.run(live.run))
            except PandaError as error:
                return {"status": "refused", "iteration": at.iteration, "text": str(error), "values": {}}
            self.curve = curve
        self._tell()
        iteration = visit.loop.iteration
        text = f"{did} to iteration {iteration}, in run {live.run}; run {at.run} is kept as it was"
        return {"status": "applied", "iteration": iteration, "text": text, "values": {}}

    def submit(self, wish: Mapping[str, object]) -> Future[dict[str, object]]:
        """What becomes of a wish: status "applied" or "refused", iteration, text and values. Never raises."""
        told: Future[dict[str, object]] = Future()
        try:
            command = command_of(wish)
        except PandaError as error:
            iteration = self._trainer.status().iteration
            told.set_result({"status": "refused", "iteration": iteration, "text": str(error), "values": {}})
            return told

        def tell(answered: Future[Answer]) -> None:
            answer = answered.result()
            values = {name: plain(value) for name, value in answer.values.items()}
            told.set_result(
                {"status": answer.status, "iteration": answer.iteration, "text": answer.text, "values": values}
            )
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
        self.background.cancel()
        self.compiling.close()
        self._trainer.close()

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher()
