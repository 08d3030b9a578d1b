"""What the records of a run say of its plans: changes that waited for their iteration, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trainer.engine.events import PlannedChange
from trainer.engine.hyperparameters import Value
from trainer.engine.wording import values_text
from trainer.recorder.kinds import text_of
from trainer.recorder.records import Malformed, Record, field, whole
from trainer.recorder.run_records import actor_of
from trainer.recorder.runs import Fate, RecordedPlan

_LOST = "the run went on past it, and what became of it is not recorded"
"""Where the record of it is damaged, or a Panda trained on that knows nothing of plans."""


class PlansOfRun:
    """Gathers them, from the records of one run in their order."""

    def __init__(self, record: Record) -> None:
        """Of the `run` record: those that waited from the beginning, which only some have; raises Malformed."""
        self._plans: dict[str, RecordedPlan] = {}
        if "plans" in record.body:
            for body in field(record.body, "plans", list):
                if not isinstance(body, dict):
                    raise Malformed(f"a plan of it is {body!r:.60}")
                self._add(record, body)

    def planned(self, record: Record) -> None:
        """A change was planned; raises Malformed."""
        self._add(record, record.body)

    def cancelled(self, record: Record) -> str:
        """One was taken back, or refused when its iteration came; returns that in a line. Raises Malformed."""
        name, reason = field(record.body, "plan", str), field(record.body, "reason", str)
        self._end(name, "refused" if reason else "cancelled", record.iteration, reason)
        if name not in self._plans:
            return text_of(record)
        change = self._plans[name].change
        return f"{values_text(change.changes)} at iteration {change.at}{': ' if reason else ''}{reason}"

    def made(self, record: Record) -> None:
        """One became an intervention, whose record names it, if it was planned; raises Malformed."""
        if "plan" in record.body:
            self._end(field(record.body, "plan", str), "made", record.iteration)

    def build(self, iteration: int) -> tuple[RecordedPlan, ...]:
        """All of them as they are at the end of the run, in the order in which they were recorded."""
        return tuple(
            replace(plan, fate="lost", over=plan.change.at, reason=_LOST)
            if plan.fate == "waiting" and plan.change.at < iteration
            else plan
            for plan in self._plans.values()
        )

    def _add(self, record: Record, body: Mapping[str, Any]) -> None:
        name = field(body, "plan", str)
        if name in self._plans:
            raise Malformed(f"there is a plan {name!r:.40} already")
        actor = actor_of(field(body, "author", str), body)
        change = PlannedChange(name, whole(body, "at"), _values(body), actor, field(body, "note", str))
        self._plans[name] = RecordedPlan(change, record.iteration, record.seq, record.time)

    def _end(self, name: str, fate: Fate, iteration: int, reason: str = "") -> None:
        if name in self._plans:  # damage may have taken the plan itself
            self._plans[name] = replace(self._plans[name], fate=fate, over=iteration, reason=reason)


def _values(body: Mapping[str, Any]) -> dict[str, Value]:
    values = field(body, "changes", dict)
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, float | int | str):
            raise Malformed(f"it plans to set {name!r:.40} to {value!r:.40}")
    return values
