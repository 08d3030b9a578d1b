"""SessionLog: the recorder of a session. Turns events into records and makes them durable.

Metrics are gathered and written about once a second, everything else at once, and always in the order in which it
happened. It may be used from several threads: the trainer records while the page renames.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from trainer.data.dataset import Dataset
from trainer.engine.commands import PAGE, Actor
from trainer.engine.events import Event, Gauged, Origin, RunStarted, Trained
from trainer.errors import (
    CommandRefused,
    RecordAstray,
    RecordingError,
    RecordingFailed,
    RecordingPaused,
    SessionError,
)
from trainer.recorder.anew import begun_again, loss_text, made_room, note_anew, opening
from trainer.recorder.chain import Chain
from trainer.recorder.drafts import Draft, draft_of_event, note
from trainer.recorder.environment import environment
from trainer.recorder.kinds import NAME_LIMIT, check_text
from trainer.recorder.origin import origin_since
from trainer.recorder.plan_names import PlanNames
from trainer.recorder.records import FORMAT
from trainer.recorder.session import Session, check_whole, read_session
from trainer.recorder.stretches import Stretches
from trainer.recorder.writer import Writer

FLUSH_SECONDS = 0.9
"""Metrics wait so long, of the second that may be lost: a flush slows training for longer than it waits for it."""


Clock = Callable[[], float]


class SessionLog:
    """One session file being recorded by this process.

    Attributes
    ----------
    id : of the session, 32 hexadecimal digits, never reused; another one where the file was lost
    lost : a sentence where something else cut or overwrote the file; else ""
    """

    def __init__(self, chain: Chain, session_id: str, name: str, fingerprint: str, clock: Clock) -> None:
        self.id = session_id
        self.lost = ""
        self._name, self._fingerprint = name, fingerprint
        self._chain = chain
        self._clock = clock
        self._lock = threading.RLock()
        self._stretches = Stretches()
        self._plans = PlanNames()
        self._news: tuple[Event, ...] = ()
        self._pending: Event | None = None
        self._flushed = clock()
        self._ending = self._closed = False
        self._remarks: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Of the file; another one when it was moved within its folder, or written anew elsewhere."""
        return self._chain.writer.path

    @property
    def remarks(self) -> tuple[str, ...]:
        """A sentence for each time that the file was not where it was expected, and what became of that."""
        return (*self._remarks, *self._chain.writer.remarks)

    @classmethod
    def create(cls, path: str | Path, dataset: Dataset, *, name: str = "", clock: Clock = time.monotonic) -> SessionLog:
        """A new session of training on a data set, durable when this returns.

        Parameters
        ----------
        path : must not exist yet
        name : for people; the data set's name if empty
        clock : seconds, for the pace of writing only

        Raises
        ------
        SessionError : the file exists, or cannot be created
        InvalidInput : the name is too long
        RecordingError : the disk takes nothing; no file is left behind
        """
        check_text("a session's name", name, NAME_LIMIT)
        session_id, name = secrets.token_hex(16), name or dataset.name
        drafts = opening(session_id, name, dataset, Path(path))
        log = cls(Chain(Writer.create(Path(path))), session_id, name, dataset.fingerprint, clock)
        try:
            log._write(*drafts)
        except RecordingError:
            log._chain.writer.discard()
            raise
        return log

    @classmethod
    def reopen(
        cls, path: Path, *, as_read: Session | None = None, data: Dataset | None = None, clock: Clock = time.monotonic
    ) -> SessionLog:
        """Go on recording in an existing session. What follows its last intact record is cut off, and that is recorded.

        From here on its records are of the present format; a file of an older one says so, and nothing in it changes.

        Parameters
        ----------
        as_read : what the session was when what is to be recorded now was made from it
        data : what is trained on from here on; where it is not in the session, the place of its file is recorded

        Raises
        ------
        SessionError : it is another one now, or it was gone on with since it was read
        SessionNotFound, UnsupportedFormat : nothing there that can be gone on with
        SessionLocked : another process records it
        SessionDamaged : it is damaged in its middle; it can be read and branched from, but not written to
        """
        writer = Writer.open(path)
        try:
            session = read_session(path)
            check_whole(session)
            if as_read is not None and session.hash != as_read.hash:
                raise SessionError(f"{path} was changed since it was read, so it is not gone on with: try again")
            chain = Chain(writer, session.records, session.hash)
            log = cls(chain, session.id, session.name, session.fingerprint, clock)
            log._stretches = Stretches({run.run: run.iteration for run in session.runs.values()})
            log._plans = PlanNames(plan.change.plan for run in session.runs.values() for plan in run.plans)
            cut = writer.end - session.end
            if cut:
                writer.cut(session.end)
        except BaseException:
            writer.close()
            raise
        lost = session.tail[0].record if session.tail else ""
        raised = {"format": FORMAT} if session.format < FORMAT else {}
        place = origin_since(session.data, session.data_origins, data, session.path)
        log._chain.keep(Draft("reopened", {"environment": environment(), "cut": cut, "lost": lost, **raised, **place}))
        with contextlib.suppress(RecordingPaused):  # it is kept, and the first event will meet the full disk again
            log._drain()
        return log

    def record(self, event: Event) -> None:
        """Return when the event is durable; a `Trained` or `Gauged` may be kept back for up to a second.

        Raises
        ------
        RecordingPaused : not possible now (disk full); the event is kept, `retry` writes it
        RecordAstray : its path does not lead to the file any more; the event is kept, `record_anew` helps
        RecordingFailed : this file takes no more
        """
        with self._lock:
            self._check_open()
            if isinstance(event, Trained | Gauged):
                self._chain.keep(*self._stretches.add(event))
                if self._clock() - self._flushed >= FLUSH_SECONDS:
                    self._write()
                return
            if isinstance(event, RunStarted):
                self._check_run(event)
            self._plans.check(event, self.path)
            draft = draft_of_event(event)
            if isinstance(event, RunStarted):
                self._keep_metrics()
                self._stretches.begin(event.run, event.iteration)  # also where it is written later
            self._plans.add(event)
            self._pending = event
            self._write(draft)
            self._pending = None

    def retry(self) -> None:
        """Write what is kept; raises as `record` does."""
        with self._lock:
            self._drain()
            self._pending = None

    def check(self) -> None:
        """Make sure that the path leads to the file with all that was recorded; raises RecordAstray."""
        with self._lock:
            if not self._closed:
                self._chain.writer.check()

    def found(self) -> Path | None:
        """Where the file with all that was recorded is, also after `close`; None where there is none."""
        return self._chain.writer.found()

    def record_anew(self, place: str, actor: Actor, at: RunStarted) -> None:
        """Write all that was recorded, and what is kept, to a new file, and go on in that one.

        Where something else cut or overwrote the file, the new one is another session (`id`, `lost`): in it the run
        begins with its present state.

        Parameters
        ----------
        place : path of the new file; "" is the old path, or one beside it where something stands there
        at : the run under way, with its present state

        Raises
        ------
        CommandRefused : the path leads to the file, so that there is no reason
        SessionError : there is something of that name already, or it cannot be created
        RecordingPaused : the disk takes nothing
        """
        with self._lock:
            before = self._chain.writer
            try:
                before.check()
            except RecordAstray as error:
                what, lost = error.what, error.lost
            else:
                raise CommandRefused(f"{self.path} is where it should be, so there is nothing to write anew")
            path = made_room(before, place)
            if lost:
                self._begin_again(Writer.create(path), what, actor, at)
            else:
                text = f"{what}: all of the record was written anew, to {path}"
                self._chain.writer = before.copy_to(path)
                if not self._ending:  # else the end of the session is in it already
                    noted = note_anew(text, actor, at)
                    self._chain.keep(draft_of_event(noted))
                    self._news = (*self._news, noted)
                self._remarks = (*self._remarks, *before.remarks, text)
            before.close()
            self._drain()
            self._pending = None

    def _begin_again(self, writer: Writer, what: str, actor: Actor, at: RunStarted) -> None:
        text = loss_text(what, self._chain.writer.save_rest(), at.iteration, writer.path)
        session_id, chain = secrets.token_hex(16), Chain(writer)
        events = begun_again(self.id, at, self._pending, text, actor)
        chain.keep(*opening(session_id, self._name, at.dataset, writer.path), *map(draft_of_event, events))
        if self._ending:
            chain.keep(Draft("session-end"))
        self._stretches, self._plans = Stretches({at.run: events[0].iteration}), PlanNames.told_of(events)
        self._remarks, self.lost, self._news = (*self.remarks, text), text, events
        self._chain, self.id = chain, session_id

    def news(self) -> tuple[Event, ...]:
        """What was recorded when the file was written anew: a note, and where it was lost all that begins it; once."""
        with self._lock:
            news, self._news = self._news, ()
            return news

    def origin(self, of: Origin) -> Origin:
        """The same, as a run of this session names it: its session is "" where it is this one."""
        return replace(of, session="") if of.session == self.id else of

    def discard(self) -> None:
        """Close and remove a file that was made a moment ago and holds nothing yet."""
        with self._lock:
            self._ending = self._closed = True
            self._chain.writer.discard()

    def rename(self, name: str) -> None:
        """Give the session another name; from any thread. Raises InvalidInput, and as `record` does."""
        check_text("a session's name", name, NAME_LIMIT)
        with self._lock:
            self._check_open()
            self._chain.writer.check()  # else it is refused, but made later
            self._name = name  # first: where the disk is full it is written later
            self._write(Draft("rename", {"name": name}))

    def add_note(self, text: str, *, actor: Actor = PAGE, run: str = "", iteration: int = 0) -> None:
        """Add a remark about the session, or about an iteration of a run. Raises InvalidInput, and as `record` does."""
        draft = note(text, actor, run, iteration)
        with self._lock:
            self._check_open()
            self._chain.writer.check()  # likewise
            self._write(draft)

    def close(self) -> None:
        """Write what is kept and that the session is at its end, then release the file; a second time does nothing.

        Raises
        ------
        RecordingPaused : not possible now; the file stays open and `close` can be called again
        """
        with self._lock:
            if self._closed:
                return
            if not self._ending:
                self._keep_metrics()
                self._chain.keep(Draft("session-end"))
                self._ending = True
            with contextlib.suppress(RecordingFailed):  # it was raised when it happened; the file is closed even so
                self._drain()
            self._closed = True
            self._chain.writer.close()

    def _check_run(self, event: RunStarted) -> None:
        if self._stretches.knows(event.run):
            raise ValueError(f"there is a run {event.run} in {self.path} already")
        if event.dataset.fingerprint != self._fingerprint:
            raise ValueError(f"{self.path} is a session about other data than run {event.run} is trained on")

    def _check_open(self) -> None:
        if self._ending:
            raise RecordingFailed(f"the recording of {self.path} has been closed")

    def _write(self, *drafts: Draft) -> None:
        """Metrics first, then these records; durable on return."""
        self._keep_metrics()
        self._chain.keep(*drafts)
        self._drain()

    def _keep_metrics(self) -> None:
        self._chain.keep(*self._stretches.take())

    def _drain(self) -> None:
        self._flushed = self._clock()
        self._chain.write()
