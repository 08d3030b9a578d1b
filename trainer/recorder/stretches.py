"""Stretches: what was trained and measured, gathered until it is written, and then as few records as it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from trainer.engine.events import Evaluation, Gauged, Trained
from trainer.engine.series import MEASURED
from trainer.recorder.drafts import Draft, evaluation_as_list
from trainer.recorder.gauges import draft_of_gauges
from trainer.recorder.payloads import encode_rows

NUMBERS_PER_RECORD = 1500
"""Of evaluations: they stand in the JSON of a record, which has a limit."""


class Stretches:
    """Of the runs of a session; those that are gathered belong to one of them.

    Parameters
    ----------
    last : of each run the iteration up to which it is recorded
    """

    def __init__(self, last: Mapping[str, int] | None = None) -> None:
        self._last = dict(last or {})
        self._gathered: list[Trained] = []
        self._gauged: list[Gauged] = []

    def knows(self, run: str) -> bool:
        """Whether there is a run of that name."""
        return run in self._last

    def begin(self, run: str, iteration: int) -> None:
        """A run begins after an iteration."""
        self._last[run] = iteration

    def add(self, event: Trained | Gauged) -> list[Draft]:
        """Gather a stretch or gauges; returns the records of those before it, where they are of another run.

        Raises
        ------
        ValueError : it does not follow from what came before
        """
        last = self._last[event.run]
        if isinstance(event, Trained) and event.first != last + 1:
            raise ValueError(f"run {event.run} is recorded up to iteration {last}, so {event.first} cannot follow")
        gathered = self._gathered or self._gauged
        before = list(self.take()) if gathered and gathered[-1].run != event.run else []
        if isinstance(event, Gauged):
            self._gauged.append(event)
            return before
        self._last[event.run] = event.iteration
        self._gathered.append(event)
        return before

    def take(self) -> Iterator[Draft]:
        """What was gathered as records; nothing is gathered afterwards."""
        (gathered, gauged), self._gathered, self._gauged = (self._gathered, self._gauged), [], []
        if gathered:
            yield from _metrics_of(gathered)
        if gauged:
            yield draft_of_gauges(gauged)


def _metrics_of(gathered: list[Trained]) -> Iterator[Draft]:
    first, last = gathered[0], gathered[-1]
    costs = np.concatenate([stretch.costs for stretch in gathered])
    evaluations = [evaluation for stretch in gathered for evaluation in stretch.evaluations]
    at_once = NUMBERS_PER_RECORD // (3 + len(MEASURED))
    yield _metrics(first.run, first.first, costs, evaluations[:at_once], last.seconds)
    for start in range(at_once, len(evaluations), at_once):
        more = evaluations[start : start + at_once]
        yield _metrics(first.run, last.iteration + 1, np.empty(0), more, last.seconds)


def _metrics(run: str, first: int, costs: NDArray[np.float64], evaluations: list[Evaluation], seconds: float) -> Draft:
    fields = {
        "first": first,
        "columns": ["cost"],
        "evaluated": ["dev_cost", "dev_accuracy", *MEASURED],
        "evaluations": [evaluation_as_list(evaluation, tuple(MEASURED)) for evaluation in evaluations],
        "seconds": seconds,
    }
    return Draft("metrics", fields, run, first + len(costs) - 1, encode_rows(costs[:, np.newaxis]))
