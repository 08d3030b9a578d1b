"""ReadModel: all that a client is shown of a live run: its status, its curve, its notes, and where it is recorded."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict
from pathlib import Path

from trainer.engine.events import Event, Gauged, Noted, RunStarted, Trained
from trainer.engine.status import Status
from trainer.experiments.advice.piece import Advice
from trainer.recorder.cost_curve import CostCurve
from trainer.recorder.gauge_history import GaugeHistory
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session_log import SessionLog
from trainer.service.frames import exact, plain

OVER = ("idle", "finished", "stopped", "interrupted", "failed")
"""States in which nothing is under way, so a run may be started."""

RECORDED = "panda ahead and panda find-alpha take its recorded session"
"""What is to be done where a live run is not looked ahead."""

_TOLD = 1000
"""Times that advice was told of which it is known what: half an hour of one page."""

_AS_THEY_ARE = (
    "state",
    "reason",
    "run",
    "iteration",
    "epoch",
    "cost",
    "dev_cost",
    "dev_accuracy",
    "iterations",
    "pause_at",
    "commands",
    "m",
    "anew",
)


class ReadModel:
    """Fed by the events of a run; read from any thread. A new line of training gets a new one.

    Attributes
    ----------
    curve : costs, evaluations and interventions
    gauges : what was measured of the network now and then
    notes : every note at an iteration, in order, as the page takes it
    evaluated : iteration of the latest evaluation; None before the first
    log : records what is shown; None where nothing does
    classes : of the data; 0 where they are not known
    on_disk : whether the training data stay on disk
    told : what clients were told of advice, the latest last, and how many changes there were then
    """

    def __init__(self, curve: CostCurve | None = None, line: RecordedRun | None = None) -> None:
        """Begin with what is recorded of a run that goes on, if one does."""
        self.curve = CostCurve() if curve is None else curve
        self.gauges = GaugeHistory() if line is None else GaugeHistory(line.columns)
        self.log: SessionLog | None = None
        self.classes = 0
        self.on_disk = False
        self.told: deque[tuple[int, list[Advice]]] = deque(maxlen=_TOLD)
        self.notes: tuple[dict[str, object], ...] = ()
        self.evaluated: int | None = None
        if line is not None:
            for note in sorted(line.notes, key=lambda note: note.iteration):
                self.add_note(note.iteration, note.author, note.text)
            self.evaluated = line.evaluations[-1].iteration if line.evaluations else None

    @property
    def path(self) -> Path | None:
        """Of the session file, which may be moved; None where nothing is recorded."""
        return None if self.log is None else self.log.path

    def receive(self, event: Event) -> None:
        """Take what happened; to be called with every event of the run.

        A run that came from another session begins with nothing, also one that begins again because its file was lost.
        """
        if isinstance(event, RunStarted) and event.parent is not None and event.parent.session:
            self.curve, self.gauges, self.notes, self.evaluated = CostCurve(), GaugeHistory(), (), None
        self.curve.receive(event)
        match event:
            case Noted(iteration=iteration, author=author, text=text):
                self.add_note(iteration, author, text)
            case Gauged(iteration=iteration, values=values):
                self.gauges.add(iteration, values)
            case Trained(evaluations=evaluations) if evaluations:
                self.evaluated = evaluations[-1].iteration
            case _:
                pass

    def add_note(self, iteration: int, author: str, text: str) -> None:
        """A note was recorded."""
        # another tuple each time: a thread that reads meanwhile has the one before
        self.notes = (*self.notes, {"iteration": iteration, "author": author, "note": text})

    def _where(self, status: Status) -> str:
        """Path of the file with what was recorded; "" where there is none (any more)."""
        if self.log is None or status.anew:
            return ""
        if status.state in OVER and self.log.found() is None:
            return ""
        return str(self.log.path)

    def not_ahead(self, status: Status) -> str:
        """Why nothing is looked ahead of it, however it goes on; "" where it can be."""
        if not self.on_disk:
            return ""
        return f"the training data of run {status.run} stay on disk, where clones would keep it waiting: {RECORDED}"

    def phase(self, status: Status) -> str:
        """ "idle", "live" or "over", and the session: what decides which set-up the page shows."""
        phase = "idle" if status.state == "idle" else "over" if status.state in OVER else "live"
        return f"{phase} {self.path or ''}".strip()

    def fields(self, status: Status) -> dict[str, object]:
        """How the run stands, as plain values for a client."""
        fields: dict[str, object] = {name: plain(getattr(status, name)) for name in _AS_THEY_ARE}
        fields["learning_rate"] = exact(status.learning_rate)
        fields["iterations_per_second"] = float(f"{status.iterations_per_second:.3g}")
        fields["path"] = self._where(status)
        fields["notes"] = self.notes
        noted = () if self.log is None else self.log.remarks  # those are notes of the session
        fields["remarks"] = [remark for remark in status.remarks if remark not in noted]
        fields["evaluated"] = self.evaluated
        fields["phase"] = self.phase(status)
        fields["not_ahead"] = self.not_ahead(status)
        fields["seconds"] = round(self.curve.seconds, 1)
        if status.hyperparameters is not None:
            fields["hyperparameters"] = {n: exact(v) for n, v in asdict(status.hyperparameters).items()}
        return fields
