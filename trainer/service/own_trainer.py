"""OwnTrainer: a trainer thread of this process as the source of live runs, which follow one another in it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from threading import get_native_id

from trainer.engine.commands import (
    Actor,
    AddNote,
    Annotate,
    Answer,
    Branch,
    Checkpoint,
    Command,
    ContinueInNewSession,
    Intervene,
    Pause,
    Promote,
    Rename,
    Resume,
    ResumeSession,
    SessionCommand,
    StartRun,
    TakeAdvice,
    Undo,
)
from trainer.engine.portrait import Portrait
from trainer.engine.status import Status
from trainer.engine.trainer import Trainer
from trainer.errors import CommandRefused, PandaError
from trainer.experiments import recorded_run
from trainer.experiments.compiling import come_after_the_page, engine_at_hand
from trainer.experiments.replay import latest_run
from trainer.experiments.search.promote import applied, check_same_run, promote
from trainer.experiments.search.record import read_so_far
from trainer.experiments.travel import AFTER_ALL, Visit, at_the_end, travel, use_recorded_threads
from trainer.experiments.undo_and_branch import before_last_intervention, branch, branch_here, goes_on_in_place
from trainer.recorder.library import check_name, check_remark
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.recorded_curve import abandoned_parts, recorded_curve
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session import Session, read_session
from trainer.recorder.session_log import SessionLog
from trainer.service.advising import still_given
from trainer.service.read_model import OVER, ReadModel
from trainer.service.recorded import session_at

ADVICE = Actor("advice", "advice")

Where = Callable[[Session, RecordedRun], Visit]


class OwnTrainer:
    """A `Source`; `carry_out` is called by one thread at a time."""

    def __init__(self) -> None:
        self.model = ReadModel()
        self._log: SessionLog | None = None
        self._trainer = Trainer(after_the_page)

    @property
    def id(self) -> str:
        """Of the session that is recorded, or was last; "" before the first."""
        return "" if self._log is None else self._log.id

    def status(self) -> Status:
        """How it stands."""
        return self._trainer.status()

    def portrait(self) -> Future[Portrait | None]:
        """A copy of what the latest run trains, at the next boundary; None where there has been no run."""
        return self._trainer.portrait()

    def submit(self, command: Command) -> Future[Answer]:
        """Hand a command to the trainer thread."""
        return self._trainer.submit(command)

    def carry_out(self, command: SessionCommand) -> Answer:
        """Carry out a command that needs a session file; raises PandaError where it is refused."""
        match command:
            case StartRun():
                return self._start(command)
            case ResumeSession():
                return self._resume(command)
            case ContinueInNewSession():
                return self._continue_in_new_session(command)
            case Undo(run, actor):
                return self._go_elsewhere(before_last_intervention, "went back", actor, known=run)
            case Branch():
                return self._branch(command)
            case Rename() | Annotate():
                return self._write(command)
            case Promote():
                return self._promote(command)
            case TakeAdvice(rule, at):
                return self._take_advice(rule, at)

    def close(self) -> None:
        """End the run under way, recorded, and join the trainer thread."""
        self._trainer.close()

    def _start(self, command: StartRun) -> Answer:
        self._check_idle()
        model = ReadModel()
        config = replace(command.config, engine=engine_at_hand(command.config.dtype))
        live = recorded_run.begin(
            self._trainer,
            config,
            command.hyperparameters,
            path=recorded_run.new_path(config.data),
            iterations=command.iterations,
            subscribers=(model.receive,),
            actor=command.actor,
            fit_mini_batch_size=command.fit_mini_batch_size,
        )
        self._show(model, live)
        told = f"run {live.run} began, recorded in {live.path}" + (f"; {live.remark}" if live.remark else "")
        return Answer("applied", 0, told, author=command.actor.name)

    def _resume(self, command: ResumeSession) -> Answer:
        at, path = self.status(), Path(command.session) if command.session else self.model.path
        if self._live() and path == self.model.path:
            return Answer("applied", at.iteration, f"run {at.run} is under way", author=command.actor.name)
        self._check_idle()
        if path is None:
            raise CommandRefused("there is no run to go on with: start one")
        session = read_session(path)
        run = latest_run(session)
        model = self._going_on(session, with_ancestors(session, run))
        model.curve.abandoned = abandoned_parts(session, run)
        iteration = model.curve.iteration  # before anything is trained
        goes_on = path == self.model.path and at.iterations is not None and at.iterations > iteration
        end = at.iterations if goes_on else None  # of one that was just stopped; it is not in the record
        live = recorded_run.resume(
            self._trainer, path, iterations=end, subscribers=(model.receive,), actor=command.actor
        )
        self._show(model, live)
        text = f"run {live.run} goes on from iteration {iteration}"
        return Answer("applied", iteration, text, author=command.actor.name)

    def _continue_in_new_session(self, command: ContinueInNewSession) -> Answer:
        self._check_idle()
        model, path = ReadModel(), Path(command.session)
        live = recorded_run.go_on_elsewhere(
            self._trainer, path, _new_path_after(path), subscribers=(model.receive,), actor=command.actor
        )
        self._show(model, live)
        return self._begun(model, live, command.actor)

    def _branch(self, command: Branch, did: str = "goes on") -> Answer:
        """In the session under way if it is that one; else the new run waits for its first command, alone."""
        path, run, iteration = Path(command.session), command.run, command.iteration

        def where(session: Session, _: RecordedRun | None = None) -> Visit:
            of = session.run(run)
            return at_the_end(session, of) if iteration is None else travel(session, of, iteration, AFTER_ALL)

        if not command.session or (self._live() and path == self.model.path):
            return self._go_elsewhere(where, did, command.actor, waiting=command.paused)
        self._check_idle()
        session = session_at(path)
        use_recorded_threads(session)
        live = self._branch_from(where(session), _new_path_after(path), None, command.actor, paused=command.paused)
        return self._begun(self.model, live, command.actor)

    def _branch_from(
        self, visit: Visit, new: Path | None, iterations: int | None, actor: Actor, *, paused: bool
    ) -> recorded_run.LiveSession:
        """While nothing is under way; `new` as for `branch`."""
        own = new is None or goes_on_in_place(visit)
        model = self._going_on(visit.session, visit.line) if own else ReadModel()
        live = branch(
            self._trainer,
            visit,
            new,
            iterations=iterations,
            paused=paused,
            subscribers=(model.receive,),
            actor=actor,
        )
        if own:
            after = read_session(visit.session.path)
            model.curve.abandoned = abandoned_parts(after, after.run(live.run))
        self._show(model, live)
        return live

    def _go_elsewhere(self, where: Where, did: str, actor: Actor, *, waiting: bool = False, known: str = "") -> Answer:
        """In a new run of the session under way, which is paused if that one was, or is to be `waiting`."""
        at = self.status()
        if self._log is None or not self._live():
            raise CommandRefused("no run is under way: resume one first")
        if known not in ("", at.run):
            raise CommandRefused(f"run {known} is not under way any more, but {at.run}")
        pausing = waiting and at.state == "running"
        try:
            self._log.check()  # of a file that something else has cut or replaced, nothing is gone back to
            self.submit(Checkpoint(actor)).result()  # the record, which lags behind, has all that may be gone back to
            session = read_session(self._log.path)
            visit = where(session, session.run(at.run))
            model = self._going_on(session, visit.line)
            if pausing:
                self.submit(Pause(actor)).result()
            live = branch_here(self._trainer, self._log, visit, subscribers=(model.receive,), actor=actor)
            after = read_session(self._log.path)
            model.curve.abandoned = abandoned_parts(after, after.run(live.run))
        except PandaError:
            if pausing:
                self.submit(Resume(actor))
            raise
        self._show(model, live)
        kept = f"run {at.run} is kept as it was" if self._log.id == session.id else self._log.lost
        text = f"{did} to iteration {visit.loop.iteration}, in run {live.run}; {kept}"
        return Answer("applied", visit.loop.iteration, text, author=actor.name)

    def _write(self, command: Rename | Annotate) -> Answer:
        """In the session under way, which is open for that."""
        at = self.status()
        if self._log is None or Path(command.session) != self._log.path:
            raise CommandRefused(f"{command.session} is not the session under way")
        if isinstance(command, Rename):
            check_name(command.name)
            self._log.rename(command.name.strip())
            return Answer("applied", at.iteration, f"renamed to {command.name.strip()}", author=command.actor.name)
        check_remark(command.text)
        run, iteration, text, author = command.run, command.iteration, command.text.strip(), command.actor.name
        self._log.add_note(text, actor=command.actor, run=run, iteration=iteration)
        if run and run == at.run:
            self.model.add_note(iteration, author, text)
        return Answer("applied", iteration, "note recorded", author=author)

    def _promote(self, command: Promote) -> Answer:
        search, path = read_so_far(Path(command.search)), Path(command.search)
        if search.start is not None:  # a re-test: what was tried is for the run whose state it began with
            if self._log is None or not self._live():
                raise CommandRefused(f"the run that was tested again ({search.plan.origin}) is not under way any more")
            check_same_run(search, read_session(self._log.path), self.status().run)
            return self.submit(applied(search, command.trial, command.actor)).result()
        self._check_idle()
        model = ReadModel()
        live = promote(
            self._trainer,
            search,
            command.trial,
            recorded_run.new_path(path.stem),
            subscribers=(model.receive,),
            actor=command.actor,
        )
        self._show(model, live)
        text = f"trial {command.trial} is trained once more, recorded in {live.path}, and pauses where it ended"
        return Answer("applied", 0, text, author=command.actor.name)

    def _take_advice(self, rule: str, at: int | None) -> Answer:
        status = self.status()
        found = still_given(self.model, status, rule, at)
        if found is None:
            raise CommandRefused(f"the advice {rule[:40]!r} is not given any more: the run is another by now")
        if found.back_to is None:
            return self.submit(Intervene(found.changes, ADVICE, found.sentence)).result()
        if self._live():
            answer = self._branch(Branch(status.run, found.back_to, paused=True, actor=ADVICE), "went back")
        else:
            answer = self._go_back_in_what_ended(status, found.back_to, ADVICE)
        if not found.changes:
            self.submit(AddNote(found.sentence, ADVICE)).result()
            return answer
        made = self.submit(Intervene(found.changes, ADVICE, found.sentence)).result()
        return replace(made, text=f"{answer.text}; {made.text}")

    def _go_back_in_what_ended(self, at: Status, iteration: int, actor: Actor) -> Answer:
        """In a new run of the session that was recorded last, which waits there and will end where that one ended."""
        assert self._log is not None  # a run has ended
        path = self._log.found()
        if path is None:
            raise CommandRefused(
                f"the record of run {at.run} is not at {self._log.path} any more, so there is no way back in it"
            )
        session = read_session(path)
        use_recorded_threads(session)
        visit = travel(session, session.run(at.run), iteration, AFTER_ALL)
        live = self._branch_from(visit, None, at.iterations, actor, paused=True)
        text = f"went back to iteration {iteration}, in run {live.run}; run {at.run} is kept as it was"
        return Answer("applied", iteration, text, author=actor.name)

    def _live(self) -> bool:
        return self.status().state not in OVER

    def _check_idle(self) -> None:
        if self._live():
            raise CommandRefused("another run is under way: stop it first")

    def _going_on(self, session: Session, line: RecordedRun) -> ReadModel:
        return ReadModel(recorded_curve(session, line), line)

    def _show(self, model: ReadModel, live: recorded_run.LiveSession) -> None:
        """From now on this is what clients see."""
        model.log, model.classes, model.on_disk = live.log, len(live.dataset.classes), live.dataset.on_disk
        self.model, self._log = model, live.log

    def _begun(self, model: ReadModel, live: recorded_run.LiveSession, actor: Actor) -> Answer:
        text = f"run {live.run} goes on from iteration {model.curve.start}, recorded in {live.path}"
        return Answer("applied", self.status().iteration, text, author=actor.name)


def _new_path_after(path: Path) -> Path:
    return recorded_run.new_path(path.stem.rpartition("-")[0] or path.stem)


def after_the_page() -> None:
    """Let this thread be nicer than the page."""
    if sys.platform == "linux":  # where a thread has a priority of its own
        come_after_the_page(get_native_id())
