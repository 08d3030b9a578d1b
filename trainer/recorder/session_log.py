"""SessionLog: the recorder of a session. Turns events into records and makes them durable.

Metrics are gathered and written about once a second, everything else at once, and always in the order in which it
happened. It may be used from several threads: the trainer records while the page renames.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import threading
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.engine.commands import PAGE, Actor
from trainer.engine.events import Evaluation, Event, RunStarted, Trained
from trainer.engine.series import MEASURED
from trainer.errors import RecordingError, RecordingFailed, RecordingPaused, SessionDamaged, SessionError
from trainer.recorder.drafts import Draft, draft_of_event, evaluation_as_list, note
from trainer.recorder.environment import environment
from trainer.recorder.kinds import NAME_LIMIT, check_text
from trainer.recorder.members import Part
from trainer.recorder.payloads import encode_rows
from trainer.recorder.records import FORMAT, encode_record
from trainer.recorder.session import Session, read_session
from trainer.recorder.tensors import draft_of_dataset
from trainer.recorder.writer import Writer

FLUSH_SECONDS = 0.9
"""Metrics wait so long, of the second that may be lost: a flush slows training for longer than it waits for it."""

NUMBERS_PER_RECORD = 1500
"""Of evaluations: they stand in the JSON of a record, which has a limit."""


class SessionLog:
    """One session file being recorded by this process.

    Attributes
    ----------
    path : of the file
    id : of the session, 32 hexadecimal digits, never reused
    """

    def __init__(self, writer: Writer, session_id: str, seq: int, prev: str, clock: Callable[[], float]) -> None:
        self.path = writer.path
        self.id = session_id
        self._writer = writer
        self._seq, self._prev = seq, prev
        self._clock = clock
        self._lock = threading.RLock()
        self._kept: list[Part] = []
        self._fingerprint = ""
        self._last: dict[str, int] = {}
        self._stretches: list[Trained] = []
        self._flushed = clock()
        self._ending = self._closed = False

    @classmethod
    def create(
        cls, path: str | Path, dataset: Dataset, *, name: str = "", clock: Callable[[], float] = time.monotonic
    ) -> SessionLog:
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
        data = draft_of_dataset(dataset)
        writer = Writer.create(Path(path))
        log = cls(writer, secrets.token_hex(16), 0, "", clock)
        log._fingerprint = dataset.fingerprint
        try:
            log._write(
                Draft(
                    "session",
                    {
                        "format": FORMAT,
                        "id": log.id,
                        "name": name or dataset.name,
                        "created": _now(),
                        "environment": environment(),
                        "fingerprint": dataset.fingerprint,
                    },
                ),
                data,
            )
        except RecordingError:
            writer.close()
            log.path.unlink()
            raise
        return log

    @classmethod
    def reopen(cls, path: str | Path, *, clock: Callable[[], float] = time.monotonic) -> SessionLog:
        """Go on recording in an existing session. What follows its last intact record is cut off, and that is recorded.

        From here on its records are of the present format; a file of an older one says so, and nothing in it changes.

        Raises
        ------
        SessionNotFound, UnsupportedFormat : nothing there that can be gone on with
        SessionLocked : another process records it
        SessionDamaged : it is damaged in its middle; it can be read and branched from, but not written to
        """
        writer = Writer.open(Path(path))
        try:
            session = read_session(path)
            _check_whole(session)
            log = cls(writer, session.id, session.records, session.hash, clock)
            log._fingerprint = session.fingerprint
            log._last = {run.run: run.iteration for run in session.runs.values()}
            cut = writer.end - session.end
            if cut:
                writer.cut(session.end)
        except BaseException:
            writer.close()
            raise
        lost = session.tail[0].record if session.tail else ""
        raised = {"format": FORMAT} if session.format < FORMAT else {}
        log._keep(Draft("reopened", {"environment": environment(), "cut": cut, "lost": lost, **raised}))
        with contextlib.suppress(RecordingPaused):  # it is kept, and the first event will meet the full disk again
            log._drain()
        return log

    def record(self, event: Event) -> None:
        """Return when the event is durable; a `Trained` may be kept back for up to a second.

        Raises
        ------
        RecordingPaused : not possible now (disk full); the event is kept, `retry` writes it
        RecordingFailed : this file takes no more
        """
        with self._lock:
            self._check_open()
            if isinstance(event, Trained):
                self._gather(event)
                if self._clock() - self._flushed >= FLUSH_SECONDS:
                    self._write()
                return
            if isinstance(event, RunStarted):
                self._check_run(event)
            self._write(draft_of_event(event))
            if isinstance(event, RunStarted):
                self._last[event.run] = event.iteration

    def retry(self) -> None:
        """Write what is kept; raises as `record` does."""
        with self._lock:
            self._drain()

    def rename(self, name: str) -> None:
        """Give the session another name; from any thread. Raises InvalidInput, and as `record` does."""
        check_text("a session's name", name, NAME_LIMIT)
        with self._lock:
            self._check_open()
            self._write(Draft("rename", {"name": name}))

    def add_note(self, text: str, *, actor: Actor = PAGE, run: str = "", iteration: int = 0) -> None:
        """Add a remark about the session, or about an iteration of a run. Raises InvalidInput, and as `record` does."""
        draft = note(text, actor, run, iteration)
        with self._lock:
            self._check_open()
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
                self._keep(Draft("session-end"))
                self._ending = True
            with contextlib.suppress(RecordingFailed):  # it was raised when it happened; the file is closed even so
                self._drain()
            self._closed = True
            self._writer.close()

    def _gather(self, event: Trained) -> None:
        last = self._last[event.run]
        if event.first != last + 1:
            raise ValueError(f"run {event.run} is recorded up to iteration {last}, so {event.first} cannot follow")
        self._last[event.run] = event.iteration
        if self._stretches and self._stretches[-1].run != event.run:
            self._keep_metrics()
        self._stretches.append(event)

    def _check_run(self, event: RunStarted) -> None:
        if event.run in self._last:
            raise ValueError(f"there is a run {event.run} in {self.path} already")
        if event.dataset.fingerprint != self._fingerprint:
            raise ValueError(f"{self.path} is a session about other data than run {event.run} is trained on")

    def _check_open(self) -> None:
        if self._ending:
            raise RecordingFailed(f"the recording of {self.path} has been closed")

    def _write(self, *drafts: Draft) -> None:
        """Metrics first, then these records; durable on return."""
        self._keep_metrics()
        for draft in drafts:
            self._keep(draft)
        self._drain()

    def _keep_metrics(self) -> None:
        if not self._stretches:
            return
        first, last = self._stretches[0], self._stretches[-1]
        costs = np.concatenate([stretch.costs for stretch in self._stretches])
        evaluations = [evaluation for stretch in self._stretches for evaluation in stretch.evaluations]
        self._stretches = []
        at_once = NUMBERS_PER_RECORD // (3 + len(MEASURED))
        self._keep(_metrics(first.run, first.first, costs, evaluations[:at_once], last.seconds))
        for start in range(at_once, len(evaluations), at_once):
            more = evaluations[start : start + at_once]
            self._keep(_metrics(first.run, last.iteration + 1, np.empty(0), more, last.seconds))

    def _keep(self, draft: Draft) -> None:
        encoded = encode_record(
            self._seq,
            draft.kind,
            self._prev,
            _now(),
            draft.fields,
            run=draft.run,
            iteration=draft.iteration,
            payload=draft.payload,
        )
        self._seq, self._prev = self._seq + 1, encoded.hash
        self._kept += encoded.parts

    def _drain(self) -> None:
        self._flushed = self._clock()
        if self._kept:
            self._writer.append(*self._kept)
            self._kept = []


def new_session_path(directory: str | Path, name: str) -> Path:
    """A path for a new session, `<slug>-<8 hex>.panda` in a directory, which is made if it is not there.

    Raises
    ------
    SessionError : the directory cannot be made
    """
    try:
        Path(directory).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SessionError(f"the folder {directory} for sessions cannot be made: {error.strerror}") from error
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "session"
    return Path(directory) / f"{slug}-{secrets.token_hex(4)}.panda"


def _metrics(run: str, first: int, costs: NDArray[np.float64], evaluations: list[Evaluation], seconds: float) -> Draft:
    fields = {
        "first": first,
        "columns": ["cost"],
        "evaluated": ["dev_cost", "dev_accuracy", *MEASURED],
        "evaluations": [evaluation_as_list(evaluation, tuple(MEASURED)) for evaluation in evaluations],
        "seconds": seconds,
    }
    return Draft("metrics", fields, run, first + len(costs) - 1, encode_rows(costs[:, np.newaxis]))


def _check_whole(session: Session) -> None:
    middle = session.damage[: len(session.damage) - len(session.tail)]
    if middle or not session.id:
        what = f"record {middle[0].record}: {middle[0].what}" if middle else "its first record is not there"
        raise SessionDamaged(
            f"{session.path} is damaged ({what}), so nothing more is written to it; it can be read, and a run in it"
            f" can be continued in a new file"
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
