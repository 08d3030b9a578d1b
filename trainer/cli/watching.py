"""Watching a run on a terminal until it is over, and the summary of it then."""

from __future__ import annotations

import math
from collections.abc import Mapping
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any

from trainer.cli.exit_codes import DONE, INTERRUPTED, NO
from trainer.cli.progress import bar
from trainer.cli.terminal import complain, print_document, print_lines, say
from trainer.engine.commands import CLI, Stop
from trainer.engine.events import Event, Gauged, Resumed, RunEnded, RunStarted, WentNonFinite
from trainer.engine.status import Status
from trainer.engine.trainable import build, gauges_of
from trainer.engine.trainer import Trainer
from trainer.engine.wording import counted, duration_text, measured_text
from trainer.experiments.recorded_run import LiveSession
from trainer.recorder.session_log import SessionLog


class Watched:
    """What a person wants to know in the end, gathered from the events."""

    def __init__(self) -> None:
        self.over: Future[None] = Future()
        self.end: RunEnded | None = None
        self.first: int | None = None
        self.resumed: int | None = None
        self.gauges: Mapping[str, float] = {}
        self.gauged: int | None = None
        self.non_finite = ""
        self.interrupted = False
        self.waiting = ""
        self.said: tuple[str, ...] = ()

    def __call__(self, event: Event) -> None:
        """A subscriber of the trainer."""
        match event:
            case RunStarted() if self.first is None and self.resumed is None:  # else it begins again in a new file
                self.first = event.iteration
            case Resumed() if self.resumed is None:
                self.resumed = event.iteration
            case Gauged(iteration=iteration, values=values):
                self.gauged, self.gauges = iteration, values
            case RunEnded():
                self.end = event
                self._finish()
            case WentNonFinite():
                self.non_finite = event.what
                self._finish()

    def _finish(self) -> None:
        if not self.over.done():
            self.over.set_result(None)

    def nothing_left(self, status: Status) -> str | None:
        """That a run that was gone on with had come to its end before; None where it had not."""
        if self.resumed is None or self.resumed != status.iterations:
            return None
        return f"nothing was left to do: run {status.run} had its {counted(self.resumed, 'iteration')} already"

    def news(self, status: Status) -> list[str]:
        """The remarks that were not said yet."""
        new = [remark for remark in status.remarks if remark not in self.said]
        self.said = (*self.said, *new)
        return new

    def summary(self, status: Status, path: Path | None) -> dict[str, Any]:
        """The fields of `panda train --json`."""
        seconds = status.seconds
        done = status.iteration - (self.first or 0)
        return {
            "session": None if path is None else str(path),
            "run": status.run,
            "iterations": status.iteration,
            "cost": status.cost,
            "dev_cost": status.dev_cost,
            "dev_accuracy": status.dev_accuracy,
            "digest": None if self.end is None else self.end.state.digest(),
            "seconds": seconds,
            "iterations_per_second": done / seconds if seconds else 0.0,
            "gauges": _plain(self.gauges),
            "gauges_iteration": self.gauged,
        }

    def final_gauges(self, live: LiveSession) -> dict[str, float | None]:
        """The gauges of the state in which the run ended, after a change there too; none where none are wanted."""
        if self.end is None or live.config.gauge_budget == 0:
            return {}
        try:
            return _plain(gauges_of(build(live.config, live.dataset, state=self.end.state)))
        except MemoryError:  # as while training: a network that leaves no room for them has none
            return {}


def watch(trainer: Trainer, watched: Watched) -> None:
    """Show how far it is until it is over; Ctrl-C ends it with everything watched."""
    status, said = trainer.status(), ""
    with bar("training", status.iteration, status.iterations) as drawn:
        try:
            while not _done_within(0.1, watched.over) and trainer.status().state != "failed":
                status = trainer.status()
                drawn.show(status.iteration, status.iterations, _gauges(status))
                waiting = status.reason if status.state == "blocked" else ""
                if waiting and waiting != said:
                    drawn.say(f"waiting: {waiting}")
                said = waiting
                for remark in watched.news(status):
                    drawn.say(f"panda: {remark}")
        except KeyboardInterrupt:
            watched.interrupted = True
            watched.waiting = status.reason if status.state == "blocked" else ""
        status = trainer.status()
        reached = status.iteration if watched.end is None else watched.end.iteration  # the status may not be there yet
        drawn.show(reached, status.iterations, _gauges(status))
    if watched.non_finite:
        trainer.submit(Stop(CLI)).result()


def conclude(
    trainer: Trainer,
    watched: Watched,
    log: SessionLog | None,
    *,
    as_json: bool,
    remark: str | None = None,
    live: LiveSession | None = None,
) -> int:
    """Print what came of it, and what is to be remarked where that is asked; returns the exit code.

    The session that it names is there, with all that was recorded. `live` is what was trained, for its last gauges.
    """
    status, path = trainer.status(), None if log is None else log.found()
    summary = watched.summary(status, path) | ({} if remark is None else {"remark": remark})
    if as_json:
        print_document(summary | {"final_gauges": {} if live is None else watched.final_gauges(live)})
    else:
        print_lines(*_sentences(summary), *([f"note: {remark}"] if remark else []))
    for sentence in watched.news(status):
        say(sentence)
    if status.state == "failed" and watched.waiting and path is None:
        return complain(f"interrupted while {watched.waiting}: what was recorded is in no file any more", INTERRUPTED)
    if status.state == "failed" and watched.waiting:
        cannot = watched.waiting.removesuffix("; nothing is lost")
        return complain(
            f"interrupted while {cannot}: the latest iterations are not in the file; --resume computes them again",
            INTERRUPTED,
        )
    if status.state == "failed" or watched.non_finite:
        return complain(watched.non_finite or status.reason, NO)
    if log is not None and path is None:
        return complain(f"the file {log.path} with what was recorded is not there any more", NO)
    if log is not None and log.lost:  # which has been said
        return NO
    return INTERRUPTED if watched.interrupted else DONE


def _plain(gauges: Mapping[str, float]) -> dict[str, float | None]:
    """JSON-ready; null for a number that is not finite."""
    return {name: value if math.isfinite(value) else None for name, value in gauges.items()}


def _done_within(seconds: float, future: Future[None]) -> bool:
    return bool(wait([future], timeout=seconds).done)


def _gauges(status: Status) -> str:
    numbers = {"cost": status.cost, "dev": status.dev_cost, "accuracy": status.dev_accuracy, "α": status.learning_rate}
    return " ".join(f"{name} {measured_text(number, 4)}" for name, number in numbers.items() if number is not None)


def _sentences(summary: dict[str, Any]) -> list[str]:
    where = f"recorded in {summary['session']}" if summary["session"] else "not recorded"
    accuracy = "" if summary["dev_accuracy"] is None else f", dev accuracy {summary['dev_accuracy']:.2%}"
    dev_cost = "" if summary["dev_cost"] is None else f", dev cost {measured_text(summary['dev_cost'], 4)}"
    cost = "" if summary["cost"] is None else f": cost {measured_text(summary['cost'], 4)}{dev_cost}{accuracy}"
    return [
        f"{counted(summary['iterations'], 'iteration')}{cost}",
        f"{duration_text(summary['seconds'])}, {summary['iterations_per_second']:.0f} iterations/s, {where}",
    ]
